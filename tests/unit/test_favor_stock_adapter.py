"""The favor-stock adapter against scripts: what it says on the wire, and what it makes of each answer."""

import hashlib
import json
from typing import Any

import pytest

from tests.scenario.scripted import LOST, Script, answer
from voucher_contract import routes
from voucher_contract.adapters.favor_stock.adapter import FavorStockAdapter
from voucher_contract.adapters.favor_stock.claiming import code_of, opened_code
from voucher_contract.adapters.favor_stock.missing import MISSING
from voucher_contract.adapters.protocol import NotOnThisWire, Request, Surroundings
from voucher_contract.operations.protocol import Outcome
from voucher_contract.routes import ROUTES, Route

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
SHOPS = (
    "merchant,name,category,district,till,token\n"
    "1900000201,甲,catering,510681001,T1-1,1900000201\n1900000202,乙,fuel,510681001,T2-1,1900000202\n"
    "1900000203,丙,catering,510681002,T3-1,1900000203\n"
)
OPTIONS = {
    "mchid": "1900000109", "appid": "wx1", "serial_no": "SER", "refund_regimes": "A,B", "shops_csv": SHOPS,
}  # fmt: skip
OPENID, KEY = "oUser_1", "vl-0123456789abcdef"
BATCH = {
    "name": "检验_券，第一种面额很长的名字", "face_fen": 3_000, "threshold_fen": 10_000, "quota": 7,
    "categories": ["catering"],
    "claim_opens_at": "2025-12-31T00:00:00Z", "claim_closes_at": "2026-01-31T00:00:00Z",
    "valid_from": "2025-12-31T00:00:00Z", "valid_until": "2026-02-10T00:00:00Z", "per_person_limit": 2,
}  # fmt: skip
DESCRIPTION = (
    '消费券测试批次，其余设置：{"name":"检验_券，第一种面额很长的名字","categories":["catering"],"districts":[],'
    '"valid_from":"2025-12-31T00:00:00Z","valid_until":"2026-02-10T00:00:00Z","valid_days":null,"refund_regime":"B"}'
)
COUPON = {
    "stock_creator_mchid": "1900000109", "stock_id": "77", "coupon_id": "901", "status": "SENDED",
    "create_time": "2026-01-01T08:00:00.000+08:00", "available_begin_time": "2026-01-01T08:00:00+08:00",
    "available_end_time": "2026-02-10T08:00:00+08:00",
    "normal_coupon_information": {"coupon_amount": 3_000, "transaction_minimum": 10_000},
}  # fmt: skip
ORDER = {
    "transaction_id": "4200", "sub_mchid": "1900000201", "out_trade_no": "order-1", "attach": f"{KEY}.12000.500",
    "trade_state": "SUCCESS", "success_time": "2026-01-01T08:00:01+08:00", "payer": {"sp_openid": OPENID},
    "scene_info": {"device_id": "T1-1"}, "amount": {"total": 11_500, "payer_total": 8_500},
    "promotion_detail": [{"coupon_id": "901", "stock_id": "77", "amount": 3_000}],
}  # fmt: skip
CODE = {"auth_code": "130000000000000001"}


def _adapter(**options: str) -> FavorStockAdapter:
    return FavorStockAdapter(Surroundings(lambda: NOW, lambda: "NONCE", _sign, {**OPTIONS, **options}))


def _sign(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _request(route: Route, who: str = "person-1", token: str | None = OPENID, **asked: Any) -> Request:
    body = asked.pop("body", None)
    raw = None if body is None else json.dumps(body).encode()
    key = asked.pop("key", KEY if route.keyed else None)
    return Request(route, who, token, key, raw, path_values=asked)


def _till(route: Route, **asked: Any) -> Request:
    return _request(route, "merchant-T1", "1900000201", **asked)


def _claim(script: Script, adapter: FavorStockAdapter | None = None) -> Outcome:
    return script.run((adapter or _adapter()).start(_request(routes.CLAIM, body={}, batch_id="77")))


def _listed(*coupons: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(coupons), "total_count": len(coupons), "limit": 20, "offset": 0}


def _redeem(script: Script, adapter: FavorStockAdapter | None = None, **changes: Any) -> Outcome:
    body = {
        "code": code_of("901", OPENID), "order_no": "order-1", "till_number": "T1-1", "order_total_fen": 12_000,
        "merchant_discount_fen": 500, **changes,
    }  # fmt: skip
    return script.run((adapter or _adapter()).start(_till(routes.REDEEM, body=body)))


def test_every_operation_is_either_carried_or_missing_with_a_chinese_reason() -> None:
    carried = {
        "list_batches", "get_batch", "pause_batch", "resume_batch", "claim", "get_voucher", "list_vouchers", "redeem",
        "get_redemption", "refund", "list_refunds",
    }  # fmt: skip
    assert set(ROUTES) - set(MISSING) == carried
    capabilities = set(MISSING) - set(ROUTES)
    assert capabilities == {
        "sandbox_clock", "sandbox_people", "geofence", "dynamic_code", "callbacks", "audit_export", "merchant_import",
        "settlement", "risk_alerts", "live_figures", "round_report", "voucher_use", "round_drafts", "look_up",
    }  # fmt: skip
    assert all(any("\u4e00" <= character <= "\u9fff" for character in reason) for reason in MISSING.values())


def test_a_request_is_signed_over_method_target_time_nonce_and_body() -> None:
    script = Script([answer(404, {"code": "RESOURCE_NOT_EXISTS", "message": "批次不存在"})])
    _claim(script)
    (call,) = script.calls
    assert call.body is not None
    signed = f"POST\n/v3/marketing/favor/users/{OPENID}/coupons\n1767225600\nNONCE\n".encode() + call.body + b"\n"
    assert call.headers["Authorization"] == (
        f'WECHATPAY2-SHA256-RSA2048 mchid="1900000109",nonce_str="NONCE",signature="{_sign(signed)}",'
        'timestamp="1767225600",serial_no="SER"'
    )


def test_a_batch_is_created_activated_and_waited_for() -> None:
    stock = {
        "stock_id": "77", "status": "audit", "description": DESCRIPTION,
        "available_begin_time": "2026-01-01T08:00:00+08:00",
        "available_end_time": "2026-01-31T08:00:00+08:00", "distributed_coupons": 2,
        "stock_use_rule": {
            "max_coupons": 7, "max_coupons_per_user": 2,
            "fixed_normal_coupon": {"coupon_amount": 3_000, "transaction_minimum": 10_000},
        },
    }  # fmt: skip
    running = {**stock, "status": "running"}
    script = Script(
        [answer(200, {"stock_id": "77"}), answer(200, {"stock_id": "77"}), answer(200, stock), answer(200, running)]
    )
    adapter = _adapter()
    outcome = script.run(adapter.publish_batch(_request(routes.CREATE_BATCH, "bureau-1", None, body=BATCH)))
    assert (outcome.kind, outcome.value.state, outcome.value.remaining) == ("ok", "live", 5)
    assert (outcome.value.categories, outcome.value.name) == (["catering"], BATCH["name"])
    assert script.paths()[:2] == ["POST /v3/marketing/favor/coupon-stocks", "POST /v3/marketing/favor/stocks/77/start"]
    sent = script.body(0)
    assert sent["stock_use_rule"] == {
        "max_coupons": 7, "max_amount": 21_000, "max_amount_by_day": 0, "max_coupons_per_user": 2,
        "natural_person_limit": True, "prevent_api_abuse": True,
    }  # fmt: skip
    assert sent["available_begin_time"] == "2026-01-01T08:00:00.000+08:00", "a batch may not begin in the past"
    assert sent["coupon_use_rule"]["available_merchants"] == ["1900000201", "1900000203"]
    assert sent["pattern_info"]["description"] == DESCRIPTION, "what has no field comes back with every query"
    assert len(sent["stock_name"].encode("gb18030")) <= 20
    assert not set(sent["stock_name"]) & set("_,;|")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"resident_districts": ["510681001"]}, "户籍区域"),
        ({"rate_limits": {"person": {"permits": 1, "window_ms": 1000}}}, "频率"),
        ({"code_mode": "dynamic"}, "动态券码"),
        ({"refund_regime": "C"}, "不支持规范的 C 类"),
        ({"face_fen": 99}, "1元至1000元"),
        ({"per_person_limit": 61}, "最多可领 60 张"),
        ({"claim_closes_at": "2026-06-01T00:00:00Z", "valid_until": "2026-07-01T00:00:00Z"}, "最长 90 天"),
        ({"categories": ["cars"]}, "该范围内有 0 个"),
    ],
)
def test_a_batch_that_cannot_be_said_is_not_sent(changes: dict[str, Any], why: str) -> None:
    operation = _adapter().publish_batch(_request(routes.CREATE_BATCH, "bureau-1", None, body={**BATCH, **changes}))
    with pytest.raises(NotOnThisWire, match=why):
        Script([]).run(operation)


def test_a_claim_is_a_sent_coupon_read_back() -> None:
    earlier = {**COUPON, "coupon_id": "900"}
    script = Script([answer(200, {"coupon_id": "901"}), answer(200, _listed(earlier, COUPON))])
    outcome = _claim(script)
    assert (outcome.kind, outcome.value.id, outcome.value.nth, outcome.value.face_fen) == ("ok", "901", 2, 3_000)
    assert opened_code(outcome.value.code) == ("901", OPENID)
    assert not outcome.replayed


def test_the_same_key_of_the_same_person_is_the_same_request_number() -> None:
    adapter = _adapter()
    replies = [answer(200, {"coupon_id": "901"}), answer(200, _listed(COUPON))]
    first, again = Script(replies), Script(replies)
    _claim(first, adapter)
    assert _claim(again, adapter).replayed, "the same number brought the same coupon"
    assert first.body(0)["out_request_no"] == again.body(0)["out_request_no"]
    other = Script([answer(403, {"code": "NOT_ENOUGH", "message": "批次预算不足"})])
    other.run(adapter.start(_request(routes.CLAIM, "person-2", "oUser_2", body={}, batch_id="77")))
    assert other.body(0)["out_request_no"] != first.body(0)["out_request_no"]


def test_another_coupon_under_the_same_number_is_no_repetition() -> None:
    adapter = _adapter()
    _claim(Script([answer(200, {"coupon_id": "901"}), answer(200, _listed(COUPON))]), adapter)
    second = {**COUPON, "coupon_id": "902"}
    outcome = _claim(Script([answer(200, {"coupon_id": "902"}), answer(200, _listed(COUPON, second))]), adapter)
    assert (outcome.value.id, outcome.replayed) == ("902", False)


@pytest.mark.parametrize(
    ("status", "code", "message", "meaning", "kind"),
    [
        (404, "RESOURCE_NOT_EXISTS", "批次不存在", "unknown_batch", "refused"),
        (403, "NOT_ENOUGH", "批次预算不足", "sold_out", "refused"),
        (400, "INVALID_REQUEST", "openid与appid不匹配", "invalid_token", "refused"),
        (403, "USER_ACCOUNT_ABNORMAL", "用户非法", "guarded", "guarded"),
        (429, "FREQUENCY_LIMITED", "频率超限", "rate_limited", "not_executed"),
        (400, "RESOURCE_ALREADY_EXISTS", "信息不一致", "key_reused", "refused"),
        (401, "SIGN_ERROR", "验签失败", "SIGN_ERROR", "no_effect"),
        (500, "SYSTEM_ERROR", "系统异常", "SYSTEM_ERROR", "unknown"),
    ],
)
def test_each_error_has_one_meaning(status: int, code: str, message: str, meaning: str, kind: str) -> None:
    script = Script([answer(status, {"code": code, "message": message})])
    outcome = _claim(script)
    assert (outcome.kind, outcome.code) == (kind, meaning)
    assert len(script.calls) == 1, "a write is never repeated by the adapter"


def test_a_lost_reply_may_have_taken_effect() -> None:
    assert _claim(Script([LOST])).kind == "unknown"


@pytest.mark.parametrize(
    ("stock", "meaning"),
    [
        ({"status": "paused", "available_end_time": "2026-02-01T00:00:00Z"}, "paused"),
        ({"status": "stoped", "available_end_time": "2025-12-31T00:00:00Z"}, "closed"),
        ({"status": "running", "available_end_time": "2025-12-31T00:00:00Z"}, "closed"),
        ({"status": "running", "available_end_time": "2026-02-01T00:00:00Z"}, "not_open"),
    ],
)
def test_one_text_stands_for_three_reasons_so_the_batch_is_asked(stock: dict[str, str], meaning: str) -> None:
    refusal = answer(400, {"code": "INVALID_REQUEST", "message": "活动已结束或未激活"})
    assert _claim(Script([refusal, answer(200, stock)])).code == meaning


@pytest.mark.parametrize("code", ["RULE_LIMIT", "REQUEST_BLOCKED"])
def test_whoever_reached_the_limit_is_told_what_they_hold(code: str) -> None:
    refusal = answer(403, {"code": code, "message": "用户被限领拦截"})
    outcome = _claim(Script([refusal, answer(200, _listed(COUPON))]))
    assert (outcome.code, outcome.value["voucher_ids"]) == ("limit_reached", ["901"])


def test_a_redemption_is_a_payment_and_a_used_coupon() -> None:
    used = {**COUPON, "status": "USED"}
    script = Script([answer(200, CODE), answer(200, ORDER), answer(200, COUPON), answer(200, used)])
    outcome = _redeem(script)
    assert outcome.kind == "ok"
    assert outcome.value.model_dump(include={"payable_fen", "voucher_fen", "paid_fen", "order_total_fen"}) == {
        "payable_fen": 11_500, "voucher_fen": 3_000, "paid_fen": 8_500, "order_total_fen": 12_000,
    }  # fmt: skip
    paid = script.body(1)
    assert paid["amount"]["total"] == 11_500, "the merchant's own promotion is off before the order is placed"
    assert (paid["sub_mchid"], paid["out_trade_no"], paid["payer"]) == ("1900000201", "order-1", CODE)


def test_a_payment_whose_coupon_never_shows_as_used_proves_nothing() -> None:
    outcome = _redeem(Script([answer(200, CODE), answer(200, ORDER), *[answer(200, COUPON)] * 10]))
    assert outcome.kind == "unknown"


def test_a_payment_without_the_coupon_is_no_redemption() -> None:
    outcome = _redeem(Script([answer(200, CODE), answer(200, {**ORDER, "promotion_detail": []})]))
    assert (outcome.kind, outcome.code) == ("no_effect", "coupon_not_deducted")


@pytest.mark.parametrize(
    ("order", "meaning"),
    [
        ({}, None),
        ({"amount": {"total": 11_501, "payer_total": 8_501}}, "key_reused"),
        ({"attach": "vl-another-key-000000.12000.500"}, "already_redeemed"),
        ({"attach": "vl-another-key-000000.12000.500", "promotion_detail": [{"coupon_id": "1"}]}, "order_already_used"),
    ],
)
def test_a_used_order_number_is_looked_into(order: dict[str, Any], meaning: str | None) -> None:
    taken = answer(403, {"code": "OUT_TRADE_NO_USED", "message": "商户订单号重复"})
    outcome = _redeem(Script([answer(200, CODE), taken, answer(200, {**ORDER, **order})]))
    assert (outcome.code, outcome.replayed) == (meaning, meaning is None)


@pytest.mark.parametrize(
    ("allowed", "meaning"),
    [(["1900000202"], "category_not_covered"), (["1900000203"], "district_not_covered")],
)
def test_a_merchant_outside_is_told_from_the_batchs_own_list(allowed: list[str], meaning: str) -> None:
    refusal = answer(403, {"code": "RULE_LIMIT", "message": "该商户不可使用此券"})
    outcome = _redeem(Script([answer(200, CODE), refusal, answer(200, COUPON), answer(200, {"data": allowed})]))
    assert outcome.code == meaning


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"code": "0000000000000000"}, "没有券码"),
        ({"code": code_of("901", OPENID).replace("901", "902")}, "没有券码"),
        ({"channel": "online"}, "线上订单"),
        ({"excluded_goods_fen": 1}, "不参与优惠的商品"),
        ({"platform_discount_fen": 1}, "平台配套优惠"),
        ({"till_number": "T2-of-another"}, "设备号"),
        ({"order_total_fen": 10.5}, "有误的请求内容"),
    ],
)
def test_an_order_that_cannot_be_said_is_not_sent(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(NotOnThisWire, match=why):
        _redeem(Script([]), **changes)


def test_one_key_for_two_orders_cannot_be_said() -> None:
    adapter, used = _adapter(), {**COUPON, "status": "USED"}
    _redeem(Script([answer(200, CODE), answer(200, ORDER), answer(200, used)]), adapter)
    with pytest.raises(NotOnThisWire, match="幂等键"):
        _redeem(Script([]), adapter, order_no="order-2")


def _refunded(status: str, **amount: int) -> dict[str, Any]:
    return {
        "refund_id": "50", "transaction_id": "4200", "status": status, "success_time": "2026-01-02T08:00:00+08:00",
        "amount": {"refund": 1_000, "payer_refund": 739, "discount_refund": 261, **amount},
        "promotion_detail": [{"promotion_id": "901", "refund_amount": 261}],
    }  # fmt: skip


def test_a_refund_is_asked_for_waited_for_and_seen_at_the_coupon() -> None:
    script = Script([
        answer(200, ORDER), answer(200, _refunded("PROCESSING")), answer(200, _refunded("PROCESSING")),
        answer(200, _refunded("SUCCESS")), answer(200, COUPON),
    ])  # fmt: skip
    outcome = script.run(_adapter().start(_till(routes.REFUND, body={"amount_fen": 1_000}, redemption_id="4200")))
    refund = outcome.value
    assert (refund.user_fen, refund.voucher_fen, refund.fund_fen, refund.number) == (739, 261, 261, 1)
    assert refund.voucher_returned, "the coupon can be used again"
    assert script.body(1)["amount"] == {"refund": 1_000, "total": 11_500, "currency": "CNY"}


def test_roles_and_missing_keys_cannot_be_asked_about() -> None:
    with pytest.raises(NotOnThisWire, match="岗位"):
        _adapter().start(_request(routes.PAUSE_BATCH, "auditor-1", None, body={"reason": "x"}, batch_id="77"))
    for key in (None, "short"):
        with pytest.raises(NotOnThisWire, match="幂等键"):
            Script([]).run(_adapter().start(_request(routes.CLAIM, body={}, batch_id="77", key=key)))
    with pytest.raises(NotOnThisWire, match="没有轮次"):
        _adapter().start(_request(routes.CREATE_ROUND, "bureau-1", None, body={"name": "x"}, campaign_id="1"))


@pytest.mark.parametrize(("content", "kind"), [(b"a,b\r\n", "ok"), (b"a,c\r\n", "no_effect")])
def test_a_file_is_believed_only_when_its_hash_fits(content: bytes, kind: str) -> None:
    offered = {"url": "https://host/v3/billdownload/file?token=t0", "hash_value": hashlib.sha1(b"a,b\r\n").hexdigest()}
    script = Script([answer(200, offered), answer(200, {})])
    script.replies = [script.replies[0], type(script.replies[1])(200, {}, content)]
    outcome = script.run(_adapter().download_flow("77", "use-flow"))
    assert outcome.kind == kind
    assert script.calls[1].path == "/v3/billdownload/file?token=t0"


def test_a_read_is_asked_again_while_it_is_shed() -> None:
    shed = answer(429, {"code": "FREQUENCY_LIMITED", "message": "频率超限"})
    script = Script([answer(200, {"coupon_id": "901"}), shed, LOST, answer(200, _listed(COUPON))])
    assert _claim(script).value.id == "901"
    assert script.waited == [0.1, 0.1]
