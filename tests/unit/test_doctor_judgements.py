"""What the doctor calls a problem."""

from typing import Any

import pytest

from voucher_platform.claims.cluster_view import ClusterView, Node
from voucherlab import doctor_postgres, doctor_valkey
from voucherlab.findings import Finding

SAFE_POSTGRES: dict[str, Any] = {
    "major": 18,
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "encoding": "UTF8",
    "connections": 200,
}
SAFE_VALKEY = {"maxmemory-policy": "noeviction", "appendonly": "yes", "no-appendfsync-on-rewrite": "no"}


def problems(findings: list[Finding]) -> list[str]:
    return [finding.subject for finding in findings if finding.level == "problem"]


def test_safe_settings_have_no_problem() -> None:
    assert problems(doctor_postgres.judge_settings(SAFE_POSTGRES)) == []
    assert problems(doctor_valkey.judge_settings(SAFE_VALKEY)) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("major", 13),
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),
        ("encoding", "SQL_ASCII"),
        ("connections", 20),
    ],
)
def test_each_unsafe_postgres_setting_is_one_problem(setting: str, value: Any) -> None:
    assert len(problems(doctor_postgres.judge_settings({**SAFE_POSTGRES, setting: value}))) == 1


@pytest.mark.parametrize(
    ("setting", "value"), [("maxmemory-policy", "allkeys-lru"), ("no-appendfsync-on-rewrite", "yes")]
)
def test_each_unsafe_valkey_setting_is_one_problem(setting: str, value: str) -> None:
    assert len(problems(doctor_valkey.judge_settings({**SAFE_VALKEY, setting: value}))) == 1


def test_a_store_that_hides_its_settings_gets_a_note() -> None:
    assert [finding.level for finding in doctor_valkey.judge_settings({})] == ["note"]


def test_valkey_is_known_by_its_own_version_and_not_the_one_it_tells_old_clients() -> None:
    told = {"server_name": "valkey", "valkey_version": "9.1.2", "redis_version": "7.2.4"}
    assert doctor_valkey.product(told) == ("valkey", "9.1.2")
    assert doctor_valkey.product({"redis_version": "7.0.1"}) == ("redis", "7.0.1")


def test_a_cluster_that_is_down_a_silent_node_and_a_primary_without_replica_are_named() -> None:
    one, two = Node("10.0.0.1", 7001), Node("10.0.0.2", 7002)
    whole = ClusterView(1, True, (one, two), (Node("10.0.0.3", 7003),))
    assert [finding.level for finding in doctor_valkey.judge_cluster(whole, ())] == ["ok"]
    broken = ClusterView(1, False, (one, two), (), alone=(two,))
    found = doctor_valkey.judge_cluster(broken, ("10.0.0.1:7001",))
    assert [(finding.subject, finding.level) for finding in found] == [
        ("Valkey/Redis cluster", "problem"), ("Valkey/Redis 10.0.0.1:7001", "problem"),
        ("Valkey/Redis 10.0.0.2:7002", "note"),
    ]  # fmt: skip
