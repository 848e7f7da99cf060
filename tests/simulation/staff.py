"""What the bureau does meanwhile: voids, raised quotas, pauses, new batches, moves of the business clock."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from tests.simulation.cast import ApiProcess
from tests.simulation.relational_model import Transaction
from tests.simulation.scene import CAMPAIGN, FACE_FEN, Scene
from tests.simulation.sql_ports import PORTS, _set_stock
from voucher_platform.claims.operations import void_voucher
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import announce_change
from voucher_platform.ledger.operations import Movement, move
from voucher_platform.ledger.rules import account_id

Params = Mapping[str, Any]


async def void_one(scene: Scene, api: ApiProcess) -> None:
    """Take a voucher back, as ``POST /v1/vouchers/{id}/void`` does it."""
    rows = [row for row in scene.sql.model.tables["voucher"].values() if row.state == "issued"]
    if not rows:
        return
    row = rows[int(scene.rng.random() * len(rows))]
    scene.note(f"void {row.claim_key} seq {row.seq} through {api.loop.name}")
    try:
        async with api.core.database.transaction() as connection:
            await void_voucher(connection, voucher_id=row.id, reason="r", by="officer", now=api.core.clocks.now())
    except Refused:
        return
    await api.gate.stock_returned(row.batch_id)


def publish(scene: Scene, number: int) -> None:
    """Put a draft on sale, through whichever process answers."""
    api = scene.apis[int(scene.rng.random() * len(scene.apis))]
    api.act(_publish(scene, api, f"bat_{number}"))


async def _publish(scene: Scene, api: ApiProcess, batch_id: str) -> None:
    async with api.core.database.transaction() as connection:
        await announce_change(connection)
        await connection.execute(_STATE, {"batch": batch_id, "state": "live"})
        fen = scene.sql.model.tables["batch_stock"][batch_id].quota * FACE_FEN
        await move(connection, Movement(
            CAMPAIGN, account_id("free", CAMPAIGN), account_id("reserved", batch_id), fen, "publish", batch_id,
            api.core.clocks.now(),
        ))  # fmt: skip
    scene.note(f"{batch_id} is published")


async def raise_quota(scene: Scene, api: ApiProcess, more: int) -> None:
    """Add to a batch's quota, with its money."""
    batch_id = f"bat_{min(scene.numbers)}"
    async with api.core.database.transaction() as connection:
        await announce_change(connection)
        (campaign,) = (await connection.execute(_RAISE, {"batch": batch_id, "more": more})).one()
        await move(connection, Movement(
            campaign, account_id("free", campaign), account_id("reserved", batch_id), more * FACE_FEN, "publish",
            batch_id, api.core.clocks.now(),
        ))  # fmt: skip
    scene.note(f"quota of {batch_id} raised by {more}")


async def set_state(scene: Scene, api: ApiProcess, state: str) -> None:
    """Pause or resume a batch."""
    async with api.core.database.transaction() as connection:
        await announce_change(connection)
        await connection.execute(_STATE, {"batch": f"bat_{min(scene.numbers)}", "state": state})
    scene.note(f"bat_{min(scene.numbers)} is {state}")


async def move_clock(scene: Scene, api: ApiProcess, by: timedelta) -> None:
    """Move the business clock forward."""
    async with api.core.database.transaction() as connection:
        await connection.execute(_CLOCK, {"us": by // timedelta(microseconds=1)})
    scene.note(f"the business clock is {by} ahead")


def _raise(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("batch_stock", p["batch"]))
    stock = tx.table("batch_stock")[p["batch"]]
    _set_stock(tx, stock._replace(quota=stock.quota + p["more"]))
    return [(tx.table("batch")[p["batch"]].campaign_id,)]


def _set_state(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("batch", p["batch"]))
    tx.put("batch", p["batch"], tx.table("batch")[p["batch"]]._replace(state=p["state"]))
    return []


def _move_clock(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("platform_state",))
    state = tx.table("platform_state")[1]
    offset = max(state.clock_offset_us, p["us"])
    tx.put("platform_state", 1, state._replace(clock_offset_us=offset, clock_version=state.clock_version + 1))
    return []


_RAISE = text(
    "UPDATE batch_stock s SET quota = s.quota + :more FROM batch b WHERE s.batch_id = :batch AND b.id = s.batch_id"
    " RETURNING b.campaign_id"
)
_STATE = text("UPDATE batch SET state = :state WHERE id = :batch")
_CLOCK = text(
    "UPDATE platform_state SET clock_offset_us = GREATEST(clock_offset_us, :us), clock_version = clock_version + 1"
)
PORTS.update({_RAISE.text: _raise, _STATE.text: _set_state, _CLOCK.text: _move_clock})
