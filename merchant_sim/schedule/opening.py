"""The opening rush: who taps when, in milliseconds from the opening second."""

import hashlib
import random
from dataclasses import dataclass
from enum import StrEnum

from merchant_sim.city import City
from merchant_sim.people import Person
from merchant_sim.schedule.offers import Offer
from merchant_sim.streams import stream


class Tap(StrEnum):
    """Why a request is sent. Double taps and retries carry the key of the first tap."""

    FIRST = "first"
    DOUBLE = "double"
    RETRY = "retry"
    GREEDY = "greedy"
    OTHER_ACCOUNT = "other_account"


@dataclass(frozen=True, slots=True)
class ClaimTap:
    """One request for a voucher. `offset_ms` below 0 is before the opening second.

    GREEDY taps ask, under a fresh key, for one more than the limit allows. OTHER_ACCOUNT taps ask through
    another account of the same human. A platform that counts natural persons grants neither.
    """

    offset_ms: int
    person_no: int
    account_no: int
    batch: str
    idempotency_key: str
    tap: Tap


@dataclass(frozen=True, slots=True)
class RushShape:
    """The shape of a rush: shares of people, and times in milliseconds."""

    early_share: float = 0.02
    early_ms: int = 2_000
    spike_share: float = 0.70
    spike_mean_ms: int = 1_500
    tail_ms: int = 20_000
    double_tap_share: float = 0.10
    retry_share: float = 0.06
    second_batch_share: float = 0.15
    greedy_share: float = 0.03
    other_account_share: float = 0.30


DEFAULT_SHAPE = RushShape()


def opening_rush(
    city: City, offers: tuple[Offer, ...], *, seed: int, shape: RushShape = DEFAULT_SHAPE, run: str = "sim"
) -> tuple[ClaimTap, ...]:
    """Return all taps of everyone in the city, in order of time.

    `run` starts every idempotency key, so that two runs against one platform do not share keys; it may hold
    letters, digits, - and _, at most 20. Raises ValueError for other text or when nothing is offered.
    """
    if not offers:
        raise ValueError("a rush needs at least one offer")
    if not (1 <= len(run) <= 20 and run.isascii() and run.replace("-", "").replace("_", "").isalnum()):
        raise ValueError(f"run must be 1 to 20 letters, digits, - or _, not {run!r}")
    rng = stream(seed, "opening-rush")
    taps = [tap for person in city.people for tap in _taps_of(rng, person, offers, shape, run)]
    taps.sort(key=lambda tap: (tap.offset_ms, tap.idempotency_key))
    return tuple(taps)


def fingerprint(taps: tuple[ClaimTap, ...]) -> str:
    """Return a SHA-256 over a timetable, to compare two runs."""
    return hashlib.sha256("\n".join(map(repr, taps)).encode()).hexdigest()


def _taps_of(
    rng: random.Random, person: Person, offers: tuple[Offer, ...], shape: RushShape, run: str
) -> list[ClaimTap]:
    taps: list[ClaimTap] = []
    at_ms = _arrival_ms(rng, shape)
    for offer in _wishes(rng, offers, shape):
        for nth in range(offer.per_person_limit):
            taps.extend(_impatient(rng, ClaimTap(
                at_ms, person.person_no, 0, offer.batch, _key(run, person, offer, 0, nth), Tap.FIRST
            ), shape))  # fmt: skip
            at_ms += rng.randrange(300, 2_500)
        if rng.random() < shape.greedy_share:
            taps.append(ClaimTap(
                at_ms, person.person_no, 0, offer.batch,
                _key(run, person, offer, 0, offer.per_person_limit), Tap.GREEDY,
            ))  # fmt: skip
        if len(person.accounts) > 1 and rng.random() < shape.other_account_share:
            taps.append(ClaimTap(
                at_ms + rng.randrange(200, 4_000), person.person_no, 1, offer.batch,
                _key(run, person, offer, 1, 0), Tap.OTHER_ACCOUNT,
            ))  # fmt: skip
    return taps


def _arrival_ms(rng: random.Random, shape: RushShape) -> int:
    """A few are early, most come in a spike that dies away, the rest are spread over the tail."""
    kind = rng.random()
    if kind < shape.early_share:
        return -rng.randrange(1, shape.early_ms + 1)
    if kind < shape.early_share + shape.spike_share:
        return min(int(rng.expovariate(1 / shape.spike_mean_ms)), shape.tail_ms)
    return rng.randrange(shape.tail_ms + 1)


def _wishes(rng: random.Random, offers: tuple[Offer, ...], shape: RushShape) -> list[Offer]:
    first = rng.choices(offers, [offer.popularity for offer in offers])[0]
    others = [offer for offer in offers if offer is not first]
    if others and rng.random() < shape.second_batch_share:
        return [first, rng.choice(others)]
    return [first]


def _impatient(rng: random.Random, first: ClaimTap, shape: RushShape) -> list[ClaimTap]:
    """Return a tap and its repeats: after 80 to 400 ms a double tap, after 1 to 3 s a retry.

    Whoever was early always taps again soon after the opening second.
    """
    taps = [first]
    if first.offset_ms < 0:
        taps.append(_again(first, rng.randrange(100, 1_500) - first.offset_ms, Tap.RETRY))
    if rng.random() < shape.double_tap_share:
        taps.append(_again(first, rng.randrange(80, 400), Tap.DOUBLE))
    if rng.random() < shape.retry_share:
        taps.append(_again(first, rng.randrange(1_000, 3_000), Tap.RETRY))
    return taps


def _again(first: ClaimTap, later_ms: int, tap: Tap) -> ClaimTap:
    return ClaimTap(
        first.offset_ms + later_ms, first.person_no, first.account_no, first.batch, first.idempotency_key, tap
    )


def _key(run: str, person: Person, offer: Offer, account_no: int, nth: int) -> str:
    """Return a key of 16 to 64 characters from the alphabet that idempotency keys may use."""
    return f"{run}-claim-{person.person_no:07d}-{account_no}-{offer.batch[:20]}-{nth}"
