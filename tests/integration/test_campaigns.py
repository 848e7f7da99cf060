"""Planning, checking and publishing on a real PostgreSQL: every rule, and every refusal changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.builders import NOON, some_vouchers
from tests.bureau import Bureau, a_batch_spec
from tests.money_assertions import assert_coherent, buckets
from tests.tills import one, open_database
from voucher_contract.models.common import MAX_FEN
from voucher_platform.campaigns.operations import batches, campaigns
from voucher_platform.core.problems import Refused


@pytest_asyncio.fixture
async def bureau(database_url: str) -> AsyncIterator[Bureau]:
    async with open_database(database_url) as database:
        yield Bureau(database)


async def refused(act: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await act
    return refusal.value.refusal.code


@pytest.mark.asyncio
async def test_a_deposit_is_free_money_and_a_banks_number_is_booked_once(bureau: Bureau) -> None:
    campaign = await bureau.campaign()
    await bureau.deposit(campaign.id, 90_000_000, bank_reference="CZ-1")
    with pytest.raises(Refused) as second:
        await bureau.deposit(campaign.id, 90_000_000, bank_reference="CZ-1")
    assert second.value.refusal.code == "wrong_state"
    assert "CZ-1" in str(second.value.detail)
    assert buckets(await assert_coherent(bureau.database, campaign.id)) == {"free": 90_000_000}


@pytest.mark.asyncio
async def test_a_pot_larger_than_any_amount_may_be_is_refused(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=MAX_FEN)
    assert await refused(bureau.deposit(campaign.id, 1)) == "invalid_request"
    await assert_coherent(bureau.database, campaign.id)


@pytest.mark.asyncio
async def test_unknown_campaigns_rounds_and_batches_are_not_found(bureau: Bureau) -> None:
    assert await refused(bureau.deposit("cmp_none", 1)) == "not_found"
    assert await refused(bureau.round("cmp_none")) == "not_found"
    assert await refused(bureau.batch("rnd_none")) == "not_found"
    assert await refused(bureau.publish("rnd_none")) == "not_found"
    assert await refused(bureau.change("bat_none", "paused")) == "unknown_batch"
    assert await refused(bureau.raise_quota("bat_none", 5)) == "unknown_batch"


@pytest.mark.asyncio
async def test_a_fourth_batch_over_the_deposit_is_refused(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=90_000_000)
    planned = await bureau.round(campaign.id)
    for face, threshold, quota in ((3_000, 10_000, 10_000), (2_000, 6_000, 13_000), (10_000, 100_000, 3_000)):
        await bureau.batch(planned.id, face_fen=face, threshold_fen=threshold, quota=quota)
    assert await refused(bureau.batch(planned.id, quota=1_334)) == "over_budget"
    await bureau.batch(planned.id, quota=1_333)
    assert buckets(await assert_coherent(bureau.database, campaign.id)) == {"free": 90_000_000}


@pytest.mark.asyncio
async def test_face_times_quota_beyond_any_integer_is_over_budget_too(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=90_000_000)
    planned = await bureau.round(campaign.id)
    huge = {"face_fen": MAX_FEN - 1, "threshold_fen": MAX_FEN, "quota": 10_000_000}
    assert await refused(bureau.batch(planned.id, **huge)) == "over_budget"


@pytest.mark.asyncio
async def test_what_is_published_no_longer_counts_against_new_plans(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    async with bureau.database.transaction() as connection:
        await some_vouchers(connection, batch, 40)
    planned = await bureau.round(campaign.id)
    assert await refused(bureau.batch(planned.id, quota=101)) == "over_budget"
    await bureau.batch(planned.id, quota=100)


@pytest.mark.parametrize("field", ["districts", "resident_districts"])
@pytest.mark.asyncio
async def test_a_district_of_another_city_is_refused_by_the_fields_name(bureau: Bureau, field: str) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    planned = await bureau.round(campaign.id)
    with pytest.raises(Refused) as refusal:
        await bureau.batch(planned.id, **{field: ["510681001", "110101001"]})
    assert refusal.value.refusal.code == "invalid_request"
    assert [error["field"] for error in refusal.value.extra["errors"]] == [f"body.{field}"]
    assert "110101001" in str(refusal.value.detail)


@pytest.mark.asyncio
async def test_a_time_no_calendar_of_ours_reaches_is_refused(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    planned = await bureau.round(campaign.id)
    never = datetime(9999, 12, 31, tzinfo=UTC)
    assert await refused(bureau.batch(planned.id, valid_until=never)) == "invalid_request"


@pytest.mark.asyncio
async def test_a_batch_comes_back_as_it_was_planned(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    planned = await bureau.round(campaign.id)
    changes = {
        "districts": ["510681001"], "resident_districts": ["510681117"], "valid_days": 7, "refund_regime": "A_PRIME",
        "rate_limits": {"person": {"permits": 5, "window_ms": 1_000}}, "code_mode": "dynamic",
    }  # fmt: skip
    batch = await bureau.batch(planned.id, **changes)
    spec = a_batch_spec(**changes)
    assert batch.model_dump(include=set(type(spec).model_fields)) == spec.model_dump()
    assert (batch.state, batch.issued, batch.voided, batch.remaining) == ("draft", 0, 0, 100)


@pytest.mark.asyncio
async def test_a_round_goes_from_draft_to_published_in_order_only(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    planned = await bureau.round(campaign.id)
    assert await refused(bureau.submit(planned.id)) == "wrong_state"  # it has no batch
    batch = await bureau.batch(planned.id)
    assert await refused(bureau.approve(planned.id)) == "wrong_state"
    assert await refused(bureau.publish(planned.id)) == "wrong_state"
    assert (await bureau.submit(planned.id)).submitted_by == "maker"
    assert await refused(bureau.batch(planned.id)) == "wrong_state"
    assert await refused(bureau.submit(planned.id)) == "wrong_state"
    assert (await bureau.approve(planned.id)).approved_by == "checker"
    done = await bureau.publish(planned.id)
    assert (done.state, done.published_at, done.batch_ids) == ("published", NOON, [batch.id])
    assert await refused(bureau.publish(planned.id)) == "wrong_state"
    assert await refused(bureau.reject(planned.id)) == "wrong_state"
    assert (await bureau.look(batch.id)).state == "live"
    statement = await assert_coherent(bureau.database, campaign.id)
    assert buckets(statement) == {"free": 300_000, "reserved": 300_000}


@pytest.mark.asyncio
async def test_maker_and_checker_are_two_people_in_the_operation_and_in_sql(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    planned = await bureau.round(campaign.id)
    await bureau.batch(planned.id)
    await bureau.submit(planned.id, by="maker")
    assert await refused(bureau.approve(planned.id, by="maker")) == "same_officer"
    assert await refused(bureau.reject(planned.id, by="maker")) == "same_officer"
    sql = text("UPDATE round SET state = 'approved', approved_by = 'maker' WHERE id = :id")
    with pytest.raises(IntegrityError, match="check constraint"):
        await bureau.act(lambda c: c.execute(sql, {"id": planned.id}))


@pytest.mark.asyncio
async def test_a_rejected_round_is_a_draft_again_and_may_be_mended(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=900_000)
    batch = await bureau.approved(campaign.id)
    back = await bureau.reject(batch.round_id)
    assert (back.state, back.submitted_by, back.approved_by) == ("draft", None, None)
    await bureau.batch(batch.round_id)
    await bureau.submit(batch.round_id, by="checker")
    assert (await bureau.approve(batch.round_id, by="maker")).state == "approved"


@pytest.mark.asyncio
async def test_publishing_gives_the_stock_the_present_epoch_and_tells_every_process(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.approved(campaign.id)
    await bureau.act(lambda c: c.execute(text("UPDATE platform_state SET epoch = 7")))
    before = await one(bureau.database, "SELECT version FROM platform_state")
    await bureau.publish(batch.round_id)
    stock = await one(bureau.database, "SELECT epoch, quota FROM batch_stock WHERE batch_id = :id", id=batch.id)
    after = await one(bureau.database, "SELECT version FROM platform_state")
    assert (stock.epoch, stock.quota, after.version) == (7, 100, before.version + 1)


@pytest.mark.asyncio
async def test_two_rounds_published_at_once_for_the_same_money_only_one_wins(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=900_000)
    live = await bureau.published(campaign.id, quota=100)
    rivals = [await bureau.approved(campaign.id, quota=100) for _ in range(2)]
    await bureau.raise_quota(live.id, 150)  # of what the two planned, half is gone
    ends = await asyncio.gather(*(bureau.publish(batch.round_id) for batch in rivals), return_exceptions=True)
    lost = [end for end in ends if isinstance(end, Refused)]
    assert [end.refusal.code for end in lost] == ["over_budget"]
    statement = await assert_coherent(bureau.database, campaign.id)
    assert buckets(statement) == {"free": 150_000, "reserved": 750_000}
    states = [(await bureau.look(batch.id)).state for batch in rivals]
    assert sorted(states) == ["draft", "live"]


@pytest.mark.asyncio
async def test_ten_plans_at_once_cannot_count_the_same_money_twice(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=900_000)
    planned = await bureau.round(campaign.id)
    ends = await asyncio.gather(*(bureau.batch(planned.id) for _ in range(10)), return_exceptions=True)
    lost = [end for end in ends if isinstance(end, BaseException)]
    assert [getattr(end, "refusal").code for end in lost] == ["over_budget"] * 7  # noqa: B009 - typed as exceptions


@pytest.mark.asyncio
async def test_a_batch_pauses_and_resumes_and_once_stopped_stays_so(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    draft = await bureau.approved(campaign.id)
    assert await refused(bureau.change(draft.id, "paused")) == "wrong_state"
    await bureau.publish(draft.round_id)
    assert await refused(bureau.change(draft.id, "live")) == "wrong_state"
    assert (await bureau.change(draft.id, "paused")).state == "paused"
    assert await refused(bureau.change(draft.id, "paused")) == "wrong_state"
    assert (await bureau.change(draft.id, "live")).state == "live"
    assert (await bureau.change(draft.id, "stopped")).state == "stopped"
    for state in ("live", "paused", "stopped"):
        assert await refused(bureau.change(draft.id, state)) == "wrong_state"
    assert await refused(bureau.raise_quota(draft.id, 150)) == "wrong_state"
    statement = await assert_coherent(bureau.database, campaign.id)
    assert buckets(statement) == {"free": 300_000, "reserved": 300_000}


@pytest.mark.asyncio
async def test_a_raised_quota_reserves_the_difference_or_is_refused(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    assert await refused(bureau.raise_quota(batch.id, 100)) == "quota_not_raised"
    assert await refused(bureau.raise_quota(batch.id, 201)) == "over_budget"
    raised = await bureau.raise_quota(batch.id, 200)
    assert (raised.quota, raised.remaining) == (200, 200)
    assert buckets(await assert_coherent(bureau.database, campaign.id)) == {"reserved": 600_000}
    late = NOON + timedelta(days=11)
    assert await refused(bureau.raise_quota(batch.id, 300, now=late)) == "wrong_state"


@pytest.mark.asyncio
async def test_people_see_published_batches_only_and_staff_see_all(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=900_000)
    shown = await bureau.published(campaign.id)
    draft = await bureau.approved(campaign.id)
    page = await bureau.act(lambda c: batches.list_batches(c, drafts=False, cursor=None, limit=50, now=NOON))
    assert [batch.id for batch in page.items] == [shown.id]
    assert page.server_time == NOON
    everything = await bureau.act(lambda c: batches.list_batches(c, drafts=True, cursor=None, limit=1, now=NOON))
    assert everything.next_cursor == shown.id
    rest = await bureau.act(lambda c: batches.list_batches(c, drafts=True, cursor=shown.id, limit=50, now=NOON))
    assert ([batch.id for batch in rest.items], rest.next_cursor) == ([draft.id], None)
    assert await refused(bureau.act(lambda c: batches.get_batch(c, batch_id=draft.id, drafts=False))) == "unknown_batch"


@pytest.mark.asyncio
async def test_remaining_is_quota_less_issued_plus_voided(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.published(campaign.id)
    stock = text("UPDATE batch_stock SET issued = 30, voided = 4 WHERE batch_id = :id")
    await bureau.act(lambda c: c.execute(stock, {"id": batch.id}))
    assert (await bureau.look(batch.id)).remaining == 74


@pytest.mark.asyncio
async def test_campaigns_are_listed_page_by_page_in_the_order_they_were_made(bureau: Bureau) -> None:
    made = [(await bureau.campaign()).id for _ in range(3)]
    first = await bureau.act(lambda c: campaigns.list_campaigns(c, cursor=None, limit=2))
    rest = await bureau.act(lambda c: campaigns.list_campaigns(c, cursor=first.next_cursor, limit=2))
    assert sorted([campaign.id for campaign in (*first.items, *rest.items)]) == sorted(made)
    assert rest.next_cursor is None


@pytest.mark.asyncio
async def test_every_act_is_in_the_audit_log_and_a_refused_one_is_not(bureau: Bureau) -> None:
    campaign = await bureau.campaign(deposit_fen=600_000)
    batch = await bureau.approved(campaign.id)
    assert await refused(bureau.batch(batch.round_id)) == "wrong_state"
    await bureau.publish(batch.round_id)
    row = await one(bureau.database, "SELECT array_agg(action ORDER BY id) AS actions FROM audit_entry")
    assert row.actions == [
        "create_campaign", "deposit", "create_round", "create_batch", "submit_round", "approve_round", "publish_round",
    ]  # fmt: skip
