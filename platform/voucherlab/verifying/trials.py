"""One trial of the self-test: a platform of ours, verified by some cases, and what they came to."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from loadtest.agreed.plan import Plan
from loadtest.evidence.result import CaseResult
from loadtest.machine import cores
from loadtest.verdicts import Verdict
from loadtest.verify.running import Order, play_and_judge
from voucherlab.verifying.own_targets import OwnTarget, faulty_vendor, reference

REFERENCE = "reference"
_ACCUSES = frozenset({Verdict.FAIL, Verdict.WARN})


@dataclass(frozen=True)
class Trial:
    """One platform and the results of the cases it was tried with."""

    vendor: str
    results: tuple[CaseResult, ...]
    seconds: float

    def accused_by(self) -> list[CaseResult]:
        """Cases that found something: a MUST as FAIL, anything else as a remark."""
        return [result for result in self.results if result.verdict in _ACCUSES]

    def spoilt(self) -> list[CaseResult]:
        """Cases that the bench itself spoilt."""
        return [result for result in self.results if result.verdict is Verdict.INVALID]


class Workers:
    """Trials in processes of their own, as many at once as there are cores: the bench itself needs most of one.

    At most one of them is under load at a time, and one that waits for that goes before all others: trials under load
    wait more than they work, so the functional ones fill the time.
    """

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(cores(), mp_context=get_context("spawn"))
        self._turn = asyncio.Condition()
        self._free = cores()
        self._under_load = False
        self._loads_waiting = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def try_out(self, vendor: str, plan: Plan, only: Sequence[str] = (), *, load: bool = False) -> Trial:
        """Start the platform in a folder of its own, verify it with these cases (all, if none are named), stop it."""
        async with self._place(load=load):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, _in_a_process, vendor, plan, tuple(only))

    @asynccontextmanager
    async def _place(self, *, load: bool) -> AsyncIterator[None]:
        async with self._turn:
            self._loads_waiting += load
            try:
                await self._turn.wait_for(lambda: self._may_begin(load=load))
            finally:
                self._loads_waiting -= load
            self._free -= 1
            self._under_load |= load
        try:
            yield
        finally:
            async with self._turn:
                self._free += 1
                self._under_load &= not load
                self._turn.notify_all()

    def _may_begin(self, *, load: bool) -> bool:
        if load:
            return self._free > 0 and not self._under_load
        return self._free > 0 and (self._under_load or not self._loads_waiting)


def _in_a_process(vendor: str, plan: Plan, only: tuple[str, ...]) -> Trial:
    return asyncio.run(_try_out(vendor, plan, only))


async def _try_out(vendor: str, plan: Plan, only: tuple[str, ...]) -> Trial:
    started = time.monotonic()
    with TemporaryDirectory(prefix="voucherlab-trial-") as folder:
        live = _platform(vendor, Path(folder))
        own = await asyncio.to_thread(live.__enter__)
        try:
            order = Order(own.target, plan, Path(folder) / "run", only, own.restart)
            results = await play_and_judge(order)
        finally:
            await asyncio.to_thread(live.__exit__, None, None, None)
    return Trial(vendor, tuple(results), round(time.monotonic() - started, 1))


def _platform(vendor: str, folder: Path) -> AbstractContextManager[OwnTarget]:
    start: Callable[[], AbstractContextManager[OwnTarget]] = (
        (lambda: reference(folder)) if vendor == REFERENCE else (lambda: faulty_vendor(vendor, folder))
    )
    return start()
