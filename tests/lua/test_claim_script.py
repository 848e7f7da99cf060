"""claim.lua and release.lua on a real Valkey."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.hot_stores import store_client
from voucher_platform.claims import keys, scripts

pytestmark = pytest.mark.every_store
EPOCH, RUN, BATCH = 7, "run-a", 65
SHARD = keys.shard_of(BATCH)
STOCK, PERSONS = keys.stock_key(BATCH, EPOCH), keys.persons_key(BATCH, EPOCH)


class Store:
    """One shard with one batch of the given cap."""

    def __init__(self, client: redis.Redis, cap: int) -> None:
        self.client = client
        client.hset(keys.meta_key(SHARD), mapping={"epoch": str(EPOCH), "run_id": RUN})
        self.stock(BATCH, cap)

    def stock(self, number: int, cap: int) -> None:
        named: dict[Any, Any] = {"cap": cap, "issued": 0, "seq": 0, "voided": 0}
        self.client.hset(keys.stock_key(number, EPOCH), mapping=named)

    def claim(
        self,
        *asks: tuple[str, str],
        limit: int = 1,
        epoch: int = EPOCH,
        run: str = RUN,
        batches: tuple[int, ...] = (BATCH,),
    ) -> Any:
        """Each ask is (person, key); the ask's batch goes round ``batches``."""
        named = [keys.meta_key(SHARD), keys.journal_key(SHARD)]
        for number in batches:
            named += [keys.stock_key(number, EPOCH), keys.persons_key(number, EPOCH)]
        words: list[Any] = [epoch, run]
        for index, (person, key) in enumerate(asks):
            request = keys.request_id(person, key)
            words += [index % len(batches) + 1, person, request, limit, f"{person}/{key}"]
        return self.client.eval(scripts.CLAIM.source, len(named), *named, *words)

    def release(self, person: str, key: str, seq: int, *, journal_id: bytes = b"", void: int = 0) -> bytes:
        named = [keys.meta_key(SHARD), keys.journal_key(SHARD), STOCK, PERSONS]
        request = keys.request_id(person, key)
        words: list[Any] = [EPOCH, RUN, person, request, seq, journal_id, void]
        reply = self.client.eval(scripts.RELEASE.source, len(named), *named, *words)
        assert isinstance(reply, bytes)
        return reply

    def numbers(self) -> dict[str, int]:
        named: Any = self.client.hgetall(STOCK)
        return {name.decode(): int(value) for name, value in named.items()}

    def journal(self) -> int:
        return int(self.client.xlen(keys.journal_key(SHARD)))


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with store_client(redis_url) as connection:
        yield connection


def outcomes(reply: Any) -> list[bytes | int]:
    return [one[0] for one in reply]


def test_winners_get_rising_numbers_and_the_rest_is_sold_out(client: redis.Redis) -> None:
    store = Store(client, cap=2)
    reply = store.claim(("p1", "k1"), ("p2", "k2"), ("p3", "k3"))
    assert [one[:3] for one in reply] == [[b"won", 1, 1], [b"won", 2, 1], [b"sold"]]
    assert store.numbers() == {"cap": 2, "issued": 2, "seq": 2, "voided": 0}
    assert store.journal() == 2


def test_a_call_of_64_claims_is_judged_as_if_one_came_after_another(client: redis.Redis) -> None:
    store = Store(client, cap=40)
    reply = store.claim(*[(f"p{i // 2}", f"k{i}") for i in range(64)], limit=1)
    assert outcomes(reply) == [b"won", b"limit"] * 32
    again = store.claim(*[(f"q{i}", "k") for i in range(64)])
    assert outcomes(again) == [b"won"] * 8 + [b"sold"] * 56
    assert store.journal() == store.numbers()["issued"] == 40


def test_a_repeat_finds_its_slot_also_after_the_sell_out(client: redis.Redis) -> None:
    store = Store(client, cap=1)
    assert store.claim(("p1", "k1"), ("p1", "k1"))[1] == [b"repeat", 1, 1]
    assert outcomes(store.claim(("p2", "k2"), ("p1", "k1"))) == [b"sold", b"repeat"]
    assert store.journal() == 1


def test_a_limit_of_three_is_reached_with_the_fourth(client: redis.Redis) -> None:
    store = Store(client, cap=10)
    reply = store.claim(*[("p1", f"k{i}") for i in range(4)], limit=3)
    assert [one[:3] for one in reply] == [[b"won", 1, 1], [b"won", 2, 2], [b"won", 3, 3], [b"limit"]]


def test_the_limit_is_named_before_the_sell_out(client: redis.Redis) -> None:
    store = Store(client, cap=1)
    assert outcomes(store.claim(("p1", "k1"), ("p1", "k2"))) == [b"won", b"limit"]


def test_batches_of_one_shard_share_a_call(client: redis.Redis) -> None:
    store = Store(client, cap=1)
    other = BATCH + keys.SHARDS
    store.stock(other, 5)
    reply = store.claim(("p1", "a"), ("p1", "b"), ("p2", "c"), ("p2", "d"), batches=(BATCH, other))
    assert outcomes(reply) == [b"won", b"won", b"sold", b"won"]


def test_a_batch_that_is_not_loaded_is_missing_and_stops_nobody_else(client: redis.Redis) -> None:
    store = Store(client, cap=1)
    reply = store.claim(("p1", "a"), ("p1", "b"), batches=(BATCH + keys.SHARDS, BATCH))
    assert outcomes(reply) == [b"missing", b"won"]


@pytest.mark.parametrize(("epoch", "run"), [(EPOCH - 1, RUN), (EPOCH, "run-b")])
def test_another_epoch_or_server_is_stale_and_writes_nothing(client: redis.Redis, epoch: int, run: str) -> None:
    store = Store(client, cap=1)
    assert store.claim(("p1", "k1"), epoch=epoch, run=run) == [b"stale"]
    assert store.numbers()["issued"] == 0
    assert store.journal() == 0


def test_without_meta_everything_is_stale(client: redis.Redis) -> None:
    store = Store(client, cap=1)
    client.delete(keys.meta_key(SHARD))
    assert store.claim(("p1", "k1")) == [b"stale"]
    assert store.release("p1", "k1", 1) == b"stale"


def test_nothing_is_written_when_a_later_claim_of_the_call_is_malformed(client: redis.Redis) -> None:
    store = Store(client, cap=5)
    named = [keys.meta_key(SHARD), keys.journal_key(SHARD), STOCK, PERSONS]
    good: list[Any] = [1, "p1", b"12345678", 1, "x"]
    bads: tuple[list[Any], ...] = ([1, "p2", b"short", 1, "x"], [1, "p2", b"12345678", "many", "x"])
    for bad in bads:
        with pytest.raises(redis.ResponseError):
            client.eval(scripts.CLAIM.source, len(named), *named, EPOCH, RUN, *good, *bad)
    assert store.numbers()["issued"] == 0
    assert not client.exists(PERSONS)
    assert store.journal() == 0


@pytest.mark.parametrize("spoiled", [keys.journal_key(SHARD), PERSONS])
def test_nothing_is_written_when_a_key_has_the_wrong_type(client: redis.Redis, spoiled: str) -> None:
    store = Store(client, cap=5)
    client.set(spoiled, "not what it should be")
    with pytest.raises(redis.ResponseError):
        store.claim(("p1", "k1"))
    assert store.numbers()["issued"] == 0


def test_a_slot_given_back_twice_comes_back_once(client: redis.Redis) -> None:
    store = Store(client, cap=1)
    ((_, _, _, journal_id),) = store.claim(("p1", "k1"))
    assert isinstance(journal_id, bytes)
    assert store.release("p1", "k1", 1, journal_id=journal_id, void=1) == b"released"
    assert store.release("p1", "k1", 1, journal_id=journal_id, void=1) == b"absent"
    assert store.numbers() == {"cap": 1, "issued": 0, "seq": 1, "voided": 1}
    assert store.journal() == 0


def test_a_number_is_never_given_out_again_and_the_lowest_nth_is_free(client: redis.Redis) -> None:
    store = Store(client, cap=5)
    store.claim(("p1", "a"), ("p1", "b"), limit=2)
    store.release("p1", "a", 1)
    assert store.claim(("p1", "c"), limit=2)[0][:3] == [b"won", 3, 1]
    assert store.claim(("p1", "d"), limit=2) == [[b"limit"]]


def test_a_late_release_does_not_touch_a_slot_won_later_with_the_same_key(client: redis.Redis) -> None:
    store = Store(client, cap=5)
    store.claim(("p1", "a"))
    store.release("p1", "a", 1)
    store.claim(("p1", "a"))
    assert store.release("p1", "a", 1) == b"absent"
    assert store.numbers()["issued"] == 1
