"""The open loop: each operation starts at its intended time, whether or not earlier ones were answered."""

import gc
import time
from collections import deque
from collections.abc import Iterator, Sequence

import gevent
from gevent import getcurrent
from greenlet import greenlet

from loadtest.engine.measuring import Measures
from loadtest.engine.playing import Player, Ready
from loadtest.scenarios.schedule import Planned

LAG_BOUND_NS = 1_000_000_000
_AHEAD = 256
_DRAIN_POLL_S = 0.01
_AT_ONCE = 32
# Waking for every single arrival would cost a third of the rate. What falls due within a tick goes out together, and
# the lag of at most one tick counts in the response time like any other.
_TICK_S = 0.001


class Dispatcher:
    """One worker's loop over its part of the schedule.

    An operation that finds ``in_flight`` others under way, or that is started later than ``lag_bound_ns`` after its
    time, is NOT_SENT: the generator's fault, since waiting would hide the target's slowness (coordinated omission).
    """

    def __init__(self, player: Player, measures: Measures, *, in_flight: int, lag_bound_ns: int = LAG_BOUND_NS) -> None:
        self._player, self._measures = player, measures
        self._cap, self._lag_bound_ns = in_flight, lag_bound_ns
        self._under_way: set[greenlet] = set()

    def run(self, schedule: Sequence[Planned], start_ns: int) -> None:
        """Play ``schedule``, whose times count from ``start_ns`` (monotonic). Returns when the last was started."""
        coming = iter(schedule)
        ready: deque[Ready] = deque()
        gc.collect()
        gc.freeze()  # what was made so far lives to the end: the collector need not walk it while others wait
        self._measures.begin()
        started = 0
        while self._prepare(coming, ready, start_ns):
            now = time.monotonic_ns()
            due = start_ns + ready[0].row.t
            if due > now:
                gevent.sleep(max((due - now) / 1e9, _TICK_S))
                continue
            self._start(ready.popleft(), due)
            started += 1
            if started % _AT_ONCE == 0:
                gevent.sleep(0)  # let what was started go out, however much more is due

    def drain(self, timeout_s: float) -> bool:
        """Wait until all are answered; False when ``timeout_s`` passed first. Those left have open records."""
        end_s = time.monotonic() + timeout_s
        while self._under_way and time.monotonic() < end_s:
            gevent.sleep(_DRAIN_POLL_S)
        answered = not self._under_way
        gevent.killall(list(self._under_way), block=True, timeout=5)
        return answered

    def _prepare(self, coming: Iterator[Planned], ready: "deque[Ready]", start_ns: int) -> bool:
        """Make requests ahead of their time, while nothing is due. False when nothing is left to start."""
        while len(ready) < _AHEAD:
            if ready and start_ns + ready[0].row.t <= time.monotonic_ns():
                break
            row = next(coming, None)
            if row is None:
                break
            try:
                ready.append(self._player.prepare(row))
            except Exception as error:  # noqa: BLE001 - a fault of the adapter, counted; the rest is still played
                self._measures.fault(error)
        return bool(ready)

    def _start(self, ready: Ready, due: int) -> None:
        if len(self._under_way) >= self._cap:
            self._late(ready, due)
            return
        self._under_way.add(gevent.spawn_raw(self._play, ready, due))
        self._measures.in_flight_max = max(self._measures.in_flight_max, len(self._under_way))

    def _play(self, ready: Ready, due: int) -> None:
        try:
            lag = time.monotonic_ns() - due
            if lag > self._lag_bound_ns:
                self._late(ready, due)
                return
            self._measures.lags_ns.append(lag)
            self._player.play(ready, due)
        finally:
            self._under_way.discard(getcurrent())

    def _late(self, ready: Ready, due: int) -> None:
        self._measures.lags_ns.append(time.monotonic_ns() - due)
        self._measures.not_sent += 1
        self._player.not_sent(ready.row, due)
