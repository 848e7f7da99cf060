"""More claims than can be committed: how many still get their voucher, and how long everybody else waits for an answer.

    python -m loadtest.bench.overload --json FILE [--cap N] [--offered N] [--seconds S]

``capped``: the platform may commit ``--cap`` vouchers a second, ``--offered`` claims a second arrive in an open loop.
``uncapped``: it commits what it can; the knee is found in a closed loop, then 1.5 times as many arrive. Goodput is 201s
over the time until the last answer. Exits 1 where the capped run misses a limit, 2 where the generator was not fit or
the books do not agree.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loadtest.bench.city import City
from loadtest.bench.generators import open_loop
from loadtest.bench.generators.choosing import generator
from loadtest.bench.generators.open_loop import Measured
from loadtest.bench.generators.request_file import scratch_parent
from loadtest.bench.phases import CREATED, Crowd, Stage
from loadtest.bench.queues import watched
from loadtest.bench.ratios import NotComparable, refuse_faults
from loadtest.bench.servers.reference import Reference, reference
from loadtest.engine.children import serving
from loadtest.machine import stamp

LEAST_SHARE, LONGEST_MS, BEYOND_KNEE = 0.8, 3_000.0, 1.5
_BUSY = 503
_DEFINITE = frozenset({CREATED, _BUSY})
_CONNECTIONS = 256
_IN_FLIGHT = 8_000
_SPARE = 1.1


@dataclass(frozen=True)
class Asked:
    """Rates are a second; ``knee_seconds`` of the closed loop that finds the knee; people for a knee of ``fastest``."""

    cap: int
    offered: int
    seconds: float
    knee_seconds: float
    fastest: int
    generator: str


def measure(asked: Asked) -> dict[str, Any]:
    """Both runs. Raises NotComparable, ChildFailed, GeneratorFailed, CannotPlay."""
    with (
        tempfile.TemporaryDirectory(prefix="voucherlab-overload-") as name,
        tempfile.TemporaryDirectory(prefix="voucherlab-overload-", dir=scratch_parent()) as beside,
    ):
        requests = Path(beside) / "requests"
        capped = _capped(asked, Path(name) / "capped", requests)
        uncapped = _uncapped(asked, Path(name) / "uncapped", requests)
    return {"capped": capped, "uncapped": uncapped, "missed": missed(capped), **stamp()}


def missed(run: dict[str, Any]) -> list[str]:
    """Which limits the capped run is beyond."""
    found = []
    if run["goodput_of_cap"] < LEAST_SHARE:
        found.append(f"goodput is {run['goodput_of_cap']:.2f} of the cap, less than {LEAST_SHARE}")
    if run["longest_ms"] > LONGEST_MS:
        found.append(f"the longest answer took {run['longest_ms']:.0f} ms, more than {LONGEST_MS:.0f}")
    if run["indefinite"]:
        found.append(f"{run['indefinite']} answers were neither {CREATED} nor {_BUSY}")
    queue = run["queue"]
    if "under_way" not in queue:
        found.append("the platform never told how long its queue was")
    elif queue["under_way"] > queue["under_way_limit"]:
        found.append("more claims were under way than the platform's own limit")
    return found


def _capped(asked: Asked, folder: Path, requests: Path) -> dict[str, Any]:
    folder.mkdir()
    with reference(folder, processes=1, environment={"VOUCHERLAB_COMMIT_RATE_LIMIT": str(asked.cap)}) as platform:
        people = _needed(asked.offered, asked.seconds)
        crowd = Crowd(City(platform.server.url, platform.staff_file).people(people))
        stage = Stage(generator(asked.generator), requests, asked.seconds, warm_s=0.0)
        alone = _alone(stage, crowd, asked)
        run = _offer(platform, stage, crowd, asked.offered)
        flags = platform.flags()
    return {
        "cap_per_s": asked.cap, **run, "goodput_of_cap": round(run["goodput_per_s"] / asked.cap, 3),
        "generator_alone": asdict(alone), "flags": flags,
    }  # fmt: skip


def _uncapped(asked: Asked, folder: Path, requests: Path) -> dict[str, Any]:
    folder.mkdir()
    with reference(folder, processes=1) as platform:
        city = City(platform.server.url, platform.staff_file)
        # A closed loop goes as fast as the platform does: its people must last, however little is offered afterwards.
        people = _needed(asked.fastest, max(asked.knee_seconds, BEYOND_KNEE * asked.seconds))
        crowd = Crowd(city.people(people))
        stage = Stage(generator(asked.generator), requests, asked.knee_seconds, warm_s=asked.knee_seconds / 4)
        (batch_id,) = city.batches([len(crowd.seats)])
        stage.fill(crowd.next(len(crowd.seats)), batch_id)
        knee = stage.claim("knee", platform, batch_id, connections=_CONNECTIONS)
        refuse_faults([knee])
        if knee.rate_per_s == 0:
            raise NotComparable(f"{people} people were through before the knee could be measured")
        offered = min(BEYOND_KNEE * knee.rate_per_s, len(crowd.seats) / asked.seconds / _SPARE)
        run = _offer(platform, Stage(stage.send, requests, asked.seconds, warm_s=0.0), crowd, offered)
    return {
        "knee_per_s": knee.rate_per_s, "offered_of_knee": round(offered / knee.rate_per_s, 3), **run,
        "goodput_of_knee": round(run["goodput_per_s"] / knee.rate_per_s, 3),
    }  # fmt: skip


def _needed(rate_per_s: float, seconds: float) -> int:
    """People, so that nobody claims twice, whatever the dice of the arrivals say."""
    return int(rate_per_s * seconds * _SPARE) + 100


def _alone(stage: Stage, crowd: Crowd, asked: Asked) -> Measured:
    """The same load against a server that only answers: what it cannot send there it cannot send anywhere."""
    stage.fill(crowd.seats, "null")
    with serving("loadtest.nullserver") as (port, _):
        return _send(f"http://127.0.0.1:{port}", stage, asked.offered)


def _offer(platform: Reference, stage: Stage, crowd: Crowd, rate_per_s: float) -> dict[str, Any]:
    """One open loop on a new batch; what came of it. Raises NotComparable where PostgreSQL disagrees."""
    (batch_id,) = City(platform.server.url, platform.staff_file).batches([len(crowd.seats)])
    stage.fill(crowd.next(len(crowd.seats)), batch_id)
    with watched(platform.server.url) as queue:
        found = _send(platform.server.url, stage, rate_per_s)
    if found.lost:
        raise NotComparable(f"{found.lost} requests had no answer, the others {dict(found.answers)}")
    granted, stored = found.answers.get(CREATED, 0), platform.rows_of(batch_id)
    indefinite = sum(count for status, count in found.answers.items() if status not in _DEFINITE)
    if not 0 <= stored - granted <= indefinite:
        raise NotComparable(f"{granted} acknowledged, {stored} stored")
    longest_ms = found.response_ms.get("p100", 0.0)
    return {
        "goodput_per_s": round(granted / (stage.seconds + longest_ms / 1_000), 1), "longest_ms": longest_ms,
        "indefinite": indefinite, "stored": stored, "queue": queue, **asdict(found),
    }  # fmt: skip


def _send(url: str, stage: Stage, rate_per_s: float) -> Measured:
    return open_loop.send(url, stage.requests, rate_per_s=rate_per_s, seconds=stage.seconds, in_flight=_IN_FLIGHT)


def options(words: Sequence[str] | None = None) -> tuple[Asked, Path]:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="file for the figures")
    parser.add_argument("--cap", type=int, default=1_500, help="vouchers a second the platform may commit")
    parser.add_argument("--offered", type=int, default=7_500, help="claims a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each open loop")
    parser.add_argument("--knee-seconds", type=float, default=4.0)
    parser.add_argument(
        "--fastest", type=int, default=8_000, help="the highest knee, in claims a second, to have people for"
    )
    parser.add_argument("--generator", choices=["auto", "wrk", "own"], default="auto", help="of the closed loop")
    said = parser.parse_args(words)
    asked = Asked(said.cap, said.offered, said.seconds, said.knee_seconds, said.fastest, said.generator)
    return asked, said.json


def main() -> int:
    """Measure, write, tell."""
    asked, file = options()
    try:
        figures = measure(asked)
    except NotComparable as error:
        figures = {"not_comparable": str(error), **stamp()}
    file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if "not_comparable" in figures or not figures["capped"]["fit"]:
        sys.stderr.write(f"no figures to rely on: {figures.get('not_comparable') or figures['capped']['reasons']}\n")
        return 2
    told = {name: figures["capped"][name] for name in ("goodput_of_cap", "longest_ms", "answers", "not_sent")}
    sys.stderr.write(json.dumps({**told, "missed": figures["missed"]}) + "\n")
    return 1 if figures["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
