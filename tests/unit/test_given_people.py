"""People and shops of a vendor's files."""

import asyncio

import pytest

from loadtest.agreed.reading import ConfigurationError
from loadtest.evidence.exchange import Transcript
from loadtest.lab.given import GivenCrowd, people_of, shops_of
from loadtest.lab.line import Caller, Line, NotApplicable, Wires
from loadtest.lab.staff import CannotPlay
from voucher_contract.adapters.native import NativeAdapter

OPERATOR = Caller("operator-1", None)


def _crowd(text: str) -> GivenCrowd:
    async def made() -> GivenCrowd:
        wires = Wires("http://127.0.0.1:9", 1.0, asyncio.Semaphore(1))
        return GivenCrowd(Line(wires, NativeAdapter(), Transcript("t")), OPERATOR, people_of(text))

    return asyncio.run(made())


def test_two_strangers_are_never_one_person() -> None:
    crowd = _crowd("person,token\na,t1\nb,t2\na,t3\nc,t4\n")
    taken = asyncio.run(crowd.take_many(3))
    assert sorted(one.facts["person"] for one in taken) == ["a", "b", "c"]
    with pytest.raises(CannotPlay, match="还需 1 人，只剩 0 人"):
        asyncio.run(crowd.take())


def test_accounts_of_one_person_are_kept_for_whoever_asks_for_them() -> None:
    crowd = _crowd("person,token\na,t1\na,t2\nb,t3\n")
    assert asyncio.run(crowd.take()).token == "t3"
    assert [one.token for one in asyncio.run(crowd.take_accounts(2))] == ["t1", "t2"]
    with pytest.raises(NotApplicable, match="2 个账号"):
        asyncio.run(crowd.take_accounts(2))


def test_a_fact_that_no_file_gives_makes_a_case_not_applicable() -> None:
    (person,) = people_of("\ufeffperson,token\r\na,t1\r\n")
    with pytest.raises(NotApplicable, match="没有证件号码"):
        person.facts["id_number"]


def test_a_file_of_people_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ConfigurationError, match="people_csv: the header must be person,token"):
        people_of("name,token\na,t\n")
    with pytest.raises(ConfigurationError, match="people_csv: line 3 lacks a value"):
        people_of("person,token\na,t\nb,\n")


def test_the_tills_of_a_shop_stand_on_lines_of_their_own() -> None:
    (shop,) = shops_of(
        "merchant,name,category,district,till,token\n"
        "m1,小店,catering,510681001,T1,secret1\nm1,小店,catering,510681001,T2,secret2\n"
    )
    assert (shop.merchant_id, shop.till_numbers) == ("m1", ("T1", "T2"))
    assert [till.token for till in shop.tills] == ["secret1", "secret2"]
    assert shop.tills[1].facts["till"] == "T2"
