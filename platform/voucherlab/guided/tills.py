"""Orders and refunds at the tills of the city."""

from merchant_sim.actors.desk import Unexpected
from merchant_sim.actors.given_taps import Answer
from merchant_sim.merchants import Merchant
from merchant_sim.people import Account
from voucher_contract import routes
from voucher_contract.models.redemptions import Redemption, RedemptionSpec, Refund, RefundSpec
from voucher_contract.models.vouchers import VoucherCode
from voucher_contract.operations.protocol import Outcome
from voucherlab.guided.showing import Words
from voucherlab.guided.stage import Order, Stage


async def code_of(stage: Stage, holding: Answer) -> str:
    """What the holder shows: the static code, the one of this half minute, or a picture of an earlier one.

    Raises Unexpected when there never was one.
    """
    if holding.voucher_code:
        return holding.voucher_code
    token, voucher_id = stage.story.tokens[holding.account], str(holding.voucher_id)
    dynamic = await stage.ask(routes.GET_CODE, token, voucher_id=voucher_id)
    if isinstance(dynamic.value, VoucherCode):
        stage.story.codes[voucher_id] = dynamic.value.code
    if voucher_id in stage.story.codes:
        return stage.story.codes[voucher_id]
    raise Unexpected(f"no code for {voucher_id}: {dynamic.status} {dynamic.code}")


async def send_order(
    stage: Stage, holding: Answer, merchant: Merchant, total_fen: int, *, what: Words, batch: str,
    due: tuple[str, ...] = (), online: bool = False, payer: Account | None = None, excluded_fen: int = 0,
) -> Order:  # fmt: skip
    """One order at the first till of a merchant; it is kept in the story, however it ended."""
    till = merchant.tills[0].terminal
    order_no = stage.key("order")
    spec = RedemptionSpec(
        code=await code_of(stage, holding), order_no=order_no, till_number=till, order_total_fen=total_fen,
        excluded_goods_fen=excluded_fen, channel="online" if online else "in_store",
        payer_account=payer.account if payer else holding.account,
    )  # fmt: skip
    outcome = await stage.ask(routes.REDEEM, stage.story.shops[merchant.uscc].tokens[till], spec)
    made = outcome.value if isinstance(outcome.value, Redemption) else None
    order = Order(
        what, batch, str(holding.voucher_id), merchant, order_no, total_fen, due,
        None if outcome.kind == "ok" else outcome.code or outcome.kind, made,
    )  # fmt: skip
    stage.story.orders.append(order)
    return order


async def take_back(stage: Stage, order: Order, amount_fen: int) -> tuple[Refund | None, Outcome]:
    """A refund at the till that took the order."""
    assert order.redemption is not None, "only an accepted order can be refunded"
    token = stage.story.shops[order.merchant.uscc].tokens[order.redemption.till_number]
    outcome = await stage.ask(
        routes.REFUND, token, RefundSpec(amount_fen=amount_fen), redemption_id=order.redemption.id
    )
    return (outcome.value if isinstance(outcome.value, Refund) else None), outcome


def shops(
    stage: Stage, *, industries: tuple[str, ...] = (), districts: tuple[str, ...] = (), outside: bool = False
) -> list[Merchant]:
    """Admitted shops of these industries; in these districts, or ``outside`` of them."""
    return [
        one
        for one in stage.city.merchants
        if one.admitted
        and (not industries or one.industry in industries)
        and (not districts or (one.district in districts) is not outside)
    ]
