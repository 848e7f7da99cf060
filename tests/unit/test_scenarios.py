"""Every scenario's schedule can be played: what it names is there, and what it promises to exercise is in it."""

from typing import Any

import numpy as np
import pytest

from loadtest.agreed.plan import Step
from loadtest.history.record import Kind
from loadtest.scenarios.catalogue import SCENARIOS
from loadtest.scenarios.model import Needs
from loadtest.scenarios.schedule import Schedule
from loadtest.scenarios.spending import ORDER_FEN
from loadtest.verify.plans import plan_named


def planned(name: str, seed: int = 3, **changes: Any) -> tuple[Needs, Schedule]:
    """A step of 200 arrivals a second for four seconds, unless ``changes`` say otherwise."""
    step = Step.model_validate({"name": name, "scenario": name, "rate_per_s": 200, "duration_s": 4, **changes})
    needs = SCENARIOS[name].needs(step)
    return needs, SCENARIOS[name].schedule(step, needs, np.random.default_rng(seed))


@pytest.mark.parametrize("name", SCENARIOS)
def test_rows_are_in_order_and_name_only_what_is_prepared(name: str) -> None:
    needs, rows = planned(name)
    assert len(rows) > 100
    assert (np.diff(rows["t"]) >= 0).all()
    at_till = np.isin(rows["kind"], (Kind.REDEEM, Kind.REFUND))
    assert (rows["person"][~at_till] < needs.accounts).all()
    shops = needs.shops
    tills = 2 * (shops.covered + shops.other_category + shops.other_district) if shops else 0
    assert (rows["person"][at_till] < max(tills, 1)).all()
    on_vouchers = np.isin(rows["kind"], (Kind.REDEEM, Kind.VOID))
    assert (rows["target"][on_vouchers] < max(needs.vouchers, 1)).all()
    assert (rows["target"][rows["kind"] == Kind.REFUND] < max(needs.redemptions, 1)).all()


@pytest.mark.parametrize("name", SCENARIOS)
def test_rows_of_one_key_are_the_same_request_and_attempts_of_it_differ(name: str) -> None:
    _, rows = planned(name)
    for key in np.unique(rows["key"]):
        same = rows[rows["key"] == key]
        for field in ("kind", "person", "target", "amount", "subject"):
            assert len(np.unique(same[field])) == 1, f"key {key}: {field}"
        assert len(np.unique(same["attempt"])) == len(same), f"key {key}: attempts"


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("rate", [1, 3, 20])
def test_a_tiny_step_is_still_a_schedule(name: str, rate: float) -> None:
    _, rows = planned(name, rate_per_s=rate, duration_s=2)
    assert rows.dtype.names is not None
    assert len(np.unique(rows["key"])) <= len(rows)


def test_an_opening_has_early_birds_that_come_again_under_their_key() -> None:
    _, rows = planned("opening_rush", arrivals="spike")
    opening_ns = int(SCENARIOS["opening_rush"].early_s * 1e9)
    early = rows[(rows["t"] < opening_ns) & (rows["kind"] == Kind.CLAIM)]
    again = rows[(rows["t"] >= opening_ns) & np.isin(rows["key"], early["key"])]
    assert len(early) > 10
    assert set(again["key"]) == set(early["key"])


def test_a_retry_storm_sends_each_key_three_times_and_once_at_the_same_instant() -> None:
    _, rows = planned("retry_storm")
    keys, counts = np.unique(rows["key"], return_counts=True)
    assert (counts == 3).all()
    for key in keys[:20]:
        times = np.sort(rows["t"][rows["key"] == key])
        assert times[1] == times[0]


def test_one_person_claims_ten_times_at_one_instant_under_ten_keys() -> None:
    _, rows = planned("one_person_many_sockets")
    first = rows[:10]
    assert len(set(first["t"])) == 1
    assert len(set(first["person"])) == 1
    assert len(set(first["key"])) == 10


def test_a_voucher_is_redeemed_by_two_tills_at_one_instant_under_two_keys() -> None:
    _, rows = planned("redemption_rush")
    for voucher in range(10):
        mine = rows[(rows["target"] == voucher) & (rows["attempt"] == 0)]
        instant = mine["t"].max()
        rivals = mine[mine["t"] == instant]
        assert len(rivals) == 2
        assert len(set(rivals["person"])) == len(set(rivals["key"])) == 2


def test_refunds_are_whole_in_parts_and_too_large_and_only_at_the_till_that_redeemed() -> None:
    needs, rows = planned("refunds_under_load")
    asked = {int(amount) for amount in rows["amount"]}
    assert {ORDER_FEN, ORDER_FEN + 1, 3_335, 3_330} <= asked
    assert needs.shops is not None
    assert (rows["person"] == rows["target"] % (2 * needs.shops.covered)).all()


@pytest.mark.parametrize("name", ["quick", "standard", "full"])
def test_shipped_plans_are_valid(name: str) -> None:
    assert plan_named(name).functional is not None


def test_the_standard_plan_plays_every_scenario() -> None:
    assert {step.scenario for step in plan_named("standard").steps} == set(SCENARIOS)


def test_the_full_plan_restarts_loses_and_soaks() -> None:
    steps = {step.name: step for step in plan_named("full").steps}
    assert steps["durability"].restart_during
    assert steps["lossy"].faults
    assert steps["soak"].duration_s >= 600
