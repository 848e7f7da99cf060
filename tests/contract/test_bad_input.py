"""Whatever is sent: a clear problem with a code, never a 5xx, and not a row changed."""

import contextlib
import io
import json
import select
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import xlsxwriter

from tests.scenario.platform import Platform, new_key
from tests.scenario.sql import fingerprint
from tests.scenario.world import Shop, World, roster_csv, some_rows
from voucher_contract import routes
from voucher_contract.refusals import REFUSALS
from voucher_contract.routes import ROUTES, Route

COUNTED_WHATEVER_COMES = {"claim_attempt_count", "claim_seeker", "risk_sighting"}
CAMPAIGN = {"name": "活动", "paying_account": "P-1", "designated_account": "P-1"}


@pytest.fixture(autouse=True)
def nothing_changes(platform: Platform, world: World, batch: str) -> Iterator[None]:
    """Every test here must leave the database as it was."""
    before = fingerprint(platform.sql)
    yield
    after = fingerprint(platform.sql)
    changed = {name for name, state in after.items() if before[name] != state}
    assert changed <= COUNTED_WHATEVER_COMES, changed


def told_clearly(reply: httpx.Response, *codes: str) -> None:
    """A documented problem; one of ``codes``, if any are given."""
    assert 400 <= reply.status_code < 500, f"{reply.status_code} {reply.text[:300]}"
    problem = reply.json()
    assert REFUSALS[problem["code"]].status == reply.status_code
    assert not codes or problem["code"] in codes, problem


def deposit(world: World, raw_amount: str) -> httpx.Response:
    content = f'{{"amount_fen": {raw_amount}, "bank_reference": "{new_key()}"}}'.encode()
    return world.platform.send(
        routes.DEPOSIT, world.platform.staff["maker"], content=content, campaign_id=world.campaign
    )


@pytest.mark.parametrize(
    "amount",
    ["-1", "0", "1.5", "1.0", '"100"', "true", "null", "[]", "{}", "1e3", "NaN", "Infinity", "-Infinity",
     "10000000000001", "9223372036854775808", "1" + "0" * 400, "1" * 5_000],
)  # fmt: skip
def test_money_is_a_positive_whole_number_of_fen(world: World, amount: str) -> None:
    told_clearly(deposit(world, amount), "invalid_request", "malformed_body")


BROKEN_JSON = {
    "nothing": b"", "half": b'{"name"', "trailing": b"{} {}", "not json": b"name=x",
    "invalid utf-8": b'{"name": "\xff"}',
    "nul": b"\x00", "a list": b"[]", "a number": b"7",
    "null": b"null", "deep": b"[" * 200_000, "deep pairs": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_JSON)
def test_a_body_that_is_no_object_is_refused_on_every_route_with_a_body(
    platform: Platform, world: World, name: str
) -> None:
    for route, token, path in with_body(platform, world):
        reply = platform.send(route, token, content=BROKEN_JSON[name], **path)
        told_clearly(reply, "malformed_body", "invalid_request", "unsupported_media_type")


def with_body(platform: Platform, world: World) -> list[tuple[Route, str | None, dict[str, Any]]]:
    """Every route that takes JSON, with somebody who may use it."""
    tokens = {
        "bureau": platform.staff["maker"], "operator": platform.staff["operator"], "merchant": world.shops[0].token,
        "consumer": world.shared("a consumer", lambda: world.person().token),
    }  # fmt: skip
    names = dict.fromkeys(
        ("campaign_id", "round_id", "batch_id", "return_id", "merchant_id", "voucher_id", "redemption_id", "alert_id"),
        "nothing",
    )
    return [
        (route, tokens[route.roles[0]] if route.roles else None, dict(names))
        for route in ROUTES.values() if route.body is not None
    ]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def consumer_made_before(world: World) -> None:
    """Made once, before any test looks at the database."""
    world.shared("a consumer", lambda: world.person().token)


def test_an_unknown_field_is_refused_not_lost(platform: Platform, world: World) -> None:
    for route, token, path in with_body(platform, world):
        reply = platform.send(route, token, content=b'{"surprise": 1}', **path)
        told_clearly(reply, "invalid_request")


@pytest.mark.parametrize(
    "name", ["", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "x" * 101, "\n", "\x7f", 5, None, ["x"], {"a": 1}]
)
def test_a_name_that_is_none(world: World, name: Any) -> None:
    content = json.dumps({**CAMPAIGN, "name": name}).encode()
    told_clearly(
        world.platform.send(routes.CREATE_CAMPAIGN, world.platform.staff["maker"], content=content), "invalid_request"
    )


BAD_PLANS: dict[str, dict[str, Any]] = {
    "face above threshold": {"face_fen": 10_000, "threshold_fen": 10_000}, "no category": {"categories": []},
    "unknown category": {"categories": ["weapons"]}, "unknown district": {"districts": ["999999999"]},
    "quota in words": {"quota": "viele"}, "quota of nothing": {"quota": 0}, "closes first": {"claim_closes_at": -120},
    "no timezone": {"claim_opens_at": "2026-01-01T00:00:00"}, "year 9999": {"valid_until": "9999-12-31T23:59:59Z"},
    "a time far off": {"valid_until": 10**18}, "limit of zero": {"per_person_limit": 0},
    "negative window": {"rate_limits": {"person": {"permits": 1, "window_ms": -1}}}, "regime D": {"refund_regime": "D"},
}  # fmt: skip


@pytest.fixture(scope="module")
def a_round(world: World) -> str:
    return world.draft()[0]


@pytest.mark.parametrize("fault", BAD_PLANS)
def test_a_plan_with_a_fault(world: World, a_round: str, fault: str) -> None:
    changes = BAD_PLANS[fault]
    body = world.batch_spec() | changes
    for name in ("claim_closes_at", "valid_until"):
        if isinstance(body[name], int) and body[name] < 10**9:
            body = {**world.batch_spec(**changes)}
    reply = world.platform.send(routes.CREATE_BATCH, world.platform.staff["maker"], body=body, round_id=a_round)
    told_clearly(reply, "invalid_request")
    assert reply.json()["detail"] or reply.json()["errors"]


@pytest.mark.parametrize("value", ["-1", "0", "201", "x", "1.5", "", "9" * 400, "%00", "\ud7ff"])
def test_a_limit_that_is_none(platform: Platform, value: str) -> None:
    for route in (routes.LIST_CAMPAIGNS, routes.LIST_BATCHES, routes.LIST_MERCHANTS, routes.LIST_VOUCHERS):
        told_clearly(platform.send(route, platform.staff["maker"], query={"limit": value}), "invalid_request")


@pytest.mark.parametrize("raw", ["%00", "%ff%fe", "a%20b", "'%20OR%201=1", "%ed%a0%80", "x" * 5_000, "..%2f..", "%0a"])
def test_junk_in_cursors_and_paths(platform: Platform, batch: str, raw: str) -> None:
    maker = {"Authorization": f"Bearer {platform.staff['maker']}"}
    for path in ("/v1/campaigns", "/v1/vouchers", "/v1/redemptions", "/v1/audit/entries", "/v1/merchants"):
        told_clearly(platform.client.get(f"{path}?cursor={raw}", headers=maker), "invalid_request")
    for path in ("/v1/campaigns", "/v1/rounds", "/v1/batches", "/v1/vouchers", "/v1/redemptions", "/v1/merchants"):
        told_clearly(platform.client.get(f"{path}/{raw}", headers=maker))


def test_ten_megabytes_declared(platform: Platform) -> None:
    reply = platform.send(routes.CREATE_CAMPAIGN, platform.staff["maker"], content=b" " * 10_000_000)
    told_clearly(reply, "body_too_large")


def test_ten_megabytes_in_chunks(platform: Platform) -> None:
    """Sent over a bare socket: the platform may answer and hang up long before the last chunk."""
    target = urlsplit(platform.ready.base_url)
    assert target.hostname is not None
    head = (
        f"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {platform.staff['maker']}\r\n"
        f"Idempotency-Key: {new_key()}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((target.hostname, target.port or 80), timeout=20) as wire:
        wire.sendall(head.encode())
        for _ in range(100):
            if select.select([wire], [], [], 0.002)[0]:
                break  # answered before the end, as it should be
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # hung up meanwhile: the answer is here
                wire.sendall(b"186a0\r\n" + b" " * 100_000 + b"\r\n")
        reply = wire.recv(65_536)
    assert reply.split()[1] == b"413", reply[:200]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/", ""]
)
def test_another_media_type(platform: Platform, kind: str) -> None:
    headers = {
        "Authorization": f"Bearer {platform.staff['maker']}", "Idempotency-Key": new_key(), "Content-Type": kind
    }  # fmt: skip
    reply = platform.client.post("/v1/campaigns", content=json.dumps(CAMPAIGN), headers=headers)
    told_clearly(reply, "unsupported_media_type")


ORDERS: dict[str, dict[str, Any]] = {
    "negative": {"order_total_fen": -1}, "promotion above the order": {"merchant_discount_fen": 12_001},
    "fraction": {"order_total_fen": 120.5}, "true": {"order_total_fen": True}, "a code of spaces": {"code": " " * 16},
    "no such channel": {"channel": "phone"}, "order number with a quote": {"order_no": "x' --"},
    "matching leaves nothing": {"platform_discount_fen": 9_000},
}  # fmt: skip


@pytest.fixture(scope="module")
def held(world: World, batch: str) -> tuple[Shop, str]:
    return world.shops[0], str(world.voucher(batch)["code"])


@pytest.mark.parametrize("fault", ORDERS)
def test_an_order_with_a_fault(world: World, held: tuple[Shop, str], fault: str) -> None:
    shop, code = held
    body = world.order(shop, code) | ORDERS[fault]
    told_clearly(world.platform.send(routes.REDEEM, shop.token, body=body), "invalid_request", "below_threshold")


def workbook(columns: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, columns)
    return out.getvalue()


FILES = {
    "xlsx lacking columns": (workbook(("商户名称", "地址")), routes.XLSX, "missing_columns"),
    "GBK CSV lacking columns": (
        roster_csv(some_rows(3), columns=("商户名称", "区域名称"), encoding="gbk"), routes.CSV, "missing_columns"
    ),
    "an empty file": (b"", routes.CSV, "unreadable_file"),
    "half a workbook": (workbook(("统一社会信用代码",))[:900], routes.XLSX, "unreadable_file"),
    "CSV called xlsx": (roster_csv(some_rows(2)), routes.XLSX, "unreadable_file"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, routes.XLSX, "unreadable_file"),
    "noise": (bytes(range(256)) * 20, routes.CSV, "unreadable_file"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_roster_that_cannot_be_taken(platform: Platform, name: str) -> None:
    content, media_type, code = FILES[name]
    reply = platform.send(
        routes.IMPORT_MERCHANTS, platform.staff["operator"], content=content, media_type=media_type,
        query={"dry_run": "false"},
    )  # fmt: skip
    told_clearly(reply, code)


@pytest.mark.parametrize("value", ["2020", "tomorrow", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z",
                                   "9999-12-31T23:59:59Z", "2026-01-01T00:00:00", 1e300, -5, None])  # fmt: skip
def test_a_time_that_is_none(platform: Platform, value: Any) -> None:
    reply = platform.send(routes.SET_CLOCK, platform.staff["operator"], body={"now": value})
    told_clearly(reply, "invalid_request", "clock_backward")
