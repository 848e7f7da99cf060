"""The business clock of a sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.conftest import Api, running, settings_of

pytestmark = pytest.mark.asyncio


async def move(api: Api, now: datetime, status: int) -> Any:
    reply = await api.send("POST", "/v1/sandbox/clock", role="operator", body={"now": now.isoformat()})
    assert reply.status_code == status, reply.text
    return reply.json()


async def test_the_reply_comes_when_every_process_has_the_new_time(api: Api) -> None:
    settings = api.core.settings
    target = datetime.now(UTC) + timedelta(days=30)
    async with running(settings) as sibling:
        assert datetime.fromisoformat((await move(api, target, 200))["now"]) >= target
        for role in ("bureau", "auditor", "operator", "merchant", "consumer"):
            reply = await sibling.send("GET", "/v1/sandbox/clock", role=role)
            assert datetime.fromisoformat(reply.json()["now"]) >= target


async def test_the_clock_never_goes_back_but_the_same_request_may_come_again(api: Api) -> None:
    target = datetime.now(UTC) + timedelta(days=2)
    await move(api, target, 200)
    await move(api, target, 200)
    problem = await move(api, target - timedelta(seconds=1), 409)
    assert problem["code"] == "clock_backward"
    await move(api, target + timedelta(hours=1), 200)
    assert (await move(api, target, 409))["code"] == "clock_backward"


async def test_a_time_beyond_ten_years_is_refused(api: Api) -> None:
    for year in (2060, 9999):
        assert (await move(api, datetime(year, 12, 31, tzinfo=UTC), 422))["code"] == "invalid_request"
    assert (await move(api, datetime(1, 1, 1, tzinfo=UTC), 409))["code"] == "clock_backward"


async def test_a_process_that_lags_is_named_with_503(api: Api) -> None:
    async with api.core.database.transaction() as connection:
        await connection.execute(
            text("INSERT INTO live_process VALUES ('stuck', 'api', 0, 0, clock_timestamp() + interval '1 minute')")
        )
    problem = await move(api, datetime.now(UTC) + timedelta(days=1), 503)
    assert (problem["code"], problem["retryable"]) == ("clock_not_taken", True)


async def test_without_the_setting_there_is_no_sandbox(database_url: str, redis_url: str) -> None:
    async with running(settings_of(database_url, redis_url, sandbox=False)) as real:
        for method, path in (("GET", "clock"), ("POST", "clock"), ("POST", "people")):
            reply = await real.send(method, f"/v1/sandbox/{path}", role="operator", body={})
            assert (reply.status_code, reply.json()["code"]) == (404, "no_such_route")
        capabilities = (await real.send("GET", "/v1/meta")).json()["capabilities"]
        assert not {"sandbox_clock", "sandbox_people"} & set(capabilities)


async def test_only_the_operator_moves_the_clock(api: Api) -> None:
    for role in ("bureau", "auditor", "merchant", "consumer"):
        reply = await api.send("POST", "/v1/sandbox/clock", role=role, body={"now": "2030-01-01T00:00:00Z"})
        assert reply.status_code == 403
