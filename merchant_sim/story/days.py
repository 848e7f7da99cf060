"""What happens on each business day: visits as planned, refunds of what was accepted, and the frozen vouchers. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from merchant_sim.city import City
from merchant_sim.records import ClaimRecord
from merchant_sim.schedule.redemptions import Habits, Holding, TillVisit, redemption_plan
from merchant_sim.schedule.refunds import RefundAsk, refund_plan, visits_after_refund
from merchant_sim.story.plan import RoundPlan, regime_of
from merchant_sim.streams import stream

FREEZE_DAY = 2
DECIDE_DAY = 3
_FROZEN_SHARE = 0.0005
_MOST_FROZEN = 12
# Two in three vouchers are used in time, as other cities report (there: seven in ten, counted in vouchers).
_HABITS = Habits(redeem_share=0.68)


@dataclass(frozen=True, slots=True)
class HeldVoucher:
    """A voucher somebody got: who holds it and what a till scans."""

    holding: Holding
    account: str
    voucher_id: str
    code: str


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A till visit, and the refusal it must meet (None: it must be accepted)."""

    visit: TillVisit
    expected: str | None


Event = PlannedVisit | RefundAsk


def held_vouchers(claims: Iterable[ClaimRecord]) -> dict[Holding, HeldVoucher]:
    """Every voucher that was acknowledged, once, whatever the number of taps that named it."""
    held: dict[Holding, HeldVoucher] = {}
    seen: set[str] = set()
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for claim in sorted(claims, key=lambda claim: (claim.key, claim.voucher_id or "")):
        if claim.outcome != "ok" or claim.voucher_id is None or claim.voucher_id in seen:
            continue
        seen.add(claim.voucher_id)
        counts[claim.person_no, claim.batch] += 1
        holding = Holding(claim.person_no, claim.account_no, claim.batch, counts[claim.person_no, claim.batch])
        held[holding] = HeldVoucher(holding, claim.account, claim.voucher_id, claim.voucher_code or "")
    return held


@dataclass(frozen=True)
class Suspects:
    """Vouchers frozen on day 2 for a closer look; on day 3 half are released and half are voided."""

    released: tuple[Holding, ...]
    voided: tuple[Holding, ...]

    @property
    def all(self) -> tuple[Holding, ...]:
        """All that were frozen."""
        return self.released + self.voided


def choose_suspects(plan: RoundPlan, holdings: Iterable[Holding]) -> Suspects:
    """Draw the vouchers to be frozen: at least two, so that a release and a void are always seen."""
    catering = sorted((one for one in holdings if one.batch == plan.offers()[0].batch), key=lambda one: one.person_no)
    rng = stream(plan.seed, "suspects")
    chosen = rng.sample(catering, min(len(catering), max(2, min(_MOST_FROZEN, int(len(catering) * _FROZEN_SHARE)))))
    half = len(chosen) // 2
    return Suspects(tuple(chosen[:half]), tuple(chosen[half:]))


class Days:
    """The events of each day, by voucher and in order. Refunds come in as orders are accepted."""

    def __init__(self, plan: RoundPlan, city: City, holdings: Iterable[Holding]) -> None:
        self._plan, self._offers = plan, plan.offers()
        holdings = list(holdings)
        self.suspects = choose_suspects(plan, holdings)
        visits = redemption_plan(
            city,
            self._offers,
            holdings,
            seed=plan.seed,
            suspensions=plan.suspensions(city),
            habits=_HABITS,
            run=plan.run,
        )
        watched = set(self.suspects.all)
        self._events: dict[int, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
        self._redeemed: dict[str, TillVisit] = {}
        for visit in visits:
            if visit.holding not in watched:
                self._add_visit(visit, visit.mistake.refusal if visit.mistake else None)
        for holding in self.suspects.all:
            self._add_suspect(_honest_visit(plan, city, holding))

    def of(self, day: int) -> list[list[Event]]:
        """One list for each voucher that has something planned on ``day``; each is to be done in its order."""
        return [sorted(events, key=_second) for events in self._events.pop(day, {}).values()]

    def accepted(self, visit: TillVisit) -> None:
        """An order was accepted: plan its refunds, and the second use after a refund where the regime refuses it."""
        self._redeemed[visit.order_no] = visit
        asks = refund_plan([visit], seed=self._plan.seed)
        for ask in asks:
            self._events[ask.day][_name(visit.holding)].append(ask)
        if regime_of(visit.holding.batch) == "B":
            for again in visits_after_refund([visit], asks, self._offers, seed=self._plan.seed):
                self._add_visit(again, again.mistake.refusal if again.mistake else None)

    def order(self, order_no: str) -> TillVisit:
        """The accepted visit of an order. Raises KeyError."""
        return self._redeemed[order_no]

    def _add_visit(self, visit: TillVisit, expected: str | None) -> None:
        self._events[visit.day][_name(visit.holding)].append(PlannedVisit(visit, expected))

    def _add_suspect(self, visit: TillVisit) -> None:
        """At the till while frozen; on the next day again, when it is released or void."""
        released = visit.holding in self.suspects.released
        for day, expected in ((FREEZE_DAY, "frozen"), (DECIDE_DAY, None if released else "voided")):
            order_no = f"{visit.order_no}-watched{day}"
            again = replace(visit, day=day, order_no=order_no, mistake=None, idempotency_key=f"redeem-{order_no}")
            self._add_visit(again, expected)


def _honest_visit(plan: RoundPlan, city: City, holding: Holding) -> TillVisit:
    """An honest visit of a holding: drawn anew with habits that always lead to one."""
    habits = Habits(redeem_share=1.0, mistake_share=0.0, second_scan_share=0.0)
    visits = redemption_plan(
        city, plan.offers(), [holding], seed=plan.seed, suspensions=plan.suspensions(city), habits=habits,
        run=plan.run,
    )  # fmt: skip
    return visits[0]


def _name(holding: Holding) -> str:
    return f"{holding.batch}:{holding.person_no}:{holding.nth}"


def _second(event: Event) -> int:
    return event.visit.second_of_day if isinstance(event, PlannedVisit) else event.second_of_day
