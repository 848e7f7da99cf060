"""Planning a batch inside the deposited money, and showing batches to those who may see them."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from voucher_contract import refusals
from voucher_contract.models.campaigns import Batch, BatchPage, BatchSpec, Round
from voucher_platform.campaigns.operations.rounds import get_round, lock_round
from voucher_platform.campaigns.rules import (
    PUBLISHED_STATES,
    exceeds_free_money,
    implausible_times,
    unknown_districts,
)  # fmt: skip
from voucher_platform.campaigns.tables import BatchRow, BatchStockRow
from voucher_platform.core import audit_log
from voucher_platform.core.amounts import yuan_of
from voucher_platform.core.ids import new_id
from voucher_platform.core.paging import next_cursor
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import current_epoch
from voucher_platform.ledger.operations import balance_fen, open_batch_accounts
from voucher_platform.ledger.rules import account_id


async def create_batch(connection: AsyncConnection, *, round_id: str, spec: BatchSpec, by: str, now: datetime) -> Batch:
    """A batch of a draft round, if the money for it and for every other draft is there.

    The campaign is locked, so two plans cannot both count the same money. Nothing is reserved yet: publishing does.
    Raises ``Refused``: INVALID_REQUEST, NOT_FOUND, WRONG_STATE, OVER_BUDGET.
    """
    if errors := unknown_districts(spec) + implausible_times(spec):
        raise Refused(refusals.INVALID_REQUEST, errors[0]["message"], errors=errors)
    row = await lock_round(connection, round_id=round_id, states=("draft",))
    await _check_budget(connection, campaign_id=row.campaign_id, new_fen=spec.face_fen * spec.quota)
    batch_id = new_id("bat")
    columns = spec.model_dump(exclude={"quota"})
    await connection.execute(
        insert(BatchRow).values(**columns, id=batch_id, round_id=round_id, campaign_id=row.campaign_id, state="draft")
    )
    # The row of the stock exists from the start, so that a rebuild that raises the epoch never misses it.
    epoch = await current_epoch(connection)
    await connection.execute(
        insert(BatchStockRow).values(batch_id=batch_id, quota=spec.quota, issued=0, voided=0, epoch=epoch)
    )
    await open_batch_accounts(connection, campaign_id=row.campaign_id, batch_id=batch_id)
    await audit_log.append(
        connection, principal=by, action="create_batch", object_id=batch_id,
        detail={"round_id": round_id, **spec.model_dump(mode="json")}, business_at=now,
    )  # fmt: skip
    return await get_batch(connection, batch_id=batch_id, drafts=True)


async def change_batch(connection: AsyncConnection, *, batch_id: str, spec: BatchSpec, by: str, now: datetime) -> Batch:
    """Another plan in the place of a batch of a draft round, under the same id: refused, the old one stands.

    The campaign is locked as in ``create_batch``; what the batch planned before does not count against its new plan.
    Raises ``Refused``: INVALID_REQUEST, UNKNOWN_BATCH, WRONG_STATE, OVER_BUDGET.
    """
    if errors := unknown_districts(spec) + implausible_times(spec):
        raise Refused(refusals.INVALID_REQUEST, errors[0]["message"], errors=errors)
    old = await _lock_draft(connection, batch_id=batch_id)
    new_fen, old_fen = spec.face_fen * spec.quota, old.face_fen * old.quota
    await _check_budget(connection, campaign_id=old.campaign_id, new_fen=new_fen, instead_of_fen=old_fen)
    of_batch = col(BatchRow.id) == batch_id
    await connection.execute(update(BatchRow).where(of_batch).values(**spec.model_dump(exclude={"quota"})))
    of_stock = col(BatchStockRow.batch_id) == batch_id
    await connection.execute(update(BatchStockRow).where(of_stock).values(quota=spec.quota))
    await audit_log.append(
        connection, principal=by, action="change_batch", object_id=batch_id,
        detail={"round_id": old.round_id, **spec.model_dump(mode="json")}, business_at=now,
    )  # fmt: skip
    return await get_batch(connection, batch_id=batch_id, drafts=True)


async def remove_batch(connection: AsyncConnection, *, batch_id: str, by: str, now: datetime) -> Round:
    """Take a batch out of its draft round for good; the audit log keeps what it was.

    Nothing can hang on it yet: nobody claims of a draft and its accounts are at zero. The rows are deleted by a
    function of the schema that takes drafts only, so the platform's own role still deletes no batch.
    Raises ``Refused``: UNKNOWN_BATCH, WRONG_STATE.
    """
    old = await _lock_draft(connection, batch_id=batch_id)
    await connection.execute(select(func.remove_draft_batch(batch_id)))
    await audit_log.append(
        connection, principal=by, action="remove_batch", object_id=batch_id,
        detail={"round_id": old.round_id, "name": old.name, "face_fen": old.face_fen, "quota": old.quota},
        business_at=now,
    )  # fmt: skip
    return await get_round(connection, round_id=old.round_id)


async def _lock_draft(connection: AsyncConnection, *, batch_id: str) -> Batch:
    seen = await get_batch(connection, batch_id=batch_id, drafts=True)
    await lock_round(connection, round_id=seen.round_id, states=("draft",))
    # Read again: another officer may have changed or removed it while this transaction waited for the campaign.
    return await get_batch(connection, batch_id=batch_id, drafts=True)


async def _check_budget(
    connection: AsyncConnection, *, campaign_id: str, new_fen: int, instead_of_fen: int = 0
) -> None:
    """``instead_of_fen``: what the plan in whose place the new one comes had counted for."""
    free = await balance_fen(connection, account=account_id("free", campaign_id))
    planned = await planned_fen(connection, campaign_id=campaign_id) - instead_of_fen
    if exceeds_free_money(new_fen=new_fen, planned_fen=planned, free_fen=free):
        needs, has, drafts = yuan_of(new_fen), yuan_of(free), yuan_of(planned)
        raise Refused(
            refusals.OVER_BUDGET,
            f"需 {needs} 元，可用 {has} 元，其中草稿已计划 {drafts} 元"
            f" / needs {needs} yuan of {has} free, {drafts} of it planned in drafts",
        )


async def planned_fen(connection: AsyncConnection, *, campaign_id: str) -> int:
    """Σ face × quota of the campaign's batches that are not published yet."""
    total = func.coalesce(func.sum(col(BatchRow.face_fen) * col(BatchStockRow.quota)), 0)
    query = (
        select(total)
        .join(BatchStockRow, col(BatchStockRow.batch_id) == col(BatchRow.id))
        .where(col(BatchRow.campaign_id) == campaign_id, col(BatchRow.state) == "draft")
    )
    return int((await connection.execute(query)).scalar_one())


async def get_batch(connection: AsyncConnection, *, batch_id: str, drafts: bool) -> Batch:
    """The batch with its committed stock. Without ``drafts`` an unpublished one raises ``Refused(UNKNOWN_BATCH)``."""
    row = (await connection.execute(_batches(drafts=drafts).where(col(BatchRow.id) == batch_id))).first()
    if row is None:
        raise Refused(refusals.UNKNOWN_BATCH)
    return _batch_of(row)


async def list_batches(
    connection: AsyncConnection, *, drafts: bool, cursor: str | None, limit: int, now: datetime
) -> BatchPage:
    """Batches in the order they were made; unpublished ones only with ``drafts``. ``now`` is sent as server time."""
    query = _batches(drafts=drafts).where(col(BatchRow.id) > (cursor or "")).order_by(col(BatchRow.id))
    rows = (await connection.execute(query.limit(limit))).all()
    return BatchPage(
        items=[_batch_of(row) for row in rows], next_cursor=next_cursor([row.id for row in rows], limit),
        server_time=now,
    )  # fmt: skip


def _batches(*, drafts: bool) -> Select[BatchRow, int, int, int]:
    query = select(BatchRow, col(BatchStockRow.quota), col(BatchStockRow.issued), col(BatchStockRow.voided)).join(
        BatchStockRow, col(BatchStockRow.batch_id) == col(BatchRow.id)
    )
    return query if drafts else query.where(col(BatchRow.state).in_(PUBLISHED_STATES))


def _batch_of(row: Any) -> Batch:
    columns = {name: value for name, value in row._mapping.items() if name != "number"}  # noqa: SLF001 - public
    return Batch(**columns, remaining=row.quota - row.issued + row.voided)
