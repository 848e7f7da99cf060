"""The files of a history: written before the bytes leave, read back with the clocks' bounds, alive after a SIGKILL."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from loadtest.history.codes import CODES
from loadtest.history.columns import BEFORE_ALL, FOREVER
from loadtest.history.notes import MAX_BODY_BYTES, read_notes
from loadtest.history.reading import UnreadableHistory, read_history
from loadtest.history.record import ATTEMPT, Kind, Outcome, digest64
from loadtest.history.writer import HistoryWriter

ROOT = Path(__file__).parents[2]
KILLED = """
import sys
from pathlib import Path
from loadtest.history.record import Kind, Outcome
from loadtest.history.writer import HistoryWriter

writer = HistoryWriter(Path(sys.argv[1]), 3, "killed00")
number = 0
while True:
    slot = writer.begin(Kind.CLAIM, t_intended=number, key=number, person=number)
    print(number, flush=True)  # as the bytes of the request, it leaves after the record
    if number % 2:
        writer.end(slot, outcome=Outcome.OK, status=201, result_id=f"v{number}", request_id=f"q{number}")
    number += 1
"""


def write(folder: Path, worker: int = 0, attempts: int = 3) -> None:
    """Some claims, each granted."""
    writer = HistoryWriter(folder, worker, "abcdefgh")
    for key in range(attempts):
        slot = writer.begin(Kind.CLAIM, t_intended=5, key=worker << 40 | key, person=key, subject=1)
        writer.end(slot, outcome=Outcome.OK, status=201, result_id=f"v{worker}-{key}", request_id=f"q{key}")
    writer.close()


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    before = time.monotonic_ns()
    writer = HistoryWriter(tmp_path, 7, "abcdefgh")
    slot = writer.begin(
        Kind.REDEEM, t_intended=4, key=7 << 40, person=9, subject=2, target=11, amount=10_000, attempt=3
    )
    writer.not_sent(Kind.CLAIM, t_intended=6, key=7 << 40 | 1, person=8)
    writer.begin(Kind.CLAIM, t_intended=7, key=7 << 40 | 2, person=1)
    writer.end(
        slot, outcome=Outcome.REFUSED, code="below_threshold", status=409, value=-5, request_id="rq-1", body=b"why"
    )  # fmt: skip
    writer.close()
    read = read_history(tmp_path)
    assert [int(one) for one in read.outcome] == [Outcome.REFUSED, Outcome.NOT_SENT, Outcome.OPEN]
    (record,) = read.raw([0])
    assert record["t_invoke_ns"] >= before
    assert record["t_reply_ns"] >= record["t_invoke_ns"]
    expected = {
        "worker": 7, "slot": 0, "kind": "redeem", "person": 9, "subject": 2, "amount": 10_000, "attempt": 3,
        "code": "below_threshold", "status": 409, "value": -5, "request_id": "rq-1", "body": "why",
        "target": f"{11:016x}", "key": f"vlabcdefgh-{7 << 40:016x}", "outcome": "refused",
    }  # fmt: skip
    assert {name: record[name] for name in expected} == expected
    assert read.t_reply[2] == FOREVER
    assert list(read.sent) == [True, False, True]


def test_ids_are_kept_raw_and_as_digests(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path, 0, "abcdefgh")
    slot = writer.begin(Kind.CLAIM, t_intended=0, key=1, person=1)
    writer.end(slot, outcome=Outcome.OK, status=201, result_id="v-券", voucher_code="CODE", request_id="q")
    writer.close()
    read = read_history(tmp_path)
    assert (read.result[0], read.mark[0]) == (digest64("v-券"), digest64("CODE"))
    (record,) = read.raw([0])
    assert (record["result_id"], record["voucher_code"]) == ("v-券", "CODE")


def test_a_killed_worker_leaves_every_request_that_left_it(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
    )  # fmt: skip
    assert child.stdout is not None
    seen = [int(child.stdout.readline()) for _ in range(20_000)]
    child.send_signal(signal.SIGKILL)
    seen += [int(line) for line in child.stdout.read().split("\n") if line]
    child.wait()
    child.stdout.close()
    read = read_history(tmp_path)
    assert len(read) - len(seen) in {0, 1}, "at most the record whose bytes had not left yet is more"
    assert (read.key[: len(seen)] == np.array(seen, np.uint64)).all()
    answered = read.outcome == Outcome.OK
    assert (answered[1 : len(seen) - 1 : 2]).all(), "what was answered before the kill is answered"
    assert not answered[0::2].any()
    notes = {note.slot: note for note in read_notes(tmp_path / "worker-00003.notes")}
    assert set(notes) >= set(np.flatnonzero(answered)), "no success without its id"
    assert notes[1].result_id == "v1"


def test_a_worker_never_writes_over_another(tmp_path: Path) -> None:
    write(tmp_path, worker=1)
    with pytest.raises(FileExistsError):
        HistoryWriter(tmp_path, 1, "abcdefgh")


def test_files_grow_beyond_their_first_block(tmp_path: Path) -> None:
    many = (8 << 20) // ATTEMPT.itemsize + 10
    write(tmp_path, attempts=many)
    read = read_history(tmp_path)
    assert len(read) == many
    assert int(read.key[-1]) == many - 1
    assert (tmp_path / "worker-00000.attempts").stat().st_size == many * ATTEMPT.itemsize


def test_bodies_are_kept_of_what_is_out_of_the_ordinary_and_of_a_sample(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path, 0, "abcdefgh")
    for number in range(2_000):
        slot = writer.begin(Kind.CLAIM, t_intended=0, key=number, person=0)
        odd = number == 700
        outcome = Outcome.UNKNOWN if odd else Outcome.OK
        body = b"x" * (MAX_BODY_BYTES + 9)
        writer.end(slot, outcome=outcome, status=500 if odd else 201, result_id="v", body=body)
    writer.close()
    kept = {note.slot: note for note in read_notes(tmp_path / "worker-00000.notes") if note.body}
    assert set(kept) == {0, 700, 1_024}
    assert (len(kept[700].body), kept[700].body_bytes) == (MAX_BODY_BYTES, MAX_BODY_BYTES + 9)


def test_workers_of_one_host_are_read_one_after_another(tmp_path: Path) -> None:
    write(tmp_path, worker=0)
    write(tmp_path, worker=1, attempts=2)
    read = read_history(tmp_path)
    assert len(read) == 5
    assert [one["worker"] for one in read.raw([0, 2, 3, 4])] == [0, 0, 1, 1]
    assert [one["result_id"] for one in read.raw([3, 4])] == ["v1-0", "v1-1"]


def other_host(folder: Path, worker: int) -> None:
    """Pretend that a worker wrote on another machine."""
    path = folder / f"worker-{worker:05d}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "host": "other"}))


def test_clock_bounds_move_invokes_earlier_and_replies_later(tmp_path: Path) -> None:
    write(tmp_path, worker=0)
    plain = read_history(tmp_path)
    host = json.loads((tmp_path / "worker-00000.json").read_text())["host"]
    (tmp_path / "clocks.json").write_text(json.dumps({host: {"offset_ns": 1_000, "bound_ns": 30}}))
    moved = read_history(tmp_path)
    assert list(moved.t_invoke - plain.t_invoke) == [970] * 3
    assert list(moved.t_reply - plain.t_reply) == [1_030] * 3


def test_a_clock_without_a_bound_orders_nothing(tmp_path: Path) -> None:
    write(tmp_path, worker=0)
    write(tmp_path, worker=1)
    other_host(tmp_path, 1)
    read = read_history(tmp_path)
    assert (read.t_invoke == BEFORE_ALL).all(), "two hosts, and nothing known of their clocks"
    assert (read.t_reply == FOREVER).all()
    host = json.loads((tmp_path / "worker-00000.json").read_text())["host"]
    (tmp_path / "clocks.json").write_text(json.dumps({host: {"offset_ns": 0, "bound_ns": 0}}))
    read = read_history(tmp_path)
    assert (read.t_invoke[:3] > BEFORE_ALL).all()
    assert (read.t_invoke[3:] == BEFORE_ALL).all()


def test_codes_are_read_by_name(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path, 0, "abcdefgh")
    for number, code in enumerate(("sold_out", "limit_reached")):
        slot = writer.begin(Kind.CLAIM, t_intended=0, key=number, person=0)
        writer.end(slot, outcome=Outcome.REFUSED, code=code, status=409)
    writer.close()
    header = tmp_path / "worker-00000.json"
    told = json.loads(header.read_text())
    names = list(told["codes"])
    names[names.index("limit_reached")] = "a_code_of_long_ago"
    header.write_text(json.dumps({**told, "codes": names}))
    read = read_history(tmp_path)
    assert [one["code"] for one in read.raw([0, 1])] == ["sold_out", "a_code_of_long_ago"]
    assert read.codes[: len(CODES)] == CODES


def test_what_is_no_history_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(UnreadableHistory, match="no worker"):
        read_history(tmp_path)
    (tmp_path / "worker-00000.json").write_text("{")
    with pytest.raises(UnreadableHistory, match="not JSON"):
        read_history(tmp_path)
    (tmp_path / "worker-00000.json").write_text(json.dumps({"format": 99, "host": "x"}))
    with pytest.raises(UnreadableHistory, match="format 99"):
        read_history(tmp_path)
