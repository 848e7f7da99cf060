"""The hot store by itself, on the very calls that the platform sent it: what it could do if that were all.

A phase of claims is watched with MONITOR. Then a copy of the store as it was before gets the same EVALSHA calls again,
pipelined, on a Valkey that keeps nothing. So script, arguments and the size of the groups are the platform's own.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import hiredis
from redis import Redis

from loadtest.bench.servers.processes import Server, processor_seconds

PIPELINED = 32
_BLOCK = 1 << 20
_LINE = re.compile(rb'^\+[\d.]+ \[\d+ (?!lua)[^\]]*\] (".*")$')
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|.)", re.DOTALL)
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}


@dataclass(frozen=True)
class Recording:
    """Calls of the claim script, packed for the wire; and the store that they are to meet."""

    calls: Sequence[bytes]
    script: str
    keys: Sequence[tuple[bytes, bytes]]


def record(redis_url: str, during: Callable[[], object]) -> Recording:
    """What the platform asks of its store while ``during`` runs: the calls of the script that writes the journal."""
    with Redis.from_url(redis_url) as client:
        before = [(key, value) for key in client.scan_iter(count=1_000) if (value := client.dump(key)) is not None]
        with _monitor(redis_url) as said:
            during()
        commands = [words for line in b"".join(said).split(b"\r\n") if (words := words_of(line))]
        evaluated = [words for words in commands if words[0].upper() == b"EVALSHA"]
        sources = {sha: _source(client, sha) for sha in {words[1] for words in evaluated}}
    (claiming,) = (sha for sha, source in sources.items() if "XADD" in source)
    calls = [_packed(*words) for words in evaluated if words[1] == claiming]
    return Recording(calls, sources[claiming], before)


def _source(client: "Redis", sha: bytes) -> str:
    shown: bytes = client.execute_command("SCRIPT SHOW", sha)  # type: ignore[no-untyped-call]  # no method has it yet
    return shown.decode()


def words_of(line: bytes) -> list[bytes]:
    """The words of one line of MONITOR; none where it is no command of a client."""
    found = _LINE.match(line)
    return [_ESCAPE.sub(_unescaped, word) for word in _WORD.findall(found[1])] if found else []


def _packed(*words: bytes) -> bytes:
    return bytes(hiredis.pack_command(words))  # type: ignore[arg-type]  # its stub knows tuples of one word only


def _unescaped(found: "re.Match[bytes]") -> bytes:
    code = found[1]
    return bytes([int(code[1:], 16)]) if len(code) == 3 else _PLAIN.get(code, code)


@contextmanager
def _monitor(redis_url: str) -> Iterator[list[bytes]]:
    parts = urlsplit(redis_url)
    said: list[bytes] = []
    with socket.create_connection((parts.hostname or "", parts.port or 6379)) as line:
        if parts.password:
            line.sendall(_packed(b"AUTH", parts.password.encode()))
            line.recv(_BLOCK)
        line.sendall(_packed(b"MONITOR"))
        line.recv(_BLOCK)

        def listen() -> None:
            while block := line.recv(_BLOCK):
                said.append(block)

        listening = threading.Thread(target=listen)
        listening.start()
        try:
            yield said
        finally:
            time.sleep(0.2)  # what was done last is still to be told
            line.shutdown(socket.SHUT_RDWR)
            listening.join()


def replay(recording: Recording, store: Server) -> dict[str, float]:
    """Calls and claims a second, processor time of the store and of us. Raises ReplyError where the store refuses."""
    parts = urlsplit(store.url)
    with Redis.from_url(store.url) as client:
        client.flushall()
        for key, value in recording.keys:
            client.restore(key, 0, value)
        client.script_load(recording.script)
    before, own = processor_seconds(store.pids), time.process_time()
    with socket.create_connection((parts.hostname or "", parts.port or 6379)) as line:
        begun = time.monotonic()
        won = _play(line, recording.calls)
        took_s = time.monotonic() - begun
    used = sum(processor_seconds(store.pids).values()) - sum(before.values())
    return {
        "claims": won, "calls": len(recording.calls), "seconds": round(took_s, 4),
        "claims_per_s": round(won / took_s, 1), "calls_per_s": round(len(recording.calls) / took_s, 1),
        "store_cpu_s": round(used, 2), "client_cpu_s": round(time.process_time() - own, 2),
    }  # fmt: skip


def _play(line: socket.socket, calls: Sequence[bytes]) -> int:
    """Two groups of calls are under way at any time, so that the store never waits for us. Returns the claims won."""
    reader = hiredis.Reader()
    groups = [b"".join(calls[at : at + PIPELINED]) for at in range(0, len(calls), PIPELINED)]
    answered = won = 0
    for number, group in enumerate(groups):
        line.sendall(group)
        while answered < number * PIPELINED - PIPELINED:
            won += _won(_reply(line, reader))
            answered += 1
    for _ in range(len(calls) - answered):
        won += _won(_reply(line, reader))
    return won


def _reply(line: socket.socket, reader: "hiredis.Reader") -> Any:
    while (reply := reader.gets()) is False:
        reader.feed(line.recv(_BLOCK))
    if isinstance(reply, hiredis.ReplyError):
        raise reply
    return reply


def _won(reply: list[Any]) -> int:
    return sum(outcome[0] == b"won" for outcome in reply)
