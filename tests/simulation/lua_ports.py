"""The scripts of ``claims/lua`` in Python, line by line. ``test_lua_ports`` holds each equal to the script itself."""

import math
import struct
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from voucher_platform.claims import scripts

if TYPE_CHECKING:
    from tests.simulation.store_model import Keyspace

_RECORD, _LAYOUT, _ASK = 13, ">8sBI", 5


def raw(word: str | bytes | int) -> bytes:
    """A word as the server gets it."""
    if isinstance(word, bytes):
        return word
    return word.encode() if isinstance(word, str) else b"%d" % word


def claim(store: "Keyspace", keys: list[str], argv: list[bytes]) -> list[Any]:
    """``claim.lua``."""
    meta = store.hash(keys[0])
    if meta.get(b"epoch") != argv[0] or meta.get(b"run_id") != argv[1]:
        return [b"stale"]
    store.stream(keys[1])
    stocks = [_numbers(store.hash(name)) for name in keys[2::2]]
    people: list[dict[bytes, bytes]] = [{} for _ in stocks]
    touched: list[dict[bytes, bytes]] = [{} for _ in stocks]
    replies: list[Any] = []
    wins: list[tuple[int, int, int, bytes]] = []
    for at in range(2, len(argv), _ASK):
        place, person, request, limit, payload = argv[at : at + _ASK]
        _check_form(request, limit)
        b = int(place) - 1
        stock = stocks[b]
        if stock is None:
            replies.append([b"missing"])
            continue
        records = people[b].get(person)
        if records is None:
            records = people[b][person] = store.hash(keys[2 * b + 3]).get(person, b"")
        known, free, held = _look_up(records, request)
        if known is not None:
            replies.append([b"repeat", *known])
        elif held >= int(limit):
            replies.append([b"limit"])
        elif stock[1] >= stock[0]:
            replies.append([b"sold"])
        else:
            stock[1], stock[2] = stock[1] + 1, stock[2] + 1
            people[b][person] = touched[b][person] = records + struct.pack(_LAYOUT, request, free, stock[2])
            wins.append((len(replies), stock[2], free, payload))
            replies.append(None)
    for b, changed in enumerate(touched):
        _keep(store, keys, b, changed, stocks[b])
    for place_of_win, seq, nth, payload in wins:
        journal_id = store.xadd(keys[1], ["seq", seq, "nth", nth, "win", payload])
        replies[place_of_win] = [b"won", seq, nth, journal_id]
    return replies


def _check_form(request: bytes, limit: bytes) -> None:
    if len(request) != 8 or int(limit) > 255:
        raise ResponseError("malformed claim")


def _numbers(stock: Mapping[bytes, bytes]) -> list[int] | None:
    """[cap, issued, seq] of a batch, if the store has it."""
    return [int(stock[name]) for name in (b"cap", b"issued", b"seq")] if b"cap" in stock else None


def _keep(store: "Keyspace", keys: list[str], b: int, changed: dict[bytes, bytes], stock: list[int] | None) -> None:
    if changed and stock:
        store.hset(keys[2 * b + 3], [word for pair in changed.items() for word in pair])
        store.hset(keys[2 * b + 2], ["issued", stock[1], "seq", stock[2]])


def _look_up(records: bytes, request: bytes) -> tuple[tuple[int, int] | None, int, int]:
    """(seq, nth) of this request if it has a slot; else the lowest free nth and how many slots there are."""
    used = set()
    for known, nth, seq in struct.iter_unpack(_LAYOUT, records):
        if known == request:
            return (seq, nth), 0, 0
        used.add(nth)
    free = 1
    while free in used:
        free += 1
    return None, free, len(records) // _RECORD


def release(store: "Keyspace", keys: list[str], argv: list[bytes]) -> bytes:
    """``release.lua``."""
    meta = store.hash(keys[0])
    if meta.get(b"epoch") != argv[0] or meta.get(b"run_id") != argv[1]:
        return b"stale"
    store.stream(keys[1])
    if store.hash(keys[2]).get(b"cap") is None:
        return b"missing"
    person, request, wanted = argv[2], argv[3], int(argv[4])
    records, kept = store.hash(keys[3]).get(person, b""), b""
    for at in range(0, len(records), _RECORD):
        known, _, seq = struct.unpack_from(_LAYOUT, records, at)
        if known != request or seq != wanted:
            kept += records[at : at + _RECORD]
    if argv[5] != b"":
        store.xdel(keys[1], [argv[5]])
    if len(kept) == len(records):
        return b"absent"
    if not kept:
        store.hdel(keys[3], [person])
    else:
        store.hset(keys[3], [person, kept])
    _increase(store, keys[2], b"issued", -1)
    if argv[6] == b"1":
        _increase(store, keys[2], b"voided", 1)
    return b"released"


def _increase(store: "Keyspace", key: str, name: bytes, by: int) -> None:
    store.hset(key, [name, int(store.hash(key).get(name, b"0")) + by])


def stock_batch(store: "Keyspace", keys: list[str], argv: list[bytes]) -> bytes:
    """``stock_batch.lua``."""
    meta = store.hash(keys[0])
    if meta.get(b"epoch") != argv[0] or meta.get(b"run_id") != argv[1]:
        return b"stale"
    cap, quota = int(store.hash(keys[1]).get(b"cap", b"0")), int(argv[2])
    if cap == 0:
        store.hset(keys[1], ["cap", quota, "issued", 0, "seq", 0, "voided", 0])
        return b"stocked"
    if quota <= cap:
        return b"kept"
    store.hset(keys[1], ["cap", quota])
    return b"raised"


def rebuild_begin(store: "Keyspace", keys: list[str], argv: list[bytes]) -> bytes:
    """``rebuild_begin.lua``."""
    meta = store.hash(keys[0])
    newest = max(int(meta.get(b"epoch", b"0")), int(meta.get(b"rebuilding", b"0")))
    if int(argv[0]) <= newest:
        return b"outdated"
    store.hdel(keys[0], ["epoch", "run_id"])
    store.hset(keys[0], ["rebuilding", argv[0]])
    return b"begun"


def rebuild_end(store: "Keyspace", keys: list[str], argv: list[bytes]) -> bytes:
    """``rebuild_end.lua``."""
    if store.hash(keys[0]).get(b"rebuilding") != argv[0]:
        return b"outdated"
    store.hdel(keys[0], ["rebuilding"])
    store.hset(keys[0], ["epoch", argv[0], "run_id", argv[1]])
    return b"open"


def gcra(store: "Keyspace", keys: list[str], argv: list[bytes]) -> list[int]:
    """``gcra.lua``."""
    now, words = store.now_us(), [int(word) for word in argv]
    back = {key: _until(store, key, now) for key in keys}
    refused: list[int] = []
    changed: set[str] = set()
    at = word = place = 0
    while word < len(words):
        attempts, limits = words[word : word + 2]
        numbers = words[word + 2 : word + 2 + 2 * limits]
        word += 2 + 2 * limits
        for _ in range(attempts):
            place += 1
            refused += _attempt(back, changed, keys[at : at + limits], (now, place, *numbers))
            at += limits
    for key in changed:
        store.values[key] = (back[key], now // 1000 + math.ceil((back[key] - now) / 1000))
    return refused


def _until(store: "Keyspace", key: str, now: int) -> int:
    """When all permits of a limit will be back; a key that has expired is none."""
    until, expires_ms = store.values.get(key, (now, 0))
    return int(until) if now // 1000 < expires_ms else now


def _attempt(back: dict[str, int], changed: set[str], keys: list[str], numbers: tuple[int, ...]) -> list[int]:
    now, place, *pairs = numbers
    longest = 0
    for limit, key in enumerate(keys):
        each, permits = pairs[2 * limit : 2 * limit + 2]
        full = now + each * permits
        due = max(back[key], now) + each
        if back[key] > full:
            back[key], due = full, full + each
            changed.add(key)
        longest = max(longest, due - full)
        if due > full:
            return [place, limit + 1, longest]
        back[key] = due
        changed.add(key)
        longest = max(longest, due + each - full)
    return []


BY_SHA: dict[str, Callable[["Keyspace", list[str], list[bytes]], Any]] = {
    scripts.CLAIM.sha: claim,
    scripts.RELEASE.sha: release,
    scripts.STOCK_BATCH.sha: stock_batch,
    scripts.REBUILD_BEGIN.sha: rebuild_begin,
    scripts.REBUILD_END.sha: rebuild_end,
    scripts.GCRA.sha: gcra,
}
