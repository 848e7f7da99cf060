"""What a process sees of claims: noted on the way in a microsecond, looked at beside it."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from voucher_contract.models.common import Position
from voucher_platform.risk_rules.counting import FanOut, Name, Sampled, Sighting, Velocity
from voucher_platform.risk_rules.rules import OUT_OF_RANGE, Attempt, Met, Subject, impossible_speed, out_of_range
from voucher_platform.risk_settings import RiskRuleSettings

_MOST_NOTED, _MOST_PLACES, _MOST_PLACED = 50_000, 10_000, 100_000
_A_TURN = 500
_Who = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where somebody said they were, at the process's monotonic time ``at_s``."""

    person_id: str
    batch_id: str
    position: Position
    at_s: float


class ClaimSightings:
    """``saw`` is all that a claim pays for. What does not fit any more is left out: a rule may see less, never more."""

    def __init__(self, rules: RiskRuleSettings, mark_of: Name) -> None:
        self._rules = rules
        self._mark_of = mark_of
        self._noted: dict[_Who, int] = {}
        self._places: list[_Spot] = []
        self._silent: dict[str, tuple[str, float]] = {}
        self._placed: dict[str, _Spot] = {}
        self._met: list[Met] = []
        self._looks_at_places = any(
            rule.action != "off" for rule in (rules.claim_position_missing, rules.claim_position_impossible)
        )
        self._velocity: list[Velocity] = []
        self._devices: list[FanOut] = []
        self._addresses: list[Sampled] = []
        self._accounts: list[FanOut] = []
        self._set_up()
        self._off = not (self._velocity or self._devices or self._addresses or self._accounts)

    def saw(self, attempt: Attempt) -> None:
        """One well-formed claim for a batch that there is, whatever becomes of it."""
        person_id, position = attempt.person_id, attempt.position
        if position is not None:
            if self._looks_at_places and len(self._places) < _MOST_PLACES:
                self._places.append(_Spot(person_id, attempt.batch_id, position, time.monotonic()))
        elif self._placed and person_id in self._placed:
            self._silent[person_id] = attempt.batch_id, time.monotonic()
        who = (person_id, attempt.account_id, attempt.own_device, attempt.address)
        noted = self._noted
        count = noted.get(who)
        if count is not None:
            noted[who] = count + 1
        elif len(noted) < _MOST_NOTED and not self._off:
            noted[who] = 1

    async def fold(self, real_seconds: float) -> None:
        """Look at what was noted, some hundreds a turn of the loop, so that no claim waits for it."""
        for counter in self._counters():
            counter.roll(real_seconds)
        self._look_at_places()
        noted = self._noted
        for turn in range(len(noted)):
            if not noted:
                break
            (person, account, device, address), attempts = noted.popitem()
            for velocity in self._velocity:
                velocity.saw(person, attempts)
            for devices in self._devices:
                devices.saw(device, person)
            for addresses in self._addresses:
                addresses.saw(address, person)
            for accounts in self._accounts:
                accounts.saw(person, account)
            if turn % _A_TURN == _A_TURN - 1:
                await asyncio.sleep(0)

    def take(self) -> tuple[list[Sighting], list[Met]]:
        """What is new since the last time: to be added up with the other processes', and what is met already."""
        met, self._met = self._met, []
        return list(chain.from_iterable(counter.take() for counter in self._counters())), met

    def forget(self, rule: str, subject: Subject) -> None:
        """Begin anew with a subject that was released, also with what is noted of it and not yet looked at."""
        for counter in self._counters():
            if counter.rule == rule:
                counter.forget(subject)
        self._noted = {who: n for who, n in self._noted.items() if subject not in self._subjects(who)}
        if subject.kind == "person":
            self._placed.pop(subject.id, None)
            self._silent.pop(subject.id, None)
            self._places = [spot for spot in self._places if spot.person_id != subject.id]

    def _subjects(self, who: _Who) -> Iterator[Subject]:
        person, _, device, address = who
        yield Subject("person", person)
        yield Subject("device", self._mark_of(device))
        yield Subject("address", self._mark_of(address))

    def _counters(self) -> Iterator[Velocity | FanOut]:
        return chain(self._velocity, self._devices, self._addresses, self._accounts)

    def _set_up(self) -> None:
        rules = self._rules
        if (velocity := rules.claim_velocity).action != "off":
            seconds = velocity.window_seconds
            self._velocity = [Velocity("claim_velocity", most=velocity.attempts, window_seconds=seconds)]
        if (device := rules.claim_device_fan_out).action != "off":
            self._devices = [FanOut(
                "claim_device_fan_out", "device", most=device.persons, window_seconds=device.window_seconds,
                name=self._mark_of,
            )]  # fmt: skip
        if (address := rules.claim_address_fan_out).action != "off":
            self._addresses = [Sampled(
                "claim_address_fan_out", "address", most=address.persons, window_seconds=address.window_seconds,
                name=self._mark_of,
            )]  # fmt: skip
        if (one := rules.claim_natural_person).action != "off":
            self._accounts = [
                FanOut("claim_natural_person", "person", most=one.accounts, window_seconds=one.window_seconds)
            ]

    def _look_at_places(self) -> None:
        places, self._places = self._places, []
        silent, self._silent = self._silent, {}
        for person_id, (batch_id, at_s) in silent.items():
            self._look_at_silence(person_id, batch_id, at_s)
        for spot in places:
            self._look_at_spot(spot)
        while len(self._placed) > _MOST_PLACED:
            del self._placed[next(iter(self._placed))]

    def _look_at_silence(self, person_id: str, batch_id: str, at_s: float) -> None:
        rule, last = self._rules.claim_position_missing, self._placed.get(person_id)
        if rule.action == "off" or last is None:
            return
        ago = max(0, round(at_s - last.at_s))
        if ago <= rule.window_seconds:
            subject = Subject("person", person_id)
            self._met.append(Met("claim_position_missing", subject, ago, 1, batch_id=batch_id))

    def _look_at_spot(self, spot: _Spot) -> None:
        # The place last told comes last, so the first in the dictionary are those of whom nothing was heard longest.
        last = self._placed.pop(spot.person_id, None)
        self._placed[spot.person_id] = spot
        rule, subject = self._rules.claim_position_impossible, Subject("person", spot.person_id)
        if rule.action == "off":
            return
        if out_of_range(spot.position, rule):
            found = Met(
                "claim_position_impossible", subject, 0, 1, {"out_of_range": True}, spot.batch_id, words=OUT_OF_RANGE
            )
            self._met.append(found)
        elif last is not None:
            seconds = spot.at_s - last.at_s
            speed = impossible_speed(last.position, spot.position, seconds, rule)
            if speed is not None:
                shown = {"seconds_between": round(seconds, 1), "out_of_range": False}
                self._met.append(Met("claim_position_impossible", subject, speed, 1, shown, spot.batch_id))
