"""Claiming and vouchers over HTTP, against the whole application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.claim_invariants import check_invariants
from tests.claim_world import World, world
from voucher_platform.app import build_app, framed
from voucher_platform.core.auth import Principal, seal

pytestmark = [pytest.mark.asyncio, pytest.mark.every_store]


@asynccontextmanager
async def served(made: World) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(made.settings)
    async with app.router.lifespan_context(app):
        assert await app.state.gate.opening.wait(10)
        transport = httpx.ASGITransport(app=framed(app, made.settings), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://platform") as client:
            yield client


def person(name: str, key: str = "a-key-of-16-letters") -> dict[str, str]:
    who = Principal("consumer", f"acc-{name}", person=f"psn-{name}", device=f"dev-{name}", home="510681001")
    return {"Authorization": f"Bearer {seal(who, 't' * 32, 600)[0]}", "Idempotency-Key": key}


def staff(role: str, key: str) -> dict[str, str]:
    who = Principal(role, role)  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {seal(who, 't' * 32, 600)[0]}", "Idempotency-Key": key}


async def test_a_claim_its_repeat_and_its_status_tell_the_same_voucher(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1)
        async with served(made) as client:
            url = f"/v1/batches/{batch}/claims"
            first = await client.post(url, json={}, headers=person("a"))
            assert first.status_code == 201, first.text
            assert "Idempotent-Replayed" not in first.headers
            again = await client.post(url, json={}, headers=person("a"))
            assert again.status_code == 201
            assert again.content == first.content
            assert again.headers["Idempotent-Replayed"] == "true"
            status = await client.get(f"{url}/a-key-of-16-letters", headers=person("a"))
            assert (status.status_code, status.content) == (200, first.content)
            strange = await client.get(f"{url}/a-key-of-16-letters", headers=person("b"))
            assert (strange.status_code, strange.json()["code"]) == (404, "not_found")
            loser = await client.post(url, json={}, headers=person("b"))
            assert (loser.status_code, loser.json()["code"]) == (409, "sold_out")
            limit = await client.post(url, json={}, headers=person("a", "another-key-123456"))
            assert limit.json()["voucher_ids"] == [first.json()["id"]]
            other = await client.post(url, json={"device": "dev-a"}, headers=person("a"))
            assert (other.status_code, other.json()["code"]) == (422, "key_reused")
            await check_invariants(made.database)


async def test_a_voucher_is_frozen_released_and_voided_and_the_claims_answer_stays(
    database_url: str, redis_url: str
) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=1, mode="dynamic")
        async with served(made) as client:
            first = await client.post(f"/v1/batches/{batch}/claims", json={}, headers=person("a"))
            voucher = f"/v1/vouchers/{first.json()['id']}"
            assert first.json()["code"] is None
            assert (await client.get(f"{voucher}/code", headers=person("a"))).status_code == 200
            why = {"reason": "checked"}
            for act, role, state in (("freeze", "operator", "frozen"), ("release", "operator", "issued")):
                done = await client.post(f"{voucher}/{act}", json=why, headers=staff(role, f"{act}-key-0123456789"))
                assert done.status_code == 200, done.text
                assert done.json()["state"] == state
                wrong = await client.post(f"{voucher}/{act}", json=why, headers=staff(role, f"{act}-again-0123456789"))
                assert wrong.json()["code"] == "wrong_state"
            void = await client.post(f"{voucher}/void", json=why, headers=staff("bureau", "void-key-0123456789"))
            assert void.json() == {"id": first.json()["id"], "state": "void", "released_fen": 3000}
            assert (await client.get(f"{voucher}/code", headers=person("a"))).json()["code"] == "wrong_state"
            again = await client.post(f"/v1/batches/{batch}/claims", json={}, headers=person("a"))
            assert again.content == first.content
            anew = await client.post(f"/v1/batches/{batch}/claims", json={}, headers=person("b"))
            assert anew.status_code == 201
            await check_invariants(made.database)


async def test_people_see_their_own_vouchers_only_and_staff_see_no_codes(database_url: str, redis_url: str) -> None:
    async with world(database_url, redis_url) as made:
        batch = await made.batch(quota=3)
        async with served(made) as client:
            made_for = {
                name: (await client.post(f"/v1/batches/{batch}/claims", json={}, headers=person(name))).json()
                for name in "ab"
            }
            own = (await client.get("/v1/vouchers", headers=person("a"))).json()["items"]
            assert own == [made_for["a"]]
            assert own[0]["code"]
            other = await client.get(f"/v1/vouchers/{made_for['b']['id']}", headers=person("a"))
            assert (other.status_code, other.json()["code"]) == (404, "not_found")
            page = (await client.get("/v1/vouchers?limit=1", headers=staff("auditor", "x" * 16))).json()
            rest = await client.get(f"/v1/vouchers?cursor={page['next_cursor']}", headers=staff("auditor", "x" * 16))
            items = page["items"] + rest.json()["items"]
            assert [item["id"] for item in items] == sorted(one["id"] for one in made_for.values())
            assert {item["code"] for item in items} == {None}
