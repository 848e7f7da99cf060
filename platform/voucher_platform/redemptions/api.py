"""Routes of redemptions."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from voucher_contract import routes
from voucher_contract.models.common import Id, Reference
from voucher_contract.models.redemptions import Redemption, RedemptionPage, RedemptionSpec
from voucher_platform.core.acting import Act, Acting
from voucher_platform.core.clocks import real_now
from voucher_platform.core.endpoints import endpoint
from voucher_platform.core.paging import DEFAULT_LIMIT, OLDEST, Cursor, Limit, RowOrder
from voucher_platform.redemptions import operations
from voucher_platform.redemptions.facts import Order
from voucher_platform.redemptions.scanning import scan

router = APIRouter()
Find = Annotated[Reference | None, Query(description="The number of an order, a redemption or a voucher, whole")]


@endpoint(router, routes.REDEEM)
async def redeem(act: Act, request: Request, body: RedemptionSpec) -> Response:
    """核销。 An order at a till uses a voucher."""
    scanned = scan(body.code, settings=act.core.settings, real_now=real_now())
    order = Order(body, scanned, act.principal.merchant, act.key, act.digest)
    done = await operations.redeem(request.app.state.redeeming, order=order, now=act.core.clocks.now())
    return effect_reply(done.redemption, replayed=done.replayed)


@endpoint(router, routes.LIST_REDEMPTIONS)
async def list_redemptions(
    act: Act, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT, order: RowOrder = OLDEST, find: Find = None
) -> RedemptionPage:
    """核销记录。 List redemptions; a merchant sees its own."""
    async with act.core.database.reading() as connection:
        return await operations.list_redemptions(
            connection, merchant_id=own_shop(act), cursor=cursor, limit=limit, order=order, find=find
        )


@endpoint(router, routes.GET_REDEMPTION)
async def get_redemption(act: Act, redemption_id: Id) -> Redemption:
    """查看核销。 Show a redemption; a merchant sees its own."""
    async with act.core.database.reading() as connection:
        return await operations.get_redemption(connection, redemption_id=redemption_id, merchant_id=own_shop(act))


def own_shop(act: Acting) -> str | None:
    """The merchant a till's sight is limited to; ``None`` for staff, who see all."""
    return act.principal.merchant if act.principal.role == "merchant" else None


def effect_reply(effect: BaseModel, *, replayed: bool) -> Response:
    """201 with the effect; a repeat under the same key gets the same bytes and says so."""
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return Response(effect.model_dump_json(), 201, headers, media_type="application/json")
