"""One builder of a round's report without its analysis: whatever counted figures a test wants, the rest plausible."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from voucher_contract.indicators import INDICATORS
from voucher_contract.models.campaigns import Batch, Round
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES
from voucher_contract.models.round_report import (
    ClaimCurve,
    ClaimPoint,
    CoverageCell,
    EarlierRound,
    MerchantShare,
    RiskRuleCount,
    RoundMoney,
    RoundReport,
    RoundRisk,
    RoundRow,
    RoundService,
    RoundSigns,
)
from voucher_platform.reports.names import name_of
from voucher_platform.reports.round.rules import outcome_counts
from voucher_platform.reports.rules import values_of
from voucher_platform.risk_rules.rules import RULES

CITY = ZoneInfo("Asia/Shanghai")
OPENED = datetime(2026, 2, 9, 10, tzinfo=CITY)
_MONEY = (
    "released_fen", "covered_fen", "given_back_fen", "reserved_fen", "held_fen", "redeemed_unsettled_fen",
    "settled_fen", "owed_by_merchants_fen",
)  # fmt: skip


def a_batch(number: int, name: str) -> Batch:
    """满100减30 for catering and daily goods in the whole city."""
    return Batch(
        id=f"bat-{number}", round_id="rnd-1", campaign_id="cmp-1", name=name, state="live", face_fen=3_000,
        threshold_fen=10_000, quota=100, issued=40, voided=0, remaining=60, categories=["catering", "daily_goods"],
        claim_opens_at=OPENED, claim_closes_at=OPENED + timedelta(days=3), valid_from=OPENED,
        valid_until=OPENED + timedelta(days=10), per_person_limit=1,
    )  # fmt: skip


def _rows(counted: Mapping[str, int], batches: Sequence[Batch]) -> list[RoundRow]:
    places: list[tuple[Any, str, tuple[str, str]]] = [("total", "total", name_of("total"))]
    for dimension, names in (("industry", CATEGORY_NAMES), ("district", DISTRICTS), ("size_class", SIZE_CLASS_NAMES)):
        places += [(dimension, key, name_of(key)) for key in names]
    places += [("batch", batch.id, (batch.name, batch.name)) for batch in batches]
    places += [("day", day, (day, day)) for day in ("2026-02-09", "2026-02-10")]
    rows = []
    for at, (dimension, key, (zh, en)) in enumerate(places):
        here = {name: number // (1 + at % 4) for name, number in counted.items()} if at % 3 != 2 else {}
        values = values_of("total", "day", here) if dimension == "day" else values_of(dimension, "cumulative", here)
        rows.append(RoundRow(dimension=dimension, key=key, label_zh=zh, label_en=en, values=values))
    return rows


def _claims(claimed_after: int | None) -> ClaimCurve:
    if claimed_after is None:
        return ClaimCurve(step_s=1, points=[], first_at=None, last_at=None, half_s=None, all_s=None)
    return ClaimCurve(
        step_s=60, points=[ClaimPoint(at=OPENED + timedelta(minutes=n), issued=n) for n in range(4)], first_at=OPENED,
        last_at=OPENED + timedelta(seconds=claimed_after), half_s=claimed_after // 2, all_s=claimed_after,
    )  # fmt: skip


def _rule(rule: str, flagged: int, waiting: int, confirmed: int, released: int) -> RiskRuleCount:
    told, blocked = RULES[rule], waiting + confirmed + released
    return RiskRuleCount(
        rule=rule, title_zh=told.title_zh, title_en=told.title_en, moment=told.moment, alerts=flagged + blocked,
        blocked=blocked, flagged=flagged, open=flagged + waiting, released=released, confirmed=confirmed,
        frozen=waiting + confirmed, requests=10 * (flagged + blocked),
    )  # fmt: skip


def a_report(
    *, counted: Mapping[str, int], names: Sequence[str] = ("满100减30",), money: Sequence[int] = (0,) * 8,
    ok: bool = True, attempts: Mapping[str, int] | None = None, complete: bool = False, earlier: bool = False,
    signs: tuple[int, int] = (0, 0), merchants: Sequence[int] = (), admitted: int = 1,
    claimed_after: int | None = None, pauses: int = 0,
    alerts: Sequence[tuple[int, int, int, int]] = (), longest_s: int | None = None,
) -> RoundReport:  # fmt: skip
    """The report of one round whose total has these counted figures; sentences and figures are not made yet.

    ``alerts``, by rule: flagged and open, blocked and open, blocked and confirmed, blocked and released.
    """
    batches = [a_batch(number, name) for number, name in enumerate(names, 1)]
    outcomes = outcome_counts([{"outcome": code, "attempts": n} for code, n in (attempts or {}).items()])
    away, tried = (
        sum(one.attempts for one in outcomes if one.kind == "turned_away" or every) for every in (False, True)
    )
    total = values_of("total", "cumulative", counted)
    return RoundReport(
        round=Round(
            id="rnd-1", campaign_id="cmp-1", name="第1轮", state="published", submitted_by="bureau1",
            approved_by="bureau2", published_at=OPENED, batch_ids=[batch.id for batch in batches],
        ),
        campaign_name="2026 年促消费", generated_at=OPENED + timedelta(days=4), starts_at=OPENED,
        ends_at=OPENED + timedelta(days=10), complete=complete, simulated_data=True, unsafe_settings=[],
        batches=batches, definitions=[x.definition for x in INDICATORS.values()], rows=_rows(counted, batches),
        claims=_claims(claimed_after), outcomes=outcomes,
        coverage=[
            CoverageCell(district=d, category=c, admitted=admitted, redeeming=0, redemptions=0, redeemed_fen=0)
            for d in DISTRICTS for c in CATEGORY_NAMES
        ],
        money=RoundMoney(**dict(zip(_MONEY, money, strict=True)), identity_ok=ok),
        service=RoundService(
            attempts=tried, answered=tried - away, turned_away=away, pauses=pauses, stops=0, paused_s=90 * pauses,
            frozen_vouchers=0, t1_due=2, t1_available=3, t1_fetched=1, acts=[],
        ),
        risk=RoundRisk(
            rules=[_rule(rule, *of) for rule, of in zip(RULES, alerts, strict=False) if sum(of)],
            unnamed=sum(sum(of) for of in alerts[:1]), longest_to_decision_s=longest_s,
        ),
        signs=RoundSigns(
            at_threshold=signs[0], at_night=signs[1],
            merchants=[
                MerchantShare(
                    merchant_id=f"mer-{n}", name=f"{n}号店", district="510681001", category="catering", redemptions=1,
                    redeemed_fen=fen, at_threshold=0, at_night=0,
                )
                for n, fen in enumerate(merchants)
            ],
        ),
        earlier=EarlierRound(id="rnd-0", name="第0轮", values=total) if earlier else None, figures=[], analysis=[],
    )  # fmt: skip
