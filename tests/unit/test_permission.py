"""No byte leaves for a target that is not this machine without a permit that covers it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loadtest.agreed.plan import Plan, Step
from loadtest.agreed.reading import ConfigurationError
from loadtest.agreed.target import Target
from loadtest.verify.permission import check_permit, source_address

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
ELSEWHERE = "http://203.0.113.9:8000"  # TEST-NET-3: nobody's address
PLAN = Plan(name="小测", steps=(Step(name="rush", scenario="opening_rush", rate_per_s=500, duration_s=3),))


def target(url: str = ELSEWHERE, **permit: Any) -> Target:
    source = source_address(Target.model_validate(_raw(url, None)))
    granted = {
        "hosts": ["203.0.113.9"], "allowed_by": "某平台测试负责人", "contact": "0838-0000000",
        "not_before": NOW - timedelta(hours=1), "not_after": NOW + timedelta(hours=1), "highest_rate_per_s": 500,
        "source_addresses": [source], "test_accounts": "由平台提供的测试账号", **permit,
    }  # fmt: skip
    return Target.model_validate(_raw(url, granted))


def _raw(url: str, permit: dict[str, Any] | None) -> dict[str, Any]:
    return {"name": "某平台", "base_url": url, "credentials": {"staff_file": "staff.json"}, "permit": permit}


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_this_machine_needs_no_permit(url: str) -> None:
    check_permit(Target.model_validate(_raw(url, None)), PLAN, NOW)
    assert Target.model_validate(_raw(url, None)).on_this_machine


def test_a_permit_that_covers_everything_is_enough() -> None:
    check_permit(target(), PLAN, NOW)
    assert not target().on_this_machine


def test_another_machine_without_a_permit_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^permit: 203\.0\.113\.9"):
        check_permit(Target.model_validate(_raw(ELSEWHERE, None)), PLAN, NOW)


@pytest.mark.parametrize(
    ("permit", "field"),
    [
        ({"hosts": ["198.51.100.1"]}, "permit.hosts"),
        ({"not_after": NOW}, "permit.not_before, permit.not_after"),
        ({"not_before": NOW + timedelta(minutes=1)}, "permit.not_before, permit.not_after"),
        ({"highest_rate_per_s": 499}, "permit.highest_rate_per_s"),
        ({"source_addresses": ["198.51.100.7"]}, "permit.source_addresses"),
    ],
)
def test_what_the_permit_does_not_cover_is_named_by_its_field(permit: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_permit(target(**permit), PLAN, NOW)
    assert str(caught.value).startswith(field)


def test_several_faults_are_all_named() -> None:
    with pytest.raises(ConfigurationError, match=r"permit\.hosts.*; permit\.highest_rate_per_s"):
        check_permit(target(hosts=["a.example"], highest_rate_per_s=1), PLAN, NOW)
