"""The ports of the scripts and the model of the store say and do what the scripts do on a real Valkey."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import redis

from tests.simulation.lua_ports import BY_SHA, raw
from tests.simulation.store_model import Keyspace, Stream, Word, execute
from voucher_platform.claims import keys, scripts

RUN = "run-a"
BATCHES = (1, 65)
SHARD = 1


class Pair:
    """A real server and the model, given the same commands. Their clocks differ, so journal ids are told apart."""

    def __init__(self, client: redis.Redis) -> None:
        self.client: Any = client
        self.raw: Any = redis.Redis(connection_pool=client.connection_pool)
        self.raw.response_callbacks.clear()  # replies as the server sends them
        self.now_us = 1_000_000
        self.model = Keyspace(lambda: self.now_us)
        self.shas = {client.script_load(script.source) for script in (*scripts.CLAIM_PATH, scripts.GCRA)}
        self.model_ids: dict[bytes, bytes] = {}

    def run(self, *command: Word) -> Any:
        """The reply of both, which must be the same."""
        self.now_us += 1_000
        real = self.raw.execute_command(*command)
        own = [self.model_ids.get(word, word) if isinstance(word, bytes) else word for word in command]
        modelled = execute(self.model, set(BY_SHA), own)
        if not isinstance(modelled, Exception):
            self._learn(real, modelled)
        assert self._translated(real) == modelled, command
        return real

    def call(self, script: scripts.Script, names: list[str], *words: Word) -> Any:
        return self.run("EVALSHA", script.sha, len(names), *names, *words)

    def agree(self) -> None:
        """Every key holds the same on both sides."""
        names = sorted(name.decode() for name in self.client.scan_iter())
        assert names == sorted(self.model.values)
        for name in names:
            value = self.model.values[name]
            if isinstance(value, Stream):
                real = [[self.model_ids[at], fields] for at, fields in self.client.xrange(name)]
                flat = [[at, dict(zip(f[::2], f[1::2], strict=True))] for at, f in value.range("-", "+", 10_000)]
                assert real == flat
            else:
                assert self.client.hgetall(name) == value

    def _learn(self, real: Any, modelled: Any) -> None:
        for one, other in zip(real, modelled, strict=True) if isinstance(real, list) else ():
            if isinstance(one, list) and one and one[0] == b"won":
                self.model_ids[one[3]] = other[3]

    def _translated(self, reply: Any) -> Any:
        if isinstance(reply, list):
            return [self._translated(one) for one in reply]
        return self.model_ids.get(reply, reply) if isinstance(reply, bytes) else reply


@pytest.fixture
def pair(redis_url: str) -> Iterator[Pair]:
    with redis.Redis.from_url(redis_url) as client:
        yield Pair(client)


def claim_words(rng: Random, epoch: int) -> tuple[list[str], list[Word]]:
    names = [keys.meta_key(SHARD), keys.journal_key(SHARD)]
    for number in BATCHES:
        names += [keys.stock_key(number, epoch), keys.persons_key(number, epoch)]
    words: list[Word] = [epoch, rng.choice([RUN] * 9 + ["another"])]
    for _ in range(rng.randint(1, 5)):
        person, key = f"p{rng.randrange(4)}", f"k{rng.randrange(8)}"
        words += [rng.choice([1, 2]), person, keys.request_id(person, key), rng.choice([1, 2, 3]), f"{person}/{key}"]
    return names, words


def a_step(pair: Pair, rng: Random, epoch: int, won: list[tuple[int, str, bytes, int, bytes]]) -> None:
    number = rng.choice(BATCHES)
    meta, stock, persons = keys.meta_key(SHARD), keys.stock_key(number, epoch), keys.persons_key(number, epoch)
    match rng.randrange(9):
        case 0:
            pair.call(scripts.STOCK_BATCH, [meta, stock], epoch, RUN, rng.randint(1, 9))
        case 1 if won:
            of, person, request, seq, entry = rng.choice(won)
            names = [meta, keys.journal_key(SHARD), keys.stock_key(of, epoch), keys.persons_key(of, epoch)]
            rest = (rng.choice([entry, b""]), rng.choice([0, 1]))
            pair.call(scripts.RELEASE, names, epoch, RUN, person, request, seq, *rest)
        case 2 if won:
            pair.run("XDEL", keys.journal_key(SHARD), rng.choice(won)[4])
        case 3:
            pair.run("HMGET", meta, "epoch", "run_id", "rebuilding")
            pair.run("HGET", stock, "voided")
            pair.run("XLEN", keys.journal_key(SHARD))
            pair.run("EXISTS", stock, persons, "nothing")
        case 4:
            pair.run("XRANGE", keys.journal_key(SHARD), "-", "+", "COUNT", rng.randint(1, 4))
        case _:
            claimed, asked = claim_words(rng, epoch)
            for at, one in enumerate(pair.call(scripts.CLAIM, claimed, *asked)):
                if isinstance(one, list) and one[0] == b"won":
                    b, who, named = (raw(word) for word in asked[2 + 5 * at : 5 + 5 * at])
                    won.append((BATCHES[int(b) - 1], who.decode(), named, one[1], one[3]))


@pytest.mark.parametrize("seed", range(12))
def test_random_commands_have_the_same_replies_and_leave_the_same_keys(pair: Pair, seed: int) -> None:
    rng, epoch = Random(seed), 1
    won: list[tuple[int, str, bytes, int, bytes]] = []
    assert pair.call(scripts.REBUILD_BEGIN, [keys.meta_key(SHARD)], epoch) == b"begun"
    assert pair.call(scripts.REBUILD_END, [keys.meta_key(SHARD)], epoch, RUN) == b"open"
    for number in BATCHES:
        pair.call(scripts.STOCK_BATCH, [keys.meta_key(SHARD), keys.stock_key(number, epoch)], epoch, RUN, 6)
    for _ in range(120):
        a_step(pair, rng, epoch, won)
        if rng.random() < 0.03:
            epoch += rng.choice([0, 1])
            begun = pair.call(scripts.REBUILD_BEGIN, [keys.meta_key(SHARD)], epoch)
            if begun == b"begun" and rng.random() < 0.8:
                pair.call(scripts.REBUILD_END, [keys.meta_key(SHARD)], rng.choice([epoch, epoch - 1]), RUN)
                pair.call(scripts.REBUILD_END, [keys.meta_key(SHARD)], epoch, RUN)
    pair.agree()


def test_plain_commands_have_the_same_replies(pair: Pair) -> None:
    assert pair.run("HSET", "h", "a", 1, "b", b"two") == 2
    assert pair.run("HSET", "h", "a", "3", "c", 4) == 1
    assert pair.run("UNLINK", "h", "nothing") == 1
    assert pair.run("XLEN", "no stream") == 0
    assert pair.run("XRANGE", "no stream", "-", "+", "COUNT", 5) == []
    assert pair.run("XDEL", "no stream", "1-1") == 0
    pair.run("HSET", "vl:{s1}:meta", "epoch", 1)
    pair.run("HSET", "other", "a", 1)
    assert pair.run("SCAN", "0", "MATCH", "vl:{s*", "COUNT", "1000") == [b"0", [b"vl:{s1}:meta"]]
    pair.agree()


def test_a_journal_is_read_in_pages_up_to_a_time(pair: Pair) -> None:
    name = "vl:{s1}:journal"
    stream = pair.model.values[name] = Stream()
    for ms in (5, 5, 7, 9):
        at = stream.add(ms, [b"f", b"v"])
        assert pair.client.xadd(name, {"f": "v"}, id=at.decode()) == at
    for after, until in (
        ("-", "+"),
        ("7", "+"),
        ("6", "8"),
        ("5-1", "+"),
        ("-", "7"),
        ("(5-0", "+"),
        ("(5-1", "8"),
        ("-", "4"),
        ("(9-0", "+"),
    ):
        pair.run("XRANGE", name, after, until, "COUNT", 2)
    assert pair.run("XDEL", name, b"9-0", b"8-0") == 1
    assert stream.add(8, [b"f", b"w"]) == b"9-1"
    assert pair.client.xinfo_stream(name)["last-generated-id"] == b"9-0"


def test_an_error_of_a_script_is_the_same_and_changes_nothing(pair: Pair) -> None:
    pair.run("HSET", keys.meta_key(SHARD), "epoch", 1, "run_id", RUN)
    pair.client.set(keys.journal_key(SHARD), "not a stream")
    names, words = claim_words(Random(1), 1)
    words[1] = RUN
    with pytest.raises(redis.ResponseError, match="wrong kind"):
        pair.client.execute_command("EVALSHA", scripts.CLAIM.sha, len(names), *names, *words)
    pair.model.values[keys.journal_key(SHARD)] = {b"not": b"a stream"}
    reply = execute(pair.model, set(BY_SHA), ["EVALSHA", scripts.CLAIM.sha, len(names), *names, *words])
    assert isinstance(reply, redis.ResponseError)
    assert isinstance(execute(pair.model, set(), ["EVALSHA", scripts.CLAIM.sha, 0]), redis.exceptions.NoScriptError)


@pytest.mark.parametrize("seed", range(6))
def test_attempts_are_limited_alike(pair: Pair, seed: int) -> None:
    """The model goes by the server's clock of a moment ago, so waits may differ by the time a test takes."""
    rng, hour_us = Random(seed), 3_600_000_000
    for _ in range(40):
        attempts = rng.randint(1, 4)
        words = [attempts, 2, hour_us, rng.randint(1, 3), 2 * hour_us, rng.randint(2, 9)]
        names = [name for _ in range(attempts) for name in (f"limit:{rng.randrange(5)}", "limit:all")]
        seconds, microseconds = pair.raw.execute_command("TIME")
        pair.now_us = int(seconds) * 1_000_000 + int(microseconds)
        command: list[Word] = ["EVALSHA", scripts.GCRA.sha, len(names), *names, *words]
        real, modelled = pair.raw.execute_command(*command), execute(pair.model, set(BY_SHA), command)
        assert [n for at, n in enumerate(real) if at % 3 < 2] == [n for at, n in enumerate(modelled) if at % 3 < 2]
        assert all(abs(one - other) < 60_000_000 for one, other in zip(real[2::3], modelled[2::3], strict=True))
    assert {name.decode() for name in pair.client.scan_iter()} == set(pair.model.values)
