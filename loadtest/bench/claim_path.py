"""How fast a claim is, against what the server could do at best and against how it is usually written.

    python -m loadtest.bench.claim_path --json FILE [--rounds N] [--seconds S]

Everything runs on servers of its own, on this machine: (a) ``static``, a bare handler on the platform's own server;
(b) ``textbook``, FastAPI + pydantic + redis-py + one script on uvicorn, nothing durable; (c) ``claim``, ours, with
token, limits, idempotency, journal and commit, each claim of somebody new; (d) ``sold_out`` and (e) ``repeat``, our
other replies; (f) ``valkey_alone``, the store on the calls that (c) sends it. The phases take turns; a ratio is the
median of the rounds' ratios. Exits 1 where a ratio misses its limit, 2 where a request had no answer or the books do
not agree.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from loadtest.bench.claim_field import Field, prepare
from loadtest.bench.claim_rounds import (
    RECORDED,
    WATCHED,
    Latency,
    Room,
    claims,
    latency,
    play_round,
    record_store,
    sold_out,
)
from loadtest.bench.generators import wrk
from loadtest.bench.generators.choosing import alone_per_s, generator
from loadtest.bench.generators.request_file import scratch_parent
from loadtest.bench.phases import Phase, Stage
from loadtest.bench.ratios import NotComparable, Spread, rates, ratio, refuse_faults, written
from loadtest.bench.servers.beside import static, textbook
from loadtest.bench.servers.reference import reference
from loadtest.bench.servers.valkey import valkey
from loadtest.bench.valkey_alone import replay
from loadtest.machine import stamp

PROCESSES = (1, 2, 4)
_ROUNDS_BY_PROCESSES = 3
_VERSIONS = (
    "voucherlab",
    "granian",
    "uvicorn",
    "uvloop",
    "httptools",
    "fastapi",
    "pydantic",
    "redis",
    "hiredis",
    "asyncpg",
)
_P99 = "claim_p99_vs_static_p99_at_70pct"
AT_LEAST = {
    "claim_vs_textbook": 4.0, "claim_vs_static": 0.3, "sold_out_vs_static": 0.75, "claim_vs_textbook_at_64": 2.0
}  # fmt: skip
AT_MOST = {_P99: 25.0}


@dataclass(frozen=True)
class Asked:
    """How much to measure. ``processes``: of the API, the static handler and the textbook alike."""

    rounds: int
    seconds: float
    people: int
    processes: int
    by_processes: Sequence[int]
    many: int
    few: int
    generator: str


def measure(asked: Asked) -> dict[str, Any]:
    """All figures. Raises NotComparable, ChildFailed, GeneratorFailed, CannotPlay."""
    with _scratch() as (folder, requests):
        stage = Stage(generator(asked.generator), requests, asked.seconds, warm_s=min(0.5, asked.seconds / 4))
        with _room(asked, folder, stage) as room:
            figures = _main(asked, folder, room)
        by_processes = {
            str(count): _with_processes(replace(asked, processes=count), folder, room) for count in asked.by_processes
        }
    return {**figures, "rates_by_processes": by_processes, **stamp(), "versions": {n: version(n) for n in _VERSIONS}}


@contextmanager
def _scratch() -> Iterator[tuple[Path, Path]]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="voucherlab-claims-"))
        beside = stack.enter_context(tempfile.TemporaryDirectory(prefix="voucherlab-claims-", dir=scratch_parent()))
        yield Path(folder), Path(beside) / "requests"


@contextmanager
def _room(asked: Asked, folder: Path, stage: Stage, field: Field | None = None) -> Iterator[Room]:
    """Servers with so many processes each; the field is made, or taken over with batches of its own."""
    count = asked.processes
    with (
        reference(folder, processes=count) as platform,
        static(folder, processes=count) as ceiling,
        textbook(folder, processes=count) as usual,
    ):
        if field is None:
            field = prepare(platform, stage, people=asked.people, batches=5 * asked.rounds + 1)
        else:
            field = field.again(platform, asked.rounds)
        yield Room(platform, ceiling, usual, stage, field, asked.many, asked.few)
        field.leave(platform)


def _main(asked: Asked, folder: Path, room: Room) -> dict[str, Any]:
    recording = record_store(room, min(RECORDED, asked.people))
    alone = alone_per_s(room.stage.send, room.stage.requests, connections=room.many, seconds=min(2.0, asked.seconds))
    store: list[dict[str, float]] = []
    for _ in range(asked.rounds):
        play_round(room)
        with valkey(folder) as bare:
            store.append(replay(recording, bare))
    found = rates(room.stage.phases)
    below = latency(room, found[f"claim_{room.many}"].median, asked.rounds)
    _refuse_sold_again(room)
    flags = {"reference": room.platform.flags(), "static": room.static.flags, "textbook": room.textbook.flags}
    fastest = max(spread.median for spread in found.values())
    return {
        **conclude(room.stage.phases, below, room.many, room.few),
        "latency": below.as_json(),
        "valkey_alone": {"claims_per_s": Spread([one["claims_per_s"] for one in store]).as_json(1), "rounds": store},
        "servers": {**flags, "processes": asked.processes},
        "people": {"count": asked.people, "a_token_comes_again_after": asked.people},
        "generator": {
            "name": wrk.version() if asked.generator != "own" and wrk.installed() else "own closed loop",
            "alone_per_s": round(alone, 1), "faster_than_servers": alone > fastest,
        },
    }  # fmt: skip


def conclude(phases: Sequence[Phase], below: Latency, many: int, few: int) -> dict[str, Any]:
    """Ratios, rates and counts of all phases. Raises NotComparable."""
    refuse_faults(phases)
    found = rates([phase for phase in phases if phase.kind != WATCHED])
    ratios = {
        "claim_vs_textbook": ratio(found, f"claim_{many}", f"textbook_{many}"),
        "claim_vs_static": ratio(found, f"claim_{many}", f"static_{many}"),
        "sold_out_vs_static": ratio(found, f"sold_out_{many}", f"static_{many}"),
        "repeat_vs_static": ratio(found, f"repeat_{many}", f"static_{many}"),
        f"claim_vs_textbook_at_{few}": ratio(found, f"claim_{few}", f"textbook_{few}"),
    }
    p99 = below.ratio_p99()
    medians = {
        **{name: round(one.median, 3) for name, one in ratios.items()},
        _P99: round(p99.median, 2) if p99 else None,
    }
    everysec = {
        "claim_vs_textbook": ratio(found, f"claim_{many}_everysec", f"textbook_{many}"),
        "claim_vs_static": ratio(found, f"claim_{many}_everysec", f"static_{many}"),
        f"claim_vs_textbook_at_{few}": ratio(found, f"claim_{few}_everysec", f"textbook_{few}"),
    }
    claimed = [phase for phase in phases if phase.stored is not None]
    return {
        "ratios": medians,
        "ratios_everysec": {name: round(one.median, 3) for name, one in everysec.items()},
        "missed": missed(medians),
        "spread": {name: one.as_json() for name, one in ratios.items()},
        "rates": {kind: one.as_json(1) for kind, one in found.items()},
        "acknowledged": sum(phase.acknowledged for phase in claimed),
        "stored": sum(phase.stored or 0 for phase in claimed),
        "unanswered": sum(phase.lost for phase in phases),
        "phases": [vars(phase) for phase in phases],
    }


def missed(ratios: Mapping[str, float | None]) -> list[str]:
    """The names of ratios that are beyond their limits, or that could not be had. A limit at 64 holds at 64 only."""
    low = [name for name, found in ratios.items() if name in AT_LEAST and (found is None or found < AT_LEAST[name])]
    return low + [
        name for name, found in ratios.items() if name in AT_MOST and (found is None or found > AT_MOST[name])
    ]


def _refuse_sold_again(room: Room) -> None:
    """Whoever came too late or sent a claim again must not have got a voucher."""
    sold = room.field.sold
    if (rows := room.platform.rows_of(sold.batch_id)) != len(sold.winners):
        raise NotComparable(f"{len(sold.winners)} vouchers of the batch that was sold out are now {rows}")


def _with_processes(asked: Asked, folder: Path, before: Room) -> dict[str, Any]:
    """Rates with another number of processes of every server, on the same data."""
    stage = replace(before.stage, phases=[])
    with _room(asked, folder, stage, before.field) as room:
        for _ in range(min(asked.rounds, _ROUNDS_BY_PROCESSES)):
            claims(room, room.many, "always")
            sold_out(room)
    refuse_faults(stage.phases)
    return {kind: one.as_json(1) for kind, one in rates(stage.phases).items()}


def options(words: Sequence[str] | None = None) -> tuple[Asked, Path]:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="file for the figures")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each phase")
    parser.add_argument("--people", type=int, default=100_000, help="at least as many as claims in a phase")
    parser.add_argument("--processes", type=int, default=2, help="API processes, and as many of static and textbook")
    parser.add_argument("--by-processes", type=int, nargs="*", default=PROCESSES)
    parser.add_argument("--connections", type=int, nargs=2, default=(256, 64), metavar=("MANY", "FEW"))
    parser.add_argument("--generator", choices=["auto", "wrk", "own"], default="auto")
    said = parser.parse_args(words)
    asked = Asked(
        said.rounds, said.seconds, said.people, said.processes, tuple(said.by_processes), said.connections[0],
        said.connections[1], said.generator,
    )  # fmt: skip
    return asked, said.json


def main() -> int:
    """Measure, write, tell."""
    asked, file = options()
    names = ("ratios", "missed", "acknowledged", "stored")
    return written(file, lambda: measure(asked), lambda figures: {name: figures[name] for name in names})


if __name__ == "__main__":
    sys.exit(main())
