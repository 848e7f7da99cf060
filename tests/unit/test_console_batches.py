"""What the console says of a batch at a business time, and of a plan that does not fit together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.bureau import a_batch_spec
from voucher_console.batch_faults import faults_of
from voucher_console.batch_times import batch_phase, round_phase
from voucher_console.budget import Budget
from voucher_contract.models.campaigns import Batch, Round

NOW = datetime(2027, 1, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def a_batch(state: str, *, opens: timedelta = -DAY, closes: timedelta = DAY) -> Batch:
    times = {"claim_opens_at": NOW + opens, "claim_closes_at": NOW + closes, "valid_until": NOW + 9 * DAY}
    spec = a_batch_spec(**times)
    known = {"id": "bat_1", "round_id": "rnd_1", "campaign_id": "cmp_1", "issued": 0, "voided": 0, "remaining": 100}
    return Batch.model_validate({**spec.model_dump(), **known, "state": state})


def a_round(state: str) -> Round:
    return Round.model_validate({
        "id": "rnd_1", "campaign_id": "cmp_1", "name": "第一轮", "state": state, "submitted_by": None,
        "approved_by": None, "published_at": None, "batch_ids": ["bat_1"],
    })  # fmt: skip


@pytest.mark.parametrize(
    ("state", "opens", "closes", "phase"),
    [
        ("live", -DAY, DAY, "live"), ("live", DAY, 2 * DAY, "not_started"), ("live", -DAY, 0 * DAY, "claiming_over"),
        ("paused", -2 * DAY, -DAY, "claiming_over"), ("paused", DAY, 2 * DAY, "paused"),
        ("stopped", -2 * DAY, -DAY, "stopped"), ("draft", -2 * DAY, -DAY, "draft"), ("live", 0 * DAY, DAY, "live"),
    ],
)  # fmt: skip
def test_a_state_follows_business_time(state: str, opens: timedelta, closes: timedelta, phase: str) -> None:
    assert batch_phase(a_batch(state, opens=opens, closes=closes), NOW) == phase


def test_a_round_is_over_when_nobody_can_claim_of_any_batch() -> None:
    over, stopped, live = a_batch("live", closes=0 * DAY), a_batch("stopped"), a_batch("live")
    later = a_batch("live", opens=DAY, closes=2 * DAY)
    published = a_round("published")
    assert round_phase(published, [over, stopped], NOW) == "claiming_over"
    assert round_phase(published, [stopped, stopped], NOW) == "stopped"
    assert round_phase(published, [over, live], NOW) == "live"
    assert round_phase(published, [later], NOW) == "not_started"
    assert round_phase(published, [], NOW) is None
    assert round_phase(a_round("approved"), [over], NOW) is None


@pytest.mark.parametrize(
    ("states", "phase"),
    [
        (("over", "later"), "not_started"), (("paused", "later"), "paused"),
        (("paused", "over"), "paused"), (("paused", "stopped"), "paused"), (("live", "paused"), "live"),
        (("stopped", "later"), "not_started"),
    ],
)  # fmt: skip
def test_a_round_is_being_issued_only_where_a_batch_can_be_claimed_now(states: tuple[str, ...], phase: str) -> None:
    known = {
        "over": a_batch("live", closes=0 * DAY), "later": a_batch("live", opens=DAY, closes=2 * DAY),
        "paused": a_batch("paused"), "stopped": a_batch("stopped"), "live": a_batch("live"),
    }  # fmt: skip
    assert round_phase(a_round("published"), [known[name] for name in states], NOW) == phase


def a_plan(**changes: Any) -> dict[str, Any]:
    return {
        "face_fen": 3_000, "threshold_fen": 10_000, "quota": 10, "per_person_limit": 1, "categories": ["catering"],
        "claim_opens_at": NOW + DAY, "claim_closes_at": NOW + 2 * DAY, "valid_from": NOW + DAY,
        "valid_until": NOW + 3 * DAY, **changes,
    }  # fmt: skip


def test_a_plan_that_fits_together_has_no_fault() -> None:
    assert faults_of(a_plan(), NOW) == {}
    assert faults_of(a_plan(valid_until=NOW + 2 * DAY, threshold_fen=3_001), NOW) == {}


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"threshold_fen": 3_000}, "threshold_fen", "门槛 ¥30.00 须高于面额 ¥30.00"),
        ({"face_fen": 0}, "face_fen", "大于 0"),
        ({"quota": 0}, "quota", "10,000,000"),
        ({"per_person_limit": 101}, "per_person_limit", "1 至 100"),
        ({"claim_closes_at": NOW + DAY}, "claim_closes_at", "须晚于开始领取 2027-01-04 20:00:00"),
        ({"claim_opens_at": NOW - DAY, "claim_closes_at": NOW}, "claim_closes_at", "业务时间是 2027-01-03 20:00:00"),
        ({"valid_until": NOW + DAY * 1.5}, "valid_until", "不得早于结束领取 2027-01-05 20:00:00"),
        ({"valid_from": NOW + 3 * DAY}, "valid_until", "须晚于可使用起"),
        ({"categories": []}, "categories", "至少选择一个行业"),
    ],
)  # fmt: skip
def test_a_fault_is_said_at_its_field_with_the_figures(changes: dict[str, Any], field: str, says: str) -> None:
    faults = faults_of(a_plan(**changes), NOW)
    assert set(faults) == {field}
    assert says in faults[field].zh


def test_a_changed_draft_may_use_the_money_it_planned_before() -> None:
    full = Budget(received_fen=10_000, free_fen=10_000, planned_fen=10_000)
    assert full.left_after(face_fen=1_000, quota=10) == -10_000
    assert full.without(face_fen=1_000, quota=10).left_after(face_fen=1_000, quota=10) == 0
