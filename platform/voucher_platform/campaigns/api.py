"""Routes of campaigns, rounds and batches."""

from fastapi import APIRouter, Response

from voucher_contract import routes
from voucher_contract.models.campaigns import (
    Batch,
    BatchPage,
    BatchSpec,
    Campaign,
    CampaignPage,
    CampaignSpec,
    DepositSpec,
    QuotaRaise,
    Reason,
    Round,
    RoundPage,
    RoundSpec,
)  # fmt: skip
from voucher_contract.models.common import Id
from voucher_platform.campaigns.operations import batches, campaigns, publishing, rounds
from voucher_platform.campaigns.rules import BatchState
from voucher_platform.core.acting import Act, Acting
from voucher_platform.core.endpoints import endpoint
from voucher_platform.core.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter()
_SEES_DRAFTS = ("bureau", "auditor", "operator")


@endpoint(router, routes.CREATE_CAMPAIGN)
async def create_campaign(act: Act, body: CampaignSpec) -> Response:
    """新建活动。 Open a campaign."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: campaigns.create_campaign(c, spec=body, by=by, now=now))


@endpoint(router, routes.LIST_CAMPAIGNS)
async def list_campaigns(act: Act, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> CampaignPage:
    """活动列表。 List campaigns."""
    async with act.core.database.reading() as connection:
        return await campaigns.list_campaigns(connection, cursor=cursor, limit=limit)


@endpoint(router, routes.GET_CAMPAIGN)
async def get_campaign(act: Act, campaign_id: Id) -> Campaign:
    """查看活动。 Show a campaign."""
    async with act.core.database.reading() as connection:
        return await campaigns.get_campaign(connection, campaign_id=campaign_id)


@endpoint(router, routes.DEPOSIT)
async def deposit(act: Act, campaign_id: Id, body: DepositSpec) -> Response:
    """财政拨付入账。 Book fiscal money in."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: campaigns.deposit(c, campaign_id=campaign_id, spec=body, by=by, now=now))


@endpoint(router, routes.CREATE_ROUND)
async def create_round(act: Act, campaign_id: Id, body: RoundSpec) -> Response:
    """新建轮次。 Open a round."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: rounds.create_round(c, campaign_id=campaign_id, spec=body, by=by, now=now))


@endpoint(router, routes.LIST_ROUNDS)
async def list_rounds(act: Act, campaign_id: Id, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> RoundPage:
    """轮次列表。 List a campaign's rounds, empty ones too."""
    async with act.core.database.reading() as connection:
        return await rounds.list_rounds(connection, campaign_id=campaign_id, cursor=cursor, limit=limit)


@endpoint(router, routes.GET_ROUND)
async def get_round(act: Act, round_id: Id) -> Round:
    """查看轮次。 Show a round."""
    async with act.core.database.reading() as connection:
        return await rounds.get_round(connection, round_id=round_id)


@endpoint(router, routes.CREATE_BATCH)
async def create_batch(act: Act, round_id: Id, body: BatchSpec) -> Response:
    """新建券种。 Plan a batch."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: batches.create_batch(c, round_id=round_id, spec=body, by=by, now=now))


@endpoint(router, routes.CHANGE_BATCH)
async def change_batch(act: Act, batch_id: Id, body: BatchSpec) -> Response:
    """修改草稿券种。 Put another plan in a draft batch's place."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: batches.change_batch(c, batch_id=batch_id, spec=body, by=by, now=now))


@endpoint(router, routes.REMOVE_BATCH)
async def remove_batch(act: Act, batch_id: Id) -> Response:
    """删除草稿券种。 Take a batch out of its draft round."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: batches.remove_batch(c, batch_id=batch_id, by=by, now=now))


@endpoint(router, routes.SUBMIT_ROUND)
async def submit_round(act: Act, round_id: Id) -> Response:
    """提交审核。 Hand a round to the checker."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: rounds.submit_round(c, round_id=round_id, by=by, now=now))


@endpoint(router, routes.APPROVE_ROUND)
async def approve_round(act: Act, round_id: Id) -> Response:
    """复核通过。 Approve another officer's round."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: rounds.approve_round(c, round_id=round_id, by=by, now=now))


@endpoint(router, routes.REJECT_ROUND)
async def reject_round(act: Act, round_id: Id, body: Reason) -> Response:
    """复核退回。 Send another officer's round back."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: rounds.reject_round(c, round_id=round_id, reason=body.reason, by=by, now=now))


@endpoint(router, routes.PUBLISH_ROUND)
async def publish_round(act: Act, round_id: Id) -> Response:
    """发布轮次。 Reserve the money and go live."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: publishing.publish_round(c, round_id=round_id, by=by, now=now))


@endpoint(router, routes.LIST_BATCHES)
async def list_batches(act: Act, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> BatchPage:
    """券种列表。 List batches; drafts only for staff."""
    drafts, now = act.principal.role in _SEES_DRAFTS, act.core.clocks.now()
    async with act.core.database.reading() as connection:
        return await batches.list_batches(connection, drafts=drafts, cursor=cursor, limit=limit, now=now)


@endpoint(router, routes.GET_BATCH)
async def get_batch(act: Act, batch_id: Id) -> Batch:
    """查看券种。 Show a batch; a draft only to staff."""
    async with act.core.database.reading() as connection:
        return await batches.get_batch(connection, batch_id=batch_id, drafts=act.principal.role in _SEES_DRAFTS)


@endpoint(router, routes.PAUSE_BATCH)
async def pause_batch(act: Act, batch_id: Id, body: Reason) -> Response:
    """暂停领取。 Pause claiming."""
    return await _change(act, batch_id, "paused", body.reason)


@endpoint(router, routes.RESUME_BATCH)
async def resume_batch(act: Act, batch_id: Id, body: Reason) -> Response:
    """恢复领取。 Resume claiming."""
    return await _change(act, batch_id, "live", body.reason)


@endpoint(router, routes.STOP_BATCH)
async def stop_batch(act: Act, batch_id: Id, body: Reason) -> Response:
    """紧急停止。 Stop claiming for good."""
    return await _change(act, batch_id, "stopped", body.reason)


async def _change(act: Acting, batch_id: str, state: BatchState, reason: str) -> Response:
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(
        lambda c: publishing.change_state(c, batch_id=batch_id, state=state, reason=reason, by=by, now=now)
    )


@endpoint(router, routes.RAISE_QUOTA)
async def raise_quota(act: Act, batch_id: Id, body: QuotaRaise) -> Response:
    """追加数量。 Raise a batch's quota."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: publishing.raise_quota(c, batch_id=batch_id, quota=body.quota, by=by, now=now))
