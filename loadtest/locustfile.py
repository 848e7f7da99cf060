"""Load on any platform of the contract, in an open loop: each request leaves at its time, whatever came before.

    locust -f loadtest/locustfile.py --host http://target --staff-file staff.json      (a sandbox: sets itself up)
    locust -f loadtest/locustfile.py --host http://target --tokens people.csv --batches ID,ID
    locust -f loadtest/locustfile.py --class-picker …              (one scenario a class, chosen in the web page)
    locust -f loadtest/locustfile.py --headless --step-folder DIR  (a step that is prepared elsewhere)

One Locust user stands for ``--rate`` arrivals a second, fixed before the first is sent; ``-t`` or ``--duration`` says
how long. Works with ``--processes`` and with master and workers. Every option has an environment variable LOADTEST_….
The exit code is 0 only when something was answered and every answer was one that the contract knows: refusals such as
sold_out count as answers, under their own name. History and the generator's own figures lie in ``--out``.
"""

import logging
import sys
from pathlib import Path

import gevent
from locust import User, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtest.engine.conducting import LocalConductor, MasterConductor, WorkerConductor, conductor_of
from loadtest.engine.preparing import options_of, step_folder
from loadtest.engine.wires import CannotStart
from loadtest.scenarios.catalogue import SCENARIOS

_log = logging.getLogger(__name__)


class Scene:
    """What the listeners of this process share."""

    conductor: LocalConductor | MasterConductor | WorkerConductor
    folder: Path | None = None


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _add_options(parser: LocustArgumentParser) -> None:
    group = parser.add_argument_group("vouchers")
    for words, default, said in (
        (("--scenario",), "", f"one of {', '.join(SCENARIOS)}; else the class picked, else steady_peak"),
        (("--staff-file",), "", "staff sign-ins of a sandbox, JSON"),
        (("--tokens",), "", "CSV person,token of people who are there already"),
        (("--batches",), "", "batch ids with commas between; else those open now"),
        (("--step-folder",), "", "a prepared step; waited for until its step.json is there"),
        (("--out",), "", "folder for history and figures; else a new one"),
        (("--adapter",), "native", "the wire that the target speaks"),
        (("--ca-file",), "", "authorities to trust besides none; else the system's"),
        (("--people",), 2_000, "to make in a sandbox"),
        (("--quota",), 0, "of the batch put up; 0: as the scenario wants it"),
        (("--rate",), 20.0, "arrivals a second and user"),
        (("--duration",), 60.0, "seconds, where -t does not say it"),
        (("--in-flight",), 2_000, "requests under way at most"),
        (("--seed",), 1, "of the whole schedule"),
    ):
        variable = "LOADTEST_" + words[0].strip("-").replace("-", "_").upper()
        group.add_argument(*words, env_var=variable, default=default, type=type(default), help=said)


@events.init.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _meet(environment: Environment, **_: object) -> None:
    """Without a web page the test is certain, and its run time should not be spent on preparing."""
    options = options_of(environment)
    if not options.class_picker:
        chosen = options.scenario or _only_class(environment) or "steady_peak"
        environment.user_classes = [one for one in USERS if one.scenario == chosen]
        if not environment.user_classes:
            _give_up(environment, CannotStart(f"--scenario {chosen}: one of {', '.join(SCENARIOS)}"))
    Scene.conductor = conductor_of(environment, lambda: _finish(environment), options.ca_file or None)
    if options.headless and not isinstance(environment.runner, WorkerRunner):
        _prepare(environment)


def _only_class(environment: Environment) -> str | None:
    classes = environment.user_classes
    return getattr(classes[0], "scenario", None) if len(classes) == 1 else None


def _prepare(environment: Environment) -> None:
    try:
        scenario = str(getattr(environment.user_classes[0], "scenario", ""))
        Scene.folder = step_folder(environment, scenario)
    except CannotStart as error:
        _give_up(environment, error)


@events.test_start.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _begin(environment: Environment, **_: object) -> None:
    """Prepare where that was not done yet, and start to play. Workers wait for their master's word."""
    if isinstance(Scene.conductor, WorkerConductor):
        return
    if Scene.folder is None:
        _prepare(environment)
    folder, Scene.folder = Scene.folder, None
    if folder is None:
        return
    _log.info("history and figures: %s", folder)
    try:
        Scene.conductor.begin(folder)
    except CannotStart as error:
        _give_up(environment, error)


@events.test_stop.add_listener  # type: ignore[untyped-decorator]  # locust types no listener
def _stop(**_: object) -> None:
    Scene.conductor.stop()


def _finish(environment: Environment) -> None:
    options, runner = options_of(environment), environment.runner
    assert runner is not None, "a test that ends has a runner"
    if options.headless:
        runner.quit()
    else:
        runner.stop()


def _give_up(environment: Environment, error: CannotStart) -> None:
    _log.error("cannot start: %s", error)
    if environment.runner is None or not isinstance(environment.runner, WorkerRunner | MasterRunner):
        sys.exit(2)
    environment.process_exit_code = 2
    environment.runner.quit()


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


class VoucherUser(User):
    """Stands for its share of the arrivals. The dispatcher sends them: a user that waited for replies would not."""

    abstract = True
    scenario = ""

    @task
    def stand(self) -> None:
        """Nothing of its own."""
        gevent.sleep(1)


def _user_class(scenario: str) -> type[VoucherUser]:
    name = "".join(word.capitalize() for word in scenario.split("_"))
    return type(
        name, (VoucherUser,), {"scenario": scenario, "__module__": __name__, "__doc__": SCENARIOS[scenario].title_zh}
    )


USERS: list[type[VoucherUser]] = [_user_class(name) for name in SCENARIOS]
globals().update({one.__name__: one for one in USERS})  # Locust finds classes by the names of this module
