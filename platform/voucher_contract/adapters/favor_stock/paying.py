"""Redemption as the effect of a payment: the payer shows a code, the till takes the money, the coupon is observed."""

from collections.abc import Mapping
from typing import Any

from voucher_contract.adapters.favor_stock import meanings
from voucher_contract.adapters.favor_stock.account import Shop
from voucher_contract.adapters.favor_stock.asking import key_of, spec_of
from voucher_contract.adapters.favor_stock.claiming import coupon, opened_code
from voucher_contract.adapters.favor_stock.memory import Memory
from voucher_contract.adapters.favor_stock.wire import FAVOR, Answer, Asking, Wire, instant, segment
from voucher_contract.adapters.protocol import NotOnThisWire, Request
from voucher_contract.models.redemptions import Redemption, RedemptionSpec
from voucher_contract.operations.protocol import Operation, Outcome, Wait

TRANSACTIONS = "/v3/pay/partner/transactions"
_LOOKS, _LOOK_PAUSE_S = 10, 0.1
_NOT_HERE = "该商户不可使用此券"
_REFUSALS = {
    ("RESOURCE_NOT_EXISTS", ""): "unknown_voucher",
    ("MCH_NOT_EXISTS", ""): "not_admitted",
    ("RULE_LIMIT", "付款人不是领券用户"): "wrong_holder",
    ("RULE_LIMIT", "券已核销"): "already_redeemed",
    ("RULE_LIMIT", "券未到可用时间"): "not_yet_valid",
    ("RULE_LIMIT", "券已过期"): "expired",
    ("RULE_LIMIT", "订单金额未达到使用门槛"): "below_threshold",
}
_UNSAYABLE = {
    "platform_discount_fen": "付款请求不带平台配套优惠", "excluded_goods_fen": "付款请求不区分不参与优惠的商品",
    "channel": "付款码只能在收银台使用，没有线上订单", "payer_account": "付款人由付款码确定，不能另行指定账号",
}  # fmt: skip


def redeem(wire: Wire, memory: Memory, request: Request) -> Operation:
    """Pay the order with the coupon, then look whether the coupon is used."""
    spec, shop, key = spec_of(RedemptionSpec, request), shop_of(wire, request), key_of(request)
    _refuse_unsayable(spec, shop)
    coupon_id, openid = opened_code(spec.code)
    if memory.orders.setdefault(key, spec.order_no) != spec.order_no:
        raise NotOnThisWire("付款以商户订单号为幂等依据，没有独立于订单号的幂等键")
    shown = yield from wire.post("/emulation/payment-codes", {"openid": openid, "coupon_id": coupon_id})
    if not shown.ok:
        return meanings.said_no(shown, _REFUSALS)
    answer = yield from wire.post(f"{TRANSACTIONS}/codepay", _order(wire, shop, spec, key, shown.body["auth_code"]))
    if answer.code == "OUT_TRADE_NO_USED":
        return (yield from _earlier(wire, shop, spec, key, coupon_id))
    if not answer.ok:
        return (yield from _why_not(wire, shop, coupon_id, openid, answer))
    return (yield from _observed(wire, answer, openid, coupon_id))


def shop_of(wire: Wire, request: Request) -> Shop:
    """The merchant of a till's sign-in."""
    shop = wire.account.shops.get(request.token or "")
    if shop is None:
        raise NotOnThisWire("该接口的收银台由商户号确定，不存在未登录或身份有误的终端")
    return shop


def _refuse_unsayable(spec: RedemptionSpec, shop: Shop) -> None:
    for field, why in _UNSAYABLE.items():
        if getattr(spec, field) != RedemptionSpec.model_fields[field].default:
            raise NotOnThisWire(f"该接口的{why}")
    if spec.till_number not in shop.tills:
        raise NotOnThisWire("该接口的设备号只是一段说明文字，不检查终端属于哪家商户")
    if spec.merchant_discount_fen >= spec.order_total_fen:
        raise NotOnThisWire("商家优惠在下单前由商户扣除，应付金额为零的订单不会到达该接口")


def _order(wire: Wire, shop: Shop, spec: RedemptionSpec, key: str, auth_code: str) -> dict[str, Any]:
    """The merchant's own promotion is off before the order is placed; ``attach`` comes back with every query."""
    account = wire.account
    return {
        "sp_appid": account.appid, "sp_mchid": account.mchid, "sub_mchid": shop.mchid, "description": "消费券核销测试",
        "out_trade_no": _trade_number(wire, spec), "payer": {"auth_code": auth_code},
        "attach": f"{key}.{spec.order_total_fen}.{spec.merchant_discount_fen}",
        "amount": {"total": spec.order_total_fen - spec.merchant_discount_fen, "currency": "CNY"},
        "scene_info": {"device_id": spec.till_number},
    }  # fmt: skip


def _trade_number(wire: Wire, spec: RedemptionSpec) -> str:
    """The order's own number where the wire takes it: 6 to 32 of letters, digits, - and _."""
    fits = 6 <= len(spec.order_no) <= 32 and not set(spec.order_no) & set("./")
    return spec.order_no if fits else wire.number("order", spec.order_no)


def _earlier(wire: Wire, shop: Shop, spec: RedemptionSpec, key: str, coupon_id: str) -> Asking[Outcome]:
    """The order number was used: by this very request, or by another."""
    path, query = f"{TRANSACTIONS}/out-trade-no/{_trade_number(wire, spec)}", _partner(wire, shop.mchid)
    answer = yield from wire.poll(path, query, lambda order: order["trade_state"] != "USERPAYING")
    if not answer.ok:
        return Outcome("unknown", answer.reply.status, answer.code or None, None, raw=answer.reply.body)
    used, total = _coupon_in(answer.body), spec.order_total_fen - spec.merchant_discount_fen
    if str(answer.body["attach"]).partition(".")[0] == key:
        if used != coupon_id or answer.body["amount"]["total"] != total:
            return meanings.refused(answer, "key_reused")
        return meanings.done(answer, redemption(answer.body), replayed=True)
    return meanings.refused(answer, "already_redeemed" if used == coupon_id else "order_already_used")


def _partner(wire: Wire, mchid: str) -> dict[str, str]:
    return {"sp_mchid": wire.account.mchid, "sub_mchid": mchid}


def _why_not(wire: Wire, shop: Shop, coupon_id: str, openid: str, answer: Answer) -> Asking[Outcome]:
    if _NOT_HERE not in answer.message:
        return meanings.said_no(answer, _REFUSALS)
    stock_id = str((yield from coupon(wire, openid, coupon_id)).body.get("stock_id", ""))
    path = f"{FAVOR}/stocks/{segment(stock_id)}/merchants"
    query = {"offset": "0", "limit": "50", "stock_creator_mchid": wire.account.mchid}
    allowed = (yield from wire.get(path, query)).body.get("data", [])
    categories = {wire.account.shops[mchid].category for mchid in allowed if mchid in wire.account.shops}
    return meanings.refused(answer, "district_not_covered" if shop.category in categories else "category_not_covered")


def _observed(wire: Wire, answer: Answer, openid: str, coupon_id: str) -> Asking[Outcome]:
    """The payment says that it took the coupon off; the coupon must say so, too, or nothing is certain."""
    if _coupon_in(answer.body) != coupon_id:
        return Outcome("no_effect", answer.reply.status, "coupon_not_deducted", None, raw=answer.reply.body)
    for _ in range(_LOOKS):
        seen = yield from coupon(wire, openid, coupon_id)
        if seen.body.get("status") == "USED":
            return meanings.done(answer, redemption(answer.body))
        yield Wait(_LOOK_PAUSE_S)
    return Outcome("unknown", answer.reply.status, None, None, raw=answer.reply.body)


def _coupon_in(order: Mapping[str, Any]) -> str:
    return next((str(one["coupon_id"]) for one in order.get("promotion_detail", [])), "")


def get(wire: Wire, memory: Memory, request: Request) -> Operation:
    """A payment by its number, with what its refunds came to: the wire is asked for each that was made here."""
    shop, transaction_id = shop_of(wire, request), request.path_values["redemption_id"]
    answer = yield from transaction(wire, shop.mchid, transaction_id)
    if not answer.ok:
        return meanings.said_no(answer, {("ORDER_NOT_EXIST", ""): "not_found"})
    refunded = 0
    numbers = memory.refunds.get(transaction_id, [])
    for number in numbers:
        path = f"/v3/refund/domestic/refunds/{number}"
        refunded += (yield from wire.get(path, {"sub_mchid": shop.mchid})).body["amount"]["refund"]
    value = redemption(answer.body).model_copy(update={"refunded_fen": refunded, "refund_count": len(numbers)})
    return meanings.done(answer, value)


def transaction(wire: Wire, mchid: str, transaction_id: str) -> Asking[Answer]:
    """A payment as the wire shows it."""
    return wire.get(f"{TRANSACTIONS}/id/{segment(transaction_id)}", _partner(wire, mchid))


def redemption(order: Mapping[str, Any]) -> Redemption:
    """A paid order with a coupon. ``settled`` is False: the wire does not tell when it pays a merchant."""
    (promotion,) = order["promotion_detail"]
    total, discount = (int(part) for part in str(order["attach"]).split(".")[1:])
    amount = order["amount"]
    return Redemption(
        id=str(order["transaction_id"]), voucher_id=str(promotion["coupon_id"]), batch_id=str(promotion["stock_id"]),
        merchant_id=str(order["sub_mchid"]), till_number=order["scene_info"]["device_id"],
        order_no=str(order["out_trade_no"]), order_total_fen=total, merchant_discount_fen=discount,
        platform_discount_fen=0, payable_fen=amount["total"], voucher_fen=promotion["amount"],
        paid_fen=amount["payer_total"], redeemed_at=instant(order["success_time"]), settled=False, refunded_fen=0,
        refund_count=0,
    )  # fmt: skip
