"""Real exports: the rows of a finished round of the reference, as a vendor would hand them over, refute nothing."""

import csv
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadtest.vendor_files.judged import FilesVerdict
from loadtest.vendor_files.judging import judge_files
from loadtest.verdicts import Verdict
from tests.e2e.test_demo import demo
from voucherlab.demo.stored import stored_database
from voucherlab.sql import run_sql

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_LOCAL = "to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS.US')"
_YUAN = "trim(to_char({}::numeric / 100, '999999999990.00'))"
_MONEY = ("order_total_fen", "merchant_discount_fen", "platform_discount_fen", "payable_fen", "voucher_fen", "paid_fen")
_PARTS = ("amount_fen", "user_fen", "voucher_fen", "platform_fen", "fund_fen")
_QUERIES = {
    "claims": (
        f"SELECT id, batch_id, person_id, account_id, claim_key, state, {_LOCAL.format('claimed_at')} AS claimed_at"
        " FROM voucher"
    ),
    "redemptions": (
        f"SELECT r.id, r.voucher_id, r.batch_id, r.merchant_id, r.order_no, v.person_id,"
        f" {_LOCAL.format('redeemed_at')} AS redeemed_at, {', '.join(f'{_YUAN.format(m)} AS {m}' for m in _MONEY)}"
        " FROM redemption r JOIN voucher v ON v.id = r.voucher_id"
    ),
    "refunds": (
        f"SELECT id, redemption_id, number, {_LOCAL.format('refunded_at')} AS refunded_at, voucher_returned,"
        f" {', '.join(f'{_YUAN.format(m)} AS {m}' for m in _PARTS)} FROM refund"
    ),
    "merchants": "SELECT id, name, category, district, size_class, admitted FROM merchant",
}  # fmt: skip
_MAPPING = """vendor = "参考平台"
time_format = "%Y-%m-%d %H:%M:%S.%f"
[agreed]
refund_split = "running_total"
most_refunds_per_order = 50
least_paid_fen = 1
[agreed.terms]
[codes.state]
issued = "live"
redeemed = "live"
used_up = "live"
expired = "live"
frozen = "live"
[codes.status]
True = "admitted"
False = "not_admitted"
[codes.yes_no]
True = "yes"
False = "no"
[claims]
files = "claims.csv"
columns = {voucher = "id", batch = "batch_id", person = "person_id", account = "account_id", request = "claim_key", \
claimed_at = "claimed_at", state = "state"}
[redemptions]
files = "redemptions.csv"
columns = {redemption = "id", voucher = "voucher_id", batch = "batch_id", merchant = "merchant_id", \
order_no = "order_no", person = "person_id", redeemed_at = "redeemed_at", order_total = "order_total_fen", \
merchant_discount = "merchant_discount_fen", platform_discount = "platform_discount_fen", payable = "payable_fen", \
voucher_amount = "voucher_fen", paid = "paid_fen"}
[refunds]
files = "refunds.csv"
columns = {refund = "id", redemption = "redemption_id", number = "number", refunded_at = "refunded_at", \
voucher_returned = "voucher_returned", amount = "amount_fen", user_part = "user_fen", voucher_part = "voucher_fen", \
platform_part = "platform_fen", fund_part = "fund_fen"}
[merchants]
files = "merchants.csv"
columns = {merchant = "id", name = "name", category = "category", district = "district", size_class = "size_class", \
status = "admitted"}
[t1]
files = "T+1-*.csv"
money = "fen"
day_in_file_name = '(\\d{4}-\\d{2}-\\d{2})'
columns = {dimension = "维度", key = "编码", period = "期间", indicator = "指标编码", value = "数值"}
"""


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _batch(row: dict[str, Any]) -> str:
    times = ("claim_opens_at", "claim_closes_at", "valid_from", "valid_until")
    whole = ("face_fen", "threshold_fen", "quota", "per_person_limit", "refund_days")
    lines = ["[[batch]]", *(f'{name} = "{row[name]}"' for name in ("id", "name", "refund_regime"))]
    lines += [f'round = "{row["round_id"]}"', *(f"{name} = {row[name].isoformat()}" for name in times)]
    lines += [f"{name} = {row[name]}" for name in whole] + [
        f"{name} = {row[name]}" for name in ("categories", "districts")
    ]
    return "\n".join(lines + ([f"valid_days = {row['valid_days']}"] if row["valid_days"] else [])) + "\n"


@pytest.fixture(scope="module")
def exported() -> Iterator[Path]:
    """The files of a small round, with their mapping."""
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-judge-"))
    done = demo(folder / "out", "--scale", "0.02", "--seed", "3", "--brief")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    files = folder / "files"
    files.mkdir()
    with stored_database(folder / "out") as url:
        for name, query in _QUERIES.items():
            _write(files / f"{name}.csv", run_sql(url, query))
        batches = run_sql(
            url, "SELECT b.*, s.quota FROM batch b JOIN batch_stock s ON s.batch_id = b.id WHERE b.state <> 'draft'"
        )  # fmt: skip
    for report in (folder / "out" / "reports").glob("*.csv"):
        shutil.copy(report, files)
    (files / "mapping.toml").write_text(_MAPPING + "".join(map(_batch, batches)), encoding="utf-8")
    yield files
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def verdict(exported: Path) -> FilesVerdict:
    """The judgement of the files as they are."""
    return judge_files(exported, exported / "mapping.toml", exported / "out")


def test_the_reference_is_refuted_in_nothing(verdict: FilesVerdict) -> None:
    refuted = {
        check.check: [one.statement_zh for one in check.contradictions[:3]]
        for check in verdict.checks
        if check.verdict is Verdict.FAIL
    }
    assert refuted == {}
    assert verdict.verdict is Verdict.INCONCLUSIVE


def test_nearly_everything_could_be_judged(verdict: FilesVerdict) -> None:
    left = {check.check for check in verdict.checks if check.verdict is Verdict.NOT_RUN}
    assert left == {
        "face-as-configured",
        "file-totals-add-up",
        "suspended-merchant-idle",
        "t1-on-time",
        "t1-days-add-up",
    }
    judged = {check.check: check.judged for check in verdict.checks}
    assert judged["t1-agrees-with-rows"] > 1_000
    assert judged["t1-parts-add-up"] > 50
    assert judged["refund-split-as-agreed"] > 10


def test_the_command_exits_4_and_after_one_bent_row_1(exported: Path, tmp_path: Path) -> None:
    bent = tmp_path / "files"
    shutil.copytree(exported, bent)
    assert _judge(bent, tmp_path / "out").returncode == 4
    rows = (bent / "redemptions.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (bent / "redemptions.csv").write_text("".join([*rows, rows[-1]]), encoding="utf-8")
    done = _judge(bent, tmp_path / "out")
    assert done.returncode == 1
    assert "voucher-redeemed-once" in done.stdout
    assert f"redemptions.csv 第 {len(rows) + 1} 行" in done.stdout


def _judge(files: Path, out: Path) -> subprocess.CompletedProcess[str]:
    words = ["judge", "--files", str(files), "--mapping", str(files / "mapping.toml"), "--out", str(out)]
    return subprocess.run([sys.executable, "-m", "voucherlab", *words], capture_output=True, text=True, check=False)
