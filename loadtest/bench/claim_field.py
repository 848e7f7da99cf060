"""What the phases of the claim path are played on: people in a ring, open batches, and one batch that is sold out."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import httpx

from loadtest.bench.city import City
from loadtest.bench.generators.request_file import Seat
from loadtest.bench.phases import Crowd, Stage
from loadtest.bench.ratios import NotComparable, refuse_faults
from loadtest.bench.servers.reference import Reference

# Many enough that to look somebody up among the winners costs what it costs in a real batch.
WINNERS = 20_000
_FILLING_S = 120.0


@dataclass(frozen=True)
class SoldOut:
    """A batch without stock: its winners with the keys they won by, and others."""

    batch_id: str
    winners: Sequence[Seat]
    keys: Sequence[str]
    others: Sequence[Seat]


@dataclass
class Field:
    """``batches`` are open, each for one phase; ``crowd`` are all people."""

    crowd: Crowd
    batches: Sequence[str]
    sold: SoldOut
    _used: int = 0

    def next_batch(self) -> str:
        """One that nobody has claimed from."""
        self._used += 1
        return self.batches[self._used - 1]

    def leave(self, platform: Reference) -> None:
        """Stop its batches, so that a restart of the platform need not rebuild them."""
        City(platform.server.url, platform.staff_file).stop(self.batches)

    def again(self, platform: Reference, batches: int) -> "Field":
        """The same people and the same sold-out batch, with new batches."""
        city = City(platform.server.url, platform.staff_file)
        return Field(Crowd(self.crowd.seats), city.batches([len(self.crowd.seats)] * batches), self.sold)


def prepare(platform: Reference, stage: Stage, *, people: int, batches: int) -> Field:
    """Make people and batches, and sell one batch out. Raises CannotPlay, GeneratorFailed, NotComparable."""
    city = City(platform.server.url, platform.staff_file)
    seats = city.people(people)
    winners = min(WINNERS, people // 2)
    sold_id, *ids = city.batches([winners, *[people] * batches])
    run = secrets.token_hex(8)
    sold = SoldOut(sold_id, seats[:winners], [f"bench-{run}-{n}" for n in range(winners)], seats[winners:])
    _sell_out(platform, stage, sold)
    _look_at(platform, sold)
    return Field(Crowd(seats), ids, sold)


def _sell_out(platform: Reference, stage: Stage, sold: SoldOut) -> None:
    filling = replace(stage, seconds=_FILLING_S, warm_s=0.0, phases=[])
    filling.fill(sold.winners, sold.batch_id, keys=sold.keys)
    phase = filling.claim("filling", platform, sold.batch_id, connections=64)
    refuse_faults([phase])
    if phase.stored != len(sold.winners):
        raise NotComparable(f"{len(sold.winners)} were to have a voucher beforehand, {phase.stored} have")


def _look_at(platform: Reference, sold: SoldOut) -> None:
    """One claim of each kind, seen whole: that the phases to come measure what they say."""
    other = _claim(platform, sold.batch_id, sold.others[0], f"bench-{secrets.token_hex(8)}")
    if other.status_code != 409 or other.json()["code"] != "sold_out":
        raise NotComparable(f"a claim without stock was answered {other.status_code} {other.text[:200]}")
    again = _claim(platform, sold.batch_id, sold.winners[0], sold.keys[0])
    if again.status_code != 201 or again.headers.get("Idempotent-Replayed") != "true":
        raise NotComparable(f"a claim sent again was answered {again.status_code} {again.text[:200]}")


def _claim(platform: Reference, batch_id: str, seat: Seat, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {seat.token}", "Idempotency-Key": key, "X-Forwarded-For": seat.address}
    url = f"{platform.server.url}/v1/batches/{batch_id}/claims"
    return httpx.post(url, json={"device": seat.device}, headers=headers, trust_env=False, timeout=30)
