"""Locust's processes in step: who plays which part, when all begin, when all are done.

A local runner plays alone. A master gives every ready worker its part (number, how many there are, the step's files
where the worker is another host), hears that they are ready, says when to begin on its own clock, and ends the run
when the last living worker is done. A worker measures its clock against the master's before, during and after.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from loadtest.engine.clocks import ClockReading, RoundTrip, reading, widest
from loadtest.engine.reporting import reporter
from loadtest.engine.wires import CannotStart
from loadtest.engine.working import Worker, soon_ns, take_precedence
from loadtest.scenarios.preparing import HISTORY, Prepared

PART, READY, BEGIN = "voucherlab_part", "voucherlab_ready", "voucherlab_begin"
DONE, PING, PONG = "voucherlab_done", "voucherlab_ping", "voucherlab_pong"
_TRIPS = 9
_DURING_S = 5.0
_LEAD_S = 0.3
_READY_S = 30.0
_FILES = ("step.json", "schedule.npy", "secrets/cast.json")
Finished = Callable[[], None]


class LocalConductor:
    """Plays alone, in this process."""

    def __init__(self, environment: Environment, finished: Finished, ca_file: str | None) -> None:
        self._environment, self._finished, self._ca_file = environment, finished, ca_file
        self._playing: gevent.Greenlet[..., None] | None = None

    def begin(self, folder: Path) -> None:
        """Start playing the step in ``folder``. Raises CannotStart."""
        take_precedence()
        worker = Worker(
            folder, number=0, workers=1, base_url=self._environment.host or "",
            report=reporter(self._environment), ca_file=self._ca_file,
        )  # fmt: skip
        start_ns = Prepared.read(folder).starts_at_ns or soon_ns(_LEAD_S)
        self._playing = gevent.spawn(self._play, worker, start_ns)

    def stop(self) -> None:
        """Stop in order: what was sent stays in the history."""
        if self._playing is not None:
            self._playing.kill(block=True, timeout=10)

    def _play(self, worker: Worker, start_ns: int) -> None:
        complete = worker.play(start_ns).complete
        self._playing = None  # what ends the run stops the conductor, too: nothing is left to stop
        if complete:
            self._finished()


class MasterConductor:
    """Hands out the parts."""

    def __init__(self, runner: MasterRunner, finished: Finished) -> None:
        self._runner, self._finished = runner, finished
        self._ready: set[str] = set()
        self._done: set[str] = set()
        self._clocks: dict[str, ClockReading | None] = {}
        runner.register_message(READY, self._on_ready)
        runner.register_message(DONE, self._on_done)
        runner.register_message(PING, self._on_ping)

    def begin(self, folder: Path) -> None:
        """Give out the parts of the step in ``folder`` and start as soon as all have theirs."""
        clients = [client.id for client in self._runner.clients.ready]
        self._ready.clear()
        self._done.clear()
        self._clocks.clear()
        for number, client in enumerate(clients):
            part: dict[str, Any] = {"folder": str(folder.absolute()), "number": number, "workers": len(clients)}
            if not client.startswith(f"{os.uname().nodename}_"):
                part["files"] = {name: (folder / name).read_bytes() for name in _FILES}
            self._runner.send_message(PART, part, client_id=client)
        gevent.spawn(self._accompany, folder, set(clients))

    def stop(self) -> None:
        """Workers hear of the stop from Locust itself."""

    def _accompany(self, folder: Path, clients: set[str]) -> None:
        end_s = time.monotonic() + _READY_S
        while not clients <= self._ready and time.monotonic() < end_s:
            gevent.sleep(0.02)
        start_ns = Prepared.read(folder).starts_at_ns or soon_ns(_LEAD_S)
        for client in clients & self._ready:
            self._runner.send_message(BEGIN, {"start_ns": start_ns}, client_id=client)
        while self._alive(clients) - self._done:
            gevent.sleep(0.1)
        _write_clocks(folder / HISTORY, self._clocks)
        self._finished()

    def _alive(self, clients: set[str]) -> set[str]:
        """Those of ``clients`` that Locust has heard of lately: a worker that was killed is not waited for."""
        known = self._runner.clients
        return clients & {one.id for one in [*known.ready, *known.spawning, *known.running]}

    def _on_ready(self, msg: Any, **_: Any) -> None:
        self._ready.add(msg.node_id)

    def _on_done(self, msg: Any, **_: Any) -> None:
        self._done.add(msg.node_id)
        found = msg.data["clock"]
        self._clocks[msg.data["host"]] = None if found is None else ClockReading(*found)

    def _on_ping(self, msg: Any, **_: Any) -> None:
        pong = {"sent_ns": msg.data["sent_ns"], "answered_ns": time.monotonic_ns()}
        self._runner.send_message(PONG, pong, client_id=msg.node_id)


class WorkerConductor:
    """Plays the part that the master gives."""

    def __init__(self, runner: WorkerRunner, ca_file: str | None) -> None:
        self._runner, self._ca_file = runner, ca_file
        self._trips: list[RoundTrip] = []
        self._readings: list[ClockReading | None] = []
        self._worker: Worker | None = None
        self._playing: gevent.Greenlet[..., None] | None = None
        self._same_clock = True
        runner.register_message(PART, self._on_part, concurrent=True)
        runner.register_message(BEGIN, self._on_begin)
        runner.register_message(PONG, self._on_pong)

    def stop(self) -> None:
        """Stop in order: what was sent stays in the history."""
        if self._playing is not None:
            self._playing.kill(block=True, timeout=10)

    def _on_part(self, msg: Any, **_: Any) -> None:
        take_precedence()
        part = msg.data
        folder = Path(part["folder"])
        self._same_clock = "files" not in part
        if not self._same_clock:
            folder = _unpacked(part["files"])
        environment = self._runner.environment
        try:
            self._worker = Worker(
                folder, number=part["number"], workers=part["workers"], base_url=environment.host or "",
                report=reporter(environment), ca_file=self._ca_file,
            )  # fmt: skip
        except CannotStart as error:
            environment.process_exit_code = 2
            self._runner.environment.events.user_error.fire(  # type: ignore[no-untyped-call]  # locust is untyped here
                user_instance=None, exception=error, tb=error.__traceback__
            )
            self._runner.quit()
            return
        self._readings = [self._read_clock()]
        self._runner.send_message(READY, {})

    def _on_begin(self, msg: Any, **_: Any) -> None:
        before = self._readings[0]
        start_ns = int(msg.data["start_ns"]) - (before.offset_ns if before else 0)
        self._playing = gevent.spawn(self._play, start_ns)

    def _play(self, start_ns: int) -> None:
        assert self._worker is not None, "a part comes before its beginning"
        beside = gevent.spawn(self._read_now_and_then)
        try:
            self._worker.play(start_ns)
        finally:
            beside.kill()
        self._playing = None
        self._readings.append(self._read_clock())
        clock = widest(self._readings)
        self._runner.send_message(
            DONE, {"host": os.uname().nodename, "clock": None if clock is None else [clock.offset_ns, clock.bound_ns]}
        )

    def _read_now_and_then(self) -> None:
        while True:
            gevent.sleep(_DURING_S)
            self._readings.append(self._read_clock())

    def _read_clock(self) -> ClockReading | None:
        if self._same_clock:
            return ClockReading(0, 0)  # one kernel, one CLOCK_MONOTONIC
        self._trips = []
        for _ in range(_TRIPS):
            self._runner.send_message(PING, {"sent_ns": time.monotonic_ns()})
            gevent.sleep(0.02)
        return reading(self._trips)

    def _on_pong(self, msg: Any, **_: Any) -> None:
        self._trips.append(RoundTrip(msg.data["sent_ns"], msg.data["answered_ns"], time.monotonic_ns()))


def conductor_of(
    environment: Environment, finished: Finished, ca_file: str | None
) -> LocalConductor | MasterConductor | WorkerConductor:
    """The conductor that fits this process's runner."""
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        return MasterConductor(runner, finished)
    if isinstance(runner, WorkerRunner):
        return WorkerConductor(runner, ca_file)
    assert isinstance(runner, LocalRunner), "Locust has three kinds of runner"
    return LocalConductor(environment, finished, ca_file)


def _unpacked(files: dict[str, bytes]) -> Path:
    """The step's files on a host of its own; its history stays there, to be gathered by hand or by the tester."""
    folder = Path(mkdtemp(prefix="voucherlab-step-"))
    for name, content in files.items():
        (folder / name).parent.mkdir(mode=0o700, exist_ok=True)
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    (folder / HISTORY).mkdir()
    return folder


def _write_clocks(folder: Path, clocks: dict[str, ClockReading | None]) -> None:
    """By host, as the history's reader wants it; the master's own host is the history's clock."""
    if all(host == os.uname().nodename for host in clocks):
        return
    told = {
        host: {"offset_ns": one.offset_ns if one else 0, "bound_ns": one.bound_ns if one else None}
        for host, one in clocks.items()
    }
    told[os.uname().nodename] = {"offset_ns": 0, "bound_ns": 0}
    (folder / "clocks.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
