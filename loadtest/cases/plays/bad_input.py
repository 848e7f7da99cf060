"""Cases of wrong requests: a clear problem with a code, never a fault of the platform, and no effect."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every, folded
from loadtest.lab.line import Caller, new_key
from loadtest.lab.orders import bought
from voucher_contract import routes
from voucher_contract.refusals import REFUSALS
from voucher_contract.routes import ROUTES, Route

_NOT_AN_OBJECT = {
    "空": b"", "半截": b'{"name"', "两个对象": b"{} {}", "非JSON": b"name=x", "非UTF-8": b'{"name": "\xff"}',
    "数组": b"[]", "数字": b"7", "null": b"null",
}  # fmt: skip
# 1.0 and 1e3 are whole numbers to many a JSON reader: they are left alone.
_NO_FEN = {"小数": "1.5", "字符串": '"100"', "负数": "-1", "布尔": "true", "数组": "[]", "对象": "{}"}
_HUGE = {"二的六十三次方": "9223372036854775808", "四百位": "1" + "0" * 400}
_NOTHING = "nothing-of-this-name"
_PATH = dict.fromkeys(
    ("campaign_id", "round_id", "batch_id", "return_id", "merchant_id", "voucher_id", "redemption_id", "alert_id"),
    _NOTHING,
)  # fmt: skip
_BODY_CODES = ("malformed_body", "invalid_request")
_CAMPAIGN = {"name": "检验", "paying_account": "VL-1", "designated_account": "VL-1"}


def _told(lab: Lab, replies: Sequence[Exchange], codes: str | Sequence[str], zh: str, *, spec: str) -> None:
    """All of them refused with one of ``codes``, and none with a fault."""
    for one in replies:
        title = ROUTES[one.operation].title_zh if one.operation in ROUTES else one.path[:40]
        lab.expect_refused(one, codes, f"{title}：{zh}", f"{one.operation}: a wrong request is refused", spec=spec)
    lab.expect(every(replies, "/status=500", "at_least"), "eq", 0, f"{zh}：无内部错误", "no fault", spec="S-72")


@play("input-no-json-object")
async def no_json_object(lab: Lab) -> None:
    """Broken bodies on every operation that takes one."""
    nobody = Caller("nobody", None)
    callers = {
        "bureau": lab.maker, "operator": lab.operator, "consumer": await lab.person(),
        "merchant": (await lab.shop()).tills[0],
    }  # fmt: skip
    for name, body in _NOT_AN_OBJECT.items():
        replies = await asyncio.gather(*(
            lab.do(route, callers[route.roles[0]] if route.roles else nobody, body=body, **_path())
            for route in lab.offered() if route.body is not None
        ))  # fmt: skip
        _told(lab, replies, _BODY_CODES, f"请求体有误（{name}）被拒绝", spec="S-2")


def _path() -> dict[str, Any]:
    return dict(_PATH)


Amount = tuple[Route, Caller, Mapping[str, Any], str, dict[str, Any]]


async def _amounts(lab: Lab) -> list[Amount]:
    """Every amount that goes in: a good request, the field, the object it is for. Nothing of it can be spent twice."""
    campaign_id = await lab.campaign()
    round_id, _ = await lab.draft(campaign_id)
    shop, batch = await lab.shop(), await lab.batch()
    redemption = await bought(lab, shop, batch)
    voucher = await lab.voucher(await lab.person(), batch)
    till = shop.tills[0]
    order = {
        "code": voucher["code"], "order_no": f"vl-{new_key()}", "till_number": shop.till_numbers[0],
        "order_total_fen": 20_000,
    }  # fmt: skip
    campaign, money = {"campaign_id": campaign_id}, {"bank_reference": f"vl-x-{campaign_id}", "amount_fen": 1}
    owed = {"merchant_id": shop.merchant_id, **money}
    return [
        (routes.DEPOSIT, lab.maker, money, "amount_fen", campaign),
        (routes.REPAY, lab.maker, owed, "amount_fen", campaign),
        (routes.REFUND, till, {"amount_fen": 1}, "amount_fen", {"redemption_id": redemption["id"]}),
        *((routes.CREATE_BATCH, lab.maker, lab.spec(), name, {"round_id": round_id})
          for name in ("face_fen", "threshold_fen")),
        *((routes.REDEEM, till, order, name, {})
          for name in ("order_total_fen", "merchant_discount_fen", "platform_discount_fen", "excluded_goods_fen")),
    ]  # fmt: skip


def _with(body: Mapping[str, Any], field: str, raw: str) -> bytes:
    """``body`` as JSON, with ``raw`` written as it stands in ``field``."""
    rest = {name: value for name, value in body.items() if name != field}
    comma = ", " if rest else ""
    return f'{json.dumps(rest, ensure_ascii=False)[:-1]}{comma}"{field}": {raw}}}'.encode()


async def _wrong_amounts(lab: Lab, raw_amounts: Mapping[str, str], spec: str) -> None:
    for route, caller, body, field, path in await _amounts(lab):
        for name, raw in raw_amounts.items():
            reply = await lab.do(route, caller, body=_with(body, field, raw), **path)
            _told(lab, [reply], _BODY_CODES, f"{field} 为{name}被拒绝", spec=spec)


@play("input-amounts")
async def amounts(lab: Lab) -> None:
    """Fractions, quotes, negative amounts and worse in every amount of every operation."""
    await _wrong_amounts(lab, _NO_FEN, "S-3")


@play("input-huge-amounts")
async def huge_amounts(lab: Lab) -> None:
    """Amounts beyond all money."""
    await _wrong_amounts(lab, _HUGE, "S-71")


@play("input-unknown-fields")
async def unknown_fields(lab: Lab) -> None:
    """A field that is not known is refused, not silently lost: it may have been meant."""
    campaign_id = await lab.campaign()
    batch, surprise = await lab.batch(), {"surprise": 1}
    money = {"amount_fen": 1, "bank_reference": f"vl-u-{campaign_id}"}
    replies = [
        await lab.do(routes.CREATE_CAMPAIGN, lab.maker, body={**_CAMPAIGN, **surprise}),
        await lab.do(routes.DEPOSIT, lab.maker, body={**money, **surprise}, campaign_id=campaign_id),
        await lab.claim(await lab.person(), batch, body=surprise),
    ]
    _told(lab, replies, "invalid_request", "未知字段被拒绝", spec="S-1")


@play("input-times-without-offset")
async def times_without_offset(lab: Lab) -> None:
    """Whose eight o'clock is it?"""
    round_id, _ = await lab.draft(await lab.campaign())
    for name in ("claim_opens_at", "claim_closes_at", "valid_from", "valid_until"):
        spec = lab.spec()
        spec[name] = spec[name][:19]
        reply = await lab.do(routes.CREATE_BATCH, lab.maker, body=spec, round_id=round_id)
        _told(lab, [reply], "invalid_request", f"{name} 不带时区被拒绝", spec="S-4")


@play("input-threshold-above-face")
async def threshold_above_face(lab: Lab) -> None:
    """Whoever uses a voucher pays at least one fen: a threshold at or below the face is refused."""
    round_id, _ = await lab.draft(await lab.campaign())
    for threshold in (3_000, 2_999, 1):
        reply = await lab.do(
            routes.CREATE_BATCH, lab.maker, body=lab.spec(threshold_fen=threshold), round_id=round_id
        )  # fmt: skip
        _told(lab, [reply], "invalid_request", f"面额3000、门槛{threshold}被拒绝", spec="S-28")
    least = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(threshold_fen=3_001), round_id=round_id)
    lab.expect_ok(least, "门槛只高1分可以配置", "one fen above is allowed", spec="S-28")


@play("input-plans-with-faults")
async def plans_with_faults(lab: Lab) -> None:
    """Plans that cannot be meant: windows upside down, nothing to issue, categories nobody knows."""
    round_id, _ = await lab.draft(await lab.campaign())
    spec = lab.spec()
    faults: dict[str, dict[str, Any]] = {
        "截止早于开始": {"claim_closes_at": spec["claim_opens_at"]},
        "生效晚于失效": {"valid_from": spec["valid_until"]},
        "领取截止晚于失效": {"valid_until": spec["claim_opens_at"]}, "没有业态": {"categories": []},
        "未知业态": {"categories": ["weapons"]}, "未知区域": {"districts": ["999999999"]}, "数量为零": {"quota": 0},
        "数量非整数": {"quota": 1.5}, "限领为零": {"per_person_limit": 0}, "未知退款方式": {"refund_regime": "D"},
        "窗口为负": {"rate_limits": {"person": {"permits": 1, "window_ms": -1}}}, "名称为空": {"name": ""},
    }  # fmt: skip
    for name, fault in faults.items():
        reply = await lab.do(routes.CREATE_BATCH, lab.maker, body={**spec, **fault}, round_id=round_id)
        _told(lab, [reply], "invalid_request", f"{name}被拒绝", spec="S-71")


@play("input-bad-ids")
async def bad_ids(lab: Lab) -> None:
    """Ids that cannot be one are like ids that do not exist."""
    shapes = ("x" * 41, "a b", "'; DROP TABLE voucher; --", "券", "\x00", "%00", "-1", "0")
    looked = {
        "campaign_id": routes.GET_CAMPAIGN, "round_id": routes.GET_ROUND, "batch_id": routes.GET_BATCH,
        "voucher_id": routes.GET_VOUCHER, "redemption_id": routes.GET_REDEMPTION, "merchant_id": routes.GET_MERCHANT,
    }  # fmt: skip
    for name, route in looked.items():
        paths: list[dict[str, Any]] = [{name: shape} for shape in shapes]
        replies = [await lab.do(route, lab.maker, **path) for path in paths]
        codes = ("not_found", "unknown_batch", "unknown_voucher", "invalid_request", "no_such_route")
        _told(lab, replies, codes, "不成其为编号的编号被拒绝", spec="S-5")


@play("input-limits-and-cursors")
async def limits_and_cursors(lab: Lab) -> None:
    """Pages of no size and cursors nobody gave out."""
    wrong = [{"limit": value} for value in ("0", "-1", "201", "x", "1.5")] + [{"cursor": "not a cursor!"}]
    for route in (routes.LIST_CAMPAIGNS, routes.LIST_BATCHES, routes.LIST_MERCHANTS, routes.LIST_VOUCHERS):
        replies = [await lab.do(route, lab.maker, query=query) for query in wrong]
        _told(lab, replies, "invalid_request", "错误的分页参数被拒绝", spec="S-6")


@play("input-addresses-and-methods")
async def addresses_and_methods(lab: Lab) -> None:
    """What does not exist is said to be so, to everybody."""
    for method, path, code in (
        ("GET", "/v1/nothing", "no_such_route"), ("POST", "/v1/campaigns/a/b/c", "no_such_route"),
        ("DELETE", "/v1/campaigns", "method_not_allowed"), ("PUT", "/v1/vouchers", "method_not_allowed"),
    ):  # fmt: skip
        route = Route(f"{method} {path}", method, path, path, (), None)
        _told(lab, [await lab.do(route, lab.maker, key=None)], code, f"{method} {path} 被拒绝", spec="S-74")


@play("input-too-large")
async def too_large(lab: Lab) -> None:
    """A body above the limit: refused, or hung up on before it is whole; never taken, and nobody else suffers."""
    large = b" " * (int(lab.world.meta["max_body_bytes"]) + 1_024)
    reply = await lab.once(routes.CREATE_CAMPAIGN, lab.maker, body=large, connection=9)
    taken = every([reply], "/outcome=ok", "at_least")
    lab.expect(taken, "eq", 0, "过大的请求不被接受", "a body too large is not taken", spec="S-74")
    if reply.status:
        _told(lab, [reply], "body_too_large", "过大的请求被拒绝", spec="S-74")
    lab.expect_ok(await lab.do(routes.HEALTH, lab.maker), "之后服务正常", "the service goes on", spec="S-27")


@play("input-media-type")
async def media_type(lab: Lab) -> None:
    """A good body that says it is of another kind."""
    for kind in ("text/plain", "application/xml"):
        body = json.dumps(_CAMPAIGN).encode()
        reply = await lab.do(routes.CREATE_CAMPAIGN, lab.maker, body=body, media_type=kind)
        _told(lab, [reply], "unsupported_media_type", f"{kind} 被拒绝", spec="S-74")


async def _refusals(lab: Lab) -> list[Exchange]:
    """One refusal of each kind: of the request, of the caller, of the object, of a rule."""
    batch, person = await lab.batch(quota=1), await lab.person()
    lab.got(await lab.claim(person, batch))
    return [
        await lab.do(routes.LIST_CAMPAIGNS, Caller("nobody", None)), await lab.do(routes.LIST_CAMPAIGNS, person),
        await lab.do(routes.CREATE_CAMPAIGN, lab.maker, body=_CAMPAIGN, key=None),
        await lab.do(routes.CREATE_CAMPAIGN, lab.maker, body=b"{"),
        await lab.do(routes.CREATE_CAMPAIGN, lab.maker, body={}),
        await lab.do(routes.GET_VOUCHER, person, voucher_id=_NOTHING), await lab.claim(person, {"id": _NOTHING}),
        await lab.claim(person, batch), await lab.claim(await lab.person(), batch),
    ]  # fmt: skip


@play("input-problems-are-told")
async def problems_are_told(lab: Lab) -> None:
    """A code of the list with its status, in Chinese and in English."""
    statuses = {code: refusal.status for code, refusal in REFUSALS.items()}
    lab.expect(folded(await _refusals(lab), "not_problems", statuses=statuses), "eq", [],
               "拒绝答复有代码、状态和中英文说明", "refusals are problems in both languages", spec="S-7")  # fmt: skip


@play("input-request-ids")
async def request_ids(lab: Lab) -> None:
    """Every reply has a number to quote, and a refusal names it in its body as well."""
    refusals = await _refusals(lab)
    lab.expect(folded(refusals, "without_request_id"), "eq", [], "每个答复带请求编号", "all have an id", spec="S-8")
    lab.expect(every(refusals, "/headers/x-request-id", "distinct"), "eq", len(refusals), "编号各不相同",
               "the ids differ", spec="S-8")  # fmt: skip
