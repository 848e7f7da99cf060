"""C4, C5: nobody holds more than the limit, and nobody is told so who does not."""

from collections.abc import Iterator

import numpy as np

from loadtest.checks.courses import course
from loadtest.checks.evidence import BatchView, Claims, Evidence
from loadtest.checks.report import CheckReport, Found, report, together
from loadtest.history.columns import FOREVER, Column, Ints


def nobody_above_the_limit(evidence: Evidence) -> CheckReport:
    """C4. What one natural person certainly holds at one instant never exceeds the limit."""
    return together(_above(view) for view in evidence.batches)


def _above(view: BatchView) -> CheckReport:
    limit = view.facts.per_person_limit
    order = np.argsort(view.ok.person, kind="stable")
    _, first, counts = np.unique(view.ok.person[order], return_index=True, return_counts=True)
    many = np.flatnonzero(counts > limit)
    held = (_held_at_once(view, order[first[one] : first[one] + counts[one]]) for one in many)
    if not view.stock_may_return:  # then whoever was granted too many holds too many, at the end at the latest
        return report("C4", view.evidence, (one for one in held if one is not None), len(many))
    violations = [one for one in held if one is not None]
    return report("C4", view.evidence, violations, len(violations))


def _held_at_once(view: BatchView, mine: Ints) -> Found | None:
    """The instant at which one person certainly held most; None when that is within the limit."""
    limit = view.facts.per_person_limit
    lost = view.releases.since[view.releases.claim < 0]  # may have been any of them
    held = course(view.ok.reply[mine], np.concatenate([view.ok.free_from[mine], lost]), ups_first=False)
    worst = int(np.argmax(held.values))
    if int(held.values[worst]) <= limit:
        return None
    instant = int(held.times[worst - 1])
    holding = mine[(view.ok.reply[mine] <= instant) & (view.ok.free_from[mine] > instant)]
    first = holding[np.argsort(view.ok.reply[holding], kind="stable")][: limit + 1]
    return Found(
        f"每人限领 {limit} 张，同一自然人同一时刻持有至少 {len(holding)} 张",
        f"the limit is {limit}, and one person held at least {len(holding)} at one instant", (),
        {"limit": limit, "instant_ns": instant, "batch": view.facts.batch_id,
         "natural_person": int(view.ok.person[first[0]])},
        view.ok.operation[first],
    )  # fmt: skip


def limit_was_reached(evidence: Evidence) -> CheckReport:
    """C5. Whoever is told so may have held the limit at some instant from arrival, less the reopen delay, to reply."""
    return together(_unjustified(view) for view in evidence.batches)


def _unjustified(view: BatchView) -> CheckReport:
    said, limit = view.limit, view.facts.per_person_limit
    claims = _all_possible(view.ok, view.open)
    order = np.argsort(claims.person, kind="stable")
    by_person = claims.person[order]
    wrong = _begun_by(claims, said.person, said.reply) < limit
    # Where something of this person was certainly given back, the most at one instant may be less than all begun.
    returned = np.unique(claims.person[claims.free_by < FOREVER])
    for at in np.flatnonzero(~wrong & np.isin(said.person, returned)):
        person = said.person[at]
        mine = order[np.searchsorted(by_person, person, "left") : np.searchsorted(by_person, person, "right")]
        held = course(claims.invoke[mine], claims.free_by[mine], ups_first=True)
        since, until = (np.array([moment]) for moment in (said.since[at] - view.delay, said.reply[at]))
        wrong[at] = int(held.most_within(since, until)[0]) < limit
    found = _unjustified_found(view, np.flatnonzero(wrong), claims)
    return report("C5", view.evidence, found, int(wrong.sum()), limit_reached=len(said))


def _unjustified_found(view: BatchView, wrong: Ints, claims: Claims) -> Iterator[Found]:
    limit = view.facts.per_person_limit
    for at in wrong:
        since, reply = int(view.limit.since[at]) - view.delay, int(view.limit.reply[at])
        mine = claims.operation[(claims.person == view.limit.person[at]) & (claims.invoke <= reply)]
        voids = view.releases.operation[np.isin(view.releases.claim, mine) & (view.releases.by < reply)]
        yield Found(
            f"答已达限领时，该人当时可能持有的不足限领 {limit} 张",
            f"limit reached was said to somebody who cannot have held {limit} then",
            [int(view.limit.row[at])],
            {"limit": limit, "from_ns": since, "until_ns": reply, "batch": view.facts.batch_id},
            np.concatenate([mine, voids]),
        )  # fmt: skip


def _all_possible(ok: Claims, possible: Claims) -> Claims:
    if not len(possible):
        return ok
    pairs = ((getattr(ok, name), getattr(possible, name)) for name in _COLUMNS)
    return Claims(*(np.concatenate(pair) for pair in pairs))


_COLUMNS = ("operation", "person", "invoke", "reply", "free_from", "free_by")


def _begun_by(claims: Claims, persons: Column, instants: Ints) -> Ints:
    """How many claims each person had begun by each instant: one search in (person, rank of the invoke)."""
    moments = np.sort(claims.invoke)
    ranks = np.searchsorted(moments, claims.invoke, "right")
    width = len(moments) + 2
    places = np.sort(claims.person.astype(np.int64) * width + ranks)
    base = persons.astype(np.int64) * width
    until = base + np.searchsorted(moments, instants, "right")
    return np.searchsorted(places, until, "right") - np.searchsorted(places, base, "left")


def person_goals(evidence: Evidence) -> dict[str, bool]:
    """What of limits the history has exercised."""
    shared = evidence.facts.natural_persons
    return {
        "limit_seen": any(len(view.limit) for view in evidence.batches),
        "limit_pressed": any(_pressed(view) for view in evidence.batches),
        "shared_person_seen": len(set(shared)) < len(shared),
    }


def _pressed(view: BatchView) -> bool:
    """Whether somebody who got the limit was also refused: more was asked for than one may have."""
    return bool(len(np.intersect1d(view.ok.person, view.limit.person)))
