"""One worker's part of a step: from the folder to requests on the wire, and its figures at the end."""

import contextlib
import os
import resource
import time
from pathlib import Path

import gevent

from loadtest.engine.dispatching import Dispatcher
from loadtest.engine.measuring import GeneratorFigures, Measures, write_figures
from loadtest.engine.playing import Player, Report
from loadtest.engine.wires import CannotStart, Wires
from loadtest.history.writer import HistoryWriter
from loadtest.scenarios.cast import Cast
from loadtest.scenarios.preparing import HISTORY, Prepared
from loadtest.scenarios.requests import Requests
from loadtest.scenarios.schedule import load, planned_rows

REPLY_TIMEOUT_S = 15.0
_FILES_BESIDE = 200
_GRACE_S = 2.0
_WARM = 8
_PRIORITY = -10


class Worker:
    """Worker ``number`` of ``workers`` on the step in ``folder``; ``report`` hears of every attempt.

    Raises CannotStart when the folder was played before, or the machine allows too few connections.
    """

    def __init__(
        self, folder: Path, *, number: int, workers: int, base_url: str, report: Report, ca_file: str | None = None,
        timeout_s: float = REPLY_TIMEOUT_S,
    ) -> None:  # fmt: skip
        prepared, cast = Prepared.read(folder), Cast.read(folder)
        step = prepared.agreed()
        self._folder, self._timeout_s = folder, timeout_s
        self._rows = planned_rows(load(folder, number, workers))
        in_flight = -(-step.in_flight // workers)
        allow_files(in_flight + _FILES_BESIDE)
        self._measures = Measures(number, len(self._rows), in_flight)
        self._wires = Wires(base_url, timeout_s=timeout_s, ca_file=ca_file)
        self._history = _history(folder / HISTORY, number, prepared.run)
        self._wires.warm(min(_WARM, in_flight))
        player = Player(
            adapter=cast.adapter.load(), requests=Requests(cast), wires=self._wires, history=self._history,
            measures=self._measures, report=report, repeats=prepared.repeats,
        )  # fmt: skip
        self._dispatcher = Dispatcher(player, self._measures, in_flight=in_flight)

    def play(self, start_ns: int) -> GeneratorFigures:
        """Play it all from ``start_ns`` (monotonic) on and wait for the replies; figures and history are then whole.

        When it is stopped before (the greenlet is killed), what was sent is in the history and ``complete`` is false.
        """
        complete = False
        try:
            self._dispatcher.run(self._rows, start_ns)
            self._dispatcher.drain(self._timeout_s + _GRACE_S)
            complete = True
        except gevent.GreenletExit:
            self._dispatcher.drain(0)
        finally:
            figures = self._measures.figures(complete=complete)
            write_figures(self._folder, figures)
            self._history.close()
            self._wires.close()
        return figures


def _history(folder: Path, number: int, run: str) -> HistoryWriter:
    try:
        return HistoryWriter(folder, number, run)
    except FileExistsError as error:
        raise CannotStart(f"{folder} holds a history of worker {number}: a step is played once") from error


def take_precedence() -> None:
    """A generator that waits for a processor is late: where this process may, it goes before others on the machine."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)


def allow_files(needed: int) -> None:
    """Raise the soft limit of open files as far as this process may. Raises CannotStart."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise CannotStart(f"{needed} open files are needed, this machine allows {hard}: raise `ulimit -n`")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def soon_ns(seconds: float) -> int:
    """That many seconds from now, monotonic."""
    return time.monotonic_ns() + int(seconds * 1e9)
