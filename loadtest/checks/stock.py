"""C1, C2, C8, C9, C18: never more issued than the quota, and sold out said only when it was."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from loadtest.checks.evidence import BatchView, Evidence
from loadtest.checks.holdings import Holdings
from loadtest.checks.report import CheckReport, Found, report, together
from loadtest.history.columns import Ints
from loadtest.history.logical import CERTAIN, POSSIBLE
from loadtest.history.record import Kind


def never_oversold(evidence: Evidence) -> CheckReport:
    """C1. Without returns: as many certain claims as there may be vouchers, and no more."""
    return together(_oversold(view) for view in evidence.batches if not view.stock_may_return)


def _oversold(view: BatchView) -> CheckReport:
    quota, issued = view.highest_quota, len(view.ok)
    found = [_too_many(view, np.arange(issued), quota, "C1")] if issued > quota else []
    return report("C1", view.evidence, found, max(0, issued - quota), issued=issued, quota=quota)


def _too_many(view: BatchView, holders: Ints, quota: int, check: str) -> Found:
    """Quota plus one holders, those that were answered first."""
    first = holders[np.argsort(view.ok.reply[holders], kind="stable")][: quota + 1]
    facts = {**view.shown, "quota": quota, "held_at_once": len(holders)}
    return Found(
        f"额度 {quota} 张，同一时刻至少有 {len(holders)} 张在持券人手中",
        f"the quota is {quota}, and at one instant at least {len(holders)} are held ({check})",
        (), facts, view.ok.operation[first],
    )  # fmt: skip


def never_oversold_with_returns(evidence: Evidence) -> CheckReport:
    """C2. What is certainly held at one instant never exceeds what the quota can be at that instant."""
    return together(_oversold_at_some_instant(view) for view in evidence.batches)


def _oversold_at_some_instant(view: BatchView) -> CheckReport:
    holdings = Holdings(view)
    lower = holdings.lower
    worst = int(np.argmax(lower.values))
    excess = int(lower.values[worst])
    if excess <= 0 or worst == 0:
        return report("C2", view.evidence, (), 0)
    instant = int(lower.times[worst - 1])
    held = np.flatnonzero((view.ok.reply <= instant) & (view.ok.free_from > instant))
    found = _too_many(view, held, holdings.quota_at(instant), "C2")
    found = replace(found, facts={**found.facts, "instant_ns": instant})
    return report("C2", view.evidence, [found], excess)


def sold_out_was_true(evidence: Evidence) -> CheckReport:
    """C8. At some instant between arrival (less the reopen delay) and reply the stock may have been used up."""
    return together(_premature(view) for view in evidence.batches)


def _premature(view: BatchView) -> CheckReport:
    said = view.sold_out
    most = Holdings(view).upper.most_within(said.since - view.delay, said.reply)
    wrong = np.flatnonzero(most < 0)
    return report("C8", view.evidence, _premature_found(view, wrong, most), len(wrong), sold_out=len(said))


def _premature_found(view: BatchView, wrong: Ints, most: Ints) -> Iterator[Found]:
    quota = view.facts.quota
    for at in wrong[np.argsort(most[wrong], kind="stable")]:
        since, reply = int(view.sold_out.since[at]) - view.delay, int(view.sold_out.reply[at])
        possible = np.concatenate([
            claims.operation[claims.invoke <= reply] for claims in (view.ok, view.open)
        ])  # fmt: skip
        voids = view.releases.operation[view.releases.by < reply]
        yield Found(
            f"答抢光时最多只可能有 {quota + int(most[at])} 张在持券人手中，额度 {quota} 张：尚有余量",
            f"sold out was said although at most {quota + int(most[at])} of {quota} can have been held",
            [int(view.sold_out.row[at])],
            {**view.shown, "possible": quota + int(most[at]), "from_ns": since, "until_ns": reply},
            np.concatenate([possible, voids]),
        )  # fmt: skip


def claims_have_an_order(evidence: Evidence) -> CheckReport:
    """C9. Claims of a batch without returns are linearizable. With m the earliest end of a sold-out reply:

    |A| ≤ S, and if sold out was ever said: no certain claim begins after m, and by m as many were begun as there are.
    """
    return together(_order(view) for view in evidence.batches if not view.stock_may_return)


def _order(view: BatchView) -> CheckReport:
    quota, said = view.facts.quota, view.sold_out
    if len(view.ok) > quota:
        return report("C9", view.evidence, [_rule(_too_many(view, np.arange(len(view.ok)), quota, "C9"))], 1)
    if not len(said):
        return report("C9", view.evidence, (), 0)
    first = int(np.argmin(said.reply))
    end = int(said.reply[first])
    late = np.flatnonzero(view.ok.invoke > end)
    if len(late):
        found = Found(
            "答抢光之后才到达的请求又领到了券", "a claim that began after sold out had been said was granted",
            [int(said.row[first])], {**view.shown, "rule": "later_success"}, view.ok.operation[late[:1]],
        )  # fmt: skip
        return report("C9", view.evidence, [found], len(late))
    begun = len(view.ok) + int((view.open.invoke <= end).sum())
    if begun >= quota:
        return report("C9", view.evidence, (), 0)
    found = Found(
        f"最早一次答抢光时，此前及之后能成功的最多 {begun} 张，少于额度 {quota} 张",
        f"sold out was said although only {begun} of {quota} could ever be granted", [int(said.row[first])],
        {**view.shown, "rule": "too_early", "possible": begun},
        np.concatenate([view.ok.operation, view.open.operation[view.open.invoke <= end]]),
    )  # fmt: skip
    return report("C9", view.evidence, [found], 1)


def _rule(found: Found) -> Found:
    return replace(found, facts={**found.facts, "rule": "too_many"})


def nothing_is_left_over(evidence: Evidence) -> CheckReport:
    """C18. When enough people kept asking until they had a final answer, all vouchers were issued in the end.

    Demand counts, per person, the claims that ended granted or with sold out, up to the limit; whoever was shed,
    guarded, limited or never answered is no demand. Only without returns, and only over what was possibly issued.
    """
    return together(_undersold(view) for view in evidence.batches if not view.stock_may_return)


def _undersold(view: BatchView) -> CheckReport:
    quota, limit = view.facts.quota, view.facts.per_person_limit
    wanting = np.concatenate([view.ok.person, view.sold_out.person])
    _, counts = np.unique(wanting, return_counts=True)
    demand = int(np.minimum(counts, limit).sum())
    issued = len(view.ok) + len(view.open)
    if not len(view.sold_out) or demand < quota or issued >= quota:
        return report("C18", view.evidence, (), 0, demand=demand, issued=issued)
    last = int(np.argmax(view.sold_out.reply))
    found = Found(
        f"需求 {demand} 张不少于额度 {quota} 张，且有人被答抢光，最终最多发出 {issued} 张",
        f"demand {demand} covers the quota {quota}, some were told sold out, yet at most {issued} were issued",
        [int(view.sold_out.row[last])], {**view.shown, "possible": issued, "demand": demand},
        np.concatenate([view.ok.operation, view.open.operation]),
    )  # fmt: skip
    return report("C18", view.evidence, [found], quota - issued, demand=demand, issued=issued)


def stock_goals(evidence: Evidence) -> dict[str, bool]:
    """What of selling out the history has exercised."""
    views = evidence.batches
    demand = len(evidence.select(Kind.CLAIM, CERTAIN, POSSIBLE)) + sum(len(view.sold_out) for view in views)
    return {
        "claims_seen": any(len(view.ok) for view in views),
        "sold_out_seen": any(len(view.sold_out) for view in views),
        "contention": _overlapping(evidence) and demand > sum(view.facts.quota for view in views),
        "overlap": _overlapping(evidence),
        "no_returns": not any(view.stock_may_return for view in views),
        "resale_seen": any(len(view.releases.since) for view in views),
        "raise_seen": any(view.raises for view in views),
    }


def _overlapping(evidence: Evidence) -> bool:
    """Whether two claims were ever under way at one instant."""
    claims = evidence.select(Kind.CLAIM)
    if len(claims) < 2:
        return False
    invoke = evidence.history.t_invoke[evidence.operations.row[claims]]
    reply = evidence.history.t_reply[evidence.operations.row[claims]]
    order = np.argsort(invoke, kind="stable")
    return bool((invoke[order][1:] <= reply[order][:-1]).any())
