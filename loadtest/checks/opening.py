"""C10: nothing before the opening, nothing after the closing or during a pause, and no such refusal without cause."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from loadtest.checks.evidence import BatchView, Evidence
from loadtest.checks.facts import Pause
from loadtest.checks.report import CheckReport, Found, report, together
from loadtest.history.columns import FOREVER, Ints
from loadtest.history.record import Kind


class Rule(NamedTuple):
    """Attempts that break one rule: their rows, and how many nanoseconds each is beyond what is allowed."""

    name: str
    zh: str
    en: str
    rows: Ints
    beyond: Ints


def windows_are_kept(evidence: Evidence) -> CheckReport:
    """C10. Measured against the announced instants ± the clocks' bound, and acts of staff ± the reopen delay."""
    return together(_windows(view) for view in evidence.batches)


def _windows(view: BatchView) -> CheckReport:
    rules = [*_opening(view), *_closing(view), *(rule for pause in view.facts.pauses for rule in _paused(view, pause))]
    broken = [rule for rule in rules if len(rule.rows)]
    found = (_found(view, rule) for rule in broken)
    return report("C10", view.evidence, found, sum(len(rule.rows) for rule in broken))


def _opening(view: BatchView) -> Iterator[Rule]:
    opens, bound = view.facts.opens_ns, view.facts.clock_bound_ns
    if opens is None:
        return
    rows = view.evidence.operations.row[view.ok.operation].astype(np.int64)
    early = opens - bound - view.ok.reply
    yield Rule("early", "开放之前就领到了券", "granted before the opening", rows[early > 0], early[early > 0])
    said, since, _ = _said(view, "not_open")
    late = since - (opens + bound)
    yield Rule(
        "still_shut", "开放之后仍答未开始", "not open was said after the opening", said[late > 0], late[late > 0]
    )


def _closing(view: BatchView) -> Iterator[Rule]:
    closes, bound = view.facts.closes_ns, view.facts.clock_bound_ns
    if closes is not None:
        rows = view.evidence.operations.row[view.ok.operation].astype(np.int64)
        late = view.ok.invoke - (closes + bound)
        yield Rule("late", "截止之后仍领到了券", "granted after the closing", rows[late > 0], late[late > 0])
    stops = [pause.paused.invoke_ns for pause in view.facts.pauses if pause.stop]
    earliest = min([FOREVER if closes is None else closes - bound, *stops])
    said, _, reply = _said(view, "closed")
    early = earliest - reply
    if earliest < FOREVER:
        yield Rule(
            "shut_early", "截止之前就答已结束", "closed was said before the closing", said[early > 0], early[early > 0]
        )


def _paused(view: BatchView, pause: Pause) -> Iterator[Rule]:
    if pause.paused.reply_ns is None:
        return
    shut_from = pause.paused.reply_ns + view.delay
    shut_until = FOREVER if pause.resumed is None else pause.resumed.invoke_ns
    rows = view.evidence.operations.row[view.ok.operation].astype(np.int64)
    inside = (view.ok.invoke > shut_from) & (view.ok.reply < shut_until)
    yield Rule(
        "paused", "暂停期间仍领到了券", "granted during a pause", rows[inside], (view.ok.invoke - shut_from)[inside]
    )


def _said(view: BatchView, code: str) -> tuple[Ints, Ints, Ints]:
    """Rows, earliest and latest instants of refusals with this code."""
    history, refusals = view.evidence.history, view.evidence.refusals
    mine = (history.kind == Kind.CLAIM) & (history.subject == view.number) & history.has_code(code)
    at = np.flatnonzero(mine[refusals.row])
    return refusals.row[at].astype(np.int64), refusals.since[at], refusals.reply[at]


def _found(view: BatchView, rule: Rule) -> Found:
    worst = int(np.argmax(rule.beyond))
    milliseconds = int(rule.beyond[worst]) / 1e6
    facts = view.facts
    return Found(
        f"{rule.zh}，超出允许误差 {milliseconds:.1f} 毫秒（共 {len(rule.rows)} 次）",
        f"{rule.en}, {milliseconds:.1f} ms beyond the clocks' bound ({len(rule.rows)} times)",
        [int(rule.rows[worst])],
        {"rule": rule.name, "opens_ns": facts.opens_ns, "closes_ns": facts.closes_ns, "bound_ns": facts.clock_bound_ns,
         "delay_ns": view.delay, "beyond_ns": int(rule.beyond[worst]), "batch": facts.batch_id},
    )  # fmt: skip


def opening_goals(evidence: Evidence) -> dict[str, bool]:
    """Whether claims came on both sides of the opening."""
    views = [view for view in evidence.batches if view.facts.opens_ns is not None]
    history = evidence.history
    claims = (history.kind == Kind.CLAIM) & history.sent
    return {
        "early_seen": any((history.t_invoke[claims] < view.facts.opens_ns).any() for view in views),
        "opening_seen": any((view.ok.reply > (view.facts.opens_ns or 0)).any() for view in views),
    }
