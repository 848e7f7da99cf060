"""The payment network behind the coupons: a payment code is shown, scanned and paid; a coupon is used by it."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from loadtest.favor_stock_vendor import refusing
from loadtest.favor_stock_vendor.books import BEIJING, Books, Coupon, Order, now, said
from loadtest.favor_stock_vendor.wire import CodePay, ShownCode

_GAP_S = 0.02
_CODE_LIVES = timedelta(seconds=60)


def show_code(books: Books, asked: ShownCode) -> dict[str, Any]:
    """Emulation only, in place of a phone: the payment code of a user who has chosen a coupon, or none."""
    if asked.openid not in books.persons:
        raise refusing.openid_mismatch()
    code = f"13{secrets.randbelow(10**16):016d}"
    books.shown_codes[code] = (asked.openid, asked.coupon_id, now())
    return {"auth_code": code, "expires_in": int(_CODE_LIVES.total_seconds())}


async def pay(books: Books, asked: CodePay) -> dict[str, Any]:
    """Pay an order with a scanned code. A code pays once, an order number is used once, a coupon once."""
    if asked.sp_mchid != books.settings.creator_mchid or asked.sub_mchid not in books.merchants:
        raise refusing.merchant_unknown()
    number = (asked.sub_mchid, asked.out_trade_no)
    if number in books.orders:
        raise refusing.order_number_used()
    openid, coupon_id, shown_at = books.shown_codes.pop(asked.payer.auth_code, ("", None, now() - _CODE_LIVES))
    if now() - shown_at >= _CODE_LIVES:
        raise refusing.code_invalid()
    order = Order(
        _transaction_id(books), asked.out_trade_no, asked.sub_mchid, asked.scene_info.device_id, asked.attach, openid,
        asked.amount.total,
    )  # fmt: skip
    books.orders[number] = order  # the number is taken, also while the coupon is looked at
    try:
        await _take_coupon(books, order, coupon_id)
    except refusing.WireError:
        del books.orders[number]
        raise
    order.paid_at = now()
    books.transactions[order.transaction_id] = order
    return shown(books, order)


async def _take_coupon(books: Books, order: Order, coupon_id: str | None) -> None:
    if coupon_id is None:
        return
    coupon = books.coupons.get(coupon_id)
    if coupon is None:
        raise refusing.no_such_coupon()
    await _refuse_unusable(books, coupon, order)
    order.coupon, order.discount, coupon.used_by = coupon, coupon.stock.face, order


async def _refuse_unusable(books: Books, coupon: Coupon, order: Order) -> None:
    at, rule = now(), coupon.stock.asked.coupon_use_rule
    used = coupon.used_by is not None
    if books.has("double-use"):
        await asyncio.sleep(_GAP_S)  # that it is unused was read above, and another payment read it meanwhile
    checks = (
        (coupon.openid != order.openid, "付款人不是领券用户"),
        (used, "券已核销"),
        (at < coupon.usable_from, "券未到可用时间"),
        (at >= coupon.usable_until, "券已过期"),
        (order.sub_mchid not in rule.available_merchants, "该商户不可使用此券"),
        (order.total < rule.fixed_normal_coupon.transaction_minimum, "订单金额未达到使用门槛"),
    )
    for fails, issue in checks:
        if fails:
            raise refusing.coupon_unusable(issue)


def _transaction_id(books: Books) -> str:
    return f"4200{now().astimezone(BEIJING):%Y%m%d}{books.number():016d}"


def query_by_id(books: Books, transaction_id: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """A payment by the network's number."""
    return _shown_to(books, books.transactions.get(transaction_id), asked)


def query_by_number(books: Books, out_trade_no: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """A payment by the merchant's number."""
    return _shown_to(books, books.orders.get((asked.get("sub_mchid", ""), out_trade_no)), asked)


def _shown_to(books: Books, order: Order | None, asked: Mapping[str, str]) -> dict[str, Any]:
    if order is None or order.sub_mchid != asked.get("sub_mchid"):
        raise refusing.no_such_order()
    return shown(books, order)


def shown(books: Books, order: Order) -> dict[str, Any]:
    """A payment as the wire shows it."""
    return {
        "sp_appid": books.settings.appid, "sp_mchid": books.settings.creator_mchid, "sub_mchid": order.sub_mchid,
        "out_trade_no": order.out_trade_no, "transaction_id": order.transaction_id, "trade_type": "MICROPAY",
        "trade_state": _state(order), "attach": order.attach, "success_time": _time(order.paid_at),
        "payer": {"sp_openid": order.openid}, "scene_info": {"device_id": order.device_id},
        "amount": {
            "total": order.total, "payer_total": order.payer_total, "currency": "CNY", "payer_currency": "CNY",
        },
        "promotion_detail": [] if order.coupon is None else [promotion(order.coupon, order)],
    }  # fmt: skip


def _state(order: Order) -> str:
    if order.paid_at is None:
        return "USERPAYING"
    return "REFUND" if order.refunds else "SUCCESS"


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else said(instant)


def promotion(coupon: Coupon, order: Order) -> dict[str, Any]:
    """What a coupon took off; CASH: its money was set aside before (预充值)."""
    return {
        "coupon_id": coupon.coupon_id, "name": coupon.stock.asked.stock_name, "scope": "GLOBAL", "type": "CASH",
        "amount": order.discount, "stock_id": coupon.stock.stock_id, "wechatpay_contribute": 0,
        "merchant_contribute": 0, "other_contribute": order.discount, "currency": "CNY",
    }  # fmt: skip
