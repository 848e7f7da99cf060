"""The analysis of a round: whatever the figures are, no sentence prints a number that its figures do not show."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.round_reports import a_report
from voucher_contract.indicators import INDICATORS
from voucher_contract.models.round_report import RoundReport, Sentence
from voucher_platform.core.amounts import yuan_of
from voucher_platform.reports.analysis.figures import Figure
from voucher_platform.reports.analysis.saying import say
from voucher_platform.reports.analysis.showing import shown
from voucher_platform.reports.analysis.writing import with_analysis
from voucher_platform.reports.document.building import build_document
from voucher_platform.reports.printing.html_file import write_html
from voucher_platform.reports.round.rules import round_risk

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
NOTHING = re.compile(r"\b(None|nan|NaN|inf)\b")

counts = st.one_of(st.just(0), st.integers(1, 40), st.integers(0, 10**7))


outcomes = st.sampled_from(["issued", "sold_out", "guarded", "overloaded", "rebuilding", "a_code_of_tomorrow"])
counted_names = [x.name for x in INDICATORS.values() if not x.parts and not x.quotient]
facts = st.fixed_dictionaries(
    {
        "counted": st.lists(counts, min_size=len(counted_names), max_size=len(counted_names)).map(
            lambda drawn: dict(zip(counted_names, drawn, strict=True))
        ),
        "names": st.lists(st.sampled_from(["满100减30", "3C家电 1000-100", "第2轮", "{x}"]), min_size=1, max_size=3),
        "money": st.tuples(*[counts] * 8), "attempts": st.dictionaries(outcomes, counts, max_size=4),
        "complete": st.booleans(), "earlier": st.booleans(), "signs": st.tuples(counts, counts),
        "merchants": st.lists(counts, max_size=6), "admitted": st.integers(0, 2), "pauses": st.integers(0, 2),
        "claimed_after": st.none() | st.integers(0, 10**6),
        "alerts": st.lists(st.tuples(counts, counts, counts, counts), max_size=3),
        "longest_s": st.none() | st.integers(0, 10**6),
    }
)  # fmt: skip
"""What a report is built from, also reports that cannot be: the rules must stand any."""


def printed(sentence: Sentence, text: str) -> set[str]:
    for name in sorted(sentence.names, key=len, reverse=True):
        text = text.replace(name, " ")
    return set(NUMBER.findall(text))


@settings(max_examples=50)
@given(facts)
def test_every_number_of_every_sentence_is_shown_by_a_figure_it_cites(given_facts: dict[str, Any]) -> None:
    made = with_analysis(a_report(**given_facts))
    figures = {one.id: one for one in made.figures}
    assert [one.number for one in made.figures] == list(range(1, len(made.figures) + 1))
    for sentence in made.analysis:
        cited = [figures[name] for name in sentence.figures]
        for text, language in ((sentence.text_zh, "shown_zh"), (sentence.text_en, "shown_en")):
            proven = {number for one in cited for number in NUMBER.findall(getattr(one, language))}
            assert printed(sentence, text) <= proven, sentence
            assert not NOTHING.search(text), sentence
    assert {name for one in made.analysis for name in one.figures} == set(figures), "no figure that nobody cites"


@settings(max_examples=15)
@given(facts)
def test_a_figure_of_the_report_is_the_indicator_it_names(given_facts: dict[str, Any]) -> None:
    made = with_analysis(a_report(**given_facts))
    rows: Mapping[tuple[str, str], Any] = {(row.dimension, row.key): row.values for row in made.rows}
    for one in made.figures:
        dimension, _, rest = one.id.partition(".")
        key, _, name = rest.rpartition(".")
        values, name = (rows["total", "total"], one.id) if one.id in INDICATORS else (rows.get((dimension, key)), name)
        if values is not None:
            assert values[name] == one.value
        assert (one.shown_zh, one.shown_en) == shown(one.unit, one.value)


@settings(max_examples=6)
@given(facts, st.sampled_from(["zh", "en"]))
def test_any_report_becomes_a_page_in_its_language(given_facts: dict[str, Any], language: Any) -> None:
    page = write_html(build_document(with_analysis(a_report(**given_facts)), language)).decode()
    assert not NOTHING.search(re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))
    assert page.count("<h2") == 11


def sentences(report: RoundReport, section: str) -> list[str]:
    return [one.text_zh for one in with_analysis(report).analysis if one.section == section]


def test_a_round_nobody_has_claimed_from_says_so_and_no_rate() -> None:
    report = a_report(counted={"released_vouchers": 100, "released_fen": 300_000})
    assert sentences(report, "issuing")[-1] == "截至报告生成时，尚无人领取。"
    assert sentences(report, "redeeming") == ["截至报告生成时，尚无核销。"]
    assert sentences(report, "leverage") == ["尚无核销，拉动比无从计算。"]
    assert sentences(report, "signs") == []


def test_rates_say_by_count_and_by_amount_with_their_denominators() -> None:
    counted = {
        "released_vouchers": 400, "released_fen": 1_200_000, "issued_vouchers": 200, "issued_fen": 600_000,
        "redemptions": 90, "redeemed_fen": 270_000, "whole_refunds": 10, "refund_voucher_fen": 30_000, "merchants": 3,
    }  # fmt: skip
    said = "".join(sentences(a_report(counted=counted), "redeeming"))
    assert "占已领取 45.00%（90 笔 ÷ 200 张），占投放 22.50%（90 笔 ÷ 400 张）" in said
    assert "占已领取 45.00%（2,700.00 元 ÷ 6,000.00 元）" in said
    assert "按张数计为 40.00%，按金额计为 40.00%" in said


def test_more_claimed_than_offered_is_explained_by_what_was_voided_and_the_net_share_is_beside_it() -> None:
    counted = {
        "released_vouchers": 2_800, "released_fen": 5_800_000, "issued_vouchers": 2_801, "issued_fen": 5_801_000,
        "voided_vouchers": 1,
    }  # fmt: skip
    report = a_report(counted=counted)
    said = sentences(report, "issuing")
    assert "占投放张数的 100.04%" in said[1]
    assert said[2].startswith("其中 1 张领取后被作废，名额退回后可以补发，所以累计领取可大于投放，不是超发；")
    assert said[2].endswith("有效领取 2,800 张，面额合计 1,200.00 元，占投放张数的 100.00%。")
    page = write_html(build_document(with_analysis(report), "zh")).decode()
    assert "含后来作废、可补发的 1 张；有效 2,800 张，占投放 100.00%" in page
    assert page.count("领取数含后来作废的 1 张，其名额退回后可以补发，故领取可大于投放，不是超发。") == 3
    assert "作废、可补发" not in write_html(build_document(with_analysis(a_report(counted={})), "zh")).decode()


def test_a_ratio_reads_alike_on_the_card_and_in_its_sentence() -> None:
    counted = {"redemptions": 1, "redeemed_fen": 1_000, "order_total_fen": 11_444, "issued_vouchers": 1}
    report = with_analysis(a_report(counted=counted))
    assert "拉动比（净）为 11.44。" in "".join(sentences(report, "leverage"))
    page = write_html(build_document(report, "zh")).decode()
    overview, _, indicators = page.partition('id="indicators"')
    assert ("11.44" in overview, "11.4440" in overview, "11.4440" in indicators) == (True, False, True)


def test_an_id_is_in_the_auditors_table_and_a_step_of_the_curve_in_minutes() -> None:
    report = with_analysis(a_report(counted={"issued_vouchers": 4}, claimed_after=180))
    page = write_html(build_document(report, "zh")).decode()
    assert page.count("rnd-1") == 1
    assert "轮次编号：rnd-1。" in page
    assert "每根柱为 1 分钟内领取的张数" in page


def test_few_cases_are_called_few() -> None:
    few = {"issued_vouchers": 4, "issued_fen": 12_000, "redemptions": 2, "redeemed_fen": 6_000, "seekers": 5}
    assert "以上比率的分母只有 4 张，样本很少，不宜据此下结论。" in sentences(a_report(counted=few), "redeeming")
    many = {name: value * 100 for name, value in few.items()}
    assert not any("样本很少" in text for text in sentences(a_report(counted=many), "redeeming"))


def test_a_sign_is_a_hint_with_the_line_it_is_above() -> None:
    counted = {"issued_vouchers": 100, "redemptions": 80, "redeemed_fen": 240_000, "merchants": 9}
    said = sentences(a_report(counted=counted, signs=(70, 2)), "signs")
    assert said[0] == "应付金额恰好等于门槛的核销有 70 笔，占 87.50%，高于提示线 50.00%。"
    assert said[-1].startswith("以上只是提示")
    calm = sentences(a_report(counted=counted, signs=(10, 2)), "signs")
    assert calm[0].startswith("未见高于提示线的异常迹象")


def test_what_the_risk_rules_did_is_told_rule_by_rule_with_what_people_decided() -> None:
    report = a_report(counted={}, alerts=[(2, 1, 3, 1), (0, 0, 1, 0)], longest_s=5_400, attempts={"guarded": 9})
    assert sentences(report, "risk") == [
        "本轮期间，即时风险规则产生告警 8 个，其中当场拦截并冻结的 6 个，仅标记的 2 个。",
        "告警最多的规则是“领取过于频繁”，7 个，占 87.50%。",
        "触发规则或随后被拦下的请求共 80 次。",
        "本轮券种的领取请求中，被风险规则拦下 9 次。",
        "经人工处理，确认 4 个，放行 1 个；尚未处理 3 个。",
        "从告警到人工处理，最长用时 1 小时 30 分。",
        "截至报告生成，仍有 5 个使其对象处于冻结状态。",
        "告警是规则的判断，未经人工确认不得作为认定。",
        "其中 7 个不指明券种，按发生时间计入本轮；同一时间另有轮次的，两份报告都会计入。",
    ]
    waiting = [one.caution for one in with_analysis(report).analysis if "尚未处理" in one.text_zh]
    assert waiting == [True], "an alert that nobody has looked at is a warning"


def test_a_decision_of_the_same_second_is_one_and_an_alert_that_nobody_decided_has_none() -> None:
    row = dict.fromkeys(("alerts", "blocked", "flagged", "open", "released", "confirmed", "frozen", "requests"), 1)
    rows = [{**row, "rule": "of_old", "moment": "claim", "unnamed": 0, "longest_s": longest} for longest in (None, 0)]
    assert round_risk(rows).longest_to_decision_s == 0
    assert round_risk(rows[:1]).longest_to_decision_s is None
    assert round_risk([]).longest_to_decision_s is None


def test_a_round_without_an_alert_says_that_calmly_and_nothing_else() -> None:
    (said,) = [one for one in with_analysis(a_report(counted={})).analysis if one.section == "risk"]
    assert (said.text_zh, said.caution) == ("本轮期间，即时风险规则没有产生告警。", False)


def test_money_that_does_not_add_up_is_the_loudest_sentence() -> None:
    (first, *_) = [one for one in with_analysis(a_report(counted={}, ok=False)).analysis if one.section == "money"]
    assert first.caution
    assert first.text_zh.endswith("逐笔流水核对不符，须立即核查。")


@pytest.mark.parametrize("template", ["有 3 张", "{count} 加 {other}", "没有数字"])
def test_a_template_with_a_digit_or_other_holes_is_refused(template: str) -> None:
    figure = Figure("x", ("甲", "a"), "vouchers", 3, ("式", "formula"))
    with pytest.raises(ValueError, match=r"a number that no figure proves|takes"):
        say("issuing", template, template, count=figure)


def test_a_sentence_without_its_figure_is_not_said() -> None:
    assert say("issuing", "有 {count}。", "{count}.", count=None) == []


def test_a_name_stands_in_a_sentence_as_it_is() -> None:
    shops = Figure("x", ("甲", "a"), "merchants", 3, ("式", "formula"))
    (said,) = say(
        "issuing",
        "“{name}” 有 {count}参与。",
        "“{name}”: {count}.",
        names={"name": ("检验券 百货{a}",) * 2},
        count=shops,
    )
    assert said.text == ("“检验券 百货{a}” 有 3 家参与。", "“检验券 百货{a}”: 3 merchants.")


def test_numbers_are_shown_exactly() -> None:
    assert yuan_of(-123_456_789) == "−1,234,567.89"
    assert shown("percent", 1.0) == ("100.00%", "100.00%")
    assert shown("vouchers", 1) == ("1 张", "1 voucher")
    assert shown("seconds", 7_265) == ("2 小时 1 分", "2 h 1 min")
    assert shown("seconds", 0) == ("0 秒", "0 s")
    day = datetime(2026, 2, 9, tzinfo=UTC)
    assert shown("date", day.date().isoformat()) == ("2026 年 2 月 9 日", "2026-02-09")
    assert shown("moment", (day + timedelta(hours=9)).isoformat())[0] == "2026-02-09 09:00"
