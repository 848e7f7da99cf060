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
    """What breaks one rule, and by how many nanoseconds each: rows of refusals, or operations that were granted."""

    name: str
    zh: str
    en: str
    which: Ints
    beyond: Ints
    granted: bool


def windows_are_kept(evidence: Evidence) -> CheckReport:
    """C10. Measured against the announced instants ± the clocks' bound, and acts of staff ± the reopen delay."""
    return together(_windows(view) for view in evidence.batches)


def _windows(view: BatchView) -> CheckReport:
    rules = [*_opening(view), *_closing(view), *(rule for pause in view.facts.pauses for rule in _paused(view, pause))]
    broken = [rule for rule in rules if len(rule.which)]
    found = (_found(view, rule) for rule in broken)
    return report("C10", view.evidence, found, sum(len(rule.which) for rule in broken))


def _opening(view: BatchView) -> Iterator[Rule]:
    opens, bound = view.facts.opens_ns, view.facts.clock_bound_ns
    if opens is None:
        return
    early = opens - bound - view.ok.reply
    wrong = early > 0
    yield Rule(
        "early", "开放之前就领到了券", "granted before the opening", view.ok.operation[wrong], early[wrong], True
    )
    said, since, _ = _said(view, "not_open")
    late = since - (opens + bound)
    yield Rule(
        "still_shut", "开放之后仍答未开始", "not open was said after the opening", said[late > 0], late[late > 0], False
    )


def _closing(view: BatchView) -> Iterator[Rule]:
    closes, bound = view.facts.closes_ns, view.facts.clock_bound_ns
    if closes is not None:
        late = view.ok.invoke - (closes + bound)
        wrong = late > 0
        yield Rule(
            "late", "截止之后仍领到了券", "granted after the closing", view.ok.operation[wrong], late[wrong], True
        )
    stops = [pause.paused.invoke_ns for pause in view.facts.pauses if pause.stop]
    earliest = min([FOREVER if closes is None else closes - bound, *stops])
    if earliest < FOREVER:
        said, _, reply = _said(view, "closed")
        early = earliest - reply
        wrong = early > 0
        yield Rule("shut_early", "截止之前就答已结束", "closed was said early", said[wrong], early[wrong], False)


def _paused(view: BatchView, pause: Pause) -> Iterator[Rule]:
    if pause.paused.reply_ns is None:
        return
    shut_from = pause.paused.reply_ns + view.delay
    shut_until = FOREVER if pause.resumed is None else pause.resumed.invoke_ns
    inside = (view.ok.invoke > shut_from) & (view.ok.reply < shut_until)
    beyond = (view.ok.invoke - shut_from)[inside]
    yield Rule("paused", "暂停期间仍领到了券", "granted during a pause", view.ok.operation[inside], beyond, True)


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
        f"{rule.zh}，超出允许误差 {milliseconds:.1f} 毫秒（共 {len(rule.which)} 次）",
        f"{rule.en}, {milliseconds:.1f} ms beyond the clocks' bound ({len(rule.which)} times)",
        () if rule.granted else [int(rule.which[worst])],
        {"rule": rule.name, "opens_ns": facts.opens_ns, "closes_ns": facts.closes_ns, "bound_ns": facts.clock_bound_ns,
         "pauses": [_pause_shown(pause, view.delay) for pause in facts.pauses],
         "beyond_ns": int(rule.beyond[worst]), "batch": facts.batch_id},
        rule.which[worst : worst + 1] if rule.granted else (),
    )  # fmt: skip


def _pause_shown(pause: Pause, delay: int) -> list[int | None]:
    """From when until when nothing may be granted; null where that is not certain."""
    begun = pause.paused.reply_ns
    ended = FOREVER if pause.resumed is None else pause.resumed.invoke_ns
    return [None if begun is None else begun + delay, ended]


def opening_goals(evidence: Evidence) -> dict[str, bool]:
    """Whether claims came on both sides of the opening."""
    views = [view for view in evidence.batches if view.facts.opens_ns is not None]
    history = evidence.history
    claims = (history.kind == Kind.CLAIM) & history.sent
    return {
        "early_seen": any((history.t_invoke[claims] < view.facts.opens_ns).any() for view in views),
        "opening_seen": any((view.ok.reply > (view.facts.opens_ns or 0)).any() for view in views),
    }
