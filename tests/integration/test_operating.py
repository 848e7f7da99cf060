"""Probes and figures of the real application: who may see them, and what they say when a part is away."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.claim_world import World, ask, outcome, world
from tests.scrapes import read_scrape
from voucher_platform.app import build_app, framed

TOKEN = "scrape-" + "k" * 32
pytestmark = pytest.mark.asyncio


def caller(app: object, made: World, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=framed(app, made.settings), client=(address, 1234))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://platform")


@pytest_asyncio.fixture
async def made(database_url: str, redis_url: str) -> AsyncIterator[World]:
    async with world(database_url, redis_url, claim_deadline_ms=30_000) as built:
        yield built


async def test_a_process_is_ready_when_its_gate_is_open_and_says_what_is_missing_before(made: World) -> None:
    app = build_app(made.settings)
    async with app.router.lifespan_context(app), caller(app, made) as client:
        assert await app.state.gate.opening.wait(10)
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["missing"]) == (200, [])
        app.state.gate.opening.distrust(app.state.gate.opening.epoch, "a test says so")
        shut = await client.get("/readyz")
        assert shut.status_code == 503
        assert shut.json()["missing"] == [{"part": "hot_store", "reason": "distrusted"}]
        assert (await client.get("/healthz")).json()["alive"] is True
        assert await app.state.gate.opening.wait(10)
        assert (await client.head("/readyz")).status_code == 200


async def test_figures_are_for_this_machine_unless_a_token_is_set(made: World) -> None:
    app = build_app(made.settings)
    async with app.router.lifespan_context(app):
        async with caller(app, made, address="192.0.2.7") as stranger:
            refused = await stranger.get("/metrics")
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        async with caller(app, made) as neighbour:
            assert (await neighbour.get("/metrics")).status_code == 200
            for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
                passed_on = await neighbour.get("/metrics", headers={header: "127.0.0.1"})
                assert passed_on.status_code == 403, f"{header}: a proxy's own address lets everybody in"


async def test_with_a_token_set_nothing_else_opens_the_figures(made: World) -> None:
    settings = made.settings.model_copy(update={"metrics_token": TOKEN})
    app = build_app(settings)
    async with app.router.lifespan_context(app), caller(app, made, address="192.0.2.7") as client:
        good = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert good.status_code == 200
        assert TOKEN not in good.text
        for wrong in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Basic {TOKEN}"}):
            assert (await client.get("/metrics", headers=wrong)).status_code == 401
    async with app.router.lifespan_context(app), caller(app, made) as neighbour:
        assert (await neighbour.get("/metrics")).status_code == 401, "the token is asked of everybody"


async def test_claims_are_counted_by_how_they_end(made: World) -> None:
    app = build_app(made.settings)
    async with app.router.lifespan_context(app), caller(app, made) as client:
        gate = app.state.gate
        assert await gate.opening.wait(10)
        batch = await made.batch(quota=2)
        await app.state.pulse.beat()
        first = ask(batch, "a")
        asked = (first, first, ask(batch, "a"), ask(batch, "b"), ask(batch, "c"), ask("bat_nowhere", "d"))
        answers = [await outcome(gate, one) for one in asked]
        assert answers[2:] == ["limit_reached", answers[3], "sold_out", "unknown_batch"]
        shown = read_scrape(await client.get("/metrics"))
        assert shown.by("outcome", "voucherlab_claims_total") == {
            "issued": 2, "replayed": 1, "limit_reached": 1, "sold_out": 1, "unknown_batch": 1,
        }  # fmt: skip
        assert shown.total("voucherlab_claim_seconds_count") == 6
        assert shown.one("voucherlab_batch_remaining", batch=batch) == 0
        assert shown.total("voucherlab_round_size_sum", stage="commit") >= 2
        assert shown.one("voucherlab_claims_under_way", process="api") == 0
        assert shown.one("voucherlab_epoch") == shown.one("voucherlab_gate_epoch", process="api")
        statuses = read_scrape(await client.get("/metrics")).by("status", "voucherlab_http_replies_total")
        assert statuses == {"200": 1}
