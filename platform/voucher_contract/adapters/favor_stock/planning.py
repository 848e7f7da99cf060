"""Batches: published in one go (create, activate, wait for the review), looked up, paused and restarted."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from voucher_contract.adapters.favor_stock import meanings
from voucher_contract.adapters.favor_stock.account import Account
from voucher_contract.adapters.favor_stock.asking import key_of, spec_of
from voucher_contract.adapters.favor_stock.wire import FAVOR, Answer, Wire, instant, said, segment
from voucher_contract.adapters.protocol import NotOnThisWire, Request
from voucher_contract.models.campaigns import Batch, BatchPage, BatchSpec
from voucher_contract.operations.protocol import Operation, Outcome

_LONGEST, _MOST_SHOPS, _MOST_A_PERSON = timedelta(days=90), 50, 60
_FACES = range(100, 100_001)
_WIRE_PAGE, _CONTRACT_PAGE = 10, 50
_STATES = {"unactivated": "draft", "audit": "draft", "running": "live", "paused": "paused", "stoped": "stopped"}
_UNKNOWN = {("RESOURCE_NOT_EXISTS", ""): "unknown_batch"}
# What a batch of the wire has no field for is written into its 使用说明, which every query gives back.
_NOTE = "消费券测试批次，其余设置："
_NOT_ON_THE_WIRE = {
    "name", "categories", "districts", "valid_from", "valid_until", "valid_days", "refund_regime",
}  # fmt: skip
# Fields of a batch that must keep their default, because the wire has nothing for them.
_UNSAYABLE = {
    "resident_districts": "发券不能限定户籍区域", "rate_limits": "批次不能设置领取频率上限",
    "claim_area": "批次不能设置地理围栏", "code_mode": "核销由付款带出，没有动态券码",
    "refund_days": "退款期限固定为支付后一年",
}  # fmt: skip


def publish(wire: Wire, request: Request) -> Operation:
    """Create, activate, ask until it runs. Activation is accepted at once and done after a review."""
    spec = spec_of(BatchSpec, request)
    refuse_unsayable(spec, wire.account)
    answer = yield from wire.post(f"{FAVOR}/coupon-stocks", _stock(wire, spec, key_of(request)))
    if not answer.ok:
        return meanings.said_no(answer, {})
    stock_id = str(answer.body["stock_id"])
    answer = yield from wire.post(f"{FAVOR}/stocks/{segment(stock_id)}/start", _creator(wire))
    if not answer.ok:
        return meanings.said_no(answer, _UNKNOWN)
    path = f"{FAVOR}/stocks/{segment(stock_id)}"
    answer = yield from wire.poll(path, _creator(wire), lambda stock: stock["status"] not in {"unactivated", "audit"})
    return _batch_outcome(answer)


def refuse_unsayable(spec: BatchSpec, account: Account) -> None:
    """Raises NotOnThisWire for a batch that this wire cannot make."""
    for field, why in _UNSAYABLE.items():
        if getattr(spec, field) != BatchSpec.model_fields[field].default:
            raise NotOnThisWire(f"代金券接口的{why}")
    limits = (
        (spec.refund_regime not in account.refund_regimes, f"退款后券的处理方式不支持规范的 {spec.refund_regime} 类"),
        (spec.face_fen not in _FACES, "面额须在1元至1000元之间"),
        (spec.per_person_limit > _MOST_A_PERSON, f"单个用户最多可领 {_MOST_A_PERSON} 张"),
        (spec.claim_closes_at - spec.claim_opens_at > _LONGEST, "批次可用时间最长 90 天"),
    )
    for fails, why in limits:
        if fails:
            raise NotOnThisWire(f"代金券接口的{why}")
    shops = account.within(spec.categories, spec.districts)
    if not 1 <= len(shops) <= _MOST_SHOPS:
        raise NotOnThisWire(f"代金券批次须列明 1 至 {_MOST_SHOPS} 个可核销商户号，该范围内有 {len(shops)} 个")


def _stock(wire: Wire, spec: BatchSpec, key: str) -> dict[str, Any]:
    """A batch as the wire takes it. It may not begin in the past; one that is open already begins now."""
    minutes = {} if spec.valid_days is None else {"available_time_after_receive": spec.valid_days * 24 * 60}
    return {
        "stock_name": _short(spec.name), "comment": spec.name[:60], "belong_merchant": wire.account.mchid,
        "available_begin_time": said(max(spec.claim_opens_at, wire.now())),
        "available_end_time": said(spec.claim_closes_at), "no_cash": False, "stock_type": "NORMAL",
        "stock_use_rule": {
            "max_coupons": spec.quota, "max_amount": spec.quota * spec.face_fen, "max_amount_by_day": 0,
            "max_coupons_per_user": spec.per_person_limit, "natural_person_limit": True, "prevent_api_abuse": True,
        },
        "coupon_use_rule": {
            "coupon_available_time": {
                "available_begin_time": said(spec.valid_from), "available_end_time": said(spec.valid_until), **minutes,
            },
            "fixed_normal_coupon": {"coupon_amount": spec.face_fen, "transaction_minimum": spec.threshold_fen},
            "available_merchants": wire.account.within(spec.categories, spec.districts),
        },
        "pattern_info": {"description": _NOTE + spec.model_dump_json(include=_NOT_ON_THE_WIRE)},
        "ext_info": json.dumps({"refund_returns_coupon": spec.refund_regime == "A"}),
        "out_request_no": f"{wire.account.mchid}{wire.number(wire.account.mchid, 'create_batch', key)}",
    }  # fmt: skip


def _short(name: str) -> str:
    """At most nine Chinese characters or twenty letters, without the characters the wire forbids."""
    kept = "".join("-" if character in "_,;|" else character for character in name)
    while len(kept.encode("gb18030")) > 20:
        kept = kept[:-1]
    return kept


def _creator(wire: Wire) -> dict[str, str]:
    return {"stock_creator_mchid": wire.account.mchid}


def get(wire: Wire, request: Request) -> Operation:
    """One batch."""
    answer = yield from wire.get(f"{FAVOR}/stocks/{segment(request.path_values['batch_id'])}", _creator(wire))
    return _batch_outcome(answer)


def pause(wire: Wire, request: Request) -> Operation:
    """Stop sending. Pausing twice is no error on this wire, so it is not asked a second time."""
    return _changed(wire, request, "pause", already="paused")


def resume(wire: Wire, request: Request) -> Operation:
    """Send again."""
    return _changed(wire, request, "restart", already="running")


def _changed(wire: Wire, request: Request, verb: str, *, already: str) -> Operation:
    path = f"{FAVOR}/stocks/{segment(request.path_values['batch_id'])}"
    answer = yield from wire.get(path, _creator(wire))
    if answer.ok and answer.body["status"] == already:
        raise NotOnThisWire("暂停与重启是幂等调用，对已处于该状态的批次重复调用不会被拒绝")
    if answer.ok:
        answer = yield from wire.post(f"{path}/{verb}", _creator(wire))
    if not answer.ok:
        return meanings.said_no(answer, {**_UNKNOWN, ("INVALID_REQUEST", ""): "wrong_state"})
    answer = yield from wire.get(path, _creator(wire))
    return _batch_outcome(answer)


def listed(wire: Wire, request: Request) -> Operation:
    """The creator's batches that were published here; others do not say all the contract wants and are left out.

    A page of the contract is made of pages of ten; the cursor is the wire's offset. ``server_time`` is told in whole
    seconds by the header ``Wechatpay-Timestamp``.
    """
    wanted, offset = int(request.query.get("limit", _CONTRACT_PAGE)), int(request.query.get("cursor", 0))
    batches: list[Batch] = []
    while True:
        asked = min(_WIRE_PAGE, wanted)
        page = {"offset": str(offset), "limit": str(asked), **_creator(wire)}
        answer = yield from wire.get(f"{FAVOR}/stocks", page)
        if "data" not in answer.body:
            return meanings.said_no(answer, {})
        stocks = answer.body["data"]
        batches += [batch for stock in stocks if (batch := _batch(stock)) is not None]
        offset, wanted = offset + len(stocks), wanted - len(stocks)
        more = offset < answer.body["total_count"] and bool(stocks)
        if not more or wanted <= 0:
            break
    server_time = datetime.fromtimestamp(int(answer.reply.headers["wechatpay-timestamp"]), UTC)
    page_value = BatchPage(items=batches, next_cursor=str(offset) if more else None, server_time=server_time)
    return meanings.done(answer, page_value)


def _batch_outcome(answer: Answer) -> Outcome:
    if not answer.ok:
        return meanings.said_no(answer, _UNKNOWN)
    return meanings.done(answer, _batch(answer.body))


def _batch(stock: Mapping[str, Any]) -> Batch | None:
    """What the wire says of a batch. None for one that was not published here: it does not say all of it."""
    _, note, unsaid = str(stock.get("description", "")).partition(_NOTE)
    if not note:
        return None
    rule = stock["stock_use_rule"]
    told = {
        "face_fen": rule["fixed_normal_coupon"]["coupon_amount"],
        "threshold_fen": rule["fixed_normal_coupon"]["transaction_minimum"], "quota": rule["max_coupons"],
        "per_person_limit": rule["max_coupons_per_user"], "claim_opens_at": instant(stock["available_begin_time"]),
        "claim_closes_at": instant(stock["available_end_time"]), "id": str(stock["stock_id"]), "round_id": "none",
        "campaign_id": "none", "state": _STATES[stock["status"]], "issued": stock["distributed_coupons"], "voided": 0,
        "remaining": rule["max_coupons"] - stock["distributed_coupons"],
    }  # fmt: skip
    return Batch.model_validate({**json.loads(unsaid), **told})
