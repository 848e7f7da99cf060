"""Refunds of the payment, and what they did to the coupon."""

from collections.abc import Mapping
from typing import Any

from voucher_contract.adapters.favor_stock import meanings
from voucher_contract.adapters.favor_stock.asking import key_of, spec_of
from voucher_contract.adapters.favor_stock.claiming import coupon
from voucher_contract.adapters.favor_stock.memory import Memory
from voucher_contract.adapters.favor_stock.paying import shop_of, transaction
from voucher_contract.adapters.favor_stock.wire import Asking, Wire, instant
from voucher_contract.adapters.protocol import Request
from voucher_contract.models.redemptions import Refund, RefundPage, RefundSpec
from voucher_contract.operations.protocol import Operation

_REFUNDS = "/v3/refund/domestic/refunds"
_REFUSALS = {
    ("ORDER_NOT_EXIST", ""): "not_found",
    ("RESOURCE_NOT_EXISTS", ""): "not_found",
    ("INVALID_REQUEST", "与之前请求不一致"): "key_reused",
    ("INVALID_REQUEST", "退款金额大于"): "refund_too_large",
    ("INVALID_REQUEST", "超过50次"): "too_many_refunds",
}


def refund(wire: Wire, memory: Memory, request: Request) -> Operation:
    """Refund the payment, wait until it is done, then look at the coupon."""
    shop, spec, transaction_id = (
        shop_of(wire, request),
        spec_of(RefundSpec, request),
        request.path_values["redemption_id"],
    )
    order = yield from transaction(wire, shop.mchid, transaction_id)
    if not order.ok:
        return meanings.said_no(order, _REFUSALS)
    number = wire.number(shop.mchid, "refund", key_of(request))
    answer = yield from wire.post(_REFUNDS, {
        "sub_mchid": shop.mchid, "transaction_id": transaction_id, "out_refund_no": number, "reason": "消费券退款测试",
        "amount": {"refund": spec.amount_fen, "total": order.body["amount"]["total"], "currency": "CNY"},
    })  # fmt: skip
    if not answer.ok:
        return meanings.said_no(answer, _REFUSALS)
    known = memory.refunds.setdefault(transaction_id, [])
    replayed = number in known
    if not replayed:
        known.append(number)
    query = {"sub_mchid": shop.mchid}
    answer = yield from wire.poll(f"{_REFUNDS}/{number}", query, lambda one: one["status"] != "PROCESSING")
    if not answer.ok or answer.body["status"] != "SUCCESS":
        return meanings.done(answer, None, replayed=replayed)
    returned = yield from _returned(wire, order.body)
    value = _refund(answer.body, known.index(number) + 1, returned=returned)
    return meanings.done(answer, value, replayed=replayed)


def _returned(wire: Wire, order: Mapping[str, Any]) -> Asking[bool]:
    """Whether the payer has the coupon again."""
    promotions = order.get("promotion_detail", [])
    if not promotions:
        return False
    seen = yield from coupon(wire, str(order["payer"]["sp_openid"]), str(promotions[0]["coupon_id"]))
    return seen.body.get("status") == "SENDED"


def listed(wire: Wire, memory: Memory, request: Request) -> Operation:
    """The refunds of a payment that were made here, each asked of the wire."""
    shop, transaction_id = shop_of(wire, request), request.path_values["redemption_id"]
    answer = order = yield from transaction(wire, shop.mchid, transaction_id)
    if not order.ok:
        return meanings.said_no(order, _REFUSALS)
    returned = yield from _returned(wire, order.body)
    items = []
    for place, number in enumerate(memory.refunds.get(transaction_id, []), 1):
        answer = yield from wire.get(f"{_REFUNDS}/{number}", {"sub_mchid": shop.mchid})
        items.append(_refund(answer.body, place, returned=returned))
    return meanings.done(answer, RefundPage(items=items, next_cursor=None))


def _refund(shown: Mapping[str, Any], place: int, *, returned: bool) -> Refund:
    """``discount_refund`` is the coupon's part; ``refund_amount`` of the promotion went back to its budget."""
    amount, promotions = shown["amount"], shown.get("promotion_detail", [])
    return Refund(
        id=str(shown["refund_id"]), redemption_id=str(shown["transaction_id"]), number=place,
        amount_fen=amount["refund"], user_fen=amount["payer_refund"], voucher_fen=amount["discount_refund"],
        platform_fen=0, fund_fen=sum(one["refund_amount"] for one in promotions), voucher_returned=returned,
        refunded_at=instant(shown["success_time"]),
    )  # fmt: skip
