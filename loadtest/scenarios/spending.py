"""Scenarios at the till: redemptions by category and district, twice at once, again; refunds of every kind."""

import numpy as np

from loadtest.agreed.plan import Step
from loadtest.arrivals import Offsets, arrivals
from loadtest.history.record import Kind
from loadtest.scenarios.model import Needs, Scenario, Shops, expected_arrivals
from loadtest.scenarios.schedule import PLANNED, Schedule, in_order, repeated, rows

ORDER_FEN = 10_000
_TILLS_A_SHOP = 2
_SHOPS = Shops(covered=4, other_category=2, other_district=2)
COVERED_TILLS = _SHOPS.covered * _TILLS_A_SHOP
_OTHER_TILLS = (_SHOPS.other_category + _SHOPS.other_district) * _TILLS_A_SHOP
_REPLAY_WITHIN_NS = 200_000_000
# One voucher in: tried where it is not covered first · redeemed twice at once · redeemed, then the same request again.
_VISIT = 3.0  # attempts a voucher causes on average
_RETURN = 2.6  # attempts a redemption causes on average


def _rush_needs(step: Step) -> Needs:
    vouchers = min(step.people, max(int(expected_arrivals(step) / _VISIT), 1))
    return Needs(
        accounts=vouchers, quota=step.quota or vouchers, limit=step.per_person_limit, vouchers=vouchers, shops=_SHOPS
    )


def _redemption_rush(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    """Each voucher: at a shop that it does not cover, then by two tills at the same instant, then a replay."""
    visits = _spread(arrivals(step, rng), needs.vouchers)
    vouchers = np.arange(len(visits))
    wrong_till = COVERED_TILLS + rng.integers(0, _OTHER_TILLS, len(visits))
    key = 1
    wrong = rows(
        Kind.REDEEM, visits, first_key=key, person=wrong_till, target=vouchers, amount=ORDER_FEN
    )[rng.random(len(visits)) < 0.5]  # fmt: skip
    key += len(visits)
    till = rng.integers(0, COVERED_TILLS, len(visits))
    at_once = visits + 40_000_000
    first = rows(Kind.REDEEM, at_once, first_key=key, person=till, target=vouchers, amount=ORDER_FEN)
    key += len(visits)
    rival = (till + 1 + rng.integers(0, COVERED_TILLS - 1, len(visits))) % COVERED_TILLS
    second = rows(Kind.REDEEM, at_once, first_key=key, person=rival, target=vouchers, amount=ORDER_FEN)
    again = repeated(first, rng, latest_ns=_REPLAY_WITHIN_NS)[rng.random(len(visits)) < 0.5]
    return in_order(wrong, first, second, again)


def _spread(times: Offsets, count: int) -> Offsets:
    """``count`` of the arrivals, evenly taken."""
    if len(times) == 0:
        return times
    taken: Offsets = times[np.linspace(0, len(times) - 1, min(count, len(times))).astype(np.int64)]
    return taken


def _refund_needs(step: Step) -> Needs:
    redemptions = min(step.people, max(int(expected_arrivals(step) / _RETURN), 1))
    return Needs(
        accounts=redemptions, quota=step.quota or redemptions, limit=step.per_person_limit, vouchers=redemptions,
        redemptions=redemptions, shops=Shops(covered=_SHOPS.covered),
    )  # fmt: skip


def _refunds(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    """A third whole, a third in parts, a third above what was paid; whole ones twice at once, and all repeated."""
    starts = _spread(arrivals(step, rng), needs.redemptions)
    which = np.arange(len(starts))
    style = which % 3
    whole = _refund(starts[style == 0], which[style == 0], ORDER_FEN, 1)
    rival = _refund(starts[style == 0], which[style == 0], ORDER_FEN, 1 + len(starts))
    key = 1 + 2 * len(starts)
    parts = []
    for share in (3_335, 3_335, 3_330):  # each rounded for itself, a fen of the voucher is lost
        part = _refund(starts[style == 1], which[style == 1], share, key)
        part["t"] += rng.integers(0, 150_000_000, len(part))
        parts.append(part)
        key += len(part)
    more = _refund(starts[style == 2], which[style == 2], ORDER_FEN + 1, key)
    replays = [repeated(one, rng, latest_ns=_REPLAY_WITHIN_NS) for one in (whole, parts[0])]
    return in_order(whole, rival, *parts, more, *replays)


def _refund(times: Offsets, redemptions: np.ndarray, amount: int, first_key: int) -> Schedule:
    if len(times) == 0:
        return np.zeros(0, PLANNED)
    # Preparation redeems voucher r at till r mod COVERED_TILLS: only that till may refund it.
    return rows(
        Kind.REFUND, times, first_key=first_key, person=redemptions % COVERED_TILLS, target=redemptions, amount=amount
    )


REDEMPTION_RUSH = Scenario("redemption_rush", "核销高峰", "Redemption rush", _rush_needs, _redemption_rush)
REFUNDS_UNDER_LOAD = Scenario(
    "refunds_under_load", "高峰期退款", "Refunds under load", _refund_needs, _refunds
)  # fmt: skip
