"""Level 1: honest exports are refuted in nothing; each planted contradiction is found with exactly its rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from loadtest.vendor_files.findings import all_checks
from loadtest.vendor_files.judged import CheckVerdict, FilesVerdict
from loadtest.vendor_files.judging import judge_files
from loadtest.verdicts import Verdict, exit_code
from tests.vendor_exports import Exports, honest

Lines = set[tuple[str, int]]
# Without a total row, a request column, a batch in the redemptions: these have nothing to look at here.
NOTHING_TO_LOOK_AT = {"file-totals-add-up", "claim-request-once", "redemption-agrees-with-claim", "t1-parts-add-up"}


def judged(exports: Exports, folder: Path, change: Callable[[str], str] = lambda text: text) -> FilesVerdict:
    """Write the exports, change their mapping, judge them."""
    mapping = exports.write(folder / "files")
    mapping.write_text(change(mapping.read_text(encoding="utf-8")), encoding="utf-8")
    return judge_files(folder / "files", mapping, folder / "out")


def refuted(verdict: FilesVerdict) -> dict[str, CheckVerdict]:
    """The checks that the files contradict."""
    return {check.check: check for check in verdict.checks if check.verdict is Verdict.FAIL}


def lines(check: CheckVerdict) -> Lines:
    """The rows of all its contradictions: table and line in the file (the header is line 1)."""
    return {(row.table, row.line) for one in check.contradictions for row in one.rows}


@pytest.mark.parametrize("seed", range(1, 9))
def test_honest_exports_are_refuted_in_nothing_and_confirmed_in_nothing(seed: int, tmp_path: Path) -> None:
    verdict = judged(honest(seed), tmp_path)
    assert {check.check: check.reason_zh for check in refuted(verdict).values()} == {}
    assert verdict.verdict is Verdict.INCONCLUSIVE
    assert exit_code(verdict.verdict) == 4
    assert {check.check for check in verdict.checks} == set(all_checks())
    assert {check.verdict for check in verdict.checks} == {Verdict.INCONCLUSIVE, Verdict.NOT_RUN}
    assert {check.check for check in verdict.checks if check.verdict is Verdict.NOT_RUN} == NOTHING_TO_LOOK_AT


def _of(exports: Exports, table: str, **cells: str) -> int:
    """The first row with these cells."""
    rows: list[dict[str, str]] = getattr(exports, table)
    return next(at for at, row in enumerate(rows) if all(row[name] == text for name, text in cells.items()))


def _unrefunded(exports: Exports, batch: str) -> int:
    """A redemption of the batch that no refund touches."""
    refunded = {row["核销单"] for row in exports.refunds}
    return next(
        at for at, row in enumerate(exports.redemptions)
        if row["核销单"] not in refunded and row["券码"].startswith(batch)
    )  # fmt: skip


def _double_redemption(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    x.redemptions.append({**x.redemptions[at], "核销单": "H999999", "订单号": "D999999"})
    return {("redemptions", at + 2), ("redemptions", len(x.redemptions) + 1)}


def _double_redemption_where_a_return_is_possible(x: Exports) -> Lines:
    at = _unrefunded(x, "R200")
    x.redemptions.append({**x.redemptions[at], "核销单": "H999999", "订单号": "D999999"})
    return {("redemptions", at + 2), ("redemptions", len(x.redemptions) + 1)}


def _order_with_two_vouchers(x: Exports) -> Lines:
    first = _unrefunded(x, "C100")
    shop = x.redemptions[first]["商户号"]
    others = [at for at, row in enumerate(x.redemptions) if row["商户号"] == shop and at != first]
    refunded = {row["核销单"] for row in x.refunds}
    second = next(at for at in others if x.redemptions[at]["核销单"] not in refunded)
    x.redemptions[second]["订单号"] = x.redemptions[first]["订单号"]
    return {("redemptions", first + 2), ("redemptions", second + 2)}


def _oversold(x: Exports) -> Lines:
    last = max(at for at, row in enumerate(x.claims) if row["券种"] == "E1000")
    x.claims.append({**x.claims[last], "券码": "E1000999999999999", "用户": "U9", "证件": "999999198001019999",
                     "领取时间": "2026-03-02 19:00:00"})  # fmt: skip
    return {("claims", len(x.claims) + 1)}


def _one_person_two_accounts(x: Exports) -> Lines:
    rows = [at for at, row in enumerate(x.claims) if row["券种"] == "C100" and row["状态"] == "有效"][:2]
    x.claims[rows[1]]["证件"] = x.claims[rows[0]]["证件"]
    return {("claims", max(rows) + 2)}


def _claimed_early(x: Exports) -> Lines:
    at = _of(x, "claims", 券种="C100", 状态="有效")
    x.claims[at]["领取时间"] = "2026-03-02 09:59:30"
    return {("claims", at + 2)}


def _wrong_face(x: Exports) -> Lines:
    at = _of(x, "claims", 券种="R200")
    x.claims[at]["面额"] = "60.00"
    return {("claims", at + 2)}


def _one_code_twice(x: Exports) -> Lines:
    first, second = [at for at, row in enumerate(x.claims) if row["状态"] == "有效" and row["券种"] == "C100"][-2:]
    redeemed = {row["券码"] for row in x.redemptions}
    second = next(at for at, row in enumerate(x.claims) if row["券码"] not in redeemed and at != first
                  and row["券种"] == "C100" and row["状态"] == "有效")  # fmt: skip
    x.claims[second]["券码"] = x.claims[first]["券码"]
    return {("claims", first + 2), ("claims", second + 2)}


def _never_claimed(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    x.redemptions[at]["券码"] = "C100000000000000"
    return {("redemptions", at + 2)}


def _expired(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    x.redemptions[at]["核销时间"] = "2026-03-08 00:00:05"
    return {("redemptions", at + 2)}


def _redeemed_before_claim(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    x.redemptions[at]["核销时间"] = "2026-03-02 10:00:01"
    return {("redemptions", at + 2)}


def _void_redeemed(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    x.redemptions[at]["券码"] = next(row["券码"] for row in x.claims if row["状态"] == "作废")
    return {("redemptions", at + 2)}


def _moved_to(shop: dict[str, str], batch: str) -> Callable[[Exports], Lines]:
    def plant(x: Exports) -> Lines:
        at = _unrefunded(x, batch)
        x.redemptions[at]["商户号"] = next(
            row["商户号"] for row in x.merchants if all(row[name] == text for name, text in shop.items())
        )  # fmt: skip
        return {("redemptions", at + 2)}

    return plant


def _strange_merchant(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    x.redemptions[at]["商户号"] = "M999"
    return {("redemptions", at + 2)}


def _suspended(x: Exports) -> Lines:
    shop = x.redemptions[0]["商户号"]
    x.merchants[_of(x, "merchants", 商户号=shop)]["暂停自"] = "2026-03-02 00:00:00"
    return {("redemptions", at + 2) for at, row in enumerate(x.redemptions) if row["商户号"] == shop}


def _below_threshold(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    row = x.redemptions[at]
    row.update({"订单总额": "99.99", "商家优惠": "0.00", "平台优惠": "0.00", "应付": "99.99", "实付": "69.99"})
    return {("redemptions", at + 2)}


def _wrong_sum(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    whole, fraction = x.redemptions[at]["实付"].split(".")
    x.redemptions[at]["实付"] = f"{int(whole) + 1}.{fraction}"
    return {("redemptions", at + 2)}


def _voucher_pays_less(x: Exports) -> Lines:
    at = _unrefunded(x, "C100")
    row = x.redemptions[at]
    row["券抵扣"] = "29.99"
    return {("redemptions", at + 2)}


def _refunded_twice(x: Exports) -> Lines:
    at = next(at for at, row in enumerate(x.refunds) if row["券退回"] == "是")
    x.refunds.append({**x.refunds[at], "退款单": "T99999"})
    sale = _of(x, "redemptions", 核销单=x.refunds[at]["核销单"])
    return {("redemptions", sale + 2), ("refunds", at + 2), ("refunds", len(x.refunds) + 1)}


def _refund_of_nothing(x: Exports) -> Lines:
    x.refunds.append({**x.refunds[0], "退款单": "T99999", "核销单": "H888888"})
    return {("refunds", len(x.refunds) + 1)}


def _refund_rounded_alone(x: Exports) -> Lines:
    """A fen moves from the voucher's part, and from public money, to the user's."""
    at = next(at for at, row in enumerate(x.refunds) if row["券退回"] == "否" and float(row["退财政"]) > 1)
    row = x.refunds[at]
    for name, change in (("退用户", 1), ("退券额", -1), ("退财政", -1)):
        fen = int(row[name].replace(".", "")) + change
        row[name] = f"{fen // 100}.{fen % 100:02}"
    return {("refunds", at + 2)}


def _voucher_back_under_b(x: Exports) -> Lines:
    sold = {row["核销单"]: row["券码"] for row in x.redemptions}
    at = next(at for at, row in enumerate(x.refunds) if sold[row["核销单"]].startswith("C100"))
    x.refunds[at]["券退回"] = "是"
    return {("refunds", at + 2)}


def _refund_before_sale(x: Exports) -> Lines:
    x.refunds[0]["退款时间"] = "2026-03-02 00:10:00"
    return {("refunds", 2)}


def _report_off_by_one(x: Exports) -> Lines:
    at = _of(x, "t1", 日期="2026-03-04", 维度="总体", 期间="当日")
    x.t1[at]["核销人数"] = str(int(x.t1[at]["核销人数"]) + 1)
    return {("t1", at + 2)}


def _report_late(x: Exports) -> Lines:
    rows = [at for at, row in enumerate(x.t1) if row["日期"] == "2026-03-05"]
    for at in rows:
        x.t1[at]["报送"] = "2026-03-06 09:30:00"
    return {("t1", rows[0] + 2)}


def _rate_does_not_divide(x: Exports) -> Lines:
    at = _of(x, "t1", 日期="2026-03-03", 维度="总体", 期间="当日")
    x.t1[at]["拉动比"] = "9.99"
    return {("t1", at + 2)}


PLANTED: dict[str, tuple[str, Callable[[Exports], Lines]]] = {
    "double redemption": ("voucher-redeemed-once", _double_redemption),
    "double redemption under regime A": (
        "voucher-redeemed-once", _double_redemption_where_a_return_is_possible,
    ),
    "order with two vouchers": ("order-uses-one-voucher", _order_with_two_vouchers),
    "oversold": ("quota-kept", _oversold),
    "one person with two accounts": ("person-limit-kept", _one_person_two_accounts),
    "claimed early": ("claim-window-kept", _claimed_early),
    "wrong face": ("face-as-configured", _wrong_face),
    "one code twice": ("voucher-issued-once", _one_code_twice),
    "never claimed": ("redeemed-was-claimed", _never_claimed),
    "expired": ("validity-kept", _expired),
    "redeemed before its claim": ("redeemed-after-claim", _redeemed_before_claim),
    "void voucher redeemed": ("voided-not-redeemed", _void_redeemed),
    "wrong category": ("category-covered", _moved_to({"行业": "家电"}, "C100")),
    "wrong district": ("district-covered", _moved_to({"行业": "百货", "镇街": "向阳镇"}, "R200")),
    "merchant not on the roster": ("merchant-on-roster", _strange_merchant),
    "suspended merchant": ("suspended-merchant-idle", _suspended),
    "below threshold": ("threshold-kept", _below_threshold),
    "wrong sum": ("order-adds-up", _wrong_sum),
    "voucher pays less": ("voucher-pays-its-face", _voucher_pays_less),
    "refunded twice": ("refunds-within-paid", _refunded_twice),
    "refund of nothing": ("refund-has-its-redemption", _refund_of_nothing),
    "refund rounded alone": ("refund-split-as-agreed", _refund_rounded_alone),
    "voucher back under regime B": ("refund-regime-kept", _voucher_back_under_b),
    "refund before its sale": ("refund-in-time", _refund_before_sale),
    "report off by one": ("t1-agrees-with-rows", _report_off_by_one),
    "report late": ("t1-on-time", _report_late),
    "rate does not divide": ("t1-rates-divide", _rate_does_not_divide),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_contradiction_is_found_with_exactly_its_rows(name: str, tmp_path: Path) -> None:
    check, plant = PLANTED[name]
    exports = honest(seed=5)
    expected = plant(exports)
    verdict = judged(exports, tmp_path)
    found = refuted(verdict)
    assert check in found, f"{name}: found only {sorted(found)}"
    assert lines(found[check]) == expected
    assert verdict.verdict is Verdict.FAIL
    assert exit_code(verdict.verdict) == 1


def test_every_check_is_planted_or_has_its_own_test() -> None:
    elsewhere = NOTHING_TO_LOOK_AT | {
        "cells-readable", "merchant-admitted", "merchant-listed-once", "no-negative-amount", "redemption-listed-once",
        "refund-amount-positive", "refund-listed-once", "refund-parts-add-up", "refunds-not-too-many",
        "t1-days-add-up", "user-pays-something",
    }  # fmt: skip
    assert {check for check, _ in PLANTED.values()} | elsewhere == set(all_checks())


@pytest.mark.parametrize(
    ("check", "table", "change"),
    [
        ("merchant-admitted", "merchants", {"状态": "未准入"}),
        ("no-negative-amount", "redemptions", {"商家优惠": "-5.00"}),
        ("refund-amount-positive", "refunds", {"退款金额": "-1.00"}),
        ("refund-parts-add-up", "refunds", {"退款金额": "12345.00"}),
        ("user-pays-something", "redemptions", {"实付": "0.00"}),
        ("t1-days-add-up", "t1", {"核销笔数": "77777"}),
    ],
)
def test_a_bent_cell_is_found(check: str, table: str, change: dict[str, str], tmp_path: Path) -> None:
    exports = honest(seed=6)
    for row in getattr(exports, table)[0 if table == "merchants" else -1 :]:
        row.update(change)
    assert check in refuted(judged(exports, tmp_path))


@pytest.mark.parametrize(
    ("check", "table"),
    [
        ("merchant-listed-once", "merchants"), ("redemption-listed-once", "redemptions"),
        ("refund-listed-once", "refunds"),
    ],
)  # fmt: skip
def test_a_row_that_occurs_twice_is_found_with_its_twin(check: str, table: str, tmp_path: Path) -> None:
    exports = honest(seed=6)
    rows: list[dict[str, str]] = getattr(exports, table)
    rows.append(dict(rows[3]))
    assert lines(refuted(judged(exports, tmp_path))[check]) == {(table, 5), (table, len(rows) + 1)}


def test_more_refunds_than_agreed_are_found(tmp_path: Path) -> None:
    verdict = judged(
        honest(5), tmp_path, lambda text: text.replace("most_refunds_per_order = 50", "most_refunds_per_order = 2")
    )
    assert "refunds-not-too-many" in refuted(verdict)


def test_a_total_row_that_is_not_the_sum_is_found_and_is_no_record(tmp_path: Path) -> None:
    exports = honest(5)
    total = sum(int(row["实付"].replace(".", "")) for row in exports.redemptions)
    empty = dict.fromkeys(exports.redemptions[0], "")
    exports.redemptions.append({**empty, "核销单": "合计", "实付": f"{total // 100}.{total % 100:02}"})
    assert refuted(judged(exports, tmp_path / "right")) == {}
    exports.redemptions[-1]["实付"] = "1.00"
    found = refuted(judged(exports, tmp_path / "wrong"))
    assert set(found) == {"file-totals-add-up"}
    assert found["file-totals-add-up"].contradictions[0].facts["line"] == len(exports.redemptions) + 1


def test_report_lines_that_exceed_their_total_are_found(tmp_path: Path) -> None:
    exports = honest(5)
    at = _of(exports, "t1", 日期="2026-03-04", 维度="总体", 期间="当日")
    exports.t1[at]["核销笔数"] = "1"
    assert {"t1-parts-add-up", "t1-agrees-with-rows"} <= set(refuted(judged(exports, tmp_path)))


def test_one_request_with_two_vouchers_and_another_holder_are_found(tmp_path: Path) -> None:
    exports = honest(5)
    for number, row in enumerate(exports.claims):
        row["请求"] = f"Q{number}"
    by_one = [at for at, row in enumerate(exports.claims) if row["用户"] == exports.claims[0]["用户"]][:2]
    assert exports.claims[30]["用户"] != exports.claims[60]["用户"]
    for at in by_one:
        exports.claims[at]["请求"] = "Q-twice"
    exports.claims[30]["请求"] = exports.claims[60]["请求"] = "Q-chosen-by-two-people"
    holder = {row["券码"]: row["用户"] for row in exports.claims}
    for row in exports.redemptions:
        row["持券"] = holder[row["券码"]]
    exports.redemptions[7]["持券"] = "U777"

    def named(text: str) -> str:
        text = text.replace('face = "面额"', 'face = "面额"\nrequest = "请求"')
        return text.replace('paid = "实付"', 'paid = "实付"\naccount = "持券"')

    found = refuted(judged(exports, tmp_path, named))
    assert lines(found["claim-request-once"]) == {("claims", at + 2) for at in by_one}
    assert lines(found["redemption-agrees-with-claim"]) == {("redemptions", 9)}


def test_a_wrong_figure_is_told_with_the_definition_that_makes_it_true(tmp_path: Path) -> None:
    exports = honest(5)
    at = _of(exports, "t1", 日期="2026-03-08", 维度="总体", 期间="累计")
    net = sum(int(row["券抵扣"].replace(".", "")) for row in exports.redemptions)
    net -= sum(int(row["退券额"].replace(".", "")) for row in exports.refunds if row["退款时间"] < "2026-03-09")
    exports.t1[at]["核销金额"] = f"{net // 100}.{net % 100:02}"
    found = refuted(judged(exports, tmp_path / "agreed"))["t1-agrees-with-rows"]
    assert found.count == 1
    assert "毛额与净额互换" in found.contradictions[0].statement_zh

    def without_terms(text: str) -> str:
        return text.replace('[agreed.terms]\nt1_by = "09:00"\n', "")

    open_terms = judged(exports, tmp_path / "open", without_terms)
    check = next(check for check in open_terms.checks if check.check == "t1-agrees-with-rows")
    assert check.verdict is Verdict.INCONCLUSIVE
    assert "另一口径" in check.notes_zh[0]


def test_what_was_not_agreed_is_not_judged(tmp_path: Path) -> None:
    exports = honest(5)
    _refund_rounded_alone(exports)
    verdict = judged(exports, tmp_path, lambda text: text.replace('refund_split = "running_total"\n', ""))
    check = next(check for check in verdict.checks if check.check == "refund-split-as-agreed")
    assert check.verdict is Verdict.NOT_RUN
    assert "没有约定" in check.reason_zh


def test_nothing_is_concluded_from_rows_that_are_said_to_be_missing(tmp_path: Path) -> None:
    exports = honest(5)
    exports.claims = [row for number, row in enumerate(exports.claims) if number % 3]
    assert "redeemed-was-claimed" in refuted(judged(exports, tmp_path / "whole"))

    def incomplete(text: str) -> str:
        return text.replace('files = "claims.csv"', 'files = "claims.csv"\ncomplete = false')

    found = judged(exports, tmp_path / "part", incomplete)
    assert refuted(found) == {}
    assert next(check for check in found.checks if check.check == "redeemed-was-claimed").verdict is Verdict.NOT_RUN


def test_a_return_by_whole_refund_makes_a_second_redemption_lawful(tmp_path: Path) -> None:
    exports = honest(5)
    refund = next(row for row in exports.refunds if row["券退回"] == "是")
    sale = next(row for row in exports.redemptions if row["核销单"] == refund["核销单"])
    exports.redemptions.append({**sale, "核销单": "H999999", "订单号": "D999999", "核销时间": "2026-03-07 23:00:00"})
    assert "voucher-redeemed-once" not in refuted(judged(exports, tmp_path))


def test_the_outputs_hold_the_rows_and_mask_who_they_are(tmp_path: Path) -> None:
    exports = honest(5)
    _double_redemption(exports)
    code, id_number = exports.redemptions[-1]["券码"], exports.claims[0]["证件"]
    verdict = judged(exports, tmp_path)
    told: dict[str, Any] = json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8"))
    page = (tmp_path / "out" / "文件核对.html").read_text(encoding="utf-8")
    rows = CalamineWorkbook.from_path(tmp_path / "out" / "矛盾明细.xlsx").get_sheet_by_name("矛盾明细").to_python()
    assert told["verdict"] == "FAIL"
    assert told["level"] == 1
    assert "不能证实" in page
    assert "一张券不重复核销" in page
    assert [int(row[5]) for row in rows if row[0].startswith("一张券不重复核销")] == [  # type: ignore[union-attr, arg-type]
        row.line for row in refuted(verdict)["voucher-redeemed-once"].contradictions[0].rows
    ]
    for text in (page, json.dumps(told, ensure_ascii=False), str(rows)):
        assert code not in text
        assert id_number not in text
        assert f"{code[:3]}****{code[-4:]}" in text
    assert "http" not in page
