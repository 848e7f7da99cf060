"""One phase of a benchmark: who sends what to whom, for how long; and what has to be true of it afterwards."""

import itertools
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from loadtest.bench.generators.choosing import Generator
from loadtest.bench.generators.counting import Counted, Statuses
from loadtest.bench.generators.request_file import Seat, claim_request, write_requests
from loadtest.bench.servers.processes import Server, processor_seconds
from loadtest.bench.servers.reference import Reference

CREATED, PENDING, CONFLICT = 201, 202, 409
_PAUSE_S = 0.2


@dataclass(frozen=True)
class Phase:
    """What came of one. ``stored``: rows that it added to its batches in PostgreSQL; None where none are to come.

    ``cpu_s``: processor seconds of each process of the server, and of the generator.
    """

    kind: str
    status: int
    answers: Statuses
    sent: int
    lost: int
    window_s: float
    rate_per_s: float
    cpu_s: Mapping[str, float]
    stored: int | None = None

    @property
    def acknowledged(self) -> int:
        """201s."""
        return self.answers.get(CREATED, 0)

    def faults(self) -> list[str]:
        """Why nothing may be concluded from this phase; empty where something may."""
        found = [f"{self.kind}: {self.lost} of {self.sent} requests had no answer"] if self.lost else []
        if not self.answers.get(self.status):
            found.append(f"{self.kind}: no answer was {self.status}, they were {dict(self.answers)}")
        # A 202 is no acknowledgement: what it stands for may be stored or not.
        if self.stored is not None and not 0 <= self.stored - self.acknowledged <= self.answers.get(PENDING, 0):
            found.append(f"{self.kind}: {self.acknowledged} acknowledged, {self.stored} stored")
        return found


@dataclass
class Crowd:
    """People in a ring: each phase goes on where the last one ended, so a token comes back only after all others."""

    seats: Sequence[Seat]
    at: int = 0

    def coming(self) -> list[Seat]:
        """All people, in the order in which they are to claim."""
        return [*self.seats[self.at :], *self.seats[: self.at]]

    def next(self, count: int) -> list[Seat]:
        """The next ``count`` people, at most all, who will all claim."""
        taken = self.coming()[:count]
        self.went(len(taken))
        return taken

    def went(self, count: int) -> None:
        """The first ``count`` of them have claimed: however many stood ready, the next phase begins after these."""
        self.at = (self.at + count) % len(self.seats)


@dataclass(frozen=True)
class Stage:
    """A generator and a place for its requests. ``seconds`` of each phase, the first ``warm_s`` of them uncounted."""

    send: Generator
    requests: Path
    seconds: float
    warm_s: float
    phases: list[Phase] = field(default_factory=list)

    def fill(self, seats: Sequence[Seat], *batch_ids: str, keys: Sequence[str] | None = None) -> None:
        """Write the requests of the next phases: each of ``seats`` claims once, under a new key unless one is given.

        Several batches take turns.
        """
        given, turns = iter(keys) if keys is not None else _new_keys(), itertools.cycle(batch_ids)
        write_requests(self.requests, (claim_request(seat, next(turns), next(given)) for seat in seats))

    def play(self, kind: str, server: Server, *, status: int, connections: int, again: bool = False) -> Phase:
        """Send what was filled in; replies of ``status`` make the rate. The phase is kept. Raises GeneratorFailed."""
        return self._kept(self._played(kind, server, status, connections, again=again))

    def claim(self, kind: str, platform: Reference, *batch_ids: str, connections: int) -> Phase:
        """``play`` of fresh claims; the rows they add in PostgreSQL are counted once every request has its reply."""
        before = platform.rows_of(*batch_ids)
        played = self._played(kind, platform.server, CREATED, connections, again=False)
        return self._kept(replace(played, stored=platform.rows_of(*batch_ids) - before))

    def _played(self, kind: str, server: Server, status: int, connections: int, *, again: bool) -> Phase:
        time.sleep(_PAUSE_S)  # what the phase before left to tidy is not this one's
        before = processor_seconds(server.pids)
        counted = self.send(
            server.url, self.requests, connections=connections, seconds=self.seconds, warm_s=self.warm_s, again=again
        )
        used = {name: round(after - before[name], 2) for name, after in processor_seconds(server.pids).items()}
        return _phase(kind, status, counted, used)

    def _kept(self, phase: Phase) -> Phase:
        self.phases.append(phase)
        return phase


def _phase(kind: str, status: int, counted: Counted, cpu_s: Mapping[str, float]) -> Phase:
    return Phase(
        kind=kind, status=status, answers=counted.answers, sent=counted.sent, lost=counted.lost,
        window_s=round(counted.window_s, 4), rate_per_s=round(counted.rate_per_s(status), 1),
        cpu_s={**cpu_s, "generator": round(counted.cpu_s, 2)},
    )  # fmt: skip


def _new_keys() -> Iterator[str]:
    run = secrets.token_hex(8)
    number = 0
    while True:
        number += 1
        yield f"bench-{run}-{number}"
