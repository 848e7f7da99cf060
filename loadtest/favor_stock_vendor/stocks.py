"""Batches: create, activate, pause, restart, look up, with whom they may be used."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from loadtest.favor_stock_vendor import refusing
from loadtest.favor_stock_vendor.books import Books, Stock, now, said
from loadtest.favor_stock_vendor.wire import CreateStock, OfCreator

_LONGEST = timedelta(days=90)
_FARTHEST = timedelta(days=365)
_CLOCKS_DIFFER = timedelta(seconds=60)
_LARGEST_PAGE = 10


def create(books: Books, asked: CreateStock) -> dict[str, Any]:
    """A batch in the state ``unactivated``; the same ``out_request_no`` gives the same batch."""
    known = books.stock_requests.get(asked.out_request_no)
    if known is not None:
        if known.asked != asked:
            raise refusing.request_differs()
        return _created(known)
    _refuse_impossible(books, asked)
    stock = Stock(str(books.number()), asked, now())
    books.stocks[stock.stock_id] = books.stock_requests[asked.out_request_no] = stock
    return _created(stock)


def _created(stock: Stock) -> dict[str, Any]:
    return {"stock_id": stock.stock_id, "create_time": said(stock.created_at)}


def _refuse_impossible(books: Books, asked: CreateStock) -> None:
    rule, coupon = asked.stock_use_rule, asked.coupon_use_rule
    begin, end = asked.available_begin_time, asked.available_end_time
    if asked.belong_merchant != books.settings.creator_mchid:
        raise refusing.merchant_unknown()
    if begin < now() - _CLOCKS_DIFFER or begin > now() + _FARTHEST:
        raise refusing.param_error("开始时间不可早于当前时间，也不能在365天以后", "available_begin_time")
    if not begin < end <= begin + _LONGEST:
        raise refusing.param_error("批次可用时间范围最长为90天", "available_end_time")
    if rule.max_amount != rule.max_coupons * coupon.fixed_normal_coupon.coupon_amount:
        raise refusing.param_error("批次预算等于批次面额乘以发券数", "max_amount")
    if unknown := set(coupon.available_merchants) - books.merchants:
        raise refusing.param_error(f"可核销商户号不存在：{min(unknown)}", "available_merchants")


def start(books: Books, stock_id: str, asked: OfCreator) -> dict[str, Any]:
    """Accepted at once; the batch is in review for a while, then runs. Repeating it changes nothing."""
    stock = _of_creator(books, stock_id, asked.stock_creator_mchid)
    if stock.running_from is None:
        stock.running_from = now() + timedelta(seconds=books.settings.activation_s)
    return {"start_time": said(stock.running_from), "stock_id": stock_id}


def pause(books: Books, stock_id: str, asked: OfCreator) -> dict[str, Any]:
    """No coupon is sent from now on. Repeating it changes nothing."""
    stock = _of_creator(books, stock_id, asked.stock_creator_mchid)
    if stock.status(now()) not in {"running", "paused"}:
        raise refusing.stock_not_running()
    stock.paused = True
    return {"pause_time": said(now()), "stock_id": stock_id}


def restart(books: Books, stock_id: str, asked: OfCreator) -> dict[str, Any]:
    """Coupons are sent again. Repeating it changes nothing."""
    stock = _of_creator(books, stock_id, asked.stock_creator_mchid)
    if stock.status(now()) not in {"running", "paused"}:
        raise refusing.stock_not_running()
    stock.paused = False
    return {"restart_time": said(now()), "stock_id": stock_id}


def query(books: Books, stock_id: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """One batch with its rules and how many were sent."""
    return _shown(_of_creator(books, stock_id, asked.get("stock_creator_mchid", "")))


def listed(books: Books, asked: Mapping[str, str]) -> dict[str, Any]:
    """Batches of the creator, oldest first, ``limit`` at most ten a page; ``offset`` counts batches."""
    offset, limit = page_of(asked, _LARGEST_PAGE)
    if asked.get("stock_creator_mchid") != books.settings.creator_mchid:
        raise refusing.merchant_unknown()
    fitting = [one for one in books.stocks.values() if asked.get("status", one.status(now())) == one.status(now())]
    data = [_shown(one) for one in fitting[offset : offset + limit]]
    return {"total_count": len(fitting), "data": data, "limit": limit, "offset": offset}


def merchants(books: Books, stock_id: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """With which merchants a batch may be used."""
    stock = _of_creator(books, stock_id, asked.get("stock_creator_mchid", ""))
    return _page(stock_id, stock.asked.coupon_use_rule.available_merchants, asked)


def items(books: Books, stock_id: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """For which goods a batch may be used: none of ours is bound to goods."""
    _of_creator(books, stock_id, asked.get("stock_creator_mchid", ""))
    return _page(stock_id, (), asked)


def _page(stock_id: str, values: tuple[str, ...], asked: Mapping[str, str]) -> dict[str, Any]:
    offset, limit = page_of(asked, 50)
    data = list(values[offset : offset + limit])
    return {"total_count": len(values), "data": data, "offset": offset, "limit": limit, "stock_id": stock_id}


def page_of(asked: Mapping[str, str], largest: int) -> tuple[int, int]:
    """``offset`` and ``limit`` of a query. Raises PARAM_ERROR."""
    offset, limit = asked.get("offset", "0"), asked.get("limit", str(largest))
    if not (offset.isdigit() and limit.isdigit() and 1 <= int(limit) <= largest):
        raise refusing.param_error("页大小超过阈值", "limit")
    return int(offset), int(limit)


def found(books: Books, stock_id: str) -> Stock:
    """The batch of an id. Raises RESOURCE_NOT_EXISTS."""
    stock = books.stocks.get(stock_id)
    if stock is None:
        raise refusing.no_such_stock()
    return stock


def _of_creator(books: Books, stock_id: str, mchid: str) -> Stock:
    if mchid != books.settings.creator_mchid:
        raise refusing.merchant_unknown()
    return found(books, stock_id)


def _shown(stock: Stock) -> dict[str, Any]:
    rule, coupon = stock.asked.stock_use_rule, stock.asked.coupon_use_rule
    begin = {} if stock.running_from is None else {"start_time": said(stock.running_from)}
    return {
        "stock_id": stock.stock_id, "stock_creator_mchid": stock.asked.belong_merchant,
        "stock_name": stock.asked.stock_name, "status": stock.status(now()), "create_time": said(stock.created_at),
        "description": stock.asked.pattern_info.description,
        "available_begin_time": said(stock.asked.available_begin_time),
        "available_end_time": said(stock.asked.available_end_time), "distributed_coupons": stock.sent,
        "no_cash": stock.asked.no_cash, "singleitem": False, "stock_type": stock.asked.stock_type,
        "stock_use_rule": {
            **rule.model_dump(), "fixed_normal_coupon": coupon.fixed_normal_coupon.model_dump(),
            "goods_tag": list(coupon.goods_tag), "combine_use": False, "coupon_type": "NORMAL", "trade_type": [],
        },
        **begin,
    }  # fmt: skip
