"""The short way and FastAPI's own give the same replies, for good requests and for bad ones."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.claim_world import World, world
from voucher_platform.app import build_app, framed
from voucher_platform.core.auth import Principal, seal
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
        long = httpx.ASGITransport(app=Frame(app, **limits), raise_app_exceptions=False)
        async with (
            httpx.AsyncClient(transport=short, base_url="http://short") as one,
            httpx.AsyncClient(transport=long, base_url="http://short") as two,
        ):
            yield one, two


def signed(who: Principal, key: str | None = KEY, media_type: str = "application/json") -> dict[str, str]:
    headers = {"Authorization": f"Bearer {seal(who, 't' * 32, 600)[0]}", "Content-Type": media_type}
    return {**headers, "Idempotency-Key": key} if key is not None else headers


def told(reply: httpx.Response) -> tuple[int, str | None, str | None, Any]:
    """What must be equal: everything but the request's id and the jitter of a wait."""
    body = json.loads(reply.content)
    for varying in ("request_id", "retry_after_ms"):
        body.pop(varying, None)
    return reply.status_code, reply.headers.get("content-type"), reply.headers.get("idempotent-replayed"), body


def resident(name: str) -> Principal:
    return Principal("consumer", f"acc-{name}", person=f"psn-{name}", device=f"dev-{name}", home="510681001")


async def test_a_claim_and_its_repeats_are_told_alike(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        url = f"/v1/batches/{batch}/claims"
        async with both_ways(made) as (short, long):
            first = await short.post(url, content=b"{}", headers=signed(resident("a")))
            assert first.status_code == 201
            for who, key in (("a", KEY), ("a", "another-key-1234567"), ("b", KEY)):
                replies = [
                    await way.post(url, content=b"{}", headers=signed(resident(who), key)) for way in (short, long)
                ]
                assert told(replies[0]) == told(replies[1])
                assert all(reply.headers["x-request-id"] for reply in replies)


@pytest.mark.parametrize("body", BAD_BODIES)
async def test_a_bad_body_is_told_alike(database_url: str, redis_url: str, body: bytes) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with both_ways(made) as (short, long):
            for url, who in ((f"/v1/batches/{batch}/claims", resident("a")), ("/v1/redemptions", TILL)):
                replies = [await way.post(url, content=body, headers=signed(who)) for way in (short, long)]
                assert told(replies[0]) == told(replies[1])


async def test_whoever_may_not_ask_is_told_alike(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        order = json.dumps(ORDER).encode()
        wrong: list[dict[str, str]] = [
            {}, {"Authorization": "Bearer x.y"}, signed(TILL, None), signed(TILL, "short"),
            signed(TILL, KEY, "text/plain"), signed(Principal("bureau", "b")), signed(TILL),
        ]  # fmt: skip
        urls = (
            f"/v1/batches/{batch}/claims",
            "/v1/redemptions",
            "/v1/redemptions/rdm_1/refunds",
            "/v1/redemptions?x=1",
        )
        async with both_ways(made) as (short, long):
            for url in urls:
                for headers in wrong:
                    replies = [await way.post(url, content=order, headers=headers) for way in (short, long)]
                    assert told(replies[0]) == told(replies[1]), (url, headers)


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
