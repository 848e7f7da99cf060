"""A verdict with its findings: what was expected, what happened, and the requests that show it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from nicegui import ui

from voucher_console.bench.verdicts import Verdict
from voucher_console.clause_words import clause_text
from voucher_console.pages.runs import VERDICT_KINDS, verdict_word
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Cell, Column, show_lines, show_state, show_table
from voucher_console.view import View
from voucher_contract.routes import ROUTES

_MOST_FINDINGS, _MOST_WITNESSES, _MOST_EXCHANGES, _LONGEST = 20, 2, 8, 400


def show_verdict(view: View, verdict: Verdict) -> None:
    """The word, the counts, the findings, every clause."""
    w = view.w
    with ui.element("section").classes(f"verdict verdict-{VERDICT_KINDS.get(verdict.overall, 'none')}"):
        say(verdict_word(view, verdict.overall), "p", "verdict-word")
        counted = " · ".join(f"{view.named(word)} {number}" for word, number in verdict.counts().items())
        say(counted)
        if left_out := verdict.left_out():
            say(w(f"另有 {left_out} 个用例本次没有选测：“通过”只说明选测的部分。",
                  f"{left_out} more cases were not selected: a pass speaks of those that were."))  # fmt: skip
        if verdict.preliminary:
            say(w("初步结论：异议期满并答复后才是最终结论。", "Preliminary: final once objections are answered."))
    findings = verdict.weighty()
    say(w("发现的问题", "Findings"), "h2")
    if not findings:
        show_empty(w("没有不通过、提示或无法判定的用例。", "No case failed, was remarked on or stayed undecided."))
    for case in findings[:_MOST_FINDINGS]:
        _show_case(view, verdict, case)
    if len(findings) > _MOST_FINDINGS:
        rest = len(findings) - _MOST_FINDINGS
        say(w(f"另有 {rest} 项，见完整报告。", f"{rest} more are in the whole report."))
    _show_clauses(view, verdict)


def _show_case(view: View, verdict: Verdict, case: dict[str, Any]) -> None:
    w, title = view.w, verdict.titles.get(case["id"])
    with ui.element("article").classes("alert"):
        say(w.of(title) if title else case["id"], "h3")
        with ui.element("div").classes("buttons tight"):
            show_state(view.named(case["counts_as"]), VERDICT_KINDS.get(case["counts_as"], "none"))
            say(w(f"用例 {case['id']}", f"Case {case['id']}"), "span")
        for clause in case["clauses"]:
            say(f"{clause} {clause_text(w, clause)}", classes="clause")
        # The bench writes what it expected and saw in Chinese; its reason is in both languages.
        say(f"{w('应为：', 'Expected: ')}{case['expected_zh']}"[:_LONGEST]).props("lang=zh")
        # A case that is played again says the same again.
        actual = "；".join(dict.fromkeys((case["actual_zh"] or case["reason_zh"]).split("；")))
        say(f"{w('实际：', 'Actual: ')}{actual}"[:_LONGEST]).props("lang=zh")
        reason = w(case["reason_zh"], case["reason_en"])
        if reason:
            say(reason[:_LONGEST])
        unlike = {one["statement_en"]: one for one in reversed(case["witnesses"])}  # of each kind the first
        for witness in list(unlike.values())[::-1][:_MOST_WITNESSES]:
            _show_witness(view, witness)


def _show_witness(view: View, witness: dict[str, Any]) -> None:
    w = view.w
    say(f"{w('证据', 'Witness')}: {w(witness['statement_zh'], witness['statement_en'])}", "p", "next-step")
    if witness["exchanges"]:
        columns = [
            Column(w("谁", "Who")), Column(w("请求", "Request")), Column(w("内容", "Body"), breaks=True),
            Column(w("答复", "Reply")),
        ]  # fmt: skip
        rows: list[list[Cell]] = [
            [str(one.get("who", "")), partial(show_lines, *_request_told(view, one)),
             str(one.get("request_body", ""))[:_LONGEST], partial(show_lines, *_reply_told(view, one))]
            for one in witness["exchanges"][:_MOST_EXCHANGES]
        ]  # fmt: skip
        show_table(w("请求与答复", "Requests and replies"), columns, rows)
    if witness["records"]:
        columns = [
            Column(w("动作", "Act")), Column(w("人", "Person")), Column(w("键", "Key")), Column(w("答复", "Reply")),
            Column(w("结果编号", "Result")), Column(w("请求编号", "Request number")),
        ]  # fmt: skip
        rows = [
            [str(one.get("kind", "")), str(one.get("person", "")), str(one.get("key", "")),
             f"{one.get('status', '')} {one.get('code', '')}", str(one.get("result_id", "")),
             str(one.get("request_id", ""))]
            for one in witness["records"][:_MOST_EXCHANGES]
        ]  # fmt: skip
        show_table(w("历史记录", "Records of the history"), columns, rows)


def _request_told(view: View, exchange: Mapping[str, Any]) -> tuple[str, str]:
    """What was asked for, in words and as it was sent."""
    route = ROUTES.get(str(exchange.get("operation", "")))
    sent = f"{exchange.get('method', '')} {exchange.get('path', '')}"
    return (view.w(route.title_zh, route.name.replace("_", " ")) if route else sent), sent


def _reply_told(view: View, exchange: Mapping[str, Any]) -> tuple[str, str]:
    """How it ended, in words and as it came."""
    word = str(exchange.get("code") or exchange.get("outcome", ""))
    told = view.w("成功", "Done") if word == "ok" else view.refusal_named(word)
    return told, f"{exchange.get('status', '')} {word}"


def _show_clauses(view: View, verdict: Verdict) -> None:
    w = view.w
    columns = [
        Column(w("条款", "Clause")), Column(w("内容", "What it asks")), Column(w("结论", "Verdict")),
        Column(w("证据等级", "Level")),
        Column(w("用例：选测 / 全部", "Cases: selected / all"), numeric=True),
        Column(w("说明", "Why")),
    ]  # fmt: skip
    rows = [
        [
            one["id"], clause_text(w, one["id"]),
            partial(show_state, view.named(one["verdict"]) if one["verdict"] else w("由人判断", "By a person"),
                                       VERDICT_KINDS.get(one["verdict"] or "", "none")),
            " ".join(one["levels"]) or "—", "{} / {}".format(*verdict.played(one)) if one["cases"] else "—",
            w(one["why_zh"], one["why_en"]) or "—",
        ]
        for one in verdict.clauses()
    ]  # fmt: skip
    show_table(w("逐条结论", "Clause by clause"), columns, rows)
