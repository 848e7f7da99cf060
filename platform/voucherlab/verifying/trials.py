"""One trial of the self-test: a platform of ours, verified by some cases, and what they came to."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtest.agreed.plan import Plan
from loadtest.evidence.result import CaseResult
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


async def try_out(vendor: str, plan: Plan, only: Sequence[str] = ()) -> Trial:
    """Start the platform in a folder of its own, verify it with these cases, stop it."""
    started = time.monotonic()
    with TemporaryDirectory(prefix="voucherlab-trial-") as folder:
        live = _platform(vendor, Path(folder))
        own = await asyncio.to_thread(live.__enter__)
        try:
            order = Order(own.target, plan, Path(folder) / "run", tuple(only), own.restart)
            results = await play_and_judge(order)
        finally:
            await asyncio.to_thread(live.__exit__, None, None, None)
    return Trial(vendor, tuple(results), round(time.monotonic() - started, 1))


def _platform(vendor: str, folder: Path) -> AbstractContextManager[OwnTarget]:
    start: Callable[[], AbstractContextManager[OwnTarget]] = (
        (lambda: reference(folder)) if vendor == REFERENCE else (lambda: faulty_vendor(vendor, folder))
    )
    return start()
