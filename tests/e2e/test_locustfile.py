"""The load test as a person runs it, headless, against the reference."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from merchant_sim.actors.desk import read_staff_file
from voucherlab.child_environment import search_path
from voucherlab.sql import run_sql

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def locust(target: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Twenty users for five seconds; statistics as CSV in `folder`."""
    return subprocess.run(
        [
            sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", "--host", target, "--headless",
            "-u", "20", "-r", "20", "-t", "5s", "--only-summary", "--csv", str(folder / "stats"), *words,
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([search_path(), str(Path.cwd())])},
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


def counts(folder: Path) -> dict[str, int]:
    """Requests by name."""
    with (folder / "stats_stats.csv").open(encoding="utf-8") as file:
        return {row["Name"]: int(row["Request Count"]) for row in csv.DictReader(file) if row["Type"]}


def test_a_sandbox_sets_itself_up_and_every_claim_is_a_voucher(
    short_tmp: Path, platform_server: Callable[..., Any]
) -> None:
    ready = platform_server().ready
    done = locust(ready.base_url, short_tmp, "--staff-file", str(ready.staff_file), "--people", "300", "--quota", "150")
    assert done.returncode == 0, done.stderr[-3000:]
    seen = counts(short_tmp)
    assert seen["claim: issued"] == 150
    assert seen["claim: sold_out"] + seen.get("claim: limit_reached", 0) > 0
    assert seen.keys() <= {"claim: issued", "claim: sold_out", "claim: limit_reached", "remaining: done"}
    (row,) = run_sql(ready.database_url, "SELECT count(*) AS n FROM voucher")
    assert row["n"] == 150


def test_tokens_from_a_file_claim_from_the_batches_that_are_open(
    short_tmp: Path, platform_server: Callable[..., Any]
) -> None:
    ready = platform_server().ready
    first = locust(ready.base_url, short_tmp, "--staff-file", str(ready.staff_file), "--people", "5", "--quota", "9")
    assert first.returncode == 0, first.stderr[-3000:]
    tokens = short_tmp / "tokens.csv"
    tokens.write_text("person,token\n" + "\n".join(_tokens(ready)) + "\n", encoding="utf-8")
    done = locust(ready.base_url, short_tmp, "--tokens", str(tokens))
    assert done.returncode == 0, done.stderr[-3000:]
    assert counts(short_tmp)["claim: issued"] == 4


def test_without_tokens_it_says_what_it_needs_and_fails(short_tmp: Path, platform_server: Callable[..., Any]) -> None:
    done = locust(platform_server().ready.base_url, short_tmp)
    assert done.returncode == 2
    assert "--tokens" in done.stderr


def _tokens(ready: Any) -> list[str]:
    """Six more people of the sandbox, as rows of a tokens file."""
    operator = next(one for one in read_staff_file(ready.staff_file) if one.role == "operator")
    people = [
        {
            "account": f"csv-{n}", "phone": f"1002900000{n}", "id_number": f"99999919900101{n:03d}X",
            "device": f"csv-{n}", "home_district": "510681001",
        }
        for n in range(6)
    ]  # fmt: skip
    with httpx.Client(base_url=ready.base_url, timeout=30, trust_env=False) as http:
        signed = http.post("/v1/sessions", json={"login": operator.login, "password": operator.password}).json()
        made = http.post(
            "/v1/sandbox/people", json={"people": people}, headers={"Authorization": f"Bearer {signed['token']}"}
        )
    return [f"{one['person_id']},{one['token']}" for one in made.json()["people"]]
