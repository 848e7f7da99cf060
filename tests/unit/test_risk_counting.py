"""What one process counts: members once, attempts all of them, windows apart, and after a release from nothing."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher_contract.models.common import Position
from voucher_platform.risk_rules.counting import FanOut, Sampled, Sighting, Velocity
from voucher_platform.risk_rules.rules import ONE_PERSON_IN, Subject
from voucher_platform.risk_rules.sightings import ClaimSightings
from voucher_platform.risk_settings import RiskRuleSettings

HERE, FAR = Position(latitude=30.977, longitude=104.282), Position(latitude=39.9, longitude=116.4)
NOWHERE = Position(latitude=0, longitude=0)


def a_fan_out(most: int = 100) -> FanOut:
    return FanOut("claim_device_fan_out", "device", most=most, window_seconds=60)


def members(told: list[Sighting]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in told:
        assert one.member not in found[one.subject.id], "told twice"
        found[one.subject.id].add(one.member)
    return dict(found)


attempts = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6).map(str)), max_size=60)


@given(attempts, st.integers(1, 10))
def test_every_member_of_a_shared_subject_is_told_once_however_often_it_is_asked(
    seen: list[tuple[str, str]], each: int
) -> None:
    counter = a_fan_out()
    told: list[Sighting] = []
    for at, (subject, member) in enumerate(seen):
        counter.saw(subject, member)
        if at % each == 0:
            told += counter.take()
    told += counter.take()
    expected: dict[str, set[str]] = defaultdict(set)
    for subject, member in seen:
        expected[subject].add(member)
    assert members(told) == {subject: found for subject, found in expected.items() if len(found) > 1}


@given(st.lists(st.integers(1, 40), max_size=40), st.integers(1, 400))
def test_all_attempts_are_told_of_whoever_tries_a_good_part_of_what_is_allowed(amounts: list[int], most: int) -> None:
    counter, told = Velocity("claim_velocity", most=most, window_seconds=60), 0
    for amount in amounts:
        counter.saw("p", amount)
        told += sum(one.amount for one in counter.take())
    total = sum(amounts)
    assert told == (total if total >= max(1, most // 16) else 0)


def test_another_window_begins_from_nothing() -> None:
    counter = a_fan_out()
    counter.roll(0)
    counter.saw("d", "1")
    counter.roll(59.9)
    counter.saw("d", "2")
    assert {one.window for one in counter.take()} == {0}
    counter.roll(60)
    counter.saw("d", "3")
    assert list(counter.take()) == []
    counter.saw("d", "4")
    assert {(one.window, one.member) for one in counter.take()} == {(1, "3"), (1, "4")}


def test_a_subject_is_told_with_no_more_members_than_an_alert_can_use() -> None:
    counter = a_fan_out(most=3)
    for member in range(1_000):
        counter.saw("d", str(member))
    assert 3 < len(list(counter.take())) <= 8


def test_of_a_crowd_about_one_in_sixty_four_is_remembered_the_same_ones_everywhere() -> None:
    one, other = (
        Sampled("claim_address_fan_out", "address", most=100_000, window_seconds=60, name=str) for _ in range(2)
    )
    for number in range(20_000):
        one.saw("10.0.0.1", f"per_{number}")
        other.saw("10.0.0.1", f"per_{19_999 - number}")
    told = members(list(one.take()))["10.0.0.1"]
    assert len(told) * ONE_PERSON_IN == pytest.approx(20_000, rel=0.25)
    assert told == members(list(other.take()))["10.0.0.1"]


def test_memory_is_bounded_and_those_who_share_are_the_last_to_be_forgotten() -> None:
    counter = FanOut("claim_device_fan_out", "device", most=100, window_seconds=60, room=100)
    velocity = Velocity("claim_velocity", most=160, window_seconds=60, room=100)
    for member in "12":
        counter.saw("shared", member)
    velocity.saw("bot", 20)
    for number in range(1_000):
        counter.saw(f"d{number}", "1")
        velocity.saw(f"p{number}", 1)
    assert len(counter._first) <= 101
    assert len(velocity._counts) <= 101
    assert members(list(counter.take())) == {"shared": {"1", "2"}}
    velocity.saw("bot", 1)
    assert sum(one.amount for one in velocity.take()) == 21


@dataclass(frozen=True)
class Claim:
    """One attempt; whoever is not named is the same as before."""

    person_id: str = "p"
    account_id: str = "a"
    own_device: str = "d"
    address: str = "10.0.0.1"
    position: Position | None = None
    batch_id: str = "bat_1"


class Claims:
    """The claims of a process; ``names`` stand for themselves."""

    def __init__(self, **rules: Any) -> None:
        self.sightings = ClaimSightings(RiskRuleSettings.model_validate(rules), str)

    def claim(self, *, times: int = 1, **who: Any) -> None:
        for _ in range(times):
            self.sightings.saw(Claim(**who))

    async def told(self) -> set[tuple[str, str, int]]:
        """Rule, subject and how many requests or members, of what is added up; and of what is met at once."""
        await self.sightings.fold(0.0)
        told, met = self.sightings.take()
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for one in told:
            sums[one.rule, one.subject.id] += one.amount
        found = {(rule, subject, amount) for (rule, subject), amount in sums.items()}
        return found | {(one.rule, one.subject.id, one.seen) for one in met}


@pytest.mark.asyncio
async def test_one_attempt_counts_for_the_person_the_device_and_the_accounts() -> None:
    claims = Claims()
    for number in range(40):
        claims.claim(person_id=f"p{number}", account_id=f"a{number}", own_device="shared")
    claims.claim(person_id="many", account_id="a", own_device="d1", times=30)
    claims.claim(person_id="many", account_id="b", own_device="d1", times=5)
    assert await claims.told() == {
        ("claim_device_fan_out", "shared", 40), ("claim_velocity", "many", 35), ("claim_natural_person", "many", 2),
    }  # fmt: skip
    assert await claims.told() == set()


@pytest.mark.asyncio
async def test_a_rule_that_is_off_notes_nothing() -> None:
    off = {"action": "off"}
    claims = Claims(
        claim_velocity=off, claim_device_fan_out=off, claim_address_fan_out=off, claim_natural_person=off,
        claim_position_missing=off, claim_position_impossible=off,
    )  # fmt: skip
    for number in range(100):
        claims.claim(person_id=f"p{number}", position=NOWHERE)
    assert await claims.told() == set()
    assert not claims.sightings._noted


@pytest.mark.asyncio
async def test_positions_out_of_range_too_fast_and_no_longer_told() -> None:
    claims = Claims(claim_device_fan_out={"action": "off"}, claim_address_fan_out={"action": "off"})
    claims.claim(person_id="nowhere", position=NOWHERE)
    claims.claim(person_id="flying", position=HERE)
    claims.claim(person_id="flying", position=FAR)
    claims.claim(person_id="silent", position=HERE)
    claims.claim(person_id="never told")
    found = await claims.told()
    assert {(rule, person) for rule, person, _ in found} == {
        ("claim_position_impossible", "nowhere"), ("claim_position_impossible", "flying"),
    }  # fmt: skip
    assert next(seen for _, person, seen in found if person == "flying") > 1_000_000
    claims.claim(person_id="silent")
    claims.claim(person_id="never told")
    assert await claims.told() == {("claim_position_missing", "silent", 0)}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "subject",
    [Subject("person", "p"), Subject("device", "d"), Subject("address", "10.0.0.1")],
    ids=lambda one: one.kind,
)
async def test_a_subject_that_is_released_begins_from_nothing_also_with_what_is_not_looked_at_yet(
    subject: Subject,
) -> None:
    claims = Claims(claim_velocity={"attempts": 16}, claim_natural_person={"accounts": 1})
    rule = {
        "person": "claim_velocity", "device": "claim_device_fan_out", "address": "claim_address_fan_out"
    }[subject.kind]  # fmt: skip
    for number in range(10):
        claims.claim(account_id=f"a{number}", times=5)
        claims.claim(person_id=f"p{number}")
    await claims.told()
    claims.claim(times=5)
    claims.sightings.forget(rule, subject)
    assert not any(one for one in await claims.told() if one[:2] == (rule, subject.id))
    claims.claim(times=3)
    if subject.kind == "person":
        assert ("claim_velocity", "p", 3) in await claims.told()


@pytest.mark.asyncio
async def test_a_flood_of_strangers_takes_bounded_memory_and_a_known_one_is_still_counted() -> None:
    claims = Claims()
    claims.claim(person_id="bot")
    for number in range(60_000):
        claims.claim(person_id=f"p{number}", own_device=f"d{number}")
    claims.claim(person_id="bot", times=99)
    assert len(claims.sightings._noted) == 50_000
    assert ("claim_velocity", "bot", 100) in await claims.told()
