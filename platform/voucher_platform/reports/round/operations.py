"""Making the report of one round: one snapshot, the T+1 indicators of it alone, then rules and the analysis."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import refusals
from voucher_contract.indicators import INDICATORS
from voucher_contract.models.campaigns import Batch, Round
from voucher_contract.models.round_report import (
    ClaimCurve,
    CoverageCell,
    EarlierRound,
    MerchantShare,
    RoundMoney,
    RoundReport,
    RoundRisk,
    RoundRow,
    RoundService,
    RoundSigns,
    ServiceAct,
)
from voucher_platform.campaigns.operations.batches import get_batch
from voucher_platform.campaigns.operations.rounds import get_round
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.problems import Refused
from voucher_platform.reports.analysis.writing import with_analysis
from voucher_platform.reports.counting import count_cells, fold_merchants, known_lines, read_rows
from voucher_platform.reports.names import name_of
from voucher_platform.reports.operations import get_campaign
from voucher_platform.reports.round import day_queries, queries
from voucher_platform.reports.round.rules import (
    claim_curve,
    coverage,
    outcome_counts,
    paused_s,
    round_money,
    round_risk,
    step_of,
    t1_due,
)
from voucher_platform.reports.rules import Cell, Line, finish, values_of


@dataclass(frozen=True)
class _Asking:
    """One report being made: the snapshot it reads, the round, and now."""

    connection: AsyncConnection
    round: Round
    published_at: datetime
    batches: Sequence[Batch]
    clocks: Clocks
    now: datetime

    @property
    def names(self) -> dict[str, Any]:
        """The parameters of all statements."""
        today = self.clocks.day_of(self.now)
        return {
            "campaign": self.round.campaign_id, "round": self.round.id, "zone": self.clocks.timezone.key,
            "starts": self.clocks.day_start(today), "ends": self.clocks.day_start(today + timedelta(days=1)),
            "day": today, "today": today, "upto": self.now,
        }  # fmt: skip

    async def rows(self, statement: Any, **more: Any) -> list[dict[str, Any]]:
        """The rows of a statement."""
        return await read_rows(self.connection, statement, {**self.names, **more})


async def make_round_report(
    connection: AsyncConnection, *, round_id: str, clocks: Clocks, simulated_data: bool,
    unsafe_settings: Sequence[str] = (),
) -> RoundReport:  # fmt: skip
    """The report of a published round, up to now, with its analysis.

    ``connection`` must read one snapshot, so that every figure tells of the same instant. Raises ``not_found``, and
    ``wrong_state`` for a round that has not been published: there is nothing to report on yet.
    """
    a_round = await get_round(connection, round_id=round_id)
    if a_round.published_at is None:
        raise Refused(refusals.WRONG_STATE, "轮次尚未发布 / the round has not been published")
    campaign = await get_campaign(connection, campaign_id=a_round.campaign_id)
    batches = [await get_batch(connection, batch_id=batch_id, drafts=True) for batch_id in a_round.batch_ids]
    asking = _Asking(connection, a_round, a_round.published_at, batches, clocks, clocks.now())
    acts = [ServiceAct.model_validate(row) for row in await asking.rows(queries.ACTS)]
    ends = max(batch.valid_until for batch in batches)
    outcomes = outcome_counts(await asking.rows(queries.OUTCOMES))
    turned_away = sum(one.attempts for one in outcomes if one.kind == "turned_away")
    attempts = sum(one.attempts for one in outcomes)
    report = RoundReport(
        round=a_round, campaign_name=campaign.name, generated_at=asking.now, starts_at=asking.published_at,
        ends_at=ends, complete=asking.now >= ends, simulated_data=simulated_data,
        unsafe_settings=list(unsafe_settings), batches=batches,
        definitions=[indicator.definition for indicator in INDICATORS.values()],
        rows=[*await _rows(asking), *await _days(asking)], claims=await _curve(asking), outcomes=outcomes,
        coverage=await _coverage(asking), money=await _money(asking),
        service=await _service(asking, acts, attempts, turned_away), risk=await _risk(asking, ends),
        signs=await _signs(asking),
        earlier=await _earlier(asking), figures=[], analysis=[],
    )  # fmt: skip
    return with_analysis(report)


async def _rows(asking: _Asking) -> list[RoundRow]:
    """The total and every line of the known dimensions and of the round's batches, over the whole round."""
    cells = await count_cells(asking.connection, asking.names)
    lines = [*known_lines(cells), *(Line("batch", one.id, one.name) for one in asking.batches)]
    made = [row for row in finish(lines, cells) if row.period == "cumulative"]
    return [
        RoundRow.model_validate(
            {
                "dimension": row.dimension, "key": row.key, "label_zh": row.label_zh, "values": row.values,
                "label_en": row.label_zh if row.dimension == "batch" else name_of(row.key)[1],
            }
        )
        for row in made
    ]  # fmt: skip


async def _days(asking: _Asking) -> list[RoundRow]:
    """Every business day from publishing to today, at most to the last on which something happened."""
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for statement in day_queries.COUNTED:
        for row in await asking.rows(statement):
            day = row.pop("day").isoformat()
            counted[day].update({name: int(number) for name, number in row.items()})
    for row in await asking.rows(day_queries.MERCHANTS):
        for name in fold_merchants(row["size_class"], row["category"]):
            counted[row["day"].isoformat()][name] += row["merchants"]
    first = min([asking.clocks.day_of(asking.published_at).isoformat(), *counted])
    days = _days_between(first, max([first, *counted]))
    return [
        RoundRow(
            dimension="day", key=day, label_zh=day, label_en=day, values=values_of("total", "day", counted.get(day, {}))
        )
        for day in days
    ]


def _days_between(first: str, last: str) -> list[str]:
    begins, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return [(begins + timedelta(days=n)).date().isoformat() for n in range((ends - begins).days + 1)]


async def _curve(asking: _Asking) -> ClaimCurve:
    (span,) = await asking.rows(queries.CLAIM_SPAN)
    first, last = span["first_at"], span["last_at"]
    if first is None:
        return claim_curve(span, {}, 1)
    step_s = step_of((last - first).total_seconds())
    found = await asking.rows(queries.CLAIM_CURVE, origin=first, step_s=step_s)
    return claim_curve(span, {row["step"]: row["issued"] for row in found}, step_s)


async def _coverage(asking: _Asking) -> list[CoverageCell]:
    return coverage(await asking.rows(queries.ADMITTED), await asking.rows(queries.REDEEMING))


async def _money(asking: _Asking) -> RoundMoney:
    (flows,) = await asking.rows(queries.FLOWS)
    return round_money(await asking.rows(queries.BALANCES), flows)


async def _service(asking: _Asking, acts: list[ServiceAct], attempts: int, turned_away: int) -> RoundService:
    (frozen,) = await asking.rows(queries.FROZEN)
    day_of = asking.clocks.day_of
    ends = max(batch.valid_until for batch in asking.batches)
    first, last = day_of(asking.published_at), day_of(ends)
    due, available = t1_due(first, day_of(asking.now), last)
    (fetched,) = await asking.rows(queries.FETCHED, first_day=first.isoformat(), last_day=last.isoformat())
    return RoundService(
        attempts=attempts, answered=attempts - turned_away, turned_away=turned_away,
        pauses=sum(act.action == "batch_paused" for act in acts),
        stops=sum(act.action == "batch_stopped" for act in acts),
        paused_s=paused_s(asking.batches, acts, asking.now), frozen_vouchers=frozen["frozen"], t1_due=due,
        t1_available=available, acts=acts, **fetched,
    )  # fmt: skip


async def _risk(asking: _Asking, ends: datetime) -> RoundRisk:
    return round_risk(await asking.rows(queries.ALERTS, published_at=asking.published_at, ends_at=ends))


async def _signs(asking: _Asking) -> RoundSigns:
    (looked_at,) = await asking.rows(queries.SIGNS)
    largest = [MerchantShare.model_validate(row) for row in await asking.rows(queries.LARGEST)]
    return RoundSigns(**looked_at, merchants=largest)


async def _earlier(asking: _Asking) -> EarlierRound | None:
    found = await asking.rows(queries.EARLIER)
    if not found:
        return None
    (earlier,) = found
    cells = await count_cells(asking.connection, {**asking.names, "round": earlier["id"]})
    return EarlierRound(id=earlier["id"], name=earlier["name"], values=_total(cells))


def _total(cells: Sequence[Cell]) -> dict[str, int | float | None]:
    row = next(row for row in finish([Line("total", "total", "合计")], cells) if row.period == "cumulative")
    return dict(row.values)
