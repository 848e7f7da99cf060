"""The knee: the highest rate that a platform keeps. Geometric ramp, bisection, then confirmation by repetition.

A pure search: how a rate is tried is the caller's. Load tests are noisy and platforms remember (caches warm, queues
linger), so nothing rests on a single probe: the last rate that passed and the first that failed are each tried again,
and what does not repeat moves the search.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pydantic import Field

from loadtest.agreed.reading import Strict


@dataclass(frozen=True)
class ProbeResult:
    """One try at a rate. ``broken``: the limits that broke, by name; empty: it passed. ``usable`` False: our fault."""

    broken: tuple[str, ...] = ()
    usable: bool = True
    why_unusable: str = ""

    @property
    def passed(self) -> bool:
        """Whether every limit was kept."""
        return not self.broken


class KneeSettings(Strict):
    """``resolution``: the search ends when the first failing rate is at most so many times the last passing one.

    ``confirmations``: tries at each side that must agree. ``most_probes`` bounds everything together.
    """

    first_rate_per_s: float = Field(default=500, gt=0)
    highest_rate_per_s: float = Field(gt=0)
    growth: float = Field(default=2.0, gt=1)
    resolution: float = Field(default=1.1, gt=1)
    confirmations: int = Field(default=3, ge=1, le=50)
    most_probes: int = Field(default=60, ge=1, le=1_000)


@dataclass(frozen=True)
class Tried:
    """One probe as it came."""

    rate_per_s: float
    result: ProbeResult
    purpose: str


@dataclass(frozen=True)
class Knee:
    """``last_passed`` None: not even the lowest rate held. ``first_failed`` None: the highest allowed rate held.

    ``broken``: the limits that broke at the first failing rate. ``confirmed``: both sides were repeated and agreed.
    """

    last_passed_per_s: float | None
    first_failed_per_s: float | None
    broken: tuple[str, ...]
    confirmed: bool
    why_not: str = ""
    tried: tuple[Tried, ...] = field(default=())


Probe = Callable[[float], Awaitable[ProbeResult]]


class _Stop(Exception):
    """The search cannot go on: probes are used up, or the bench itself failed."""


async def find_knee(probe: Probe, settings: KneeSettings) -> Knee:
    """Search between the first and the highest rate. Never probes above ``highest_rate_per_s``."""
    return await _Search(probe, settings).run()


class _Search:
    def __init__(self, probe: Probe, settings: KneeSettings) -> None:
        self._probe, self._settings = probe, settings
        self._tried: list[Tried] = []
        self._low: float | None = None
        self._high: float | None = None
        self._broken: tuple[str, ...] = ()

    async def run(self) -> Knee:
        """Ramp, bisect, confirm; a side that does not repeat is moved and the rest done again."""
        try:
            while True:
                await self._ramp()
                await self._bisect()
                if await self._confirmed():
                    return self._knee(confirmed=True)
        except _Stop as stop:
            return self._knee(confirmed=False, why_not=str(stop))

    async def _ramp(self) -> None:
        """Upwards from where it stands until a rate fails or the highest has passed."""
        highest = self._settings.highest_rate_per_s
        while self._high is None and self._low != highest:
            start = self._settings.first_rate_per_s if self._low is None else self._low * self._settings.growth
            await self._try(min(start, highest), "ramp")

    async def _bisect(self) -> None:
        """In the geometric middle, since rates are compared by their quotient."""
        while self._low is not None and self._high is not None and self._high > self._low * self._settings.resolution:
            await self._try((self._low * self._high) ** 0.5, "bisect")
        if self._low is None and self._high is not None and self._high > self._settings.first_rate_per_s:
            await self._try(self._settings.first_rate_per_s, "bisect")

    async def _confirmed(self) -> bool:
        """Whether both sides repeat. The failing side needs a majority, the passing side every time."""
        low, high = self._low, self._high
        if low is not None and not await self._repeats(low, passing=True):
            return False
        return high is None or await self._repeats(high, passing=False)

    async def _repeats(self, rate: float, *, passing: bool) -> bool:
        needed = self._settings.confirmations
        results = [await self._once(rate, "confirm") for _ in range(needed)]
        passed = sum(result.passed for result in results)
        if passing and passed < needed:
            self._fail(rate, next(result.broken for result in results if not result.passed))
            self._low = self._lower_than(rate)
            return False
        if not passing and passed * 2 > needed:
            self._low, self._high = rate, self._higher_than(rate)
            return False
        return True

    def _lower_than(self, rate: float) -> float | None:
        """The highest lower rate that has passed so far and never failed since."""
        failed = {one.rate_per_s for one in self._tried if not one.result.passed}
        passed = [one.rate_per_s for one in self._tried if one.result.passed and one.rate_per_s < rate]
        return max((one for one in passed if one not in failed), default=None)

    def _higher_than(self, rate: float) -> float | None:
        """The lowest higher rate that has failed so far."""
        return min((one.rate_per_s for one in self._tried if not one.result.passed and one.rate_per_s > rate),
                   default=None)  # fmt: skip

    async def _try(self, rate: float, purpose: str) -> ProbeResult:
        result = await self._once(rate, purpose)
        if result.passed:
            self._low = rate
        else:
            self._fail(rate, result.broken)
        return result

    def _fail(self, rate: float, broken: tuple[str, ...]) -> None:
        self._high, self._broken = rate, broken

    async def _once(self, rate: float, purpose: str) -> ProbeResult:
        if len(self._tried) >= self._settings.most_probes:
            raise _Stop(f"{self._settings.most_probes} probes were not enough 探测次数用尽")
        result = await self._probe(rate)
        self._tried.append(Tried(rate, result, purpose))
        if not result.usable:
            raise _Stop(f"the bench could not offer {rate:g}/s 发压端不合格: {result.why_unusable}")
        return result

    def _knee(self, *, confirmed: bool, why_not: str = "") -> Knee:
        broken = self._broken if self._high is not None else ()
        return Knee(self._low, self._high, broken, confirmed, why_not, tuple(self._tried))
