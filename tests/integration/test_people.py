"""One natural person behind many accounts."""

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import text

from merchant_sim.people import build_people
from tests.integration.conftest import Api
from voucher_platform.core.auth import unseal

pytestmark = pytest.mark.asyncio
HOME = "510681001"


def person(account: str, id_no: int, card: int | None = None, **more: str) -> dict[str, Any]:
    made = {"account": account, "phone": "10020000001", "device": f"device-{account}", "home_district": HOME}
    number = None if card is None else f"000000{card:010d}"
    return {**made, "id_number": f"999999{id_no:011d}X", "card": number, **more}


async def create(api: Api, *people: dict[str, Any], status: int = 201) -> Any:
    reply = await api.send("POST", "/v1/sandbox/people", role="operator", body={"people": people})
    assert reply.status_code == status, reply.text
    return [made["person_id"] for made in reply.json()["people"]] if status == 201 else reply.json()


async def rows(api: Api, query: str) -> list[Any]:
    async with api.core.database.reading() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_third_account_makes_one_person_of_two_within_one_call(api: Api) -> None:
    made = await create(api, person("a", 1, 1), person("c", 2, 2), person("b", 1, 2), person("d", 3, 3))
    assert len(set(made[:3])) == 1
    assert made[3] != made[0]


async def test_accounts_of_later_calls_join_the_person_they_share_a_number_with(api: Api) -> None:
    [first] = await create(api, person("a", 1, 1))
    [second] = await create(api, person("b", 1, 2))
    [third] = await create(api, person("c", 2, 2))
    assert first == second == third


async def test_two_persons_that_turn_out_to_be_one_become_the_older_and_the_merge_is_recorded(api: Api) -> None:
    [older] = await create(api, person("a", 1, 1))
    [younger] = await create(api, person("c", 2, 2))
    assert older != younger
    [joined] = await create(api, person("b", 1, 2))
    assert joined == older
    assert await rows(api, "SELECT merged_person, into_person FROM person_merge") == [(younger, older)]
    assert await create(api, person("c", 2, 2), person("e", 2, 9)) == [older, older]
    assert await rows(api, "SELECT DISTINCT person_id FROM account") == [(older,)]


async def test_phones_and_devices_of_a_family_do_not_make_one_person(api: Api) -> None:
    first, second = await create(api, person("a", 1, device="tablet"), person("b", 2, device="tablet"))
    assert first != second


async def test_creating_an_account_again_gives_the_same_person_and_a_token_with_the_new_device(api: Api) -> None:
    [before] = await create(api, person("a", 1, 1))
    again = {"people": [person("a", 1, 7, device="new-phone")]}
    reply = await api.send("POST", "/v1/sandbox/people", role="operator", body=again)
    [made] = reply.json()["people"]
    principal = unseal(made["token"], api.core.settings.token_secret)
    assert principal is not None
    assert made["person_id"] == principal.person == before
    assert (principal.role, principal.name, principal.device, principal.home) == ("consumer", "a", "new-phone", HOME)


async def test_an_account_with_somebody_elses_numbers_is_refused_and_nothing_changes(api: Api) -> None:
    await create(api, person("a", 1, 1), person("b", 2, 2))
    problem = await create(api, person("x", 5, 5), person("a", 2, 2), status=422)
    assert problem["code"] == "invalid_request"
    assert problem["errors"][0]["field"] == "body.people.1.account"
    problem = await create(api, person("y", 6, 6), person("y", 7, 7), status=422)
    assert problem["errors"][0]["field"] == "body.people.1.account"
    assert await rows(api, "SELECT id FROM account ORDER BY id") == [("a",), ("b",)]


async def test_simultaneous_calls_with_one_new_id_number_agree_on_one_person(api: Api) -> None:
    calls = (create(api, person(f"a{n}", 1, n), person(f"z{n}", 100 + n)) for n in range(8))
    made = await asyncio.gather(*calls)
    assert len({shared for shared, _ in made}) == 1
    assert len({own for _, own in made}) == 8


async def test_no_number_of_a_person_is_stored_in_clear(api: Api) -> None:
    one = person("a", 1, 42, phone="13812341234", device="very-own-device")
    await create(api, one)
    stored = [await rows(api, f"SELECT * FROM {table}") for table in ("person_identifier", "account", "audit_entry")]
    for kind in ("phone", "card", "id_number", "device"):
        assert str(one[kind]) not in str(stored)
    assert "138****1234" in str(stored)


async def test_ten_thousand_accounts_are_resolved_in_one_call(api: Api) -> None:
    accounts = [
        {**vars_of(account), "id_number": human.id_number, "home_district": human.home_district}
        for human in build_people(1, 9_500)
        for account in human.accounts
    ][:10_000]
    start = time.monotonic()
    made = await create(api, *accounts)
    print(f"{len(made)} accounts in {time.monotonic() - start:.2f} s")
    assert time.monotonic() - start < 20  # some 2 s when the machine is idle: this only catches quadratic growth
    people_of: dict[str, set[str]] = {}
    for account, person_id in zip(accounts, made, strict=True):
        people_of.setdefault(account["id_number"], set()).add(person_id)
    assert all(len(found) == 1 for found in people_of.values())
    assert len({person_id for found in people_of.values() for person_id in found}) == len(people_of)


def vars_of(account: Any) -> dict[str, str]:
    return {name: getattr(account, name) for name in ("account", "phone", "card", "device")}
