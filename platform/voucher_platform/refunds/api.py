"""Routes of refunds."""

from datetime import timedelta

from fastapi import APIRouter, Response

from voucher_contract import routes
from voucher_contract.models.common import Id
from voucher_contract.models.redemptions import RefundPage, RefundSpec
from voucher_contract.models.vouchers import VoucherUse
from voucher_platform.core.acting import Act
from voucher_platform.core.endpoints import endpoint
from voucher_platform.core.paging import DEFAULT_LIMIT, Cursor, Limit
from voucher_platform.redemptions.api import effect_reply, own_shop
from voucher_platform.refunds import operations, voucher_use

router = APIRouter()


@endpoint(router, routes.REFUND)
async def refund(act: Act, redemption_id: Id, body: RefundSpec) -> Response:
    """退款。 Take an order back, whole or in part."""
    request = operations.Request(redemption_id, body.amount_fen, act.principal.merchant, act.key, act.digest)
    clocks = act.core.clocks
    now = clocks.now()
    next_day = clocks.day_start(clocks.day_of(now) + timedelta(days=1))
    async with act.core.database.transaction() as connection:
        done = await operations.refund(connection, request=request, now=now, next_day=next_day)
    return effect_reply(done.refund, replayed=done.replayed)


@endpoint(router, routes.LIST_REFUNDS)
async def list_refunds(act: Act, redemption_id: Id, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> RefundPage:
    """退款记录。 List an order's refunds."""
    async with act.core.database.reading() as connection:
        return await operations.list_refunds(
            connection, redemption_id=redemption_id, merchant_id=own_shop(act), cursor=cursor, limit=limit
        )


@endpoint(router, routes.GET_VOUCHER_USE)
async def get_voucher_use(act: Act, voucher_id: str) -> VoucherUse:
    """消费券使用情况。 What became of a voucher, for its holder."""
    async with act.core.database.reading() as connection:
        return await voucher_use.get_voucher_use(
            connection, voucher_id=voucher_id, account=act.principal.name, zone=act.core.clocks.timezone
        )
