"""The guided demonstration's pure parts: its programme, its plan, its curve, what it hands out, who may press."""

import asyncio
import json
from datetime import date
from pathlib import Path

from merchant_sim.actors.given_taps import Answer
from voucher_contract.models.common import DISTRICTS
from voucher_contract.notice import load_notice
from voucher_platform.merchants import cell_rules
from voucher_platform.merchants.cell_rules import Fault
from voucherlab.demo.summary import read_summary, steps_alone, with_steps
from voucherlab.guided import in_hand, plan
from voucherlab.guided.crowd import last_voucher_ms
from voucherlab.guided.naming import suggestion
from voucherlab.guided.page.handed_out import handed_out
from voucherlab.guided.program import TALK_MINUTES, the_steps
from voucherlab.guided.showing import Check, Curve, Link, Wall, Words, in_yuan, yuan
from voucherlab.guided.steps.proving import in_words
from voucherlab.guided.talk import Talk
from voucherlab.guided.truth import same
from voucherlab.guided.walking import passed
from voucherlab.guided.wording import counted, listed
from voucherlab.secrets_file import ensure_staff_file

_PASSED = {"id": "configure", "clause": "N3.1", "verdict": "PASS"}


def test_the_talk_has_eight_steps_of_twenty_minutes_with_clauses_of_the_notice() -> None:
    steps, notice = the_steps(), load_notice()
    assert len({step.id for step in steps}) == 8
    assert sum(step.minutes for step in steps) == TALK_MINUTES
    for step in steps:
        assert [notice.clause(name).id for name in step.clauses] == list(step.clauses) != []
        assert all((step.title.zh, step.title.en, step.notes.zh, step.notes.en))
        assert step.notes.en.isascii() or "…" in step.notes.en


def test_all_batches_fit_into_the_deposit_and_the_fifth_is_one_voucher_too_many() -> None:
    day = date(2026, 12, 1)
    fifth = plan.over_budget(day)
    assert plan.planned_fen() < plan.DEPOSIT_FEN
    over_fen = plan.planned_fen() + fifth.face_fen * fifth.quota - plan.DEPOSIT_FEN
    assert over_fen == fifth.face_fen
    assert len({plan.batch_spec(offer, day).name for offer in plan.all_offers()}) == 4


def test_a_curve_counts_each_answer_in_its_bucket() -> None:
    curve = Curve(Words("", ""), 100, {})
    curve.add(-40, {"issued": 1})
    curve.add(250, {"issued": 2, "sold_out": 1})
    curve.add(299, {"issued": 3})
    assert curve.points == {"issued": [1, 0, 5], "sold_out": [0, 0, 1]}


def test_a_batch_is_gone_with_its_last_voucher_and_not_when_somebody_taps_again() -> None:
    def answer(ended_ms: int, *, outcome: str = "ok", replayed: bool = False) -> Answer:
        return Answer("account", "batch", "key", outcome, None, replayed, 1, 0, ended_ms, "voucher", None)

    heard = [answer(700), answer(1_900), answer(3_600, replayed=True), answer(4_100, outcome="refused")]
    assert last_voucher_ms(heard) == 1_900
    assert last_voucher_ms([]) == 0


def test_a_proof_is_told_as_somebody_at_the_tills_would() -> None:
    order = '{"code": "MAVJZ476HMMUWVF8", "till_number": "%s", "order_total_fen": 10000}'
    sent = [
        {"who": who, "request_body": body, "outcome": outcome, "code": code}
        for who, body, outcome, code in (
            ("merchant-T1", order % "T1", "ok", None), ("merchant-T2", order % "T2", "refused", "already_redeemed"),
            ("merchant-T1", "not an order", "unknown", "sold_out"),
        )
    ]  # fmt: skip
    told = [[cell.zh if isinstance(cell, Words) else cell for cell in row] for row in in_words(sent)]
    assert told == [
        ["收银机 1", "扫券码尾号 WVF8，订单 100.00 元", "核销成功"],
        ["收银机 2", "扫券码尾号 WVF8，订单 100.00 元", "该券已核销"],
        ["收银机 1", "其他请求", "已抢光"],
    ]


def test_a_number_beside_a_tick_says_of_what_it_is() -> None:
    assert counted(0, "不符 {} 笔", "{} astray") == Words("不符 0 笔", "0 astray")
    assert counted(1_500, "{} 张", "{} vouchers") == Words("1,500 张", "1,500 vouchers")


def test_a_wall_tells_its_viewers_of_every_change_and_renews_what_has_the_same_title() -> None:
    told: list[int] = []
    wall = Wall(lambda: told.append(1))
    for count in (1, 2):
        wall.figure("领到", "Vouchers", count)
        wall.table(Words("表", "Table"), [Words("列", "Column")], [(count,)], ["good"])
    shown = wall.as_json()
    assert len(told) == 4
    assert [one["value"] for one in shown["figures"]] == [2]
    assert [one["rows"] for one in shown["tables"]] == [((2,),)]
    assert json.loads(json.dumps(shown, ensure_ascii=False))["tables"][0]["title"] == {"zh": "表", "en": "Table"}


def test_what_is_embedded_is_loaded_anew_and_other_links_are_not() -> None:
    wall = Wall()
    wall.link(Link(Words("手机页", "Phone page"), "platform", "/pages/phone", embed=True))
    wall.link(Link(Words("收银页", "Till page"), "platform", "/pages/till"))
    wall.load_anew()
    assert [link.loads for link in wall.links] == [2, 1]


def test_the_spare_voucher_is_open_and_good_from_the_rush_until_long_after_the_talk() -> None:
    day = date(2026, 12, 1)
    spare, opens = in_hand.batch_spec(day), plan.moment(day, 0, plan.OPENS_AT)
    assert (spare.claim_opens_at, spare.valid_from) == (opens, opens)
    assert spare.claim_closes_at > plan.moment(day, plan.LAST_DAY + 2)
    assert spare.name not in {plan.batch_spec(offer, day).name for offer in plan.all_offers()}


def test_first_passwords_have_no_letters_that_look_like_others(tmp_path: Path) -> None:
    staff = json.loads(ensure_staff_file(tmp_path).read_text(encoding="utf-8"))
    passwords = [one["password"] for one in staff]
    assert len(set(passwords)) == 4
    assert not set("".join(passwords)) & set("lIO01-_")
    assert {len(one) for one in passwords} == {18}


def test_codes_are_told_in_words() -> None:
    assert listed(["sold_out", "not_open"]) == Words(
        "已抢光、领取尚未开始", "All vouchers of this batch are taken, Claiming has not opened yet"
    )
    assert same("券", "Vouchers", 5, 6, tell=in_yuan).detail == Words(
        "实际 0.05 元，应为 0.06 元", "0.05 yuan, due 0.06 yuan"
    )


def test_what_an_import_suggests_is_told_in_english() -> None:
    places = tuple(DISTRICTS)
    found = (
        cell_rules.credit_code("91510681MA00000000"), cell_rules.credit_code("915"), cell_rules.text_up_to("字字", 1),
        cell_rules.district("510681199", ""), cell_rules.district_name("汉州街道", places[0]),
        cell_rules.category("餐饮"), cell_rules.category("理发"), cell_rules.industry_code("6210", "fuel"),
        cell_rules.size_class("大型企业"), cell_rules.size_class("限上"),
        cell_rules.degrees("北纬", 30.75, 31.2, (104, 105)), cell_rules.degrees("104.2", 30.75, 31.2, (104, 105)),
        cell_rules.degrees("39", 30.75, 31.2, (104, 105)), cell_rules.tills(["?"]), cell_rules.tills(["Y-01", "Y-01"]),
        cell_rules.tills([f"Y-{nth:02d}" for nth in range(51)]),
        Fault("duplicate_till", "Y-01 已在第 7 行"), Fault("duplicate_credit_code", "每家商户一行，请删除重复行"),
    )  # fmt: skip
    told = [suggestion(one.suggestion_zh).en for one in found if isinstance(one, Fault) and one.suggestion_zh]
    assert len(told) == len(found) - 1, "a common longer form is no fault"
    assert [one for one in told if not one.isascii()] == []
    assert told[3:5] == ["510681117 Sanxingdui", "Luocheng"]
    assert suggestion("换一种说法") == Words("换一种说法", "—")
    assert suggestion(None) == Words("—", "—")


def test_a_step_passes_only_with_checks_that_all_hold() -> None:
    good, bad = Check(Words("", ""), ok=True, detail=""), Check(Words("", ""), ok=False, detail="")
    assert passed([good])
    assert not passed([good, bad])
    assert not passed([])


def test_a_check_that_fails_says_what_is_there_and_what_is_due() -> None:
    check = same("券", "Vouchers", 1_299, 1_300)
    assert not check.ok
    assert check.detail == Words("实际 1,299，应为 1,300", "1,299, due 1,300")
    assert same("券", "Vouchers", 1_300, 1_300).detail == "1,300"


def test_amounts_are_read_in_yuan_to_the_fen() -> None:
    assert [yuan(fen) for fen in (0, 5, 123_456, -1_000)] == ["0.00", "0.05", "1,234.56", "-10.00"]


def test_files_of_steps_are_handed_out_and_nothing_else(tmp_path: Path) -> None:
    stage = tmp_path / "stage"
    for name in ("名单.xlsx", "correct/report.html", "data/staff.csv", ".taps.csv", "serve.log", "correct/record.json"):
        path = stage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "outside.csv").touch()
    (stage / "link.csv").symlink_to(tmp_path / "outside.csv")
    given = [name for name in ("名单.xlsx", "correct/report.html") if handed_out(stage, name)]
    kept = (
        "data/staff.csv",
        ".taps.csv",
        "serve.log",
        "correct/record.json",
        "../outside.csv",
        "link.csv",
        "no.csv",
        "",
    )
    assert given == ["名单.xlsx", "correct/report.html"]
    assert [name for name in kept if handed_out(stage, name) is not None] == []


def test_nobody_can_press_before_the_platform_is_ready_or_for_another_stage(tmp_path: Path) -> None:
    async def press() -> list[bool]:
        talk = Talk(tmp_path, seed=1)
        early = talk.go_on(stage=0, step=0)
        talk.phase = "ready"
        return [early, talk.go_on(stage=1, step=0), talk.go_on(stage=0, step=1), await talk.reset(stage=7)]

    assert asyncio.run(press()) == [False, False, False, False]


def test_a_viewer_is_told_everything_once_and_then_what_changed(tmp_path: Path) -> None:
    async def follow() -> list[list[int]]:
        talk, seen = Talk(tmp_path, seed=1), dict[int, int]()
        told = [list(talk.steps_since(seen)), list(talk.steps_since(seen))]
        talk.steps[2].revision += 100
        return [*told, list(talk.steps_since(seen))]

    assert asyncio.run(follow()) == [list(range(8)), [], [2]]


def test_the_summary_fails_when_a_step_does(tmp_path: Path) -> None:
    round_alone = {"verdict": "PASS"}
    assert with_steps(tmp_path, round_alone, [_PASSED])["verdict"] == "PASS"
    assert with_steps(tmp_path, round_alone, [_PASSED, {**_PASSED, "verdict": "NOT_RUN"}])["verdict"] == "FAIL"
    assert with_steps(tmp_path, {"verdict": "FAIL"}, [_PASSED])["verdict"] == "FAIL"
    assert steps_alone(tmp_path, 1, [])["verdict"] == "FAIL"
    assert read_summary(tmp_path)["steps"] == []
