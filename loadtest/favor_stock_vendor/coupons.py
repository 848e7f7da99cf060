"""Coupons: sent to a user, looked up one by one or as a list."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from loadtest.favor_stock_vendor import refusing
from loadtest.favor_stock_vendor.books import BEIJING, Books, Coupon, Stock, now, said
from loadtest.favor_stock_vendor.stocks import found, page_of
from loadtest.favor_stock_vendor.wire import SendCoupon

_GAP_S = 0.02
_LARGEST_PAGE = 20


async def send(books: Books, openid: str, asked: SendCoupon) -> dict[str, Any]:
    """One coupon; the same ``out_request_no`` gives the same coupon, whatever became of the batch since."""
    _refuse_strangers(books, openid, asked)
    spent = await _read_budget(books, asked.stock_id)
    before = books.sends.get(asked.out_request_no)
    if before is not None and not books.has("new-coupon-on-replay"):
        if (before.stock.stock_id, before.openid) != (asked.stock_id, openid):
            raise refusing.request_differs()
        return {"coupon_id": before.coupon_id}
    stock = found(books, asked.stock_id)
    at = now()
    if not stock.sends(at):
        raise refusing.stock_not_running()
    if openid in books.abnormal:
        raise refusing.user_abnormal()
    if before is None and books.held(stock, openid) >= stock.asked.stock_use_rule.max_coupons_per_user:
        raise refusing.user_limit()
    if spent:
        raise refusing.budget_spent()
    return {"coupon_id": _sent(books, stock, openid, asked.out_request_no, at).coupon_id}


def _refuse_strangers(books: Books, openid: str, asked: SendCoupon) -> None:
    if asked.stock_creator_mchid != books.settings.creator_mchid:
        raise refusing.merchant_unknown()
    if asked.appid != books.settings.appid or openid not in books.persons:
        raise refusing.openid_mismatch()


async def _read_budget(books: Books, stock_id: str) -> bool:
    """Whether the batch or its day is spent. Nothing else runs between this and the sending, unless it oversells."""
    stock = found(books, stock_id)
    rule = stock.asked.stock_use_rule
    by_day = stock.sent_by_day.get(_day(now()), 0) + stock.face
    spent = stock.sent >= rule.max_coupons or 0 < rule.max_amount_by_day < by_day
    if books.has("oversell"):
        await asyncio.sleep(_GAP_S)  # others read the same meanwhile
    return spent


def _day(at: datetime) -> str:
    return at.astimezone(BEIJING).date().isoformat()


def _sent(books: Books, stock: Stock, openid: str, out_request_no: str, at: datetime) -> Coupon:
    usable_from, usable_until = _usable(stock, at)
    coupon = Coupon(f"9{books.number()}", stock, openid, at, usable_from, usable_until)
    stock.sent += 1
    stock.sent_by_day[_day(at)] = stock.sent_by_day.get(_day(at), 0) + stock.face
    books.coupons[coupon.coupon_id] = books.sends[out_request_no] = coupon
    return coupon


def _usable(stock: Stock, at: datetime) -> tuple[datetime, datetime]:
    rule = stock.asked.coupon_use_rule.coupon_available_time
    begin = max(at, rule.available_begin_time or stock.asked.available_begin_time)
    end = rule.available_end_time or stock.asked.available_end_time
    if rule.available_time_after_receive is not None:
        end = min(end, at + timedelta(minutes=rule.available_time_after_receive))
    return begin, end


def query(books: Books, openid: str, coupon_id: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """One coupon of a user, with the order that used it."""
    coupon = books.coupons.get(coupon_id)
    if asked.get("appid") != books.settings.appid or openid not in books.persons:
        raise refusing.openid_mismatch()
    if coupon is None or coupon.openid != openid:
        raise refusing.no_such_coupon()
    return shown(coupon)


def listed(books: Books, openid: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Coupons of a user, oldest first; ``offset`` counts coupons."""
    offset, limit = page_of(asked, _LARGEST_PAGE)
    if asked.get("appid") != books.settings.appid or openid not in books.persons:
        raise refusing.openid_mismatch()
    fitting = [
        one
        for one in books.coupons.values()
        if one.openid == openid
        and asked.get("stock_id", one.stock.stock_id) == one.stock.stock_id
        and asked.get("status", one.status(now())) == one.status(now())
    ]
    data = [shown(one) for one in fitting[offset : offset + limit]]
    return {"data": data, "total_count": len(fitting), "limit": limit, "offset": offset}


def shown(coupon: Coupon) -> dict[str, Any]:
    """A coupon as the wire shows it, also in callbacks."""
    asked, order = coupon.stock.asked, coupon.used_by
    used: dict[str, Any] = {}
    if order is not None and order.paid_at is not None:
        used["consume_information"] = {
            "consume_time": said(order.paid_at), "consume_mchid": order.sub_mchid,
            "transaction_id": order.transaction_id,
        }  # fmt: skip
    return {
        "stock_creator_mchid": asked.belong_merchant, "stock_id": coupon.stock.stock_id,
        "coupon_id": coupon.coupon_id, "coupon_name": asked.stock_name, "status": coupon.status(now()),
        "description": asked.pattern_info.description, "create_time": said(coupon.sent_at), "coupon_type": "NORMAL",
        "no_cash": asked.no_cash,
        "available_begin_time": said(coupon.usable_from), "available_end_time": said(coupon.usable_until),
        "singleitem": False, "normal_coupon_information": asked.coupon_use_rule.fixed_normal_coupon.model_dump(),
        **used,
    }  # fmt: skip
