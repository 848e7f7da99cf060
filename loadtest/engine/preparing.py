"""The folder of the step that Locust is about to play: given, or prepared now by a process of its own."""

import json
import time
from argparse import Namespace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import gevent
from locust.env import Environment

from loadtest.engine.children import end, start, tail
from loadtest.engine.wires import CannotStart
from loadtest.scenarios.claims import OPENING_RUSH, OPENS_IN_S
from loadtest.scenarios.preparing import STEP

_PREPARED_S = 300.0
_LEFT_TO_ANSWER_S = 1.0
_POLL_S = 0.02


def options_of(environment: Environment) -> Namespace:
    """What the command line and the web page say."""
    options: Namespace | None = environment.parsed_options
    assert options is not None, "locust parses its options before a test starts"
    return options


def step_folder(environment: Environment, scenario: str) -> Path:
    """As the options say. Raises CannotStart."""
    options = options_of(environment)
    if not environment.host:
        raise CannotStart("--host says where the target is")
    if options.step_folder:
        return _waited_for(Path(options.step_folder))
    if not options.staff_file and not options.tokens:
        raise CannotStart("give --tokens person,token CSV, or --staff-file of a platform with sandbox_people")
    folder = Path(options.out) if options.out else Path(mkdtemp(prefix="voucherlab-load-"))
    if (folder / STEP).exists():
        raise CannotStart(f"{folder} holds a step already: choose another --out")
    folder.mkdir(parents=True, exist_ok=True)
    _prepare(environment, scenario, folder)
    return folder


def _waited_for(folder: Path) -> Path:
    end_s = time.monotonic() + _PREPARED_S
    while not (folder / STEP).exists():
        if time.monotonic() > end_s:
            raise CannotStart(f"{folder / STEP} did not come")
        gevent.sleep(_POLL_S)
    return folder


def _prepare(environment: Environment, scenario: str, folder: Path) -> None:
    options = options_of(environment)
    words = [
        "loadtest.scenarios", "--host", str(environment.host), "--folder", str(folder), "--seed", str(options.seed),
        "--adapter", options.adapter, "--step", json.dumps(_step(environment, scenario)),
    ]  # fmt: skip
    words += ["--tokens", options.tokens, "--batches", options.batches] if options.tokens else []
    words += ["--staff-file", options.staff_file] if not options.tokens else []
    log = folder / "preparing.log"
    process = start(words, log)
    end_s = time.monotonic() + _PREPARED_S
    while process.poll() is None and time.monotonic() < end_s:
        gevent.sleep(_POLL_S)
    if process.poll() != 0:
        end(process)
        raise CannotStart(tail(log).strip() or "preparing took too long")


def _step(environment: Environment, scenario: str) -> dict[str, Any]:
    options, runner = options_of(environment), environment.runner
    users = max(getattr(runner, "target_user_count", None) or options.num_users or 1, 1)
    run_time = float(options.run_time or 0)
    opens_in_s = OPENS_IN_S if scenario == OPENING_RUSH.name else 0.0
    duration = max(run_time - opens_in_s - _LEFT_TO_ANSWER_S, 1.0) if run_time else options.duration
    return {
        "name": scenario, "scenario": scenario, "rate_per_s": users * options.rate, "duration_s": duration,
        "people": options.people, "quota": options.quota, "in_flight": options.in_flight,
        "arrivals": "spike" if opens_in_s else "poisson",
    }  # fmt: skip
