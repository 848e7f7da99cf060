"""What Valkey keeps and does, as far as the claim path asks for it. Held equal to a real one by a differential test."""

import copy
import fnmatch
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import NoScriptError, ResponseError

from tests.simulation import lua_ports
from tests.simulation.lua_ports import raw

Word = str | bytes | int
_NO_FIELDS: dict[bytes, bytes] = {}
# Every look at the store asks for these of 64 shards.
_OFTEN_ASKED: dict[Word, bytes] = {"epoch": b"epoch", "run_id": b"run_id", "rebuilding": b"rebuilding"}
_INFO = {
    "memory": b"# Memory\r\nmaxmemory_policy:noeviction\r\n",
    "cluster": b"# Cluster\r\ncluster_enabled:0\r\n",
}


class Stream:
    """Entries in the order of their ids. An id is (milliseconds, number) and is never given twice."""

    __slots__ = ("entries", "last")

    def __init__(self) -> None:
        self.entries: dict[tuple[int, int], list[bytes]] = {}
        self.last = (0, 0)

    def add(self, now_ms: int, fields: list[bytes]) -> bytes:
        """XADD with ``*``."""
        self.last = (now_ms, 0) if now_ms > self.last[0] else (self.last[0], self.last[1] + 1)
        self.entries[self.last] = fields
        return b"%d-%d" % self.last

    def range(self, after: str, until: str, count: int) -> list[list[Any]]:
        """XRANGE. ``after`` may be ``-``, ``(`` and an id, or a bare time, which means its begin; ``until`` ``+`` or a
        bare time, which means its end.
        """
        low, high = _low(after), _high(until)
        found = [(at, fields) for at, fields in self.entries.items() if low < at <= high]
        return [[b"%d-%d" % at, fields] for at, fields in found[:count]]


def _low(after: str) -> tuple[int, int]:
    """The id that all of the range lie beyond."""
    if after == "-":
        return (-1, 0)
    ms, _, number = after.removeprefix("(").partition("-")
    return (int(ms), int(number or 0) - (0 if after.startswith("(") else 1))


def _high(until: str) -> tuple[int, int]:
    if until == "+":
        return (2**63, 0)
    ms, _, number = until.partition("-")
    return (int(ms), int(number) if number else 2**63)


class Keyspace:
    """The keys of one server. Names are text, all else is bytes."""

    __slots__ = ("now_us", "values")

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.values: dict[str, Any] = {}
        self.now_us = now_us

    def copied(self) -> dict[str, Any]:
        """What a backup taken now would hold."""
        return copy.deepcopy(self.values)

    def hash(self, key: str) -> dict[bytes, bytes]:
        """A hash to read; empty if there is none."""
        return self._of_type(key, dict, _NO_FIELDS)  # type: ignore[no-any-return]

    def hset(self, key: str, flat: Sequence[Word]) -> int:
        """HSET; how many fields are new."""
        fields = self._of_type(key, dict, None)
        if fields is None:
            fields = self.values[key] = {}
        before = len(fields)
        for at in range(0, len(flat), 2):
            fields[raw(flat[at])] = raw(flat[at + 1])
        return len(fields) - before

    def hdel(self, key: str, names: Sequence[Word]) -> int:
        """HDEL; a hash without fields is no key."""
        fields = self.hash(key)
        gone = sum([fields.pop(raw(name), None) is not None for name in names])
        if gone and not fields:
            del self.values[key]
        return gone

    def stream(self, key: str) -> Stream | None:
        """A stream to read, or ``None``."""
        return self._of_type(key, Stream, None)  # type: ignore[no-any-return]

    def xadd(self, key: str, flat: Sequence[Word]) -> bytes:
        """XADD with an id of the server's own."""
        stream = self.stream(key)
        if stream is None:
            stream = self.values[key] = Stream()
        return stream.add(self.now_us() // 1000, [raw(word) for word in flat])

    def xdel(self, key: str, ids: Sequence[Word]) -> int:
        """XDEL; the stream stays, and with it its last id."""
        stream = self.stream(key)
        if stream is None:
            return 0
        named = [raw(one).partition(b"-") for one in ids]
        return sum([stream.entries.pop((int(ms), int(number)), None) is not None for ms, _, number in named])

    def _of_type(self, key: str, kind: type, missing: Any) -> Any:
        value = self.values.get(key, missing)
        if value is not missing and not isinstance(value, kind):
            raise ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")
        return value


def execute(keyspace: Keyspace, scripts: set[str], command: Sequence[Word]) -> Any:
    """One command and its reply; an error reply is returned, not raised."""
    port = _COMMANDS.get(str(command[0]))
    if port is None:
        raise AssertionError(f"the model has no {command[0]!r}: port it, and hold it equal to the real one")
    try:
        return port(keyspace, scripts, command)
    except ResponseError as error:
        return error


def _evalsha(keyspace: Keyspace, scripts: set[str], command: Sequence[Word]) -> Any:
    sha, count = str(command[1]), int(command[2])
    if sha not in scripts:
        raise NoScriptError("NOSCRIPT No matching script.")
    names = [name.decode() if isinstance(name, bytes) else str(name) for name in command[3 : 3 + count]]
    return lua_ports.BY_SHA[sha](keyspace, names, [raw(word) for word in command[3 + count :]])


def _info(keyspace: Keyspace, scripts: set[str], command: Sequence[Word]) -> bytes:
    return _INFO[str(command[1])]


def _time(keyspace: Keyspace, scripts: set[str], command: Sequence[Word]) -> list[bytes]:
    now = keyspace.now_us()
    return [b"%d" % (now // 1_000_000), b"%d" % (now % 1_000_000)]


def _scan(keyspace: Keyspace, scripts: set[str], command: Sequence[Word]) -> list[Any]:
    """All at once: a thousand keys a step are more than a schedule has."""
    pattern = str(command[3]).replace("[", "[[]")
    return [b"0", [name.encode() for name in keyspace.values if fnmatch.fnmatchcase(name, pattern)]]


def _hmget(keyspace: Keyspace, scripts: set[str], command: Sequence[Word]) -> list[bytes | None]:
    get = keyspace.hash(str(command[1])).get
    return [get(_OFTEN_ASKED.get(name) or raw(name)) for name in command[2:]]


def _xlen(keyspace: Keyspace, scripts: set[str], command: Sequence[Word]) -> int:
    stream = keyspace.stream(str(command[1]))
    return len(stream.entries) if stream else 0


def _xrange(keyspace: Keyspace, scripts: set[str], command: Sequence[Word]) -> list[list[Any]]:
    stream = keyspace.stream(str(command[1]))
    return stream.range(str(command[2]), str(command[3]), int(command[5])) if stream else []


_COMMANDS: dict[str, Callable[[Keyspace, set[str], Sequence[Word]], Any]] = {
    "EVALSHA": _evalsha,
    "INFO": _info,
    "TIME": _time,
    "SCAN": _scan,
    "HMGET": _hmget,
    "XLEN": _xlen,
    "XRANGE": _xrange,
    "HGET": lambda k, _, c: k.hash(str(c[1])).get(raw(c[2])),
    "HSET": lambda k, _, c: k.hset(str(c[1]), c[2:]),
    "EXISTS": lambda k, _, c: sum([str(name) in k.values for name in c[1:]]),
    "UNLINK": lambda k, _, c: sum([k.values.pop(str(name), None) is not None for name in c[1:]]),
    "XDEL": lambda k, _, c: k.xdel(str(c[1]), c[2:]),
}
