"""A round's way from draft to approved: planned by one officer, checked by another."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.campaigns import Rejection, Round, RoundPage, RoundSpec
from voucher_platform.campaigns.operations.campaigns import get_campaign, lock_open_campaign
from voucher_platform.campaigns.rules import STATES_ZH
from voucher_platform.campaigns.tables import BatchRow, RoundRow
from voucher_platform.core import audit_log
from voucher_platform.core.ids import new_id
from voucher_platform.core.paging import next_cursor
from voucher_platform.core.problems import Refused


async def create_round(
    connection: AsyncConnection, *, campaign_id: str, spec: RoundSpec, by: str, now: datetime
) -> Round:
    """A draft round. Raises ``Refused``: NOT_FOUND, WRONG_STATE (the campaign is closed)."""
    await lock_open_campaign(connection, campaign_id=campaign_id)
    round_id = new_id("rnd")
    await connection.execute(
        insert(RoundRow).values(id=round_id, campaign_id=campaign_id, name=spec.name, state="draft")
    )
    await _note(connection, "create_round", round_id, by, now, campaign_id=campaign_id, name=spec.name)
    return await get_round(connection, round_id=round_id)


async def submit_round(connection: AsyncConnection, *, round_id: str, by: str, now: datetime) -> Round:
    """Draft → submitted by its maker. Raises ``Refused``: NOT_FOUND, WRONG_STATE (no draft, or it has no batch)."""
    row = await lock_round(connection, round_id=round_id, states=("draft",))
    if not await _batch_ids(connection, row.id):
        raise Refused(refusals.WRONG_STATE, "轮次中没有券种 / the round has no batch")
    await change_round(connection, round_id, state="submitted", submitted_by=by)
    await _note(connection, "submit_round", round_id, by, now)
    return await get_round(connection, round_id=round_id)


async def approve_round(connection: AsyncConnection, *, round_id: str, by: str, now: datetime) -> Round:
    """Submitted → approved by a checker who is not the maker; a CHECK in SQL says so too.

    Raises ``Refused``: NOT_FOUND, WRONG_STATE, SAME_OFFICER.
    """
    row = await lock_round(connection, round_id=round_id, states=("submitted",))
    if row.submitted_by == by:
        raise Refused(refusals.SAME_OFFICER)
    await change_round(connection, round_id, state="approved", approved_by=by)
    await _note(connection, "approve_round", round_id, by, now)
    return await get_round(connection, round_id=round_id)


async def reject_round(connection: AsyncConnection, *, round_id: str, reason: str, by: str, now: datetime) -> Round:
    """Submitted, or approved and not published, → draft again. Raises ``Refused`` as ``approve_round`` does."""
    row = await lock_round(connection, round_id=round_id, states=("submitted", "approved"))
    if row.submitted_by == by:
        raise Refused(refusals.SAME_OFFICER)
    told = Rejection(reason=reason, by=by, at=now).model_dump(mode="json")
    await change_round(connection, round_id, state="draft", submitted_by=None, approved_by=None, rejection=told)
    await _note(connection, "reject_round", round_id, by, now, reason=reason, submitted_by=row.submitted_by)
    return await get_round(connection, round_id=round_id)


async def lock_round(connection: AsyncConnection, *, round_id: str, states: tuple[str, ...]) -> Row[RoundRow]:
    """The round's row, locked after its open campaign's. Raises ``Refused``: NOT_FOUND, WRONG_STATE."""
    found = await find_round(connection, round_id=round_id)
    await lock_open_campaign(connection, campaign_id=found.campaign_id)
    # Read again: it may have changed while this transaction waited for the campaign.
    row = await find_round(connection, round_id=round_id)
    if row.state not in states:
        raise Refused(refusals.WRONG_STATE, f"轮次状态为“{STATES_ZH[row.state]}” / the round is {row.state}")
    return row


async def find_round(connection: AsyncConnection, *, round_id: str) -> Row[RoundRow]:
    """The round's row. Raises ``Refused(NOT_FOUND)``."""
    row = (await connection.execute(select(RoundRow).where(col(RoundRow.id) == round_id))).first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return row


async def change_round(connection: AsyncConnection, round_id: str, **values: Any) -> None:
    """Set columns of a round that the caller has locked."""
    await connection.execute(update(RoundRow).where(col(RoundRow.id) == round_id).values(**values))


async def get_round(connection: AsyncConnection, *, round_id: str) -> Round:
    """The round with its batches' ids. Raises ``Refused(NOT_FOUND)``."""
    return await _round_of(connection, await find_round(connection, round_id=round_id))


async def list_rounds(connection: AsyncConnection, *, campaign_id: str, cursor: str | None, limit: int) -> RoundPage:
    """All rounds of a campaign in the order they were made, empty ones too. Raises ``Refused(NOT_FOUND)``."""
    await get_campaign(connection, campaign_id=campaign_id)
    query = select(RoundRow).where(col(RoundRow.campaign_id) == campaign_id, col(RoundRow.id) > (cursor or ""))
    rows = (await connection.execute(query.order_by(col(RoundRow.id)).limit(limit))).all()
    return RoundPage(
        items=[await _round_of(connection, row) for row in rows],
        next_cursor=next_cursor([row.id for row in rows], limit),
    )


async def _round_of(connection: AsyncConnection, row: Row[RoundRow]) -> Round:
    return Round(
        id=row.id, campaign_id=row.campaign_id, name=row.name, state=row.state, submitted_by=row.submitted_by,
        approved_by=row.approved_by, published_at=row.published_at, batch_ids=await _batch_ids(connection, row.id),
        rejection=row.rejection,
    )  # fmt: skip


async def _batch_ids(connection: AsyncConnection, round_id: str) -> list[str]:
    query = select(BatchRow.id).where(col(BatchRow.round_id) == round_id).order_by(col(BatchRow.id))
    return [row.id for row in await connection.execute(query)]


async def _note(connection: AsyncConnection, action: str, round_id: str, by: str, now: datetime, **detail: Any) -> None:
    await audit_log.append(connection, principal=by, action=action, object_id=round_id, detail=detail, business_at=now)
