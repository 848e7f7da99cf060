"""Looking at the platform: what the stores say at a scrape, and what a process notes of itself four times a second."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from redis.exceptions import ResponseError
from sqlalchemy import text

from voucher_platform.claims.backlog import Backlog, backlog
from voucher_platform.claims.gate import Gate
from voucher_platform.claims.hot_line import LostReply, Unreachable
from voucher_platform.core import figures
from voucher_platform.core.acting import Core
from voucher_platform.core.meters import Meters, living
from voucher_platform.core.pulse import Pulse, current_epoch
from voucher_platform.operating.rules import Missing, Shared, Stock, missing_parts

log = structlog.get_logger(__name__)
_SAMPLE_SECONDS = 0.25
_ASK_SECONDS = 2.0
MOST_BATCHES = 500
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


async def look_at_stores(core: Core, gate: Gate) -> Shared:
    """Both stores at once, each with two seconds to answer; the one that does not leaves its part out."""
    in_sql, in_store = await asyncio.gather(_ask_database(core), _ask_hot_store(gate))
    if in_sql is None:
        return Shared(backlog=in_store)
    epoch, stocks, open_batches = in_sql
    return Shared(epoch, stocks, open_batches - len(stocks), in_store)


async def _ask_database(core: Core) -> tuple[int, list[Stock], int] | None:
    try:
        async with asyncio.timeout(_ASK_SECONDS), core.database.reading() as connection:
            epoch = await current_epoch(connection)
            rows = (await connection.execute(_STOCK, {"now": core.clocks.now(), "most": MOST_BATCHES})).all()
    except Exception as error:  # noqa: BLE001 - a scrape tells that it is away; why, the log says
        log.warning("scrape_without_database", error=repr(error)[:300])
        return None
    return epoch, [Stock(row.id, row.quota, row.issued, row.voided) for row in rows], rows[0].open if rows else 0


async def _ask_hot_store(gate: Gate) -> Backlog | None:
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            return await backlog(gate.lines.present)
    except (Unreachable, LostReply, ResponseError, TimeoutError) as error:
        log.warning("scrape_without_hot_store", error=repr(error)[:300])
        return None


def all_processes(meters: Meters) -> dict[str, "memoryview[float]"]:
    """The cells of every living process that shares its figures with this one, itself included."""
    shared = {} if meters.folder is None else living(meters.folder)
    return {**shared, meters.name: meters.cells}


def readiness(core: Core, gate: Gate, pulse: Pulse) -> list[Missing]:
    """What this process lacks to judge claims, from what it knows already: a probe must not load the stores."""
    failed_at = gate.limiter.failed_at
    return missing_parts(
        pulse_age=time.time() - pulse.beaten_at,
        shut_for=None if gate.ready else gate.opening.shut_for,
        limiter_age=time.monotonic() - failed_at if core.settings.refuse_when_limiter_down and failed_at else None,
    )


async def keep_sampling(meters: Meters, *samples: Callable[[], None]) -> None:
    """Note the gauges until cancelled; siblings read them, so they cannot wait for a scrape."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _SAMPLE_SECONDS
        await asyncio.sleep(_SAMPLE_SECONDS)
        meters.put(figures.LAG, max(0.0, loop.time() - due))
        for sample in samples:
            sample()


def process_sample(core: Core, pulse: Pulse) -> Callable[[], None]:
    """What notes any process's gauges."""
    meters = core.meters
    meters.put(figures.STARTED, time.time())

    def sample() -> None:
        meters.put(figures.PULSE_AT, pulse.beaten_at)
        meters.put(figures.CATALOGUE, pulse.version)
        meters.put(figures.CPU, time.process_time())
        meters.put(figures.MEMORY, int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES)
        meters.put(figures.POOL_IN_USE, core.database.lent_out)
        meters.put(figures.POOL_SIZE, core.database.size)

    return sample


def gate_sample(core: Core, gate: Gate) -> Callable[[], None]:
    """What notes the gauges of a process that judges claims."""
    meters = core.meters

    def sample() -> None:
        meters.put(figures.UNDER_WAY, gate.crowd.under_way)
        meters.put(figures.UNDER_WAY_LIMIT, gate.crowd.admitted)
        meters.put(figures.WAITING, gate.turnstile.waiting, value="door")
        for stage, queue in (("limit", gate.limiter), ("judge", gate.judge), ("commit", gate.committer)):
            meters.put(figures.WAITING, queue.waiting, value=stage)
        meters.put(figures.GATE_OPEN, gate.ready)
        meters.put(figures.GATE_EPOCH, gate.opening.epoch)
        for reason in figures.SHUT_FOR:
            meters.put(figures.GATE_SHUT, not gate.ready and gate.opening.shut_for == reason, value=reason)

    return sample


_STOCK = text(
    "SELECT b.id, s.quota, s.issued, s.voided, count(*) OVER () AS open FROM batch b"
    " JOIN batch_stock s ON s.batch_id = b.id WHERE b.state IN ('live', 'paused') AND b.claim_closes_at > :now"
    " ORDER BY b.number DESC LIMIT :most"
)
