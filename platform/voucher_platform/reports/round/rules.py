"""The curve of claims, how attempts ended, the money's identity, and what the platform knows of its service. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from voucher_contract import refusals
from voucher_contract.models.campaigns import Batch
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS
from voucher_contract.models.round_report import (
    ClaimCurve,
    ClaimPoint,
    CoverageCell,
    OutcomeCount,
    RiskRuleCount,
    RoundMoney,
    RoundRisk,
    ServiceAct,
)
from voucher_platform.risk_rules.rules import RULES

_STEPS_S = (1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800)
_MOST_POINTS = 60
_GRANTED = {
    "issued": ("领取成功", "Granted"), "replayed": ("重复请求，返回原券", "The same request again: the voucher it had"),
    "pending": ("处理中", "Under way"),
}  # fmt: skip
_TURNED_AWAY = {refusals.OVERLOADED.code, refusals.REBUILDING.code, refusals.INTERNAL.code}


def step_of(span_s: float) -> int:
    """Seconds of a step, so that a curve of ``span_s`` has at most sixty points; its weeks, if it must have more."""
    return next((step for step in _STEPS_S if span_s / step < _MOST_POINTS), _STEPS_S[-1])


def claim_curve(span: Mapping[str, datetime | None], steps: Mapping[int, int], step_s: int) -> ClaimCurve:
    """``steps`` counts claims by number of the step, the first claim's being 0; those without a claim are filled in."""
    first, half, last = span["first_at"], span["half_at"], span["last_at"]
    if first is None or half is None or last is None:
        return ClaimCurve(step_s=step_s, points=[], first_at=None, last_at=None, half_s=None, all_s=None)
    points = [
        ClaimPoint(at=first + timedelta(seconds=step_s * number), issued=steps.get(number, 0))
        for number in range(max(steps) + 1)
    ]
    half_s, all_s = (round((moment - first).total_seconds()) for moment in (half, last))
    return ClaimCurve(step_s=step_s, points=points, first_at=first, last_at=last, half_s=half_s, all_s=all_s)


def outcome_counts(rows: Iterable[Mapping[str, Any]]) -> list[OutcomeCount]:
    """Attempts by outcome with both titles, in the order given."""
    return [_outcome(row["outcome"], row["attempts"]) for row in rows]


def _outcome(code: str, attempts: int) -> OutcomeCount:
    kind: Literal["granted", "refused", "turned_away"] = "refused"
    if code in _GRANTED:
        kind, (zh, en) = "granted", _GRANTED[code]
    else:
        refusal = refusals.REFUSALS.get(code)
        zh, en = (refusal.zh, refusal.en) if refusal else (code, code)
        kind = "turned_away" if code in _TURNED_AWAY else "refused"
    return OutcomeCount(code=code, title_zh=zh, title_en=en, kind=kind, attempts=attempts)


def coverage(admitted: Iterable[Mapping[str, Any]], redeeming: Iterable[Mapping[str, Any]]) -> list[CoverageCell]:
    """Every district × industry, the empty ones included."""
    able = {(row["district"], row["category"]): row["admitted"] for row in admitted}
    used = {(row["district"], row["category"]): row for row in redeeming}
    return [
        CoverageCell(
            district=district, category=category, admitted=able.get((district, category), 0),
            **{
                name: used.get((district, category), {}).get(name, 0)
                for name in ("redeeming", "redemptions", "redeemed_fen")
            },
        )
        for district in (*DISTRICTS, *sorted({place[0] for place in used} - DISTRICTS.keys()))
        for category in CATEGORY_NAMES
    ]  # fmt: skip


def round_money(balances: Iterable[Mapping[str, Any]], flows: Mapping[str, int]) -> RoundMoney:
    """Where the round's money is, and whether what came in is what is there and what went out."""
    rows = list(balances)
    held = {row["kind"]: int(row["balance_fen"]) for row in rows}
    came = flows["released_fen"] + flows["covered_fen"]
    balanced = came == flows["given_back_fen"] + sum(held.values())
    return RoundMoney(
        **flows, reserved_fen=held.get("reserved", 0), held_fen=held.get("held", 0),
        redeemed_unsettled_fen=held.get("redeemed", 0), settled_fen=held.get("settled", 0),
        owed_by_merchants_fen=held.get("owed", 0), identity_ok=balanced and all(row["agrees"] for row in rows),
    )  # fmt: skip


def round_risk(rows: Iterable[Mapping[str, Any]]) -> RoundRisk:
    """Alerts by rule, in the order given; a rule that this platform no longer has is called by its code."""
    counts, unnamed, longest = [], 0, None
    for row in rows:
        told = RULES.get(row["rule"])
        zh, en = (told.title_zh, told.title_en) if told else (row["rule"], row["rule"])
        known = {name: row[name] for name in RiskRuleCount.model_fields if name in row}
        counts.append(RiskRuleCount(**known, title_zh=zh, title_en=en))
        unnamed += row["unnamed"]
        # A decision within the same second is one, too: the business clock may stand still.
        longest = max((one for one in (longest, row["longest_s"]) if one is not None), default=None)
    return RoundRisk(rules=counts, unnamed=unnamed, longest_to_decision_s=longest)


def paused_s(batches: Sequence[Batch], acts: Sequence[ServiceAct], now: datetime) -> int:
    """Seconds within their claim windows, up to now, in which batches stood paused or stopped by an officer."""
    return round(sum(_halted(batch, [one for one in acts if one.object_id == batch.id], now) for batch in batches))


def _halted(batch: Batch, acts: Sequence[ServiceAct], now: datetime) -> float:
    closes, halted, since = min(batch.claim_closes_at, now), 0.0, None
    for act in (one for one in acts if one.action in {"batch_paused", "batch_stopped", "batch_live"}):
        if since is not None:
            halted += _within(batch.claim_opens_at, since, min(act.business_at, closes))
        since = None if act.action == "batch_live" else act.business_at
    return halted + (_within(batch.claim_opens_at, since, closes) if since is not None else 0.0)


def _within(opens: datetime, since: datetime, until: datetime) -> float:
    return max(0.0, (until - max(opens, since)).total_seconds())


def t1_due(first: date, today: date, last: date) -> tuple[int, int]:
    """Of the business days from the first to the last of the round: how many T+1 reports are due by now, and how many
    days are over, whose report can be had.

    The report of a day is due by the end of the next one.
    """
    over = (min(last, today - timedelta(days=1)) - first).days + 1
    due = (min(last, today - timedelta(days=2)) - first).days + 1
    return max(0, due), max(0, over)
