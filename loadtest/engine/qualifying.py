"""How fast this machine can send, found out before a platform is measured with it.

A worker plays constant rates against the null server; the highest at which it stays fit (lag, NOT_SENT) is its
qualified rate. A plan may then ask for at most 0.6 of it in any tenth of a second, and the bench has shown itself at
1.5 times the plan's peak.
"""

import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loadtest.agreed.plan import Step
from loadtest.arrivals import constant, peak_per_s
from loadtest.engine.children import ChildFailed, end, serving, start, tail
from loadtest.engine.measuring import GeneratorFigures, fitness, read_figures
from loadtest.history.record import Kind
from loadtest.scenarios import schedule as schedules
from loadtest.scenarios.cast import Cast, Person
from loadtest.scenarios.catalogue import SCENARIOS
from loadtest.scenarios.preparing import HISTORY, Prepared
from loadtest.scenarios.schedule import Schedule

USABLE_SHARE = 0.6
BEYOND_PLAN = 1.5
_SECONDS = 2.0
_LEAST_PER_S, _GROWTH, _MOST_TRIES = 250.0, 1.5, 12
_PEOPLE = 500
_TOKEN_CHARACTERS = 160
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Qualification:
    """``rate_per_s``: the highest rate of one worker that stayed fit; ``tried``: each rate with its figures."""

    rate_per_s: float
    tried: tuple[dict[str, float], ...]

    @property
    def usable_per_s(self) -> float:
        """What a plan may ask of one worker in any tenth of a second."""
        return self.rate_per_s * USABLE_SHARE

    def reaches(self, planned_peak_per_s: float) -> bool:
        """Whether the bench has shown itself at 1.5 times that peak."""
        return self.rate_per_s >= BEYOND_PLAN * planned_peak_per_s


def qualify(*, enough_per_s: float) -> Qualification:
    """Raise the rate by half until the worker is no longer fit, or ``enough_per_s`` is reached. Raises ChildFailed."""
    tried: list[dict[str, float]] = []
    best, rate = 0.0, _LEAST_PER_S
    with serving("loadtest.nullserver") as (port, _):
        for _ in range(_MOST_TRIES):
            if not _stays_fit(f"http://127.0.0.1:{port}", rate, tried):
                break
            best = rate
            if best >= enough_per_s:
                break
            rate = min(rate * _GROWTH, max(enough_per_s, rate * 1.01))
    return Qualification(best, tuple(tried))


def _stays_fit(base_url: str, rate: float, tried: list[dict[str, float]]) -> bool:
    """A rate counts as missed only when it is missed twice: something else on the machine may have woken up."""
    for _ in range(2):
        figures = send_constant(base_url, rate, _SECONDS)
        tried.append({"rate_per_s": rate, "lag_p99_ms": figures.lag_p99_ms, "cpu_share": figures.cpu_share})
        if fitness([figures], 1).fit:
            return True
    return False


def send_constant(base_url: str, rate_per_s: float, seconds: float) -> GeneratorFigures:
    """One worker, in a process of its own, at a constant rate of claims. Raises ChildFailed."""
    with tempfile.TemporaryDirectory(prefix="voucherlab-qualify-") as name:
        folder = Path(name)
        write_step(folder, rate_per_s, seconds)
        process = start(["loadtest.engine.alone", base_url, str(folder)], folder / "log")
        try:
            process.wait(seconds + _TIMEOUT_S)
            (figures,) = read_figures(folder)
        except ValueError as error:
            raise ChildFailed(f"the generator left no figures: {tail(folder / 'log')}") from error
        finally:
            end(process)
    return figures


def write_step(
    folder: Path,
    rate_per_s: float,
    seconds: float,
    *,
    in_flight: int = 2_000,
    processes: int = 1,
    repeats: bool = False,
) -> None:  # fmt: skip
    """The folder of a step of claims at a constant rate, for people and a batch that no server has to know."""
    step = Step(
        name="constant", scenario="steady_peak", rate_per_s=rate_per_s, duration_s=seconds, arrivals="constant",
        in_flight=in_flight, processes=processes,
    )  # fmt: skip
    times = constant(rate_per_s=rate_per_s, duration_s=seconds)
    people = [Person(f"null-{n}", n, secrets.token_hex(_TOKEN_CHARACTERS // 2)) for n in range(_PEOPLE)]
    (folder / HISTORY).mkdir()
    cast = Cast(secrets.token_hex(4), people, ["null"])
    cast.write(folder)
    schedules.store(folder, schedules.rows(Kind.CLAIM, times, first_key=1, person=np.arange(len(times)) % _PEOPLE))
    Prepared(step.model_dump(mode="json"), 0, cast.run, repeats, None, "", 0, 0, 0.0).write(folder)


def planned_peak(steps: Sequence[Step], seed: int) -> float:
    """The highest rate that one worker has in any tenth of a second of any step, from the schedules themselves."""
    return max((_peak_of(step, seed) for step in steps), default=0.0)


def _peak_of(step: Step, seed: int) -> float:
    scenario = SCENARIOS[step.scenario]
    rows: Schedule = scenario.schedule(step, scenario.needs(step), np.random.default_rng(seed))
    return max(peak_per_s(rows["t"][worker :: step.processes]) for worker in range(step.processes))


def too_fast(steps: Sequence[Step], seed: int, qualified: Qualification) -> dict[str, float]:
    """Steps whose schedule goes above 0.6 of the qualified rate in some tenth of a second, with that peak."""
    peaks = {step.name: _peak_of(step, seed) for step in steps}
    return {name: peak for name, peak in peaks.items() if peak > qualified.usable_per_s}
