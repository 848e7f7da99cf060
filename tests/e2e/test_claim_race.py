"""A thousand people tap five times each, at once, on half as many vouchers."""

import random
from collections import Counter, defaultdict
from typing import Any

import pytest

from tests.scenario.crowd_process import Fate, start_crowd
from tests.scenario.money import check_money
from tests.scenario.platform import new_key
from tests.scenario.world import Person, World

PEOPLE, TAPS, QUOTA = 1_000, 5, 500
ALLOWED = {"201", "202", "409 sold_out", "409 limit_reached", "503 overloaded", "503 rebuilding"}


def taps(batch: str, people: list[Person], keys: list[str]) -> list[dict[str, Any]]:
    path = f"/v1/batches/{batch}/claims"
    return [
        {"path": path, "token": person.token, "key": key, "body": {}} for person, key in zip(people, keys, strict=True)
    ]


def race(world: World, requests: list[dict[str, Any]]) -> list[Fate]:
    run = start_crowd(world.platform.ready.base_url, requests, connections=128, retries=60)
    fates, met = run.outcomes()
    assert set(met) <= ALLOWED, met
    assert {fate.status for fate in fates} <= {201, 409}, "a documented 503 is healed by a retry"
    return fates


@pytest.mark.parametrize("limit", [1, 3])
def test_exactly_the_quota_is_issued_and_nobody_gets_more_than_allowed(race_world: World, limit: int) -> None:
    batch = race_world.one_batch(quota=QUOTA, per_person_limit=limit)
    crowd = race_world.people(PEOPLE) * TAPS
    random.Random(limit).shuffle(crowd)
    asked = taps(batch, crowd, [new_key() for _ in crowd])
    fates = race(race_world, asked)
    won = [(person, one, fate) for person, one, fate in zip(crowd, asked, fates, strict=True) if fate.status == 201]
    assert len(won) == len({fate.id for _, _, fate in won}) == QUOTA
    assert max(Counter(person.account for person, _, _ in won).values()) <= limit
    held = race_world.platform.sql.rows("SELECT person_id, count(*) FROM voucher WHERE batch_id = $1 GROUP BY 1", batch)
    assert sum(row[1] for row in held) == QUOTA
    assert max(row[1] for row in held) <= limit
    repeats = [one for _, one, _ in won for _ in range(2)]  # each over another connection, to either process
    again = race(race_world, repeats)
    firsts = [fate for _, _, fate in won for _ in range(2)]
    assert [(fate.status, fate.digest) for fate in again] == [(201, fate.digest) for fate in firsts]
    assert all(fate.replayed for fate in again)
    check_money(race_world)


def test_five_taps_with_one_key_are_one_voucher_and_one_reply(race_world: World) -> None:
    batch = race_world.one_batch(quota=QUOTA, per_person_limit=3)
    people = race_world.people(PEOPLE)
    keys = {person.account: new_key() for person in people}
    crowd = people * TAPS
    random.Random(5).shuffle(crowd)
    fates = race(race_world, taps(batch, crowd, [keys[person.account] for person in crowd]))
    replies: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for person, fate in zip(crowd, fates, strict=True):
        replies[person.account].add((fate.status, fate.digest if fate.status == 201 else fate.code))
    winners = [account for account, seen in replies.items() if any(status == 201 for status, _ in seen)]
    assert len(winners) == QUOTA
    assert all(len(replies[account]) == 1 for account in winners), "a winner's every tap gets the same 201"
    assert race_world.platform.sql.one("SELECT count(*) FROM voucher WHERE batch_id = $1", batch) == QUOTA
    check_money(race_world)
