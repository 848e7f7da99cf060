"""Claims against any platform of the contract.

    locust -f loadtest/locustfile.py --host http://target --tokens people.csv --batches ID,ID
    locust -f loadtest/locustfile.py --host http://target --staff-file staff.json      (a sandbox: sets itself up)

Every option has an environment variable LOADTEST_…. The exit code is 0 only when something was answered and every
answer was one that the contract knows: refusals such as sold_out count as answers, under their own name.
"""

import logging
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from locust import User, constant_throughput, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtest.citizens import make_citizens, read_tokens
from loadtest.claiming import Citizen, claim, report
from loadtest.offering import Office, find_batches, put_up_batch
from loadtest.wires import CannotStart, open_wires

_CONNECTIONS = 256
_log = logging.getLogger(__name__)


class Scene:
    """What the users of this process share; filled before the first of them starts."""

    client: Any
    citizens: list[Citizen]
    batches: list[str]
    retries: int
    ready = False
    rng = Random()


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _add_options(parser: LocustArgumentParser) -> None:
    group = parser.add_argument_group("claims")
    group.add_argument("--tokens", env_var="LOADTEST_TOKENS", default="", help="CSV person,token")
    group.add_argument("--batches", env_var="LOADTEST_BATCHES", default="", help="batch ids with commas between")
    group.add_argument("--staff-file", env_var="LOADTEST_STAFF_FILE", default="", help="staff of a sandbox")
    group.add_argument("--people", env_var="LOADTEST_PEOPLE", type=int, default=2_000, help="to make in a sandbox")
    group.add_argument("--quota", env_var="LOADTEST_QUOTA", type=int, default=1_000, help="of the batch put up")
    group.add_argument("--rate", env_var="LOADTEST_RATE", type=float, default=20.0, help="claims a second and user")
    group.add_argument("--retries", env_var="LOADTEST_RETRIES", type=int, default=3, help="after 503, 429, no reply")


@events.init.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _prepare_early(environment: Environment, **_: object) -> None:
    """Without a web page the test is certain, and its run time should not be spent on preparing."""
    options = environment.parsed_options
    if options is not None and options.headless and not isinstance(environment.runner, WorkerRunner):
        _prepare(environment)


@events.test_start.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _prepare(environment: Environment, **_: object) -> None:
    """Tokens and batches, before any load. A master generates none, but puts the batch up for its workers."""
    if Scene.ready:
        return
    try:
        _set_scene(environment)
        Scene.ready = True
    except CannotStart as error:
        _log.error("cannot start: %s", error)
        if not isinstance(environment.runner, WorkerRunner | MasterRunner):
            sys.exit(2)
        environment.process_exit_code = 2
        environment.runner.quit()


def _set_scene(environment: Environment) -> None:
    options = environment.parsed_options
    runner = environment.runner
    assert options is not None, "locust parses its options before a test starts"
    Scene.client, Scene.retries = open_wires(environment.host or "", _CONNECTIONS), options.retries
    Scene.batches = [one for one in options.batches.split(",") if one]
    office = Office(Scene.client, Path(options.staff_file)) if options.staff_file else None
    if office is not None and not Scene.batches and not isinstance(runner, WorkerRunner):
        Scene.batches = [put_up_batch(office, options.quota)]
    if isinstance(runner, MasterRunner):
        return
    Scene.citizens = _citizens(environment, office)
    Scene.batches = Scene.batches or find_batches(Scene.client, Scene.citizens[0].token)
    if not Scene.batches:
        raise CannotStart("no batch can be claimed now: name some with --batches, or give --staff-file of a sandbox")


def _citizens(environment: Environment, office: Office | None) -> list[Citizen]:
    options = environment.parsed_options
    assert options is not None, "locust parses its options before a test starts"
    if options.tokens:
        return read_tokens(Path(options.tokens))
    if office is None:
        raise CannotStart("give --tokens person,token CSV, or --staff-file of a platform with sandbox_people")
    seed = environment.runner.worker_index if isinstance(environment.runner, WorkerRunner) else 0
    return make_citizens(Scene.client, office.token("operator"), options.people, seed=seed + 1)


@events.quitting.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _judge(environment: Environment, **_: object) -> None:
    """Nothing answered is a failure, too; locust itself only looks for failures. Workers leave it to their master."""
    if isinstance(environment.runner, WorkerRunner):
        return  # its numbers are gone once they are sent
    total = environment.stats.total
    if environment.process_exit_code is None and total.num_requests == 0:
        environment.process_exit_code = 2
    elif environment.process_exit_code is None:
        environment.process_exit_code = 1 if total.num_failures else 0


class ClaimingCitizen(User):
    """Claims, each time as somebody else of the list."""

    def wait_time(self) -> float:
        """Hold the asked rate of claims a second."""
        assert self.environment.parsed_options is not None
        return float(constant_throughput(self.environment.parsed_options.rate)(self))

    @task
    def claim(self) -> None:
        """One claim, reported under its outcome."""
        citizen, batch_id = Scene.rng.choice(Scene.citizens), Scene.rng.choice(Scene.batches)
        started_s = time.perf_counter()
        report(self.environment, claim(Scene.client, citizen, batch_id, retries=Scene.retries), started_s)
