"""`voucherlab doctor` tells what is wrong in words and never a password."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hot_stores import PASSWORD
from voucherlab.child_environment import search_path
from voucherlab.sql import run_sql


def examine(data: Path, **variables: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "voucherlab", "doctor", "--json", "--data", str(data)],
        env={**os.environ, "PYTHONPATH": search_path(), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout), done.stdout + done.stderr


def test_embedded_servers_are_tried_out_and_nothing_stays_behind(short_tmp: Path) -> None:
    code, report, _ = examine(short_tmp / "data")
    assert (code, report["ok"]) == (0, True), report
    assert any("embedded" in finding["english"] for finding in report["findings"])
    assert list(short_tmp.iterdir()) == []


def test_an_unsafe_database_is_a_problem_and_its_password_is_never_printed(services: Any, short_tmp: Path) -> None:
    database_url = services.postgres.create_database("unsafe")
    run_sql(database_url, "ALTER DATABASE unsafe SET synchronous_commit = off")
    code, report, text = examine(short_tmp, DATABASE_URL=database_url, REDIS_URL=services.redis_url)
    problems = [finding["subject"] for finding in report["findings"] if finding["level"] == "problem"]
    assert (code, problems) == (1, ["PostgreSQL synchronous_commit"])
    assert "session-only" not in text


def test_servers_that_do_not_answer_are_problems_without_their_passwords(short_tmp: Path) -> None:
    code, report, text = examine(
        short_tmp,
        DATABASE_URL="postgresql://someone:hidden-word@127.0.0.1:1/none",
        REDIS_URL="redis://:hidden-word@127.0.0.1:1/0",
    )
    subjects = {finding["subject"] for finding in report["findings"] if finding["level"] == "problem"}
    assert (code, subjects) == (1, {"PostgreSQL", "Valkey/Redis"})
    assert "hidden-word" not in text


@pytest.mark.parametrize("redis_url", ["cluster"], indirect=True)
def test_every_node_of_a_cluster_is_examined(database_url: str, redis_url: str, short_tmp: Path) -> None:
    code, report, text = examine(short_tmp, DATABASE_URL=database_url, REDIS_URL=redis_url)
    about = [finding for finding in report["findings"] if finding["subject"].startswith("Valkey/Redis")]
    assert "a cluster of 3 primaries and 0 replicas" in about[0]["english"]
    assert sum("maxmemory-policy" in finding["subject"] for finding in about) == 3
    assert sum("no replica" in finding["english"] for finding in about) == 3
    assert code == 0, report
    assert PASSWORD not in text
