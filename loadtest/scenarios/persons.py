"""Scenarios about who claims: one person over many connections, over many accounts, and bots that share devices."""

import numpy as np

from loadtest.agreed.plan import Step
from loadtest.arrivals import arrivals
from loadtest.history.record import Kind
from loadtest.scenarios.model import Needs, Scenario, expected_arrivals, in_bursts
from loadtest.scenarios.schedule import Schedule, in_order, rows

_BURST = 10
_ACCOUNTS_A_HUMAN = 5
_BOTS_A_DEVICE = 20
_DEVICE_PERMITS = 5
_HONEST = 0.3


def _sockets_needs(step: Step) -> Needs:
    people = min(step.people, max(expected_arrivals(step) // _BURST, 1))
    # More than all of them may hold: whatever is refused is refused for the limit.
    return Needs(accounts=people, quota=step.quota or people * (step.per_person_limit + 2), limit=step.per_person_limit)


def _many_sockets(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    """Ten claims of one person at one instant, each under a key and on a connection of its own."""
    times = in_bursts(arrivals(step, rng), _BURST)
    person = (np.arange(len(times)) // _BURST) % needs.accounts
    return rows(Kind.CLAIM, times, first_key=1, person=person)


def _accounts_needs(step: Step) -> Needs:
    humans = min(step.people, max(expected_arrivals(step) // _ACCOUNTS_A_HUMAN, 1))
    return Needs(
        accounts=humans * _ACCOUNTS_A_HUMAN, accounts_a_human=_ACCOUNTS_A_HUMAN, limit=step.per_person_limit,
        quota=step.quota or humans * (step.per_person_limit + 2),
    )  # fmt: skip


def _many_accounts(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    """All accounts of one natural person at one instant."""
    times = in_bursts(arrivals(step, rng), _ACCOUNTS_A_HUMAN)
    return rows(Kind.CLAIM, times, first_key=1, person=np.arange(len(times)) % needs.accounts)


def _bots_needs(step: Step) -> Needs:
    accounts = min(step.people, expected_arrivals(step))
    return Needs(
        accounts=accounts, accounts_a_device=_BOTS_A_DEVICE, device_permits=_DEVICE_PERMITS,
        quota=step.quota or accounts, limit=step.per_person_limit,
    )  # fmt: skip


def _bots(step: Step, needs: Needs, rng: np.random.Generator) -> Schedule:
    """Twenty accounts on a device, all at once; between them people who come alone, at their own time."""
    times = arrivals(step, rng)
    alone = rng.random(len(times)) < _HONEST
    bursts = in_bursts(times[~alone], _BOTS_A_DEVICE)
    bots = rows(Kind.CLAIM, bursts, first_key=1, person=np.arange(len(bursts)) % needs.accounts)
    single = times[alone]
    honest = rows(Kind.CLAIM, single, first_key=1 + len(bursts), person=rng.integers(0, needs.accounts, len(single)))
    return in_order(bots, honest)


ONE_PERSON_MANY_SOCKETS = Scenario(
    "one_person_many_sockets", "一人多连接并发", "One person from many sockets", _sockets_needs, _many_sockets
)
MANY_ACCOUNTS_OF_ONE_PERSON = Scenario(
    "many_accounts_of_one_person", "一人多账户", "Many accounts of one person", _accounts_needs, _many_accounts
)
# A bot that is told to slow down would not; and a repetition would only count against the limit again.
BOTS_FROM_FEW_DEVICES = Scenario(
    "bots_from_few_devices", "少量设备批量抢券", "Bots from few devices", _bots_needs, _bots, repeats=False
)
