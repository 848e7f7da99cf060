"""What the fault proxy does to requests and replies, between a real client and a real server."""

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from loadtest.agreed.plan import ClientFault
from loadtest.engine.children import end, serving
from tests.bench.servers import CountingServer, answer, counting


@contextlib.contextmanager
def proxied(
    server: CountingServer, folder: Path, *faults: ClientFault, share: float = 1.0, seed: int = 1
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The proxy before a server, as the bench starts it."""
    words = ["--upstream", server.url, "--faults", ",".join(faults), "--share", str(share), "--seed", str(seed)]
    with serving("loadtest.faults", *words, "--log", str(folder / "log.json")) as (port, process):
        yield f"http://127.0.0.1:{port}", process


def told(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, int]:
    """What the proxy says it did; it says so when it is ended."""
    end(process)
    counts: dict[str, int] = json.loads((folder / "log.json").read_text(encoding="utf-8"))
    return counts


def claim(url: str) -> httpx.Response:
    """One request on a connection of its own."""
    return httpx.post(f"{url}/v1/x", content=b'{"a":1}', headers={"X-Mine": "1"}, trust_env=False, timeout=5)


def test_without_faults_everything_passes_as_it_is_and_the_host_is_the_targets(tmp_path: Path) -> None:
    with counting(answer) as server, proxied(server, tmp_path) as (url, process):
        with httpx.Client(trust_env=False) as client:
            for _ in range(20):
                assert client.post(f"{url}/v1/x", content=b'{"a":1}').content == b"{}"
        assert server.connections == 1
        assert told(tmp_path, process) == {"requests": 20}
        assert b"\r\nHost: " + server.url[7:].encode() + b"\r\n" in server.requests[0]
        assert server.requests[0].endswith(b'{"a":1}')


@pytest.mark.parametrize(("fault", "arrives"), [("reply_lost", 1), ("reset", 1), ("request_lost", 0)])
def test_a_lost_message_is_an_error_for_the_client_and_the_server_saw_it_or_not(
    tmp_path: Path, fault: ClientFault, arrives: int
) -> None:
    with counting(answer) as server, proxied(server, tmp_path, fault) as (url, process):
        for _ in range(5):
            with pytest.raises(httpx.HTTPError):
                claim(url)
        assert len(server.requests) == 5 * arrives
        assert told(tmp_path, process) == {"requests": 5, fault: 5}


def test_a_duplicate_arrives_twice_with_the_same_bytes_on_two_connections(tmp_path: Path) -> None:
    with counting(answer) as server, proxied(server, tmp_path, "duplicate") as (url, _):
        assert claim(url).status_code == 201
        _until(lambda: len(server.requests) == 2)
        assert server.requests[0] == server.requests[1]
        assert server.connections == 2


def test_a_delay_is_felt(tmp_path: Path) -> None:
    with counting(answer) as server, proxied(server, tmp_path, "delay") as (url, _):
        began = time.monotonic()
        assert claim(url).status_code == 201
        assert time.monotonic() - began > 0.05


def test_a_slow_client_gets_the_whole_reply_in_small_pieces(tmp_path: Path) -> None:
    body = b"x" * 3_000

    def long_reply(connection: socket.socket, _: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + body)
        return True

    with counting(long_reply) as server, proxied(server, tmp_path, "slow_client") as (url, _):
        began = time.monotonic()
        assert claim(url).content == body
        assert time.monotonic() - began > 0.2


def test_an_idle_connection_is_closed_under_the_client(tmp_path: Path) -> None:
    with counting(answer) as server, proxied(server, tmp_path, "stale_keep_alive") as (url, _):
        host, port = url[7:].split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            received = connection.recv(65_536)
            assert received.startswith(b"HTTP/1.1 201")
            while block := connection.recv(65_536):
                received += block
        assert received.endswith(b"{}")
        assert len(server.requests) == 1


def test_the_seed_decides_which_requests_meet_a_fault(tmp_path: Path) -> None:
    def lost(seed: int) -> list[bool]:
        folder = tmp_path / str(time.monotonic_ns())
        folder.mkdir()
        with counting(answer) as server, proxied(server, folder, "request_lost", share=0.4, seed=seed) as (url, _):
            found = []
            for _ in range(30):
                try:
                    claim(url)
                    found.append(False)
                except httpx.HTTPError:
                    found.append(True)
        return found

    first = lost(7)
    assert lost(7) == first != lost(8)
    assert 4 < sum(first) < 20


def test_a_chunked_reply_passes_whole(tmp_path: Path) -> None:
    def chunked(connection: socket.socket, _: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        return True

    with counting(chunked) as server, proxied(server, tmp_path) as (url, _):
        assert claim(url).content == b"abcde"


def _until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    end_s = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end_s, "it does not come about"
        time.sleep(0.01)
