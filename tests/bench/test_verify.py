"""`voucherlab verify` as its users run it: mistakes named before a byte, a vendor caught, evidence that holds."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadtest.bundle.files import JUNIT, MATRIX, REPORT, VERDICT
from loadtest.faulty_vendors.process import VendorProcess
from voucherlab.child_environment import search_path

pytestmark = pytest.mark.timeout(300)
CAUGHT = ("--vendor", "faulty:double-redemption", "--plan", "quick", "--only", "redeeming-raced")


def voucherlab(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "voucherlab", *map(str, words)],
        env={**os.environ, "PYTHONPATH": search_path(), **environment}, capture_output=True, text=True, check=False,
        timeout=280,
    )  # fmt: skip


def verdict(folder: Path) -> dict[str, Any]:
    """verdict.json of a run."""
    value: dict[str, Any] = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
    return value


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for the module's runs."""
    path = Path(tempfile.mkdtemp(prefix="voucherlab-verify-test-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def caught(folder: Path) -> Path:
    """The evidence of a vendor that redeems twice, signed by the bureau."""
    made = voucherlab("make-key", folder / "bureau.pem", folder / "bureau.pub")
    assert made.returncode == 0, made.stderr
    done = voucherlab("verify", *CAUGHT, "--out", folder / "caught", "--key", folder / "bureau.pem")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "redeeming-raced" in done.stdout
    return folder / "caught"


@pytest.fixture
def copy(caught: Path, tmp_path: Path) -> Path:
    """Evidence to tamper with."""
    shutil.copytree(caught, tmp_path / "copy")
    return tmp_path / "copy"


def test_the_faulty_vendor_fails_with_a_witness_that_anybody_can_check(caught: Path) -> None:
    (case,) = [case for case in verdict(caught)["cases"] if case["verdict"] == "FAIL"]
    assert case["id"] == "redeeming-raced"
    granted = [one for one in case["witnesses"][0]["exchanges"] if one["outcome"] == "ok"]
    assert len(granted) >= 2, "the same voucher was redeemed at least twice"
    assert len({json.loads(one["request_body"])["code"] for one in granted}) == 1
    assert {path.name for path in caught.iterdir()} >= {REPORT, MATRIX, JUNIT, VERDICT}


def test_the_verdict_comes_out_the_same_from_the_stored_evidence(caught: Path) -> None:
    done = voucherlab("recheck", caught)
    assert done.returncode == 1, done.stderr
    assert "reproduced: FAIL" in done.stderr


def test_a_changed_reply_changes_the_verdict_and_is_noticed(copy: Path) -> None:
    played = copy / "functional" / "redeeming-raced.json"
    told = json.loads(played.read_text(encoding="utf-8"))
    for exchange in told["exchanges"]:
        if exchange["operation"] == "redeem" and exchange["outcome"] == "ok":
            exchange["outcome"], exchange["code"] = "refused", "already_redeemed"
    played.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    done = voucherlab("recheck", copy)
    assert done.returncode == 3, done.stderr
    assert voucherlab("verify-bundle", copy).returncode == 1


def test_a_whole_bundle_verifies_by_the_key_that_signed_it_and_by_no_other(caught: Path, folder: Path) -> None:
    whole = voucherlab("verify-bundle", caught, "--public-key", folder / "bureau.pub")
    assert whole.returncode == 0, whole.stderr
    voucherlab("make-key", folder / "other.pem", folder / "other.pub")
    assert voucherlab("verify-bundle", caught, "--public-key", folder / "other.pub").returncode == 1


def test_one_flipped_byte_is_noticed(copy: Path) -> None:
    raw = bytearray((copy / VERDICT).read_bytes())
    raw[len(raw) // 2] ^= 1
    (copy / VERDICT).write_bytes(bytes(raw))
    assert voucherlab("verify-bundle", copy).returncode == 1


def test_two_vendors_stand_beside_each_other_only_under_one_plan(caught: Path, folder: Path) -> None:
    words = ("--vendor", "faulty:correct", "--only", "redeeming-raced")
    assert voucherlab("verify", *words, "--plan", "quick", "--out", folder / "correct").returncode == 0
    assert voucherlab("compare", caught, folder / "correct", "--out", folder / "compared").returncode == 0
    assert list((folder / "compared").glob("*.html"))
    assert list((folder / "compared").glob("*.xlsx"))
    assert voucherlab("verify", *words, "--plan", "standard", "--out", folder / "other-plan").returncode == 0
    refused = voucherlab("compare", caught, folder / "other-plan", "--out", folder / "refused")
    assert refused.returncode == 2
    assert "计划" in refused.stderr


def test_a_platform_that_refuses_everything_does_not_pass(folder: Path) -> None:
    words = ("--vendor", "faulty:refuses-everything", "--plan", "quick")
    done = voucherlab("verify", *words, "--out", folder / "refusing")
    assert done.returncode == 1, done.stdout + done.stderr
    assert verdict(folder / "refusing")["overall"]["verdict"] == "FAIL"


TARGET = """
name = "某平台"
base_url = "http://127.0.0.1:9"
[credentials]
staff = [
  {{ role = "bureau", login = "a", password_env = "VL_TEST_A" }},
  {{ role = "bureau", login = "b", password_env = "VL_TEST_A" }},
  {{ role = "auditor", login = "c", password_env = "VL_TEST_A" }},
  {{ role = "operator", login = "d", password_env = "VL_TEST_A" }},
]
{more}
"""


@pytest.mark.parametrize(
    ("more", "words", "environment", "named"),
    [
        ("", ("--dry-run",), {}, "VL_TEST_A"),
        ("nonsense = 1", ("--dry-run",), {"VL_TEST_A": "x"}, "nonsense"),
        ("", ("--dry-run", "--only", "no-such-case"), {"VL_TEST_A": "x"}, "--only no-such-case"),
        ("", ("--dry-run", "--plan", "no-such-plan"), {"VL_TEST_A": "x"}, "--plan no-such-plan"),
        ("", ("--key", "no-such-key.pem"), {"VL_TEST_A": "x"}, "--key"),
        ("", (), {"VL_TEST_A": "x"}, "base_url"),
    ],
)
def test_a_mistake_is_named_with_its_field_and_ends_with_two(
    tmp_path: Path, more: str, words: tuple[str, ...], environment: dict[str, str], named: str
) -> None:
    (tmp_path / "target.toml").write_text(TARGET.format(more=more), encoding="utf-8")
    done = voucherlab(
        "verify", "--target", tmp_path / "target.toml", "--out", tmp_path / "out", *words, **environment
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert named in done.stderr


def test_a_dry_run_counts_the_cases_and_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(TARGET.format(more=""), encoding="utf-8")
    words = ("--target", tmp_path / "target.toml", "--out", tmp_path / "out", "--dry-run")
    done = voucherlab("verify", *words, VL_TEST_A="x")
    assert done.returncode == 0, done.stderr
    assert "nothing was sent" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_run_that_was_killed_is_gone_on_with(folder: Path) -> None:
    vendor = VendorProcess("correct", folder / "vendor")
    base_url, staff_file = vendor.start()
    try:
        target, out = folder / "running.toml", folder / "resumed"
        text = f'name = "对照"\nbase_url = "{base_url}"\n[credentials]\nstaff_file = "{staff_file}"\n'
        target.write_text(text, encoding="utf-8")
        words = ("verify", "--target", str(target), "--plan", "quick", "--only", "N4.2.1b", "--out", str(out))
        _kill_in_the_middle(words, out)
        before = first_requests(out)
        assert before
        done = voucherlab(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "going on" in done.stderr
        again = first_requests(out)
        assert again.items() > before.items(), "what was whole is kept as it was, and the rest was played"
        assert voucherlab(*words).returncode == 2, "a finished run is not written over"
    finally:
        vendor.stop()


def first_requests(out: Path) -> dict[str, int]:
    """When each stored case sent its first request: another moment means that it was played again."""
    played = [json.loads(path.read_text(encoding="utf-8")) for path in (out / "functional").glob("*.json")]
    return {one["case_id"]: one["exchanges"][0]["t_invoke_ns"] for one in played if one["exchanges"]}


def _kill_in_the_middle(words: tuple[str, ...], out: Path) -> None:
    """SIGKILL once the first case is stored, while others are under way."""
    environment = {**os.environ, "PYTHONPATH": search_path()}
    process = subprocess.Popen(
        [sys.executable, "-m", "voucherlab", *words], env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list((out / "functional").glob("*.json")) if out.exists() else True:
        assert time.monotonic() < deadline, "no case was ever stored"
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


CLAIMS = """
vendor = "某平台"
[[claim]]
id = "no-double"
kind = "no_double_redemption"
wording_zh = "一券一码，杜绝重复核销"
source = "应征文件 第 14 页"
[[claim]]
id = "peak"
kind = "peak_rate"
wording_zh = "峰值每秒百万笔"
source = "应征文件 第 12 页"
rate_per_s = 1000000
"""


def test_claims_of_the_vendor_are_answered_with_the_witness_or_the_reason(folder: Path) -> None:
    (folder / "claims.toml").write_text(CLAIMS, encoding="utf-8")
    out = folder / "claimed"
    assert voucherlab("verify", *CAUGHT, "--claims", folder / "claims.toml", "--out", out).returncode == 1
    answers = {one["claim_id"]: one for one in verdict(out)["claims"]}
    assert answers["no-double"]["answer"] == "refuted"
    assert "redeeming-raced" in answers["no-double"]["cases"]
    assert answers["peak"]["answer"] == "undecidable"
    assert "超过任何公开记录" in answers["peak"]["reason_zh"]
    assert "杜绝重复核销" in (out / REPORT).read_text(encoding="utf-8")


def test_another_wire_is_verified_through_its_adapter(folder: Path) -> None:
    words = ("--plan", "quick", "--only", "redeeming-raced", "--only", "planning-two-officers")
    assert voucherlab("verify", "--vendor", "favor_stock", *words, "--out", folder / "paid").returncode == 0
    told = {case["id"]: case["verdict"] for case in verdict(folder / "paid")["cases"]}
    assert told["redeeming-raced"] == "PASS"
    assert told["planning-two-officers"] == "NOT_APPLICABLE", "that wire knows no second officer, and says so"
    twice = ("--vendor", "favor_stock:double-use", "--plan", "quick", "--only", "redeeming-raced")
    done = voucherlab("verify", *twice, "--out", folder / "paid-twice")
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize("vendor", ["faulty:no-such-defect", "favor_stock:no-such-defect", "somebody"])
def test_an_unknown_vendor_of_ours_is_a_mistake_of_the_person(vendor: str, tmp_path: Path) -> None:
    done = voucherlab("verify", "--vendor", vendor, "--plan", "quick", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert vendor in done.stderr


def test_a_verdict_is_preliminary_until_objections_are_answered(copy: Path, folder: Path) -> None:
    assert verdict(copy)["overall"]["preliminary"] is True
    early = voucherlab("settle", copy, "--note", "无异议")
    assert early.returncode == 2
    assert "may object until" in early.stderr
    words = ("settle", copy, "--note", "无异议", "--waived", "平台方书面放弃", "--key", folder / "bureau.pem")
    done = voucherlab(*words)
    assert done.returncode == 0, done.stderr
    assert verdict(copy)["overall"]["preliminary"] is False
    assert voucherlab("verify-bundle", copy, "--public-key", folder / "bureau.pub").returncode == 0
    assert "reproduced: FAIL" in voucherlab("recheck", copy).stderr
