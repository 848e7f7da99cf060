"""When a risk rule is met, and in what words; and that settings, rules and metrics speak of the same ones."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from voucher_contract.models.common import Position
from voucher_platform.core.figures import RISK_ALERTS
from voucher_platform.risk_rules.guard import Marks
from voucher_platform.risk_rules.operations import list_risk_rules
from voucher_platform.risk_rules.rules import (
    RULES,
    Met,
    Seen,
    Subject,
    evidence_of,
    examples,
    impossible_speed,
    merged,
    most_redemptions,
    out_of_range,
    reasons,
    redemptions_met,
    till_fault,
)
from voucher_platform.risk_settings import PositionImpossible, RiskRuleSettings
from voucher_platform.settings import Settings

NOON = datetime(2026, 2, 10, 4, tzinfo=UTC)
CITY = Position(latitude=30.977, longitude=104.282)
CHENGDU = Position(latitude=30.657, longitude=104.066)
MOVING = PositionImpossible()
SECRETS = {
    "database_url": "postgresql://",
    "redis_url": "redis://",
    "token_secret": "t" * 32,
    "identity_secret": "i" * 32,
}


def rules_of(**changes: dict[str, object]) -> RiskRuleSettings:
    return RiskRuleSettings.model_validate(changes)


def orders(count: int, *, apart_s: float = 1.0, exact: bool = True) -> list[Seen]:
    """The latest of a merchant, newest first."""
    return [Seen(f"red_{n}", NOON - timedelta(seconds=n * apart_s), exact) for n in range(count)]


def test_settings_rules_metrics_and_the_list_for_people_name_the_same_rules_in_the_same_order() -> None:
    codes = list(RiskRuleSettings.model_fields)
    assert list(RULES) == codes
    assert list(RISK_ALERTS.values) == codes
    shown = list_risk_rules(RiskRuleSettings()).items
    assert [one.name for one in shown] == codes
    assert shown[0].figures == {"attempts": 300, "window_seconds": 10}
    assert {one.moment for one in shown} == {"claim", "redemption"}
    assert all(one.name.startswith(one.moment) for one in shown)
    assert len({one.title_zh for one in shown} | {one.title_en for one in shown}) == 2 * len(codes)


@pytest.mark.parametrize("rule", RULES)
def test_a_reason_is_told_in_both_languages_with_what_was_seen(rule: str) -> None:
    settings = RiskRuleSettings().of(rule)
    met = Met(rule, Subject(RULES[rule].subject, "x"), 4_711, 1)
    zh, en = reasons(met, settings)
    assert "{" not in zh + en
    assert ("4711" in zh, "4711" in en) == ("{seen}" in RULES[rule].reason_zh, "{seen}" in RULES[rule].reason_en)
    assert evidence_of(met, settings) == {"seen": 4_711, "figures": settings.figures}


def test_rules_are_set_by_one_json_object_and_a_word_nobody_knows_is_refused() -> None:
    told = {"claim_velocity": {"action": "flag", "attempts": 7}}
    env = {f"VOUCHERLAB_{name.upper()}": value for name, value in SECRETS.items()}
    settings = Settings.from_environment({**env, "VOUCHERLAB_RISK_RULES": json.dumps(told)})
    assert (settings.risk_rules.claim_velocity.attempts, settings.risk_rules.claim_velocity.window_seconds) == (7, 10)
    for wrong in (
        '{"claim_velocty": {}}', '{"claim_velocity": {"atempts": 7}}', '{"claim_velocity": {"action": "stop"}}',
        '{"claim_velocity": {"attempts": "7"}}', '{"claim_velocity": {"attempts": 0}}', "{", "[]", "7",
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            Settings.from_environment({**env, "VOUCHERLAB_RISK_RULES": wrong})


def test_the_defaults_freeze_nobody_who_is_one_of_a_crowd_at_one_address() -> None:
    rules = RiskRuleSettings()
    assert {code for code in RULES if rules.of(code).action == "block"} == {
        "claim_velocity", "claim_device_fan_out", "redemption_till_elsewhere",
    }  # fmt: skip


def test_a_device_or_an_address_cannot_be_read_from_its_mark() -> None:
    marks, others = Marks("i" * 32), Marks("j" * 32)
    mark = marks.of("device-1")
    assert (len(mark), int(mark, 16) >= 0, mark == marks.of("device-1")) == (16, True, True)
    assert len({mark, marks.of("device-2"), others.of("device-1")}) == 3


@pytest.mark.parametrize(
    ("seconds", "found"), [(0.0, 41_165), (1.0, 41_165), (60.0, 687), (137.0, 301), (138.0, None), (3_600.0, None)]
)
def test_nobody_comes_from_chengdu_in_two_minutes(seconds: float, found: int | None) -> None:
    speed = impossible_speed(CHENGDU, CITY, seconds, MOVING)
    assert speed is None if found is None else speed == pytest.approx(found, rel=0.005)


def test_a_phone_may_err_by_some_kilometres_at_once() -> None:
    near = Position(latitude=CITY.latitude + 0.04, longitude=CITY.longitude)
    assert impossible_speed(CITY, near, 0.0, MOVING) is None


places = st.builds(Position, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))


@given(one=places, other=places, seconds=st.floats(0, 86_400))
def test_speed_is_the_same_there_and_back_and_slower_with_more_time(
    one: Position, other: Position, seconds: float
) -> None:
    there, back = impossible_speed(one, other, seconds, MOVING), impossible_speed(other, one, seconds, MOVING)
    later = impossible_speed(one, other, seconds + 60, MOVING)
    assert (there is None) == (back is None)
    assert there is None or there > MOVING.metres_per_second
    assert later is None or (there is not None and later <= there)


@pytest.mark.parametrize(
    ("latitude", "longitude", "out"),
    [(30.977, 104.282, False), (0, 0, True), (3, 73, False), (54, 136, False), (2.99, 104, True), (31, 136.01, True)],
)
def test_a_place_out_of_range(latitude: float, longitude: float, out: bool) -> None:
    assert out_of_range(Position(latitude=latitude, longitude=longitude), MOVING) is out


def test_a_till_is_held_against_where_its_merchant_is_registered() -> None:
    rules = RiskRuleSettings()
    near = Position(latitude=CITY.latitude + 0.017, longitude=CITY.longitude)
    far = Position(latitude=CITY.latitude + 0.019, longitude=CITY.longitude)
    assert till_fault(near, CITY, rules) is None
    assert till_fault(far, CITY, rules) == ("redemption_till_elsewhere", 2_113)
    assert till_fault(far, None, rules) is None
    assert till_fault(far, CITY, rules_of(redemption_till_elsewhere={"action": "off"})) is None


def test_a_till_that_says_nothing_is_at_fault_only_where_the_rule_is_on() -> None:
    assert till_fault(None, CITY, RiskRuleSettings()) is None
    asked = rules_of(redemption_till_position_missing={"action": "block"})
    assert till_fault(None, CITY, asked) == ("redemption_till_position_missing", 0)


def test_a_burst_is_more_than_the_figure_within_the_window() -> None:
    rules = rules_of(redemption_burst={"redemptions": 5, "window_seconds": 10})
    assert redemptions_met("mer_1", orders(5, exact=False), rules) == []
    found, = redemptions_met("mer_1", orders(6, exact=False), rules)  # fmt: skip
    assert (found.rule, found.seen, found.merchant_id) == ("redemption_burst", 6, "mer_1")
    assert redemptions_met("mer_1", orders(6, apart_s=2.5, exact=False), rules) == []


def test_a_streak_ends_with_the_first_order_that_is_not_exactly_at_the_threshold() -> None:
    rules = rules_of(redemption_exact_threshold_streak={"orders": 4}, redemption_burst={"action": "off"})
    assert redemptions_met("mer_1", orders(3), rules) == []
    found, = redemptions_met("mer_1", orders(9), rules)  # fmt: skip
    assert (found.rule, found.seen) == ("redemption_exact_threshold_streak", 4)
    for at in range(4):
        latest = orders(9)
        latest[at] = latest[at]._replace(is_exact=False)
        assert redemptions_met("mer_1", latest, rules) == []
    assert most_redemptions(rules) == 4
    assert most_redemptions(rules_of(
        redemption_exact_threshold_streak={"action": "off"}, redemption_burst={"action": "off"}
    )) == 0  # fmt: skip


def test_what_is_found_twice_in_one_report_is_one_alert_with_all_its_requests() -> None:
    person, device = Subject("person", "p"), Subject("device", "d")
    found = merged([
        Met("claim_velocity", person, 301, 301), Met("claim_device_fan_out", device, 31, 31),
        Met("claim_velocity", person, 340, 39),
    ])  # fmt: skip
    assert [(one.rule, one.seen, one.count) for one in found] == [
        ("claim_device_fan_out", 31, 31), ("claim_velocity", 340, 340),
    ]  # fmt: skip


def test_examples_are_few_and_masked() -> None:
    shown = examples([f"per_0123456789ABCDEF{n}" for n in range(9)])
    assert len(shown) == 3
    assert shown[0] == "per**************DEF0"
