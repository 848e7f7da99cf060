"""C6, C7, C19: once sold out, always sold out, unless stock came back; and first come, first served."""

import numpy as np

from loadtest.checks.evidence import BatchView, Evidence
from loadtest.checks.holdings import Holdings
from loadtest.checks.report import CheckReport, Found, report, together
from loadtest.history.columns import Ints

_MOST_INTERVALS = 2_000


def sold_out_is_final(evidence: Evidence) -> CheckReport:
    """C6. Without returns, no certain claim begins after a sold-out reply has ended."""
    return together(_after_sold_out(view, "C6") for view in evidence.batches if not view.stock_may_return)


def _after_sold_out(view: BatchView, check: str) -> CheckReport:
    said = view.sold_out
    if not len(said) or not len(view.ok):
        return report(check, view.evidence, (), 0)
    first = int(np.argmin(said.reply))
    end = int(said.reply[first])
    late = np.flatnonzero(view.ok.invoke > end)
    if not len(late):
        return report(check, view.evidence, (), 0)
    worst = int(late[np.argmax(view.ok.invoke[late])])
    gap_ms = (int(view.ok.invoke[worst]) - end) / 1e6
    rows = [int(said.row[first]), int(view.evidence.operations.row[view.ok.operation[worst]])]
    found = Found(
        f"答抢光后 {gap_ms:.1f} 毫秒才到达的请求又领到了券",
        f"a claim that began {gap_ms:.1f} ms after sold out had been said was granted", rows,
        {"batch": view.facts.batch_id, "gap_ms": gap_ms, "claims_after": len(late)},
    )  # fmt: skip
    return report(check, view.evidence, [found], len(late), worst_inversion_ms=gap_ms)


def resale_needs_a_release(evidence: Evidence) -> CheckReport:
    """C7. After sold out was said, no more claims succeed than stock can have come back meanwhile.

    Sold out, justified at an instant τ of [s, r] (s: arrival less the reopen delay), means that as many were held as
    the quota was. What begins after r and is granted by T is claimed within (τ, T]. So for every T: such claims ≤
    vouchers that can have come back within [s, T] + what the quota can have grown between s and T.
    """
    return together(_resale(view) for view in evidence.batches if view.stock_may_return)


def _resale(view: BatchView) -> CheckReport:
    starts, ends, rows = _minimal(view)
    worst, at = 0, (0, 0)
    for number, (since, end) in enumerate(zip(starts, ends, strict=True)):
        excess, until = _excess(view, int(since), int(end))
        if excess > worst:
            worst, at = excess, (number, until)
    if not worst:
        return report("C7", view.evidence, (), 0)
    number, until = at
    found = _resale_found(view, int(rows[number]), int(starts[number]), int(ends[number]), until)
    return report("C7", view.evidence, [found], worst)


def _minimal(view: BatchView) -> tuple[Ints, Ints, Ints]:
    """Sold-out intervals that hold no other: they say most. At most two thousand of them, evenly spread."""
    said = view.sold_out
    since, reply, row = said.since - view.delay, said.reply, said.row.astype(np.int64)
    order = np.lexsort((-since, reply))
    since, reply, row = since[order], reply[order], row[order]
    latest = np.maximum.accumulate(since) if len(since) else since
    keep = np.flatnonzero(np.append(True, since[1:] > latest[:-1])) if len(since) else np.empty(0, np.int64)
    if len(keep) > _MOST_INTERVALS:
        keep = keep[np.unique(np.linspace(0, len(keep) - 1, _MOST_INTERVALS).astype(np.int64))]
    return since[keep], reply[keep], row[keep]


def _excess(view: BatchView, since: int, end: int) -> tuple[int, int]:
    """The most by which later claims outnumber what can have come back, and until when."""
    replies = np.sort(view.ok.reply[view.ok.invoke > end])
    if not len(replies):
        return 0, 0
    back = np.sort(view.releases.since[view.releases.by >= since])
    allowed = np.searchsorted(back, replies, "right") + _growth(view, since, replies)
    excess = np.arange(1, len(replies) + 1) - allowed
    at = int(np.argmax(excess))
    return int(excess[at]), int(replies[at])


def _growth(view: BatchView, since: int, instants: Ints) -> Ints:
    """By how much the quota can have grown from ``since`` to each instant."""
    before = Holdings(view).certain_quota_at(since)
    grown = np.zeros(len(instants), np.int64)
    for step in view.raises:
        grown = np.maximum(grown, np.where(instants >= step.since, step.quota - before, 0))
    return grown


def _resale_found(view: BatchView, row: int, since: int, end: int, until: int) -> Found:
    later = np.flatnonzero((view.ok.invoke > end) & (view.ok.reply <= until))
    possible = np.flatnonzero((view.releases.by >= since) & (view.releases.since <= until))
    growth = int(_growth(view, since, np.array([until]))[0])
    row_of = view.evidence.operations.row
    rows = [row, *map(int, row_of[view.ok.operation[later]]), *map(int, row_of[view.releases.operation[possible]])]
    return Found(
        f"答抢光之后又发出 {len(later)} 张，其间最多只可能退回 {len(possible)} 张、追加 {growth} 张",
        f"{len(later)} claims succeeded after sold out; at most {len(possible)} came back and {growth} were added",
        rows,
        {"batch": view.facts.batch_id, "later": len(later), "came_back": len(possible), "added": growth,
         "from_ns": since, "sold_out_end_ns": end, "until_ns": until},
    )  # fmt: skip


def first_come_first_served(evidence: Evidence) -> CheckReport:
    """C19. Nobody is refused for stock that somebody who came later then gets. Count and worst inversion."""
    return together(
        _after_sold_out(view, "C19") if not view.stock_may_return else _renamed(_resale(view))
        for view in evidence.batches
    )


def _renamed(found: CheckReport) -> CheckReport:
    return CheckReport(found.count, (), {}, found.figures)
