"""What the benchmark's generators read: what wrk printed, what a server replied, what Valkey's monitor said."""

from pathlib import Path

import pytest

from loadtest.bench.generators import wrk
from loadtest.bench.generators.counting import GeneratorFailed
from loadtest.bench.generators.request_file import Seat, claim_request, read_requests, write_requests
from loadtest.bench.generators.wires import BrokenReply, reply_status
from loadtest.bench.valkey_alone import words_of

SAID = """Running 24s test @ http://127.0.0.1:1
  1 threads and 256 connections
drained
Requests/sec:   2000.00
counted sent=8001 window_s=3.500000 cpu_s=0.123456
status 409 answers=1 in_window=0
status 201 answers=8000 in_window=7000
errors connect=0 read=0 write=0
"""


def test_every_status_of_wrk_is_counted_and_the_rate_is_that_of_the_window() -> None:
    counted = wrk.parse(SAID)
    assert (counted.sent, counted.lost) == (8_001, 0)
    assert counted.answers == {201: 8_000, 409: 1}
    assert counted.rate_per_s(201) == 2_000
    assert counted.rate_per_s(409) == counted.rate_per_s(503) == 0


def test_a_request_that_wrk_got_no_answer_to_is_lost() -> None:
    assert wrk.parse(SAID.replace("sent=8001", "sent=8004")).lost == 3


def test_a_broken_connection_of_wrk_is_an_error() -> None:
    with pytest.raises(GeneratorFailed, match="read=2"):
        wrk.parse(SAID.replace("read=0", "read=2"))


def test_a_wrk_that_did_not_finish_has_counted_nothing() -> None:
    with pytest.raises(GeneratorFailed, match="counted nothing"):
        wrk.parse("unable to connect to 127.0.0.1:1 Connection refused\n")


REPLY = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def test_a_reply_has_a_status_once_it_is_whole() -> None:
    assert [reply_status(REPLY[:end]) for end in (0, 12, len(REPLY) - 1, len(REPLY))] == [0, 0, 0, 201]


@pytest.mark.parametrize(
    "received", [REPLY + b"H", b"HTTP/1.1 200 OK\r\n\r\n", b"SSH-2.0\r\n\r\n"], ids=["more", "no length", "no HTTP"]
)
def test_what_is_no_reply_to_one_request_is_refused(received: bytes) -> None:
    with pytest.raises(BrokenReply):
        reply_status(received)


def test_requests_are_read_back_byte_by_byte(tmp_path: Path) -> None:
    requests = [
        claim_request(Seat("a.b", "dev-1", "10.0.0.1"), "bat_1", "key-0000000000001"),
        b"\n\r\n12\n",
        b"x" * 70_000,
    ]
    assert write_requests(tmp_path / "requests", requests) == 3
    assert list(read_requests(tmp_path / "requests")) == requests


def test_a_file_of_requests_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "requests"
    write_requests(file, [b"whole", b"cut short"])
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError, match="middle of a request"):
        list(read_requests(file))


def test_a_claim_carries_token_key_address_and_its_device() -> None:
    request = claim_request(Seat("a.b", "dev-1", "10.0.0.1"), "bat_1", "key-0000000000001")
    head, body = request.split(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/batches/bat_1/claims HTTP/1.1\r\n")
    assert body == b'{"device":"dev-1"}'
    for line in (b"Authorization: Bearer a.b", b"Idempotency-Key: key-0000000000001", b"X-Forwarded-For: 10.0.0.1"):
        assert line in head.split(b"\r\n")
    assert b"Content-Length: %d" % len(body) in head


def test_a_command_of_the_monitor_is_read_back_to_its_bytes() -> None:
    line = rb'+1796032323.103 [0 127.0.0.1:51310] "EVALSHA" "ab12" "2" "vl:{s1}:meta" "\x00\xff\"\\\n" ""'
    assert words_of(line) == [b"EVALSHA", b"ab12", b"2", b"vl:{s1}:meta", b'\x00\xff"\\\n', b""]


def test_what_a_script_calls_is_no_command_of_a_client() -> None:
    assert words_of(rb'+1796032323.103 [0 lua] "XADD" "key"') == []
    assert words_of(b"+OK") == []
