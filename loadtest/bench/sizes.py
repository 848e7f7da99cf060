"""What a claim costs as an installation grows, what a claimed voucher takes of the hot store, how long a rebuild is.

    python -m loadtest.bench.sizes --json FILE [--rounds N] [--seconds S]

Three platforms begin as copies of one data folder. ``small`` stays as it is: ten live batches, a thousand vouchers in
the first. ``many_batches`` gets a thousand live batches through the contract, ``many_vouchers`` a million vouchers in
its first batch (``filling`` says how). Claims of the same people are then measured in turns on two of them at a time,
each claim of somebody who has no voucher of that batch yet. Exits 1 where a limit is missed, 2 where the books do not
agree.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loadtest.bench.city import City
from loadtest.bench.filling import fill
from loadtest.bench.generators.choosing import generator
from loadtest.bench.generators.request_file import Seat, scratch_parent
from loadtest.bench.phases import Stage
from loadtest.bench.ratios import Spread, rates, ratio, refuse_faults, written
from loadtest.bench.rebuilding import ASKING, rebuild
from loadtest.bench.servers.reference import Reference, reference
from loadtest.machine import stamp

LEAST_RATIO = 0.85
MOST_BYTES = 100.0
_REBUILDS = 3
_BATCHES = 10


@dataclass(frozen=True)
class Sizes:
    """How much to measure: ``people`` are shared out among the rounds, so that nobody claims a batch twice."""

    rounds: int
    seconds: float
    people: int
    few_vouchers: int
    many_vouchers: int
    many_batches: int
    connections: int
    generator: str


@dataclass(frozen=True)
class Origin:
    """The data folder all begin with: its people, and its batches, of which the first is the one that gets full."""

    folder: Path
    seats: Sequence[Seat]
    batches: Sequence[str]

    def share(self, number: int, of: int) -> Sequence[Seat]:
        """The people of one phase, after those who make patterns and who ask during a rebuild."""
        free = self.seats[1 + _REBUILDS * ASKING :]
        each = len(free) // of
        return free[number * each : (number + 1) * each]

    def asking(self, time: int) -> Sequence[Seat]:
        """Those who ask during the ``time``-th rebuild."""
        return self.seats[1 + time * ASKING : 1 + (time + 1) * ASKING]


def measure(sizes: Sizes) -> dict[str, Any]:
    """All figures. Raises NotComparable, ChildFailed, GeneratorFailed, CannotPlay."""
    with _scratch() as (folder, requests):
        stage = Stage(generator(sizes.generator), requests, sizes.seconds, warm_s=min(0.5, sizes.seconds / 4))
        origin = _origin(folder / "small", sizes)
        for name in ("many_batches", "many_vouchers"):
            subprocess.run(["cp", "-a", str(origin.folder), str(folder / name)], check=True)
        with reference(origin.folder, processes=2) as small:
            fill(small, origin.batches[0], origin.seats[0], sizes.few_vouchers)
            rebuild(small, origin.batches[0], origin.asking(0))
            with reference(folder / "many_vouchers", processes=2) as many:
                rebuilds = _grow(many, origin, sizes)
                _compare_vouchers(stage, origin, small, many, sizes)
            with reference(folder / "many_batches", processes=2) as many:
                more = City(many.server.url, many.staff_file).batches([sizes.people] * (sizes.many_batches - _BATCHES))
                _compare_batches(stage, replace(origin, batches=[*origin.batches, *more]), small, many, sizes)
            flags = small.flags()
    return {**conclude(stage, rebuilds), "sizes": vars(sizes), "servers": {"reference": flags}, **stamp()}


@contextmanager
def _scratch() -> Iterator[tuple[Path, Path]]:
    with (
        tempfile.TemporaryDirectory(prefix="voucherlab-sizes-") as folder,
        tempfile.TemporaryDirectory(prefix="voucherlab-sizes-", dir=scratch_parent()) as beside,
    ):
        yield Path(folder), Path(beside) / "requests"


def _origin(folder: Path, sizes: Sizes) -> Origin:
    folder.mkdir()
    with reference(folder, processes=2) as platform:
        city = City(platform.server.url, platform.staff_file)
        full, *others = [sizes.many_vouchers + sizes.people, *[sizes.people] * (_BATCHES - 1)]
        return Origin(folder, city.people(sizes.people), city.batches([full, *others]))


def _grow(many: Reference, origin: Origin, sizes: Sizes) -> list[dict[str, Any]]:
    """Fill the first batch, then lose the hot store again and again."""
    fill(many, origin.batches[0], origin.seats[0], sizes.many_vouchers)
    return [rebuild(many, origin.batches[0], origin.asking(time)) for time in range(_REBUILDS)]


def _compare_vouchers(stage: Stage, origin: Origin, small: Reference, many: Reference, sizes: Sizes) -> None:
    """Claims of the first batch, which few hold on the one platform and very many on the other."""
    for number in range(sizes.rounds):
        stage.fill(origin.share(number, sizes.rounds), origin.batches[0])
        for kind, platform in (("few_vouchers", small), ("many_vouchers", many)):
            stage.claim(kind, platform, origin.batches[0], connections=sizes.connections)


def _compare_batches(stage: Stage, origin: Origin, small: Reference, many: Reference, sizes: Sizes) -> None:
    """A rush on one batch while few or many are live; then one that is spread over all that are live."""
    one, few, all_live = origin.batches[1], origin.batches[2:_BATCHES], origin.batches[2:]
    for number in range(sizes.rounds):
        seats = origin.share(number, sizes.rounds)
        stage.fill(seats, one)
        stage.claim("few_batches", small, one, connections=sizes.connections)
        stage.claim("many_batches", many, one, connections=sizes.connections)
        for kind, platform, live in (("few_spread", small, few), ("many_spread", many, all_live)):
            stage.fill(seats, *live)
            stage.claim(kind, platform, *live, connections=sizes.connections)


def conclude(stage: Stage, rebuilds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Ratios and what they are made of. Raises NotComparable."""
    refuse_faults(stage.phases)
    found = rates(stage.phases)
    ratios = {
        "many_batches_vs_few": ratio(found, "many_batches", "few_batches"),
        "many_vouchers_vs_few": ratio(found, "many_vouchers", "few_vouchers"),
        "spread_over_many_vs_few": ratio(found, "many_spread", "few_spread"),
    }
    held = ("many_batches_vs_few", "many_vouchers_vs_few")
    bytes_each = statistics.median(one["bytes_a_voucher"] for one in rebuilds)
    missed = [name for name in held if ratios[name].median < LEAST_RATIO]
    missed += ["bytes_a_voucher"] if bytes_each > MOST_BYTES else []
    return {
        "ratios": {name: round(one.median, 3) for name, one in ratios.items()}, "missed": missed,
        "spread": {name: one.as_json() for name, one in ratios.items()},
        "rates": {kind: one.as_json(1) for kind, one in found.items()},
        "acknowledged": sum(phase.acknowledged for phase in stage.phases),
        "stored": sum(phase.stored or 0 for phase in stage.phases),
        "unanswered": sum(phase.lost for phase in stage.phases),
        "bytes_a_voucher": bytes_each,
        "rebuild": {"seconds": Spread([one["seconds"] for one in rebuilds]).as_json(), "times": list(rebuilds)},
        "phases": [vars(phase) for phase in stage.phases],
    }  # fmt: skip


def options(words: Sequence[str] | None = None) -> tuple[Sizes, Path]:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="file for the figures")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each phase")
    parser.add_argument("--people", type=int, default=200_000, help="shared out among the rounds")
    parser.add_argument("--few-vouchers", type=int, default=1_000)
    parser.add_argument("--many-vouchers", type=int, default=1_000_000)
    parser.add_argument("--many-batches", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--generator", choices=["auto", "wrk", "own"], default="auto")
    said = parser.parse_args(words)
    sizes = Sizes(
        said.rounds,
        said.seconds,
        said.people,
        said.few_vouchers,
        said.many_vouchers,
        said.many_batches,
        said.connections,
        said.generator,
    )
    return sizes, said.json


def main() -> int:
    """Measure, write, tell."""
    sizes, file = options()
    return written(file, lambda: measure(sizes), _told)


def _told(figures: dict[str, Any]) -> dict[str, Any]:
    names = ("ratios", "missed", "bytes_a_voucher", "acknowledged", "stored")
    return {**{name: figures[name] for name in names}, "rebuild_s": figures["rebuild"]["seconds"]["median"]}


if __name__ == "__main__":
    sys.exit(main())
