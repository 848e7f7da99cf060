"""The phases of one round of the claim path, in turns; and its latency below the knee."""

from dataclasses import dataclass, field
from typing import Any

from loadtest.bench.claim_field import Field
from loadtest.bench.generators import open_loop
from loadtest.bench.generators.open_loop import Measured
from loadtest.bench.phases import CONFLICT, CREATED, Phase, Stage
from loadtest.bench.ratios import Spread
from loadtest.bench.servers.processes import Server
from loadtest.bench.servers.reference import Appendfsync, Reference
from loadtest.bench.valkey_alone import Recording, record

RECORDED = 20_000
WATCHED = "recorded"  # a phase that is slowed down by being listened to: it has books, but no rate
SHARE_OF_KNEE = 0.7
_LEAST_PER_S = 50.0  # of less than that there are no percentiles


@dataclass
class Room:
    """All servers that are compared, and what is played on them, over ``many`` or ``few`` connections."""

    platform: Reference
    static: Server
    textbook: Server
    stage: Stage
    field: Field
    many: int
    few: int


def play_round(room: Room) -> None:
    """Every kind of phase once. What is compared is played side by side, with the very same requests."""
    for connections in (room.many, room.few):
        claims(room, connections, "always")
        if connections == room.many:
            sold_out(room)
            _repeats(room)
        claims(room, connections, "everysec")


def claims(room: Room, connections: int, appendfsync: Appendfsync) -> None:
    """Claims of people who have none yet; with ``always``, beside ceiling and textbook with the same requests."""
    stage, field = room.stage, room.field
    batch_id = field.next_batch()
    stage.fill(field.crowd.coming(), batch_id)
    if appendfsync == "always":
        _beside(room, connections)
    room.platform.sync_journal(appendfsync)
    name = f"claim_{connections}" + ("_everysec" if appendfsync == "everysec" else "")
    field.crowd.went(stage.claim(name, room.platform, batch_id, connections=connections).sent)
    room.platform.sync_journal("always")


def _beside(room: Room, connections: int) -> None:
    """The ceiling and the textbook, with the requests that lie ready."""
    stage = room.stage
    stage.play(f"static_{connections}", room.static, status=CREATED, connections=connections, again=True)
    stage.play(f"textbook_{connections}", room.textbook, status=CREATED, connections=connections)


def sold_out(room: Room) -> None:
    """Claims of people who come too late."""
    sold = room.field.sold
    room.stage.fill(sold.others, sold.batch_id)
    room.stage.play(f"sold_out_{room.many}", room.platform.server, status=CONFLICT, connections=room.many, again=True)


def _repeats(room: Room) -> None:
    """Claims that were granted, sent again under their keys."""
    sold = room.field.sold
    room.stage.fill(sold.winners, sold.batch_id, keys=sold.keys)
    room.stage.play(f"repeat_{room.many}", room.platform.server, status=CREATED, connections=room.many, again=True)


def record_store(room: Room, claims: int) -> Recording:
    """The calls of the claim script that so many claims lead to."""
    batch_id = room.field.next_batch()
    room.stage.fill(room.field.crowd.next(claims), batch_id)
    return record(
        room.platform.redis_url, lambda: room.stage.claim(WATCHED, room.platform, batch_id, connections=room.many)
    )


@dataclass
class Latency:
    """Response times of our claim and of the ceiling at one and the same rate, round by round."""

    rate_per_s: float
    claim: list[Measured] = field(default_factory=list)
    static: list[Measured] = field(default_factory=list)

    def ratio_p99(self) -> Spread | None:
        """Of the rounds in which the generator was fit both times; None where that is less than half of them."""
        pairs = zip(self.claim, self.static, strict=True)
        fit = [mine.response_ms["p99"] / its.response_ms["p99"] for mine, its in pairs if mine.fit and its.fit]
        return Spread(fit) if 2 * len(fit) > len(self.claim) else None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        found = self.ratio_p99()
        return {
            "rate_per_s": round(self.rate_per_s, 1), "share_of_knee": SHARE_OF_KNEE,
            "ratio_p99": found.as_json() if found else None,
            "claim": [vars(one) for one in self.claim], "static": [vars(one) for one in self.static],
        }  # fmt: skip


def latency(room: Room, knee_per_s: float, rounds: int) -> Latency:
    """The open loop at 0.7 of the knee, which is the measured rate of saturation. Raises GeneratorFailed."""
    found = Latency(max(knee_per_s * SHARE_OF_KNEE, _LEAST_PER_S))
    needed = len(open_loop.arrivals_at(found.rate_per_s, room.stage.seconds))
    seats = len(room.field.crowd.seats)
    if needed > seats:
        found.rate_per_s *= 0.95 * seats / needed  # fewer people than claims: slower, never the same person twice
    for _ in range(rounds):
        batch_id = room.field.next_batch()
        room.stage.fill(room.field.crowd.coming(), batch_id)
        found.static.append(_open(room, room.static.url, found.rate_per_s))
        found.claim.append(_open(room, room.platform.server.url, found.rate_per_s))
        room.field.crowd.went(sum(found.claim[-1].answers.values()))
        stored = room.platform.rows_of(batch_id)
        room.stage.phases.append(_as_phase("claim_below_knee", found.claim[-1], room.stage.seconds, stored))
    return found


def _open(room: Room, url: str, rate_per_s: float) -> Measured:
    return open_loop.send(url, room.stage.requests, rate_per_s=rate_per_s, seconds=room.stage.seconds)


def _as_phase(kind: str, measured: Measured, seconds: float, stored: int) -> Phase:
    answered = sum(measured.answers.values())
    return Phase(
        kind=kind, status=CREATED, answers=measured.answers, sent=answered + measured.lost, lost=measured.lost,
        window_s=seconds, rate_per_s=round(measured.answers.get(CREATED, 0) / seconds, 1), cpu_s={}, stored=stored,
    )  # fmt: skip
