"""A whole day in small, and the same for hours: claims, voids that give stock back, raised quotas, tills, refunds."""

import numpy as np

from loadtest.agreed.plan import Step
from loadtest.arrivals import arrivals
from loadtest.history.record import Kind
from loadtest.scenarios.model import Needs, Scenario, Shops, expected_arrivals, one_after_another
from loadtest.scenarios.schedule import Schedule, in_order, repeated, rows
from loadtest.scenarios.spending import COVERED_TILLS, ORDER_FEN

_CLAIMS, _REDEMPTIONS, _REFUNDS, _VOIDS, _READS = 0.62, 0.14, 0.06, 0.06, 0.12
_RAISES = 3
_MOST_PREPARED = 4_000
_SHOPS = Shops(covered=COVERED_TILLS // 2)


def _parts(step: Step) -> tuple[int, int, int]:
    """Vouchers prepared for refunds, for redemptions, for voids: in this order in the cast."""
    arriving = expected_arrivals(step)
    wanted = [max(int(arriving * share), 2) for share in (_REFUNDS, _REDEMPTIONS, _VOIDS)]
    shrink = min(1.0, _MOST_PREPARED / sum(wanted))
    refunds, redemptions, voids = (max(int(one * shrink), 2) for one in wanted)
    return refunds, redemptions, voids


def _needs(step: Step) -> Needs:
    prepared = sum(_parts(step))
    claimants = min(step.people, expected_arrivals(step))
    quota = step.quota or prepared + max(int(expected_arrivals(step) * _CLAIMS * 0.6), 1)
    return Needs(
        accounts=prepared + claimants, quota=quota, limit=step.per_person_limit, vouchers=prepared,
        redemptions=_parts(step)[0], raised_quota=quota + _RAISES * _step_up(quota), shops=_SHOPS,
    )  # fmt: skip


def _step_up(quota: int) -> int:
    return max(quota // 20, 1)


def _mixed(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    """Those who claim are others than those whose vouchers were prepared."""
    times = arrivals(step, rng)
    refunds, redemptions, voids = _parts(step)
    counts = {
        "claim": int(len(times) * _CLAIMS), "redeem": redemptions, "refund": refunds, "void": voids,
        "read": int(len(times) * _READS),
    }  # fmt: skip
    at = {name: np.sort(rng.choice(times, min(count, len(times)), replace=False)) for name, count in counts.items()}
    claimants = needs.vouchers + one_after_another(len(at["claim"]), needs.accounts - needs.vouchers, rng)
    claims = rows(Kind.CLAIM, at["claim"], first_key=1, person=claimants)
    key = 1 + len(claims)
    vouchers = refunds + np.arange(len(at["redeem"]))
    spent = rows(
        Kind.REDEEM, at["redeem"], first_key=key, person=vouchers % COVERED_TILLS, target=vouchers, amount=ORDER_FEN
    )
    key += len(spent)
    which = np.arange(len(at["refund"]))
    amount = np.where(which % 2 == 0, ORDER_FEN, ORDER_FEN // 2)
    back = rows(Kind.REFUND, at["refund"], first_key=key, person=which % COVERED_TILLS, target=which, amount=amount)
    key += len(back)
    void = rows(Kind.VOID, at["void"], first_key=key, target=refunds + redemptions + np.arange(len(at["void"])))
    key += len(void)
    raise_times = (np.arange(1, _RAISES + 1) * step.duration_s * 1e9 / (_RAISES + 1)).astype(np.int64)
    raised = needs.quota + np.arange(1, _RAISES + 1) * _step_up(needs.quota)
    raises = rows(Kind.RAISE, raise_times, first_key=key, amount=raised)
    key += len(raises)
    reads = rows(
        Kind.READ_REMAINING, at["read"], first_key=key, person=rng.integers(0, needs.accounts, len(at["read"]))
    )
    replays = repeated(claims[rng.random(len(claims)) < 0.03], rng, latest_ns=300_000_000)
    return in_order(claims, spent, back, void, raises, reads, replays)


MIXED_DAY = Scenario("mixed_day", "混合业务", "Mixed day", _needs, _mixed)
SOAK = Scenario("soak", "长时间稳定性", "Soak", _needs, _mixed)
