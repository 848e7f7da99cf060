"""Hints: each pattern of cash-out is pointed at, with its rows and settings, and decides nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loadtest.vendor_files.hints.looking import all_patterns
from loadtest.vendor_files.judged import FilesVerdict, Hint
from loadtest.vendor_files.judging import judge_files
from loadtest.verdicts import Verdict
from tests.vendor_exports import BEIJING, Exports, honest, told

NINE = datetime(2026, 3, 4, 21, tzinfo=BEIJING)


def judged(exports: Exports, folder: Path) -> FilesVerdict:
    """Without the report, which the planted rows are not in."""
    mapping = exports.write(folder / "files")
    text = mapping.read_text(encoding="utf-8")
    start, end = text.index("[t1]"), text.index("[[batch]]")
    text = text[:start] + text[end:]
    text = text.replace('account = "用户"', 'account = "用户"\ndevice = "设备"').replace(
        "per_person_limit = 1", "per_person_limit = 99"
    )
    mapping.write_text(text.replace("quota = ", "quota = 9"), encoding="utf-8")
    return judge_files(folder / "files", mapping, folder / "out")


def bare() -> Exports:
    """Honest exports in which every claim has a device of its own."""
    exports = honest(4, shops=90)
    for number, row in enumerate(exports.claims):
        row["设备"] = f"dev-{number}"
    return exports


def add(x: Exports, number: int, *, at: datetime, person: str, payable: int = 10_777, batch: str = "C100",
        claimed: datetime | None = None, shop: str = "M000") -> None:  # fmt: skip
    """One more voucher claimed and redeemed. Faces are those of the three batches."""
    face = {"C100": 3_000, "R200": 5_000, "E1000": 10_000}[batch]
    code = f"{batch}{900_000_000_000 + number}"
    x.claims.append({
        "券码": code, "券种": batch, "用户": f"U{person}", "证件": f"9999991980{person:>08}",
        "领取时间": told(claimed or datetime(2026, 3, 2, 11, tzinfo=BEIJING)), "面额": f"{face / 100:.2f}",
        "状态": "有效", "作废时间": "", "设备": f"dev-{code}",
    })  # fmt: skip
    x.redemptions.append({
        "核销单": f"P{number}", "券码": code, "商户号": shop, "订单号": f"PD{number}", "核销时间": told(at),
        "订单总额": f"{payable / 100:.2f}", "商家优惠": "0.00", "平台优惠": "0.00", "应付": f"{payable / 100:.2f}",
        "券抵扣": f"{face / 100:.2f}", "实付": f"{(payable - face) / 100:.2f}",
    })  # fmt: skip


def _many(x: Exports) -> None:
    for n in range(40):
        add(x, n, at=NINE - timedelta(minutes=17 * n), person=str(n), payable=10_500 + 37 * n)


def _at_threshold(x: Exports) -> None:
    for n in range(40):
        add(x, n, at=NINE - timedelta(minutes=17 * n), person=str(n), payable=10_000 + n)


def _equal(x: Exports) -> None:
    for n in range(40):
        add(x, n, at=NINE - timedelta(minutes=17 * n), person=str(n), payable=13_800)


def _night(x: Exports) -> None:
    for n in range(40):
        add(
            x,
            n,
            at=datetime(2026, 3, 4, 2, tzinfo=BEIJING) + timedelta(seconds=90 * n),
            person=str(n),
            payable=10_500 + 37 * n,
        )


def _quick(x: Exports) -> None:
    for n in range(40):
        at = datetime(2026, 3, 2, 12, tzinfo=BEIJING) + timedelta(minutes=n)
        add(x, n, at=at, claimed=at - timedelta(minutes=2), person=str(n), payable=10_500 + 37 * n)


def _refunds(x: Exports) -> None:
    for n in range(40):
        add(x, n, at=NINE - timedelta(minutes=17 * n), person=str(n), payable=10_000)
        if n % 2:
            x.refunds.append({
                "退款单": f"PT{n}", "核销单": f"P{n}", "退款金额": "100.00", "退用户": "70.00", "退券额": "30.00",
                "退平台": "0.00", "退财政": "30.00", "退款时间": "2026-03-05 12:00:00", "券退回": "否",
            })  # fmt: skip


def _one_holder(x: Exports) -> None:
    for n in range(30):
        add(x, n, at=NINE - timedelta(hours=n), person="7", payable=10_500 + 37 * n, shop=f"M{3 * (n % 20):03}")


def _ladder(x: Exports) -> None:
    for n in range(4):
        for step, batch in enumerate(("C100", "R200", "E1000")):
            at = NINE + timedelta(minutes=5 * step - 60 * n)
            add(x, 10 * n + step, at=at, person=str(n), payable=130_000 + 11 * n, batch=batch)


def _split(x: Exports) -> None:
    for n in range(4):
        add(x, n, at=NINE + timedelta(minutes=3 * n), person="7", payable=10_000 + n)


def _share(x: Exports) -> None:
    for n in range(150):
        add(x, n, at=NINE - timedelta(minutes=7 * n), person=str(n), payable=10_500 + 37 * n)


def _device(x: Exports) -> None:
    for row in [row for row in x.claims if row["券种"] == "C100"][:8]:
        row["设备"] = "dev-shared"


PLANTED: dict[str, tuple[Callable[[Exports], None], int]] = {
    "shop-far-over-peers": (_many, 40), "orders-at-threshold": (_at_threshold, 40), "equal-amounts": (_equal, 40),
    "odd-hours": (_night, 40), "used-within-minutes": (_quick, 40), "many-refunds": (_refunds, 20),
    "one-holder-many": (_one_holder, 30), "ladder-of-faces": (_ladder, 12), "split-orders": (_split, 4),
    "shop-share-of-batch": (_share, 150), "one-device-many-people": (_device, 8),
}  # fmt: skip
# Wrong districts and categories of the planted rows are not what these tests are about.
SIDE_EFFECTS = {"category-covered", "district-covered"}


def of(verdict: FilesVerdict, pattern: str) -> list[Hint]:
    """The hints of one pattern."""
    return [hint for hint in verdict.hints if hint.pattern == pattern]


def test_every_pattern_is_planted() -> None:
    assert set(PLANTED) == set(all_patterns())


def test_an_honest_round_gives_no_hint(tmp_path: Path) -> None:
    verdict = judged(bare(), tmp_path)
    assert verdict.hints == ()
    assert verdict.hints_not_run == {}


@pytest.mark.parametrize("pattern", PLANTED)
def test_a_pattern_is_pointed_at_with_its_rows_and_fails_nothing(pattern: str, tmp_path: Path) -> None:
    plant, rows = PLANTED[pattern]
    exports = bare()
    plant(exports)
    verdict = judged(exports, tmp_path)
    failed = {check.check for check in verdict.checks if check.verdict is Verdict.FAIL} - SIDE_EFFECTS
    assert failed == set(), "a hint never fails"
    hints = of(verdict, pattern)
    assert len(hints) == 1
    planted_rows = [row for row in hints[0].rows if row.table == "claims" or row.values["订单号"].startswith("PD")]
    assert len(planted_rows) == rows
    assert set(hints[0].settings) == set(all_patterns()[pattern].settings)
    assert "不是结论" in (tmp_path / "out" / "文件核对.html").read_text(encoding="utf-8")


def test_a_setting_moves_the_line(tmp_path: Path) -> None:
    exports = bare()
    _at_threshold(exports)
    mapping = exports.write(tmp_path / "files")
    mapping.write_text(mapping.read_text(encoding="utf-8") + "[hints]\nleast_redemptions = 500\n", encoding="utf-8")
    assert of(judge_files(tmp_path / "files", mapping, tmp_path / "out"), "orders-at-threshold") == []
