"""What a scenario is: what must be there before it starts, and which operations it asks for, and when."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from loadtest.agreed.plan import Step
from loadtest.scenarios.schedule import Schedule

CATERING_DISTRICT = "510681001"


@dataclass(frozen=True)
class Shops:
    """Shops with tills: covered by the step's batch, of another category, in another district."""

    covered: int = 4
    other_category: int = 0
    other_district: int = 0


@dataclass(frozen=True)
class Needs:
    """What preparation makes. The batch covers catering in one district.

    ``accounts`` in all, ``accounts_a_human`` of them sharing an id number, ``accounts_a_device`` sharing a device.
    ``device_permits``: claims a device may try in a second (0: any number). ``opens_in_s`` 0: open before the start.
    ``vouchers`` are claimed beforehand, the first ``redemptions`` of them redeemed. ``raised_quota``: the most the
    quota may be raised to. ``limit``: vouchers a person may hold.
    """

    accounts: int
    quota: int
    limit: int = 1
    accounts_a_human: int = 1
    accounts_a_device: int = 1
    device_permits: int = 0
    opens_in_s: float = 0.0
    vouchers: int = 0
    redemptions: int = 0
    raised_quota: int = 0
    shops: Shops | None = None


@dataclass(frozen=True)
class Scenario:
    """``schedule`` numbers fresh keys from 1. ``repeats``: shed and lost requests are asked again under their key.

    ``early_s``: how long before the batch opens the schedule begins.
    """

    name: str
    title_zh: str
    title_en: str
    needs: Callable[[Step], Needs]
    schedule: Callable[[Step, Needs, np.random.Generator], Schedule]
    repeats: bool = True
    early_s: float = 0.0


def expected_arrivals(step: Step) -> int:
    """How many arrivals the step has on average."""
    return max(int(step.rate_per_s * step.duration_s), 1)


def one_after_another(count: int, among: int, rng: np.random.Generator) -> np.ndarray:
    """``count`` rows out of ``among``: all of them in random order before anyone's second turn."""
    turns = [rng.permutation(among) for _ in range(-(-count // among))]
    return np.concatenate(turns)[:count] if turns else np.zeros(0, np.int64)


def in_bursts(times: np.ndarray, size: int) -> np.ndarray:
    """The same number of arrivals, ``size`` at a time: each group at the instant of its first."""
    return np.repeat(times[::size], size)[: len(times)]
