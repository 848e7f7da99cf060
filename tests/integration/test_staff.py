"""Signing in, and the staff file."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.integration.conftest import PASSWORD, Api
from voucher_platform.core.auth import unseal
from voucher_platform.staff.operations import seed_staff

pytestmark = pytest.mark.asyncio


async def sign_in(api: Api, login: str, password: str) -> tuple[int, dict[str, str]]:
    reply = await api.send("POST", "/v1/sessions", body={"login": login, "password": password})
    return reply.status_code, reply.json()


async def test_the_right_password_gives_a_token_of_the_role(api: Api) -> None:
    status, session = await sign_in(api, "auditor1", PASSWORD)
    assert (status, session["role"], session["name"]) == (201, "auditor", "auditor")
    principal = unseal(session["token"], api.core.settings.token_secret)
    assert principal is not None
    assert (principal.role, principal.name) == ("auditor", "auditor1")


async def test_a_wrong_password_and_an_unknown_login_look_and_cost_the_same(api: Api) -> None:
    async def cost(login: str) -> float:
        start = time.process_time()
        for _ in range(4):
            status, problem = await sign_in(api, login, "wrong wrong")
            assert (status, problem["code"]) == (401, "bad_credentials")
        return time.process_time() - start

    known, unknown = await cost("bureau1"), await cost("whoever-else")
    assert 0.4 < known / unknown < 2.5


async def test_the_eleventh_wrong_try_within_a_minute_is_rate_limited(api: Api) -> None:
    replies = await asyncio.gather(*(sign_in(api, "operator1", "wrong wrong") for _ in range(14)))
    assert sorted(problem["code"] for _, problem in replies) == ["bad_credentials"] * 10 + ["rate_limited"] * 4
    status, problem = await sign_in(api, "operator1", PASSWORD)
    assert (status, problem["code"]) == (429, "rate_limited")


async def test_seeding_again_leaves_good_rows_and_changes_what_the_file_changes(api: Api, staff_file: Path) -> None:
    async def hashes() -> dict[str, str]:
        async with api.core.database.reading() as connection:
            return {row.login: row.password_hash for row in await connection.execute(text("SELECT * FROM staff"))}

    before = await hashes()
    members = json.loads(await asyncio.to_thread(staff_file.read_text))
    members[0]["password"] = "another password"
    await asyncio.to_thread(staff_file.write_text, json.dumps(members))
    async with api.core.database.transaction() as connection:
        await seed_staff(connection, staff_file)
    after = await hashes()
    assert {login for login in before if before[login] != after[login]} == {"bureau1"}
    assert (await sign_in(api, "bureau1", "another password"))[0] == 201
    assert PASSWORD not in str(after)
