"""The audit log: its pages, and that no change to it goes unseen."""

import pytest

from tests.integration.conftest import Api
from voucher_platform.core import audit_log
from voucher_platform.core.clocks import real_now
from voucherlab.sql import run_sql

pytestmark = pytest.mark.asyncio


async def append(api: Api, number: int) -> None:
    async with api.core.database.transaction() as connection:
        for n in range(number):
            await audit_log.append(
                connection, principal="bureau1", action="测试", object_id=f"x{n}",
                detail={"n": n, "中文": "是", "none": None}, business_at=real_now(),
            )  # fmt: skip


async def verification(api: Api) -> dict[str, object]:
    reply = await api.send("GET", "/v1/audit/verification", role="auditor")
    assert reply.status_code == 200, reply.text
    found: dict[str, object] = reply.json()
    return found


async def test_pages_hold_every_entry_once_in_order(api: Api) -> None:
    await append(api, 7)
    ids: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        reply = await api.send("GET", f"/v1/audit/entries?limit=3{cursor and f'&cursor={cursor}'}", role="bureau")
        ids += [entry["id"] for entry in reply.json()["items"]]
        cursor = reply.json()["next_cursor"]
    assert ids == [1, 2, 3, 4, 5, 6, 7]


async def test_an_untouched_chain_is_intact_beyond_one_page(api: Api) -> None:
    assert await verification(api) == {"entries": 0, "intact": True, "first_bad_id": None}
    await append(api, 1_001)
    assert await verification(api) == {"entries": 1_001, "intact": True, "first_bad_id": None}


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit_entry SET detail = '{\"n\": 99}' WHERE id = 4",
        "UPDATE audit_entry SET principal = 'nobody' WHERE id = 4",
        "UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = 4",
        "UPDATE audit_entry SET previous_hash = 'x' WHERE id = 4",
        "DELETE FROM audit_entry WHERE id = 4",
    ],
)
async def test_a_changed_or_missing_entry_is_the_first_bad_one(api: Api, database_url: str, tamper: str) -> None:
    await append(api, 9)
    run_sql(database_url, tamper)
    found = await verification(api)
    assert (found["intact"], found["first_bad_id"]) == (False, 4)


async def test_the_application_itself_may_not_change_the_log(api: Api) -> None:
    await append(api, 1)
    for role in ("operator", "merchant", "consumer"):
        reply = await api.send("GET", "/v1/audit/entries", role=role)
        assert reply.status_code == 403
