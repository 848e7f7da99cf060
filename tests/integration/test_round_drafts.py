"""Mending what is not published yet, on a real PostgreSQL: no plan is lost, nothing published is touched."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.builders import NOON
from tests.bureau import Bureau, a_batch_spec
from tests.money_assertions import assert_coherent
from tests.tills import one, open_database
from voucher_contract.models.campaigns import Batch, Round
from voucher_platform.campaigns.operations import batches, rounds
from voucher_platform.core.problems import Refused


@pytest_asyncio.fixture
async def bureau(database_url: str) -> AsyncIterator[Bureau]:
    async with open_database(database_url) as database:
        yield Bureau(database)


async def change(bureau: Bureau, batch_id: str, **changes: Any) -> Batch:
    spec = a_batch_spec(**changes)
    return await bureau.act(lambda c: batches.change_batch(c, batch_id=batch_id, spec=spec, by="maker", now=NOON))


async def remove(bureau: Bureau, batch_id: str) -> Round:
    return await bureau.act(lambda c: batches.remove_batch(c, batch_id=batch_id, by="maker", now=NOON))


async def _remove_in_sql(connection: AsyncConnection, *, batch_id: str) -> None:
    await connection.execute(text(f"SELECT remove_draft_batch('{batch_id}')"))


async def refused(act: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await act
    return refusal.value.refusal.code


@pytest.mark.asyncio
async def test_a_changed_batch_keeps_its_id_and_counts_with_its_new_plan_only(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=300_000)
    planned = await bureau.round(campaign.id)
    batch = await bureau.batch(planned.id)  # all of the money
    changed = await change(bureau, batch.id, name="住宿满50减10", face_fen=1_000, threshold_fen=5_000, quota=300)
    assert (changed.id, changed.name, changed.quota, changed.remaining) == (batch.id, "住宿满50减10", 300, 300)
    assert await refused(change(bureau, batch.id, face_fen=1_000, threshold_fen=5_000, quota=301)) == "over_budget"
    stands = await bureau.act(lambda c: batches.get_batch(c, batch_id=batch.id, drafts=True))
    assert stands == changed, "a refused change leaves the old plan"
    assert await refused(bureau.batch(planned.id, quota=1)) == "over_budget"


@pytest.mark.asyncio
async def test_a_removed_batch_is_gone_and_its_money_can_be_planned_again(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=300_000)
    planned = await bureau.round(campaign.id)
    batch = await bureau.batch(planned.id)
    assert (await remove(bureau, batch.id)).batch_ids == []
    assert await refused(remove(bureau, batch.id)) == "unknown_batch"
    for table in ("ledger_account", "batch_stock"):
        rows = await one(bureau.database, f"SELECT count(*) FROM {table} WHERE batch_id = '{batch.id}'")
        assert rows == (0,), table
    again = await bureau.batch(planned.id)
    assert again.id != batch.id
    await bureau.submit(planned.id)
    await bureau.approve(planned.id)
    await bureau.publish(planned.id)
    await assert_coherent(bureau.database, campaign.id)
    assert await one(bureau.database, "SELECT count(*) FROM audit_entry WHERE action = 'remove_batch'") == (1,)


@pytest.mark.asyncio
async def test_what_has_been_handed_in_is_neither_changed_nor_removed(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=900_000)
    published = await bureau.published(campaign.id)
    waiting = await bureau.round(campaign.id)
    handed_in = await bureau.batch(waiting.id)
    await bureau.submit(waiting.id)
    for batch_id in (published.id, handed_in.id):
        assert await refused(remove(bureau, batch_id)) == "wrong_state"
        assert await refused(change(bureau, batch_id, quota=1)) == "wrong_state"
        with pytest.raises(DBAPIError, match="no draft"):
            await bureau.act(partial(_remove_in_sql, batch_id=batch_id))
    assert await refused(remove(bureau, "bat_nobody")) == "unknown_batch"


@pytest.mark.asyncio
async def test_handed_in_and_removed_at_once_a_round_never_goes_on_without_a_batch(bureau: Bureau) -> None:
    for _ in range(5):
        campaign = await bureau.campaign(deposit_fen=300_000)
        planned = await bureau.round(campaign.id)
        batch = await bureau.batch(planned.id)
        done = await asyncio.gather(bureau.submit(planned.id), remove(bureau, batch.id), return_exceptions=True)
        assert sum(isinstance(result, Refused) for result in done) == 1
        left = await bureau.act(partial(rounds.get_round, round_id=planned.id))
        assert (left.state, len(left.batch_ids)) in {("submitted", 1), ("draft", 0)}


@pytest.mark.asyncio
async def test_all_rounds_of_a_campaign_are_listed_empty_ones_too_each_once(bureau: Bureau) -> None:
    campaign, other = await bureau.campaign(deposit_fen=300_000), await bureau.campaign()
    empty = await bureau.round(campaign.id)
    full = await bureau.round(campaign.id)
    batch = await bureau.batch(full.id)
    await bureau.round(other.id)
    seen: list[Round] = []
    cursor: str | None = None
    while True:
        page = await bureau.act(partial(rounds.list_rounds, campaign_id=campaign.id, cursor=cursor, limit=1))
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert {one.id: one.batch_ids for one in seen} == {empty.id: [], full.id: [batch.id]}
    assert len(seen) == 2
    lost = bureau.act(lambda c: rounds.list_rounds(c, campaign_id="cmp_nobody", cursor=None, limit=1))
    assert await refused(lost) == "not_found"


@pytest.mark.asyncio
async def test_why_a_round_was_sent_back_is_told_and_stays_when_it_is_handed_in_again(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=300_000)
    batch = await bureau.approved(campaign.id)
    assert (await bureau.act(lambda c: rounds.get_round(c, round_id=batch.round_id))).rejection is None
    back = await bureau.act(
        lambda c: rounds.reject_round(c, round_id=batch.round_id, reason="门槛写错", by="checker", now=NOON)
    )
    assert back.rejection is not None
    assert (back.rejection.reason, back.rejection.by, back.rejection.at) == ("门槛写错", "checker", NOON)
    assert (await bureau.submit(batch.round_id)).rejection == back.rejection
