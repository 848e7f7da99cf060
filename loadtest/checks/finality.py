"""C6, C7, C19: once sold out, always sold out, unless stock came back; and first come, first served."""

import numpy as np

from loadtest.checks.evidence import BatchView, Evidence
from loadtest.checks.holdings import Holdings
from loadtest.checks.report import CheckReport, Found, report, together
from loadtest.checks.rising import RisingMaximum
from loadtest.history.columns import Ints


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
    found = Found(
        f"答抢光后 {gap_ms:.1f} 毫秒才到达的请求又领到了券",
        f"a claim that began {gap_ms:.1f} ms after sold out had been said was granted", [int(said.row[first])],
        {**view.shown, "rule": "later_success", "gap_ms": gap_ms, "claims_after": len(late)},
        view.ok.operation[worst : worst + 1],
    )  # fmt: skip
    return report(check, view.evidence, [found], len(late), worst_inversion_ms=gap_ms)


def resale_needs_a_release(evidence: Evidence) -> CheckReport:
    """C7. After sold out was said, no more claims succeed than stock can have come back meanwhile.

    Sold out, justified at an instant τ of [s, r] (s: arrival less the reopen delay), means that as many were held as
    the quota was. What begins after r and is granted by T is claimed within (τ, T]. So for every T: such claims ≤
    vouchers that can have come back within [s, T] + what the quota can have grown between s and T.
    """
    return together(_resale(view, "C7") for view in evidence.batches if view.stock_may_return)


def _resale(view: BatchView, check: str) -> CheckReport:
    said, late = view.sold_out, _late(view)
    if not len(late):
        return report(check, view.evidence, (), 0)
    # The refusals between two late claims leave the same claims to be explained; the one that began last says most.
    since = said.since - view.delay
    first_after = np.searchsorted(view.ok.invoke[late], said.reply, "right")
    order = np.lexsort((since, first_after))
    ends = np.flatnonzero(np.append(first_after[order][1:] != first_after[order][:-1], True))
    telling = order[ends]
    telling = telling[first_after[telling] < len(late)]
    excess = _excesses(view, late, first_after[telling], since[telling])
    worst = int(np.argmax(excess))
    if excess[worst] <= 0:
        return report(check, view.evidence, (), 0)
    refusal = int(telling[worst])
    found, gap_ms = _resale_found(view, refusal, int(since[refusal]), late[first_after[refusal] :])
    return report(check, view.evidence, [found], int(excess[worst]), worst_inversion_ms=gap_ms)


def _late(view: BatchView) -> Ints:
    """Certain claims that began after some sold-out reply, by their invokes."""
    if not len(view.sold_out):
        return np.empty(0, np.int64)
    late = np.flatnonzero(view.ok.invoke > view.sold_out.reply.min())
    return late[np.argsort(view.ok.invoke[late], kind="stable")]


def _excesses(view: BatchView, late: Ints, first: Ints, since: Ints) -> Ints:
    """For each refusal, by how many the late claims from ``first`` on outnumber what can have come back, at worst.

    Claims are taken in from the last to the first, each adding one at every instant from its reply on; what came back
    by an instant is taken off beforehand. What certainly came back before the refusal does not count for it, nor does
    a quota that was certain by then: both are constants of the refusal.
    """
    replies = np.sort(view.ok.reply[late])
    place = np.argsort(np.argsort(view.ok.reply[late], kind="stable"), kind="stable")
    running = RisingMaximum(
        -(np.searchsorted(np.sort(view.releases.since), replies, "right") + _quota_by(view, replies))
    )
    certain_back = np.sort(view.releases.by)
    holdings = Holdings(view)
    excess = np.zeros(len(first), np.int64)
    taken = len(late)
    for at in np.argsort(-first, kind="stable"):
        while taken > first[at]:
            taken -= 1
            running.raise_from(int(place[taken]))
        before = int(np.searchsorted(certain_back, since[at], "left")) + holdings.certain_quota_at(int(since[at]))
        excess[at] = running.highest() + before
    return excess


def _quota_by(view: BatchView, instants: Ints) -> Ints:
    """The most that the quota can be at each instant."""
    quota = np.full(len(instants), view.facts.quota, np.int64)
    for step in view.raises:
        quota = np.where(instants >= step.since, np.maximum(quota, step.quota), quota)
    return quota


def _resale_found(view: BatchView, refusal: int, since: int, later: Ints) -> tuple[Found, float]:
    """The refusal, the claims after it until the worst instant, and all that can have come back by then."""
    end, row = int(view.sold_out.reply[refusal]), int(view.sold_out.row[refusal])
    replies = np.sort(view.ok.reply[later])
    back = np.flatnonzero(view.releases.by >= since)
    before = Holdings(view).certain_quota_at(since)
    allowed = np.searchsorted(np.sort(view.releases.since[back]), replies, "right") + _quota_by(view, replies) - before
    until = int(replies[np.argmax(np.arange(1, len(replies) + 1) - allowed)])
    granted = later[view.ok.reply[later] <= until]
    possible = back[view.releases.since[back] <= until]
    growth = int(_quota_by(view, np.array([until]))[0]) - before
    gap_ms = (int(view.ok.invoke[granted].max()) - end) / 1e6
    found = Found(
        f"答抢光之后又发出 {len(granted)} 张，其间最多只可能退回 {len(possible)} 张、追加 {growth} 张",
        f"{len(granted)} claims succeeded after sold out; at most {len(possible)} came back and {growth} were added",
        [row],
        {**view.shown, "rule": "resale", "later": len(granted), "came_back": len(possible), "added": growth,
         "from_ns": since, "sold_out_end_ns": end, "until_ns": until, "gap_ms": gap_ms},
        np.concatenate([view.ok.operation[granted], view.releases.operation[possible]]),
    )  # fmt: skip
    return found, gap_ms


def first_come_first_served(evidence: Evidence) -> CheckReport:
    """C19. Nobody is refused for stock that somebody who came later then gets. Count and worst inversion."""
    return together(
        _resale(view, "C19") if view.stock_may_return else _after_sold_out(view, "C19") for view in evidence.batches
    )
