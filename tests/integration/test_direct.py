"""The door for claims, the short ways and FastAPI's own give the same replies, for good requests and for bad ones."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.claim_world import World, world
from voucher_platform.app import build_app, framed
from voucher_platform.core.auth import Principal, seal
from voucher_platform.core.figures import REPLIES
from voucher_platform.core.frame import Frame

pytestmark = pytest.mark.asyncio
KEY = "a-key-of-16-letters"
TILL = Principal("merchant", "mch_1:T1", merchant="mch_1", till="T1")
ORDER = {"code": "ABCDEFGH12345678", "order_no": "o-1", "till_number": "T0001", "order_total_fen": 12_000}
BAD_BODIES = (
    b"", b"{", b"[]", b"null", b'{"device": 7}', b'{"device": "a b"}', b'{"strange": 1}', b'{"device": "\xff"}',
    b'{"device": NaN}', b"[" * 60_000, b" " * 40_000 + b"[]", b'{"device": "dev-b"}',
)  # fmt: skip


@asynccontextmanager
async def both_ways(made: World) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """The same application twice: with the short way in front, and without."""
    app = build_app(made.settings)
    limits = {"max_body_bytes": made.settings.max_body_bytes, "max_import_bytes": made.settings.max_import_bytes}
    async with app.router.lifespan_context(app):
        assert await app.state.gate.opening.wait(10)
        short = httpx.ASGITransport(app=framed(app, made.settings), raise_app_exceptions=False)
        long = httpx.ASGITransport(
            app=Frame(app, count=app.state.core.meters.tally(REPLIES), **limits), raise_app_exceptions=False
        )
        async with (
            httpx.AsyncClient(transport=short, base_url="http://short") as one,
            httpx.AsyncClient(transport=long, base_url="http://short") as two,
        ):
            yield one, two


def signed(who: Principal, key: str | None = KEY, media_type: str = "application/json") -> dict[str, str]:
    headers = {"Authorization": f"Bearer {seal(who, 't' * 32, 600)[0]}", "Content-Type": media_type}
    return {**headers, "Idempotency-Key": key} if key is not None else headers


def told(reply: httpx.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What must be equal, byte for byte: everything but the request's id and the jitter of a wait."""
    headers = [(name, value) for name, value in reply.headers.raw if name not in (b"x-request-id", b"retry-after")]
    body = re.sub(rb'("request_id": "req_)[0-9A-Z]{26}"|("retry_after_ms": )[0-9]+', rb"\1\2", reply.content)
    return reply.status_code, [header for header in headers if header[0] != b"content-length"], body


async def alike(ways: tuple[httpx.AsyncClient, httpx.AsyncClient], url: str, **request: Any) -> httpx.Response:
    """The reply to a request, the same whichever way it is sent."""
    short, long = [await way.post(url, **request) for way in ways]
    assert told(short) == told(long), (url, request)
    for reply in (short, long):
        assert re.fullmatch("req_[0-9A-Z]{26}", reply.headers["x-request-id"])
        assert int(reply.headers["content-length"]) == len(reply.content)
        assert ("retry-after" in reply.headers) == (b"retry_after_ms" in reply.content)
    return short


def resident(name: str) -> Principal:
    return Principal("consumer", f"acc-{name}", person=f"psn-{name}", device=f"dev-{name}", home="510681001")


async def test_a_claim_and_its_repeats_are_told_alike(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        url = f"/v1/batches/{batch}/claims"
        async with both_ways(made) as ways:
            first = await ways[0].post(url, content=b"{}", headers=signed(resident("a")))
            assert first.status_code == 201
            again = await alike(ways, url, content=b"{}", headers=signed(resident("a")))
            assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
            for who, key, said, code in (
                ("a", "another-key-1234567", b"{}", "limit_reached"), ("a", KEY, b'{"device": null}', "key_reused"),
                ("b", KEY, b"{}", "sold_out"), ("c", KEY, b"{}", "sold_out"),
            ):  # fmt: skip
                refused = await alike(ways, url, content=said, headers=signed(resident(who), key))
                assert refused.json()["code"] == code


@pytest.mark.parametrize("mode", ["static", "dynamic"])
async def test_a_voucher_is_told_alike_at_its_first_claim(database_url: str, redis_url: str, mode: str) -> None:
    """Two persons get two vouchers; but for the voucher's own id, code and moment the replies must be the same."""
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=2, mode=mode)
        url = f"/v1/batches/{batch}/claims"
        async with both_ways(made) as (short, long):
            one, two = [
                await way.post(url, content=b'{"device":"dev-%s"}' % name.encode(), headers=signed(resident(name)))
                for way, name in ((short, "a"), (long, "b"))
            ]
            own = rb'("id":"vch_|"code":"|"claimed_at":"|"valid_from":")[^"]+'
            assert (one.status_code, two.status_code) == (201, 201)
            assert re.sub(own, rb"\1", one.content) == re.sub(own, rb"\1", two.content)
            assert [name for name, _ in one.headers.raw] == [name for name, _ in two.headers.raw]
            for way, name, first in ((long, "a", one), (short, "b", two)):
                said = b'{"device":"dev-%s"}' % name.encode()
                assert (await way.post(url, content=said, headers=signed(resident(name)))).content == first.content


@pytest.mark.parametrize("body", BAD_BODIES)
async def test_a_bad_body_is_told_alike(database_url: str, redis_url: str, body: bytes) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with both_ways(made) as ways:
            for url, who in ((f"/v1/batches/{batch}/claims", resident("a")), ("/v1/redemptions", TILL)):
                assert (await alike(ways, url, content=body, headers=signed(who))).status_code >= 400


async def test_every_refusal_that_needs_no_store_is_told_alike(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        wanted = {
            "not_open": "claim_opens_at = now() + interval '1 hour'", "paused": "state = 'paused'",
            "closed": "claim_closes_at = now() - interval '1 second'", "not_eligible": "resident_districts = '{x}'",
            "position_missing": """claim_area = '{"latitude": 31, "longitude": 104, "radius_m": 100}'""",
        }  # fmt: skip
        batches = {code: await made.batch(quota=1) for code in wanted}
        for code, change in wanted.items():
            await made.sql(f"UPDATE batch SET {change} WHERE id = :id", id=batches[code])
        near = b'{"position": {"latitude": 31.0, "longitude": 104}}'
        far = b'{"position": {"latitude": 31.5, "longitude": 104}}'
        fenced = batches["position_missing"]
        asked = [(batch, b"{}", code) for code, batch in batches.items()]
        asked += [
            ("bat_nowhere", b"{}", "unknown_batch"), (fenced, far, "outside_area"),
            (fenced, b'{"device": "dev-b"}', "device_mismatch"),
        ]  # fmt: skip
        async with both_ways(made) as ways:
            for batch, said, code in asked:
                url = f"/v1/batches/{batch}/claims"
                assert (await alike(ways, url, content=said, headers=signed(resident("a")))).json()["code"] == code
            let_in = await ways[0].post(f"/v1/batches/{fenced}/claims", content=near, headers=signed(resident("a")))
            assert let_in.status_code == 201


async def test_whoever_is_too_quick_is_told_alike(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=9, rates='{"person": {"permits": 1, "window_ms": 3600000}}')
        url = f"/v1/batches/{batch}/claims"
        async with both_ways(made) as ways:
            assert (await ways[0].post(url, content=b"{}", headers=signed(resident("a")))).status_code == 201
            refused = await alike(ways, url, content=b"{}", headers=signed(resident("a"), "another-key-1234567"))
            assert refused.json()["code"] == "rate_limited"


async def test_whoever_may_not_ask_is_told_alike(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        order = json.dumps(ORDER).encode()
        good = signed(resident("a"))
        wrong: list[dict[str, str]] = [
            {}, {"Authorization": "Bearer x.y"}, {**good, "Authorization": good["Authorization"] + "x"},
            {**good, "Authorization": "Bearer " + seal(resident("a"), "t" * 32, -1)[0]},
            {**good, "Authorization": "Bearer " + seal(resident("a"), "u" * 32, 60)[0]},
            signed(resident("a"), None), signed(resident("a"), "short"), signed(resident("a"), KEY, "text/plain"),
            signed(TILL, None), signed(TILL, "short"), signed(TILL, KEY, "text/plain"),
            signed(Principal("bureau", "b")), signed(TILL),
        ]  # fmt: skip
        urls = (
            f"/v1/batches/{batch}/claims", f"/v1/batches/{batch}/claims?x=1", "/v1/batches/a%20b/claims",
            "/v1/redemptions", "/v1/redemptions/rdm_1/refunds", "/v1/redemptions?x=1",
        )  # fmt: skip
        async with both_ways(made) as ways:
            for url in urls:
                for headers in wrong:
                    assert (await alike(ways, url, content=order, headers=headers)).status_code >= 400
            twice = [*good.items(), ("Idempotency-Key", "another-key-1234567")]
            assert (await alike(ways, urls[0], content=b"{", headers=twice)).status_code == 400


async def test_a_good_claim_does_not_pass_through_the_framework(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        app = build_app(made.settings)
        async with app.router.lifespan_context(app):
            assert await app.state.gate.opening.wait(10)
            app.router.routes.clear()
            transport = httpx.ASGITransport(app=framed(app, made.settings))
            async with httpx.AsyncClient(transport=transport, base_url="http://short") as client:
                reply = await client.post(f"/v1/batches/{batch}/claims", content=b"{}", headers=signed(resident("a")))
                assert reply.status_code == 201


async def test_a_body_that_is_whole_is_not_waited_for(database_url: str, redis_url: str) -> None:
    """A server may announce more behind the last piece; by its declared length the body has ended."""
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        app = build_app(made.settings)
        async with app.router.lifespan_context(app):
            assert await app.state.gate.opening.wait(10)
            pieces, told = [b'{"device"', b":null}"], []

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": pieces.pop(0), "more_body": True}

            async def send(message: Any) -> None:
                told.append(message)

            headers = {**signed(resident("a")), "Content-Length": "15"}
            scope = {
                "type": "http", "method": "POST", "path": f"/v1/batches/{batch}/claims", "query_string": b"",
                "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            }  # fmt: skip
            await framed(app, made.settings)(scope, receive, send)
            assert (told[0]["status"], pieces) == (201, [])
