"""Refunds of paid orders: pro rata between payer and coupon, at most fifty, each number once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from loadtest.favor_stock_vendor import refusing
from loadtest.favor_stock_vendor.books import Books, Order, Refund, now, said
from loadtest.favor_stock_vendor.wire import RefundOrder

_MOST = 50


def refund(books: Books, asked: RefundOrder) -> dict[str, Any]:
    """Accepted at once, done a moment later; the same ``out_refund_no`` gives the same refund."""
    order = books.transactions.get(asked.transaction_id)
    if order is None or order.sub_mchid != asked.sub_mchid:
        raise refusing.no_such_order()
    known = books.refunds.get(asked.out_refund_no)
    if known is not None:
        if (known.order, known.amount) != (order, asked.amount.refund):
            raise refusing.refund_differs()
        return shown(known)
    _refuse_impossible(order, asked)
    made = _made(books, order, asked)
    order.refunds.append(made)
    books.refunds[asked.out_refund_no] = made
    return shown(made)


def _refuse_impossible(order: Order, asked: RefundOrder) -> None:
    if asked.amount.total != order.total:
        raise refusing.refund_differs()
    if asked.amount.refund > order.total - _refunded(order):
        raise refusing.refund_too_large()
    if len(order.refunds) >= _MOST:
        raise refusing.too_many_refunds()


def _made(books: Books, order: Order, asked: RefundOrder) -> Refund:
    before, amount = _refunded(order), asked.amount.refund
    payer_part = _payer_part(order, before + amount) - _payer_part(order, before)
    coupon, whole = order.coupon, amount == order.total
    keeps = coupon is not None and coupon.stock.refund_returns_coupon
    budget_part = amount - payer_part if whole or not keeps else 0
    if coupon is not None and keeps and whole:
        coupon.used_by = None
    at = now()
    done_at = at + timedelta(seconds=books.settings.refund_s)
    refund_id = f"5030{books.number():024d}"
    return Refund(refund_id, asked.out_refund_no, order, amount, payer_part, budget_part, at, done_at)


def _refunded(order: Order) -> int:
    return sum(one.amount for one in order.refunds)


def _payer_part(order: Order, refunded: int) -> int:
    """Of the first ``refunded`` fen, what is the payer's: documented for one refund, half up.

    That the running total decides over several is our assumption: rounding each alone would give away up to half a fen
    fifty times.
    """
    return (2 * refunded * order.payer_total + order.total) // (2 * order.total)


def query(books: Books, out_refund_no: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """A refund by the merchant's number."""
    known = books.refunds.get(out_refund_no)
    if known is None or known.order.sub_mchid != asked.get("sub_mchid"):
        raise refusing.WireError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return shown(known)


def shown(made: Refund) -> dict[str, Any]:
    """A refund as the wire shows it. ``discount_refund``: of the coupon; ``refund_amount``: back to its budget."""
    order = made.order
    coupon_part = made.amount - made.payer_part
    done = now() >= made.done_at
    promotions = [] if order.coupon is None else [{
        "promotion_id": order.coupon.coupon_id, "scope": "GLOBAL", "type": "COUPON", "amount": order.discount,
        "refund_amount": made.budget_part,
    }]  # fmt: skip
    return {
        "refund_id": made.refund_id, "out_refund_no": made.out_refund_no, "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no, "channel": "ORIGINAL", "user_received_account": "支付用户零钱",
        "create_time": said(made.created_at), "status": "SUCCESS" if done else "PROCESSING",
        **({"success_time": said(made.done_at)} if done else {}),
        "amount": {
            "total": order.total, "refund": made.amount, "payer_total": order.payer_total,
            "payer_refund": made.payer_part, "discount_refund": coupon_part, "settlement_refund": made.amount,
            "settlement_total": order.total, "currency": "CNY",
        },
        "promotion_detail": promotions,
    }  # fmt: skip
