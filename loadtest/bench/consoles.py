"""Whether officers who look on slow the claims of a peak: claims a second with twenty open consoles, and with none.

    python -m loadtest.bench.consoles --json FILE [--rounds N] [--seconds S] [--officers N]

The platform, one console process before it and the load share this machine; the officers' browsers are on computers of
their own (``viewers`` holds their connections without drawing). ``alone``: nobody has a page open; ``mixed``: half of
them look at the overview, half at the live screen of what is being claimed; ``screens``: all at the live screen, the
page that asks most. Exits 1 where claims are slower by a tenth, 2 where nothing may be concluded.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtest.bench.city import City
from loadtest.bench.generators.choosing import generator
from loadtest.bench.generators.request_file import scratch_parent
from loadtest.bench.phases import Crowd, Stage
from loadtest.bench.ratios import NotComparable, rates, ratio, refuse_faults, written
from loadtest.bench.servers.console import Looking, console, cookies
from loadtest.bench.servers.processes import Server
from loadtest.bench.servers.reference import Reference, reference
from loadtest.bench.viewers import Looked
from loadtest.machine import stamp

LEAST_RATIO = 0.9
_CONNECTIONS = 256
_SPARE = 1.2
# Every page that is looked at changes at least so often; one that had less was not really open.
_SECONDS_AN_UPDATE = 4.0
_PAGES = {"alone": (), "mixed": ("/", "/screen"), "screens": ("/screen",)}


@dataclass(frozen=True)
class Asked:
    """How much to measure; ``fastest`` is the claims a second there are people for."""

    rounds: int
    seconds: float
    officers: int
    fastest: int
    generator: str


@dataclass
class Floor:
    """Everything that stands ready for the phases, and the updates that pages had in each kind of them."""

    platform: Reference
    console: Server
    cookies: Sequence[str]
    stage: Stage
    crowd: Crowd
    updates: dict[str, list[int]] = field(default_factory=dict)

    def play(self, kind: str) -> None:
        """Claims of a new batch while officers look at what is named by ``kind``."""
        city = City(self.platform.server.url, self.platform.staff_file)
        (batch_id,) = city.batches([len(self.crowd.seats)])
        self.stage.fill(self.crowd.next(len(self.crowd.seats)), batch_id)
        paths = _PAGES[kind]
        pages = [
            Looked(self.console.url + paths[number % len(paths)], cookie)
            for number, cookie in enumerate(self.cookies if paths else ())
        ]
        everything = Server(
            "everything", self.platform.server.url, {**self.platform.server.pids, **self.console.pids}, []
        )
        watched = Reference(everything, self.platform.database_url, self.platform.redis_url, self.platform.staff_file)
        with Looking(pages) as looking:
            phase = self.stage.claim(kind, watched, batch_id, connections=_CONNECTIONS)
        if phase.sent >= len(self.crowd.seats):
            raise NotComparable(f"all {phase.sent} people were through before the end: raise --fastest")
        self.updates.setdefault(kind, []).extend(looking.updates)


def measure(asked: Asked) -> dict[str, Any]:
    """All figures. Raises NotComparable, ChildFailed, GeneratorFailed, CannotPlay."""
    with (
        tempfile.TemporaryDirectory(prefix="voucherlab-consoles-") as name,
        tempfile.TemporaryDirectory(prefix="voucherlab-consoles-", dir=scratch_parent()) as beside,
        reference(Path(name), processes=2) as platform,
        console(platform.server.url, Path(name)) as desk,
    ):
        stage = Stage(generator(asked.generator), Path(beside) / "requests", asked.seconds, warm_s=asked.seconds / 6)
        people = int(asked.fastest * asked.seconds * _SPARE) + 100
        crowd = Crowd(City(platform.server.url, platform.staff_file).people(people))
        floor = Floor(platform, desk, cookies(desk.url, platform.staff_file, asked.officers), stage, crowd)
        for number in range(asked.rounds):
            kinds = list(_PAGES)
            # Each kind is the first of a round as often as any other: what a machine has just done stays for a while.
            for kind in kinds[number % len(kinds) :] + kinds[: number % len(kinds)]:
                floor.play(kind)
        flags = platform.flags()
    return {**conclude(floor.stage, floor.updates, asked.seconds), "asked": vars(asked), "flags": flags, **stamp()}


def conclude(stage: Stage, updates: dict[str, list[int]], seconds: float) -> dict[str, Any]:
    """Ratios and what they are made of. Raises NotComparable."""
    refuse_faults(stage.phases)
    for kind, counts in updates.items():
        if counts and min(counts) < seconds / _SECONDS_AN_UPDATE:
            raise NotComparable(f"{kind}: a page had {min(counts)} updates in {seconds:.0f} s", stage.phases)
    found = rates(stage.phases)
    ratios = {f"{kind}_vs_alone": ratio(found, kind, "alone") for kind in _PAGES if kind != "alone"}
    return {
        "ratios": {name: round(one.median, 3) for name, one in ratios.items()},
        "missed": [name for name, one in ratios.items() if one.median < LEAST_RATIO],
        "spread": {name: one.as_json() for name, one in ratios.items()},
        "rates": {kind: one.as_json(1) for kind, one in found.items()},
        "updates_a_page": {
            kind: {"least": min(counts), "most": max(counts)} for kind, counts in updates.items() if counts
        },
        "acknowledged": sum(phase.acknowledged for phase in stage.phases),
        "stored": sum(phase.stored or 0 for phase in stage.phases),
        "phases": [vars(phase) for phase in stage.phases],
    }  # fmt: skip


def options(words: Sequence[str] | None = None) -> tuple[Asked, Path]:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="file for the figures")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each phase")
    parser.add_argument("--officers", type=int, default=20)
    parser.add_argument(
        "--fastest", type=int, default=8_000, help="the highest rate, in claims a second, to have people for"
    )
    parser.add_argument("--generator", choices=["auto", "wrk", "own"], default="auto")
    said = parser.parse_args(words)
    return Asked(said.rounds, said.seconds, said.officers, said.fastest, said.generator), said.json


def main() -> int:
    """Measure, write, tell."""
    asked, file = options()
    names = ("ratios", "missed", "updates_a_page", "acknowledged", "stored")
    return written(file, lambda: measure(asked), lambda figures: {name: figures[name] for name in names})


if __name__ == "__main__":
    sys.exit(main())
