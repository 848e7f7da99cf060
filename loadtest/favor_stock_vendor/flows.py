"""Detail files of a batch: every use and every refund, as CSV behind an address that lives 30 s, with their SHA-1."""

import csv
import hashlib
import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from loadtest.favor_stock_vendor import refusing
from loadtest.favor_stock_vendor.books import BEIJING, Books, Order, Stock, now, said
from loadtest.favor_stock_vendor.stocks import found

_LINK_LIVES = timedelta(seconds=30)
USE_HEADER = (
    "批次id", "优惠id", "优惠类型", "优惠金额（元）", "订单总金额（元）", "交易类型", "支付单号", "消耗时间",
    "消耗商户号", "设备号", "银行流水号", "单品信息",
)  # fmt: skip
REFUND_HEADER = (
    "批次id", "优惠id", "优惠类型", "优惠金额（元）", "订单总金额（元）", "交易类型", "支付单号", "退款单号",
    "退款时间", "消耗商户号", "退款金额（元）", "优惠退款金额（元）",
)  # fmt: skip


@dataclass
class Files:
    """What may be fetched, by token."""

    contents: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)

    def fetch(self, token: str) -> bytes:
        """The file of a token, for 30 s. Raises RESOURCE_NOT_EXISTS."""
        content, made_at = self.contents.get(token, (b"", now() - _LINK_LIVES))
        if now() - made_at >= _LINK_LIVES:
            raise refusing.WireError(404, "RESOURCE_NOT_EXISTS", "下载链接已失效")
        return content


def use_flow(books: Books, files: Files, stock_id: str) -> dict[str, Any]:
    """Every use of the batch, refunded or not."""
    stock = _ready(books, stock_id)
    rows = [_use_row(stock, order) for order in _orders(books, stock)]
    return _offered(files, USE_HEADER, rows)


def refund_flow(books: Books, files: Files, stock_id: str) -> dict[str, Any]:
    """Every refund of an order that had used a coupon of the batch."""
    stock = _ready(books, stock_id)
    rows = [
        (
            *_use_row(stock, order)[:7], one.refund_id, said(one.done_at), order.sub_mchid, _yuan(one.amount),
            _yuan(one.budget_part),
        )
        for order in _orders(books, stock)
        for one in order.refunds
    ]  # fmt: skip
    return _offered(files, REFUND_HEADER, rows)


def _ready(books: Books, stock_id: str) -> Stock:
    stock = found(books, stock_id)
    end = stock.asked.available_end_time.astimezone(BEIJING)
    from_then = datetime.combine(end.date() + timedelta(days=1), time(10), BEIJING)
    if not books.settings.flows_at_once and now() < from_then:
        raise refusing.flow_not_ready()
    return stock


def _orders(books: Books, stock: Stock) -> list[Order]:
    return [one for one in books.transactions.values() if one.coupon is not None and one.coupon.stock is stock]


def _use_row(stock: Stock, order: Order) -> tuple[str, ...]:
    assert order.coupon is not None
    assert order.paid_at is not None
    return (
        stock.stock_id, order.coupon.coupon_id, "全场券", _yuan(order.discount), _yuan(order.total), "付款码支付",
        order.transaction_id, said(order.paid_at), order.sub_mchid, order.device_id, "", "",
    )  # fmt: skip


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _offered(files: Files, header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    content, token = out.getvalue().encode(), secrets.token_urlsafe(24)
    files.contents[token] = (content, now())
    digest = hashlib.sha1(content).hexdigest()  # noqa: S324 - the algorithm this wire documents; nothing secret
    return {"url": f"/v3/billdownload/file?token={token}", "hash_value": digest, "hash_type": "SHA1"}
