"""The platform's own books after a step, for the facts: its lists, its money, its report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from loadtest.checks.facts import Facts, MoneyAtRest, ReportedRow, ReportedTotal, RowKind, Span
from loadtest.evidence.exchange import Transcript
from loadtest.lab.line import Caller, Line, NotApplicable
from loadtest.lab.world import World
from loadtest.scenarios.business_time import BusinessTime, read_business_time
from loadtest.scenarios.cast import Cast
from loadtest.scenarios.preparing import FACTS, Prepared
from voucher_contract import routes
from voucher_contract.routes import Route

_CITY = ZoneInfo("Asia/Shanghai")
_MOST_PAGES = 2_000
_MOST_REFUND_LISTS = 2_000
_FIGURES = ("issued_vouchers", "voided_vouchers", "redemptions", "redeemed_fen", "refund_count", "refund_order_fen")
_BY_PLACE = ("redemptions", "redeemed_fen", "refund_count", "refund_order_fen")
Listed = tuple[tuple[RowKind, ...], tuple[ReportedRow, ...]]


async def close_books(
    world: World, folder: Path, *, healed_ns: int, restarts: Sequence[Span], unknown_budget: float
) -> None:
    """Complete ``facts.json``. What the platform does not tell stays out, and the checks that want it undecided."""
    facts, prepared, cast = Facts.read(folder / FACTS), Prepared.read(folder), Cast.read(folder)
    line = world.line(Transcript(f"closing {prepared.agreed().name}"))
    later = await read_business_time(world, line)
    business = BusinessTime(prepared.business_offset_ns, prepared.business_bound_ns).widened_by(later)
    kinds, rows = await _lists(world, line, cast)
    replace(
        facts,
        batches=tuple(replace(one, clock_bound_ns=business.bound_ns) for one in facts.batches),
        healed_ns=healed_ns, restarts=tuple(restarts), unknown_budget=unknown_budget, listed=kinds, rows=rows,
        reopen_delay_ns=int(world.reopen_delay_s * 1e9), money=await _money(world, line, prepared),
        totals=await _totals(world, line, prepared, cast),
    ).write(folder / FACTS)  # fmt: skip


async def _lists(world: World, line: Line, cast: Cast) -> Listed:
    operator = world.staff["operator-1"]
    kinds: list[RowKind] = []
    rows: list[ReportedRow] = []
    vouchers = [
        await _pages(world, line, routes.LIST_VOUCHERS, operator, {"batch_id": batch}) for batch in cast.batches
    ]
    if all(one is not None for one in vouchers):
        kinds.append("voucher")
        rows += [ReportedRow("voucher", one["id"], n) for n, page in enumerate(vouchers) for one in page or ()]
    redemptions = await _redemptions(world, line, cast)
    if redemptions is None:
        return tuple(kinds), tuple(rows)
    kinds.append("redemption")
    rows += [ReportedRow("redemption", one["id"], _subject(cast, one)) for one in redemptions]
    refunded = [one for one in redemptions if one["refund_count"]]
    if len(refunded) <= _MOST_REFUND_LISTS:
        refunds = [
            (one, await _pages(world, line, routes.LIST_REFUNDS, operator, {}, redemption_id=one["id"]))
            for one in refunded
        ]
        if all(page is not None for _, page in refunds):
            kinds.append("refund")
            rows += [
                ReportedRow("refund", refund["id"], _subject(cast, one))
                for one, page in refunds
                for refund in page or ()
            ]
    return tuple(kinds), tuple(rows)


def _subject(cast: Cast, redemption: Mapping[str, Any]) -> int:
    return cast.batches.index(redemption["batch_id"])


async def _redemptions(world: World, line: Line, cast: Cast) -> list[dict[str, Any]] | None:
    """Those of the step's batches, from the lists of its shops; its vouchers were offered nowhere else."""
    found: list[dict[str, Any]] = []
    for till in {one.merchant_id: one for one in cast.tills}.values():
        page = await _pages(world, line, routes.LIST_REDEMPTIONS, Caller(f"till-{till.number}", till.token), {})
        if page is None:
            return None
        found += [one for one in page if one["batch_id"] in cast.batches]
    return found


async def _pages(
    world: World, line: Line, route: Route, caller: Caller, query: Mapping[str, str], **path: str
) -> list[dict[str, Any]] | None:
    """All rows of a list; None where the platform does not give it whole."""
    if world.adapter.missing(route.name) is not None:
        return None
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        asked = {**query, "limit": "200", **({"cursor": cursor} if cursor else {})}
        try:
            got = await line.persist(route, caller, query=asked, **path)
        except NotApplicable:
            return None
        if got.outcome != "ok" or not isinstance(got.value, dict):
            return None
        items += got.value["items"]
        cursor = got.value["next_cursor"]
        if cursor is None:
            return items
    return None


async def _money(world: World, line: Line, prepared: Prepared) -> tuple[MoneyAtRest, ...]:
    statement = await _read(world, line, routes.GET_MONEY, {}, prepared)
    if statement is None:
        return ()
    return tuple(
        MoneyAtRest(
            subject, one["held_fen"], one["redeemed_unsettled_fen"], one["settled_fen"], one["owed_by_merchants_fen"]
        )
        for subject, one in enumerate(statement["batches"])
    )


async def _totals(world: World, line: Line, prepared: Prepared, cast: Cast) -> tuple[ReportedTotal, ...]:
    """The report of the running business day: the campaign is this step's alone, so is all that it reports."""
    day = world.conductor.now().astimezone(_CITY).date().isoformat()
    report = await _read(world, line, routes.GET_T1_REPORT, {"day": day}, prepared)
    if report is None:
        return ()
    rows = [row for row in report["rows"] if row["period"] == "cumulative"]
    found: list[ReportedTotal] = []
    for figure in _FIGURES:
        by = {
            dimension: [(row["key"], row["values"].get(figure)) for row in rows if row["dimension"] == dimension]
            for dimension in ("total", "batch", "district", "industry")
        }
        found += [
            ReportedTotal(figure, value, cast.batches.index(key))
            for key, value in by["batch"]
            if isinstance(value, int) and key in cast.batches
        ]
        sums = ("batch", "district", "industry") if figure in _BY_PLACE else ("batch",)
        for _, total in by["total"]:
            if isinstance(total, int):
                parts = [tuple(value for _, value in by[name] if isinstance(value, int)) for name in sums]
                found += [ReportedTotal(figure, total, None, part) for part in parts]
    return tuple(found)


async def _read(
    world: World, line: Line, route: Route, query: Mapping[str, str], prepared: Prepared
) -> dict[str, Any] | None:
    if not prepared.campaign_id or world.adapter.missing(route.name) is not None:
        return None
    got = await line.persist(route, world.staff["auditor-1"], query=query, campaign_id=prepared.campaign_id)
    return got.value if got.outcome == "ok" and isinstance(got.value, dict) else None
