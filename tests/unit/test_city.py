"""The simulated city: the same for the same seed, and made of numbers that nobody can own."""

import os
import subprocess
import sys
import time
from collections import Counter

import pytest

from merchant_sim.check_digits import id_number_is_valid, organisation_check_character, uscc_is_valid
from merchant_sim.city import City, build_city
from merchant_sim.districts import DISTRICTS, within_city
from merchant_sim.industries import INDUSTRIES, INDUSTRIES_BY_KEY
from merchant_sim.merchants import SIZE_CLASSES, build_merchants
from voucher_contract.models import common
from voucher_contract.models.system import SandboxPerson

PRINT_FINGERPRINT = "from merchant_sim.city import build_city; print(build_city(7, 300).fingerprint())"


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(1, 3_000)


def test_other_processes_with_other_hash_seeds_build_the_same_city() -> None:
    prints = {
        subprocess.run(
            [sys.executable, "-c", PRINT_FINGERPRINT],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=True, timeout=30,
        ).stdout.strip()
        for hash_seed in ("0", "1", "4711")
    }  # fmt: skip
    assert prints == {build_city(7, 300).fingerprint()}


def test_another_seed_is_another_city() -> None:
    assert build_city(1, 50).fingerprint() != build_city(2, 50).fingerprint()


def test_more_residents_leave_the_first_ones_and_the_shops_as_they_were() -> None:
    small, large = build_city(5, 200), build_city(5, 400)
    # The last household of the small city may have been cut short; everybody before it is the same.
    assert large.people[:195] == small.people[:195]
    assert large.merchants == small.merchants


def test_no_number_can_belong_to_anyone(city: City) -> None:
    for person in city.people:
        assert person.id_number.startswith("999999")
        assert id_number_is_valid(person.id_number)
        for account in person.accounts:
            assert account.phone.startswith("100"), "subscriber numbers start with 13 to 19"
            assert account.card.startswith("000000"), "no issuer has this number"
    for merchant in city.merchants:
        assert merchant.uscc[2:8] == "999999"
        assert "模拟" in merchant.name


def test_id_numbers_accounts_and_codes_are_each_used_once(city: City) -> None:
    accounts = [account.account for person in city.people for account in person.accounts]
    tills = [till.terminal for merchant in city.merchants for till in merchant.tills]
    for numbers in (
        [person.id_number for person in city.people],
        accounts,
        tills,
        [merchant.uscc for merchant in city.merchants],
        [merchant.name for merchant in city.merchants],
    ):
        assert len(numbers) == len(set(numbers))


def test_every_account_fits_the_contracts_sandbox(city: City) -> None:
    for person in city.people[:500]:
        for account in person.accounts:
            taken = SandboxPerson(
                account=account.account, phone=account.phone, card=account.card, device=account.device,
                id_number=person.id_number, home_district=person.home_district,
            )  # fmt: skip
            assert taken.account == account.account


def test_some_people_hold_several_accounts_and_some_families_share(city: City) -> None:
    assert 0.05 < sum(len(person.accounts) > 1 for person in city.people) / len(city.people) < 0.12
    phone_holders: dict[str, set[int]] = {}
    device_households: dict[str, set[int]] = {}
    for person in city.people:
        for account in person.accounts:
            phone_holders.setdefault(account.phone, set()).add(person.person_no)
            device_households.setdefault(account.device, set()).add(person.household_no)
    assert any(len(holders) > 1 for holders in phone_holders.values())
    assert all(len(households) == 1 for households in device_households.values())


def test_shops_have_valid_codes_of_their_group_and_stand_in_the_city(city: City) -> None:
    for merchant in city.merchants:
        assert uscc_is_valid(merchant.uscc)
        assert organisation_check_character(merchant.uscc[8:16]) == merchant.uscc[16]
        assert merchant.industry_code in INDUSTRIES_BY_KEY[merchant.industry].codes
        assert merchant.size_class in SIZE_CLASSES
        assert within_city(merchant.latitude, merchant.longitude)
        assert 1 <= len(merchant.tills) <= 4
        for till in merchant.tills:
            assert abs(till.latitude - merchant.latitude) < 0.001


@pytest.mark.parametrize("seed", range(8))
def test_shops_cover_all_districts_and_groups_with_a_few_empty_cells(seed: int) -> None:
    merchants = build_merchants(seed, 240)
    cells = Counter((merchant.district, merchant.industry) for merchant in merchants)
    assert len(merchants) == 240
    assert {district for district, _ in cells} == {district.code for district in DISTRICTS}
    assert {industry for _, industry in cells} == {industry.key for industry in INDUSTRIES}
    assert 1 <= len(DISTRICTS) * len(INDUSTRIES) - len(cells) <= 20
    assert any(not merchant.admitted for merchant in merchants)


def test_district_industry_and_size_names_are_the_contracts() -> None:
    assert {district.code: district.name for district in DISTRICTS} == common.DISTRICTS
    assert {industry.key: industry.name for industry in INDUSTRIES} == common.CATEGORY_NAMES
    assert set(SIZE_CLASSES) == set(common.SIZE_CLASS_NAMES.values())


def test_no_industry_code_belongs_to_two_groups() -> None:
    codes = [code for industry in INDUSTRIES for code in industry.codes]
    assert len(codes) == len(set(codes))


def test_forty_thousand_residents_are_built_in_three_seconds() -> None:
    started = time.process_time()
    assert len(build_city(1, 40_000).people) == 40_000
    assert time.process_time() - started < 3


@pytest.mark.parametrize(("seed", "residents", "merchants"), [(-1, 1, 1), (1, -1, 1), (1, 1, -1), (1, 1, 10**6)])
def test_sizes_out_of_range_are_refused(seed: int, residents: int, merchants: int) -> None:
    with pytest.raises(ValueError, match="must be between"):
        build_city(seed, residents, merchants)
