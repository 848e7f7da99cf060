"""Campaigns and money over the application's routes: keys, roles, shapes, and a corrupted row seen from outside."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.bureau import a_batch_spec
from tests.integration.conftest import Api
from tests.money_assertions import assert_coherent
from voucher_platform.core.ids import new_id
from voucherlab.sql import run_sql


async def make(api: Api, path: str, body: Any = None, *, by: str = "maker", status: int = 201) -> dict[str, Any]:
    """A write by an officer that must end with ``status``."""
    reply = await api.send("POST", path, token=api.token("bureau", by), body=body)
    assert reply.status_code == status, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def a_campaign(api: Api, *, deposit_fen: int = 600_000) -> str:
    """A campaign with its deposit, made over HTTP; its id."""
    spec = {"name": "迎春消费券", "paying_account": "P-1", "designated_account": "P-1"}
    campaign = str((await make(api, "/v1/campaigns", spec))["id"])
    deposit = {"amount_fen": deposit_fen, "bank_reference": new_id("bank")}
    await make(api, f"/v1/campaigns/{campaign}/deposits", deposit)
    return campaign


def a_plan(api: Api) -> dict[str, Any]:
    """A batch's body whose windows lie around the present business time."""
    now = api.core.clocks.now()
    spec = a_batch_spec(
        claim_opens_at=now - timedelta(days=1), claim_closes_at=now + timedelta(days=1),
        valid_from=now - timedelta(days=1), valid_until=now + timedelta(days=2),
    )  # fmt: skip
    plan: dict[str, Any] = spec.model_dump(mode="json")
    return plan


async def a_live_batch(api: Api, campaign: str) -> str:
    """A batch on its whole way from plan to publication, over HTTP; its id."""
    planned = (await make(api, f"/v1/campaigns/{campaign}/rounds", {"name": "第一轮"}))["id"]
    batch = await make(api, f"/v1/rounds/{planned}/batches", a_plan(api))
    await make(api, f"/v1/rounds/{planned}/submit", status=200)
    await make(api, f"/v1/rounds/{planned}/approve", by="checker", status=200)
    published = await make(api, f"/v1/rounds/{planned}/publish", status=200)
    assert published["batch_ids"] == [batch["id"]]
    return str(batch["id"])


@pytest.mark.asyncio
async def test_eight_deposits_at_once_with_one_key_are_one_effect(api: Api) -> None:
    campaign = await a_campaign(api)
    body = {"amount_fen": 100, "bank_reference": "CZ-2026-1"}
    path, token, key = f"/v1/campaigns/{campaign}/deposits", api.token("bureau", "maker"), "k" * 16
    replies = await asyncio.gather(*(api.send("POST", path, token=token, key=key, body=body) for _ in range(8)))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.content for reply in replies}) == 1
    assert sum(reply.headers.get("idempotent-replayed") == "true" for reply in replies) == 7
    statement = await assert_coherent(api.core.database, campaign)
    assert statement.buckets.received_fen == 600_100


@pytest.mark.asyncio
async def test_a_round_from_plan_to_money_back_over_the_routes(api: Api) -> None:
    campaign = await a_campaign(api)
    batch = await a_live_batch(api, campaign)
    raised = await make(api, f"/v1/batches/{batch}/quota", {"quota": 120}, status=200)
    assert (raised["quota"], raised["remaining"]) == (120, 120)
    for act, state in (("pause", "paused"), ("resume", "live"), ("stop", "stopped")):
        assert (await make(api, f"/v1/batches/{batch}/{act}", {"reason": "演练"}, status=200))["state"] == state
    settled = await make(api, f"/v1/campaigns/{campaign}/settlements")
    assert settled["net_fen"] == 0
    assert (await make(api, f"/v1/campaigns/{campaign}/close", status=200))["state"] == "closed"
    sent = await make(api, f"/v1/campaigns/{campaign}/returns", {})
    done = await make(api, f"/v1/returns/{sent['id']}/confirm", {"bank_reference": "TH-9"}, status=200)
    assert (done["amount_fen"], done["state"]) == (600_000, "returned")
    money = (await api.send("GET", f"/v1/campaigns/{campaign}/money", role="auditor")).json()
    assert money["identity_ok"]
    assert money["buckets"]["returned_fen"] == money["buckets"]["received_fen"] == 600_000
    page = (await api.send("GET", f"/v1/campaigns/{campaign}/transfers?limit=2", role="auditor")).json()
    rest = await api.send("GET", f"/v1/campaigns/{campaign}/transfers?cursor={page['next_cursor']}", role="auditor")
    assert [row["kind"] for row in (*page["items"], *rest.json()["items"])] == [
        "deposit", "reserve", "reserve", "unreserve", "return", "return_confirmed",
    ]  # fmt: skip


@pytest.mark.asyncio
async def test_consumers_and_merchants_see_what_is_published_and_no_draft(api: Api) -> None:
    campaign = await a_campaign(api)
    shown = await a_live_batch(api, campaign)
    planned = (await make(api, f"/v1/campaigns/{campaign}/rounds", {"name": "第二轮"}))["id"]
    draft = (await make(api, f"/v1/rounds/{planned}/batches", a_plan(api)))["id"]
    for role, expected in (("consumer", [shown]), ("merchant", [shown]), ("operator", [shown, draft])):
        page = (await api.send("GET", "/v1/batches", role=role)).json()  # type: ignore[arg-type]
        assert [batch["id"] for batch in page["items"]] == expected
    hidden = await api.send("GET", f"/v1/batches/{draft}", role="consumer")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "unknown_batch")
    assert (await api.send("GET", f"/v1/batches/{draft}", role="auditor")).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"face_fen": 30.5}, "face_fen"),
        ({"face_fen": -1}, "face_fen"),
        ({"quota": "100"}, "quota"),
        ({"categories": []}, "categories"),
        ({"districts": ["110101001"]}, "districts"),
        ({"threshold_fen": 3_000}, "body"),
        ({"claim_opens_at": "2026-02-10T12:00:00"}, "claim_opens_at"),
        ({"surprise": 1}, "surprise"),
    ],
)
@pytest.mark.asyncio
async def test_a_bad_plan_is_refused_by_the_fields_name_and_changes_nothing(
    api: Api, change: dict[str, Any], field: str
) -> None:
    campaign = await a_campaign(api)
    planned = (await make(api, f"/v1/campaigns/{campaign}/rounds", {"name": "第一轮"}))["id"]
    reply = await make(api, f"/v1/rounds/{planned}/batches", {**a_plan(api), **change}, status=422)
    assert reply["code"] == "invalid_request"
    assert field in reply["errors"][0]["field"]
    assert (await make(api, f"/v1/rounds/{planned}/submit", status=409))["code"] == "wrong_state"


@pytest.mark.asyncio
async def test_a_corrupted_transfer_row_shows_in_the_statement_over_http(api: Api, database_url: str) -> None:
    campaign = await a_campaign(api)
    await a_live_batch(api, campaign)
    await asyncio.to_thread(
        run_sql, database_url, "UPDATE ledger_transfer SET amount_fen = amount_fen - 1 WHERE kind = 'reserve'"
    )
    money = (await api.send("GET", f"/v1/campaigns/{campaign}/money", role="bureau")).json()
    assert not money["identity_ok"]
    assert any(f"free:{campaign}" in fault for fault in money["faults"])


@pytest.mark.asyncio
async def test_ids_nobody_has_answer_404_and_bad_cursors_422(api: Api) -> None:
    for path in ("/v1/campaigns/none", "/v1/rounds/none", "/v1/batches/none", "/v1/campaigns/none/money"):
        assert (await api.send("GET", path, role="bureau")).status_code == 404
    for path in ("/v1/campaigns/x/transfers?cursor=-1", "/v1/campaigns?limit=0", "/v1/batches?cursor=%F0%9F%92%A5"):
        assert (await api.send("GET", path, role="bureau")).status_code == 422
