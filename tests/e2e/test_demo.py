"""The demo as a person runs it: a command, its exit code, its files; then judged again after its data were bent."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voucherlab.child_environment import search_path
from voucherlab.demo.stored import stored_database
from voucherlab.sql import run_sql

_KEYS = {
    "seed", "quota", "claims_acknowledged", "vouchers_issued", "claim_refusals", "redemptions", "redemption_refusals",
    "refunds", "expired", "received_fen", "spent_fen", "returned_fen", "money_identity_ok", "reports", "verdict",
}  # fmt: skip
_SMALL = "0.01"
pytestmark = pytest.mark.timeout(600)


def demo(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `voucherlab demo` to its end; on servers of its own, whatever the environment says."""
    environment = {key: text for key, text in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        [sys.executable, "-m", "voucherlab", "demo", "--exit", "--out", str(out), *words],
        env={**environment, "PYTHONPATH": search_path()}, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip


def summary(out: Path) -> dict[str, Any]:
    """summary.json of a demo."""
    value: dict[str, Any] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return value


def failed(out: Path) -> set[str]:
    """The names of the checks that do not hold."""
    return {check["name"] for check in summary(out)["checks"] if not check["ok"]}


@pytest.fixture(scope="module")
def small_demo() -> Iterator[Path]:
    """One finished demo of the smallest size, whose data folder stays for another look."""
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-demo-"))
    done = demo(folder / "out", "--scale", _SMALL, "--seed", "7", "--brief")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    yield folder / "out"
    shutil.rmtree(folder)


def test_a_small_demo_passes_and_its_summary_holds_every_figure(small_demo: Path) -> None:
    told = summary(small_demo)
    assert told.keys() >= _KEYS
    assert told["verdict"] == "PASS"
    assert told["seed"] == 7
    assert told["money_identity_ok"] is True
    assert told["received_fen"] == told["spent_fen"] + told["returned_fen"] > 0
    assert told["claims_acknowledged"] == told["vouchers_issued"] == sum(told["quota"].values())
    assert told["redemptions"] > 0 < told["refunds"]
    assert told["claim_refusals"]["sold_out"] > 0
    assert {"frozen", "voided"} <= told["redemption_refusals"].keys()


def test_everything_the_summary_names_is_there_and_private(small_demo: Path) -> None:
    reports = [small_demo / name for name in summary(small_demo)["reports"]]
    assert {path.suffix for path in reports} == {".json", ".csv", ".xlsx", ".html", ".pdf"}
    assert all(path.is_file() for path in reports)
    assert (small_demo / "商户导入-错误列.xlsx").is_file()
    assert stat.S_IMODE(small_demo.stat().st_mode) == 0o700
    assert not list((small_demo / "records").glob(".*.json")), "plan files hold tokens and must not stay"


def test_a_corrupted_transfer_row_turns_the_verdict_to_fail(small_demo: Path) -> None:
    assert demo(small_demo, "--recheck").returncode == 0
    first = "SELECT min(id) FROM ledger_transfer WHERE kind = 'redeem'"
    bend = f"UPDATE ledger_transfer SET amount_fen = amount_fen + {{}} WHERE id = ({first})"
    with stored_database(small_demo) as url:
        run_sql(url, bend.format(1))
    done = demo(small_demo, "--recheck")
    assert done.returncode == 1
    assert summary(small_demo)["verdict"] == "FAIL"
    assert summary(small_demo)["money_identity_ok"] is False
    assert failed(small_demo) == {"balances = transfers", "transfers = vouchers and orders"}
    with stored_database(small_demo) as url:
        run_sql(url, bend.format(-1))
    assert demo(small_demo, "--recheck").returncode == 0


def test_a_voucher_that_no_client_was_told_of_turns_the_verdict_to_fail(small_demo: Path) -> None:
    claims = small_demo / "records" / "claims.jsonl"
    whole = claims.read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    forgotten = next(claim["voucher_id"] for claim in map(json.loads, lines) if claim["outcome"] == "ok")
    claims.write_text("".join(line for line in lines if forgotten not in line), encoding="utf-8")
    try:
        assert demo(small_demo, "--recheck").returncode == 1
        assert "acknowledged = issued" in failed(small_demo)
    finally:
        claims.write_text(whole, encoding="utf-8")


def test_a_folder_that_holds_something_else_is_left_alone(short_tmp: Path) -> None:
    (short_tmp / "letter.txt").write_text("mine", encoding="utf-8")
    done = demo(short_tmp, "--scale", _SMALL)
    assert done.returncode == 1
    assert "choose another folder" in done.stderr
    assert [path.name for path in short_tmp.iterdir()] == ["letter.txt"]


@pytest.mark.slow
def test_the_money_adds_up_in_another_and_larger_city(short_tmp: Path) -> None:
    done = demo(short_tmp / "out", "--scale", "0.05", "--seed", "2", "--brief")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert failed(short_tmp / "out") == set()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_city_and_timetable_again_in_the_same_folder(short_tmp: Path) -> None:
    told = []
    for _ in range(2):
        assert demo(short_tmp / "out", "--scale", _SMALL, "--seed", "11", "--brief").returncode == 0
        assert failed(short_tmp / "out") == set()
        told.append(summary(short_tmp / "out"))
    assert told[0]["city"] == told[1]["city"]
    assert told[0]["timetable"] == told[1]["timetable"]
