"""Coupons: sent for a claim, looked up by their holder."""

import hashlib
from collections.abc import Mapping
from typing import Any

from voucher_contract.adapters.favor_stock import meanings
from voucher_contract.adapters.favor_stock.asking import key_of, person_of, spec_of
from voucher_contract.adapters.favor_stock.memory import Memory
from voucher_contract.adapters.favor_stock.wire import FAVOR, Answer, Asking, Wire, instant, segment
from voucher_contract.adapters.protocol import NotOnThisWire, Request
from voucher_contract.models.vouchers import ClaimSpec, Voucher, VoucherPage, VoucherState
from voucher_contract.operations.protocol import Operation, Outcome

_PAGE = 20
_MOST_PAGES = 10
_STATES: dict[str, VoucherState] = {"SENDED": "issued", "USED": "redeemed", "EXPIRED": "expired"}
_NOT_RUNNING = ("活动已结束或未激活", "活动未开始或已结束")
_REFUSALS = {
    ("RESOURCE_NOT_EXISTS", ""): "unknown_batch",
    ("NOT_ENOUGH", ""): "sold_out",
    ("RULE_LIMIT", ""): "limit_reached",
    ("REQUEST_BLOCKED", "限领"): "limit_reached",
}
_NO_SUCH = {("RESOURCE_NOT_EXISTS", ""): "not_found", ("INVALID_REQUEST", "openid"): "invalid_token"}


def claim(wire: Wire, memory: Memory, request: Request) -> Operation:
    """Send a coupon, then read it. The request number comes from holder and key: the same again is the same coupon."""
    openid, stock_id, key = person_of(wire.account, request), request.path_values["batch_id"], key_of(request)
    if spec_of(ClaimSpec, request) != ClaimSpec():
        raise NotOnThisWire("代金券发放请求不带设备和位置")
    number = f"{wire.account.mchid}{wire.number(openid, key)}"
    answer = yield from wire.post(f"{FAVOR}/users/{segment(openid)}/coupons", {
        "stock_id": stock_id, "out_request_no": number, "appid": wire.account.appid,
        "stock_creator_mchid": wire.account.mchid,
    })  # fmt: skip
    if not answer.ok:
        return (yield from _why_not(wire, openid, stock_id, answer))
    coupon_id = str(answer.body["coupon_id"])
    replayed = memory.coupons.get(number) == coupon_id
    memory.coupons.setdefault(number, coupon_id)
    held = yield from _coupons(wire, openid, {"stock_id": stock_id})
    vouchers = {voucher.id: voucher for voucher in _vouchers(held, openid)}
    return meanings.done(answer, vouchers.get(coupon_id), replayed=replayed)


def _why_not(wire: Wire, openid: str, stock_id: str, answer: Answer) -> Asking[Outcome]:
    """The contract's reason: one text of the wire stands for four of them, and who has reached a limit holds some."""
    if any(text in answer.message for text in _NOT_RUNNING):
        return meanings.refused(answer, (yield from _why_not_running(wire, stock_id)))
    outcome = meanings.said_no(answer, _REFUSALS)
    if outcome.code != "limit_reached":
        return outcome
    held = yield from _coupons(wire, openid, {"stock_id": stock_id})
    return meanings.refused(answer, "limit_reached", voucher_ids=[str(one["coupon_id"]) for one in held])


def _why_not_running(wire: Wire, stock_id: str) -> Asking[str]:
    path = f"{FAVOR}/stocks/{segment(stock_id)}"
    stock = (yield from wire.get(path, {"stock_creator_mchid": wire.account.mchid})).body
    if stock.get("status") == "paused":
        return "paused"
    if stock.get("status") == "stoped" or instant(stock["available_end_time"]) <= wire.now():
        return "closed"
    return "not_open"


def get(wire: Wire, request: Request) -> Operation:
    """One coupon of its holder. A used one whose order was refunded is used up."""
    openid, coupon_id = person_of(wire.account, request), request.path_values["voucher_id"]
    answer = yield from coupon(wire, openid, coupon_id)
    if not answer.ok:
        return meanings.said_no(answer, _NO_SUCH)
    held = yield from _coupons(wire, openid, {"stock_id": str(answer.body["stock_id"])})
    vouchers = {voucher.id: voucher for voucher in _vouchers(held, openid)}
    voucher = vouchers.get(coupon_id)
    if voucher is not None and voucher.state == "redeemed" and (yield from _refunded(wire, answer.body)):
        voucher = voucher.model_copy(update={"state": "used_up"})
    return meanings.done(answer, voucher)


def coupon(wire: Wire, openid: str, coupon_id: str) -> Asking[Answer]:
    """A coupon as the wire shows it."""
    path = f"{FAVOR}/users/{segment(openid)}/coupons/{segment(coupon_id)}"
    return wire.get(path, {"appid": wire.account.appid})


def _refunded(wire: Wire, used: Mapping[str, Any]) -> Asking[bool]:
    consumed = used.get("consume_information", {})
    path = f"/v3/pay/partner/transactions/id/{segment(str(consumed.get('transaction_id', '')))}"
    query = {"sp_mchid": wire.account.mchid, "sub_mchid": str(consumed.get("consume_mchid", ""))}
    return (yield from wire.get(path, query)).body.get("trade_state") == "REFUND"


def listed(wire: Wire, request: Request) -> Operation:
    """The holder's coupons. The cursor is the wire's offset."""
    openid = person_of(wire.account, request)
    limit, offset = min(int(request.query.get("limit", "50")), _PAGE), int(request.query.get("cursor", "0"))
    query = {"offset": str(offset), "limit": str(limit)}
    answer = yield from _page(wire, openid, {"appid": wire.account.appid, **query})
    if "data" not in answer.body:
        return meanings.said_no(answer, _NO_SUCH)
    stocks = {str(one["stock_id"]) for one in answer.body["data"]}
    vouchers: dict[str, Voucher] = {}
    for stock_id in sorted(stocks):
        held = yield from _coupons(wire, openid, {"stock_id": stock_id})
        vouchers |= {voucher.id: voucher for voucher in _vouchers(held, openid)}
    items = [vouchers[str(one["coupon_id"])] for one in answer.body["data"]]
    end = offset + len(items)
    cursor = str(end) if items and end < answer.body["total_count"] else None
    return meanings.done(answer, VoucherPage(items=items, next_cursor=cursor))


def _coupons(wire: Wire, openid: str, query: Mapping[str, str]) -> Asking[list[Mapping[str, Any]]]:
    """All coupons of a user that fit, oldest first."""
    found: list[Mapping[str, Any]] = []
    for _ in range(_MOST_PAGES):
        page = {"appid": wire.account.appid, "offset": str(len(found)), "limit": str(_PAGE), **query}
        body = (yield from _page(wire, openid, page)).body
        found += body.get("data", [])
        if not body.get("data") or len(found) >= body["total_count"]:
            break
    return found


def _page(wire: Wire, openid: str, query: Mapping[str, str]) -> Asking[Answer]:
    return wire.get(f"{FAVOR}/users/{segment(openid)}/coupons", query)


def _vouchers(held: list[Mapping[str, Any]], openid: str) -> list[Voucher]:
    """Coupons of one batch and holder as vouchers; ``nth`` is their place among them."""
    return [_voucher(one, openid, nth) for nth, one in enumerate(held, 1)]


def _voucher(shown: Mapping[str, Any], openid: str, nth: int) -> Voucher:
    rule = shown["normal_coupon_information"]
    return Voucher(
        id=str(shown["coupon_id"]), batch_id=str(shown["stock_id"]), state=_STATES[shown["status"]],
        face_fen=rule["coupon_amount"], threshold_fen=rule["transaction_minimum"],
        code=code_of(str(shown["coupon_id"]), openid), nth=nth, claimed_at=instant(shown["create_time"]),
        valid_from=instant(shown["available_begin_time"]), valid_until=instant(shown["available_end_time"]),
    )  # fmt: skip


def code_of(coupon_id: str, openid: str) -> str:
    """What a till is given instead of a scanned phone: which coupon, whose, and a check that we wrote it."""
    return f"{coupon_id}.{openid.encode().hex()}.{_check(coupon_id, openid)}"


def opened_code(code: str) -> tuple[str, str]:
    """The inverse: coupon and holder. Raises NotOnThisWire for a code that no adapter made: there are none to forge."""
    coupon_id, _, rest = code.partition(".")
    holder, _, check = rest.partition(".")
    try:
        openid = bytes.fromhex(holder).decode()
    except ValueError:
        openid = ""
    if check != _check(coupon_id, openid):
        raise NotOnThisWire("该接口没有券码：券由付款人的账户带出，无法出示编造的券码")
    return coupon_id, openid


def _check(coupon_id: str, openid: str) -> str:
    return hashlib.sha256(f"{coupon_id}|{openid}".encode()).hexdigest()[:12]
