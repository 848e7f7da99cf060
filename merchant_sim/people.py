"""Residents: each a natural person with one id number and one or more accounts, living in a household.

No number below can belong to anyone. Id numbers start with 999999, an address code that does not exist.
Phones start with 1002: subscriber numbers start with 13 to 19. Cards start with 000000, an issuer number
that no card scheme hands out. Families share phones and devices here because real ones do, and a platform
that counts "one person" by phone or device alone must be seen to fail.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from merchant_sim.check_digits import id_number_check_character
from merchant_sim.districts import DISTRICTS, District
from merchant_sim.streams import nearby, stream

ID_ADDRESS_CODE = "999999"
PHONE_PREFIX = "1002"
CARD_PREFIX = "000000"
MAX_RESIDENTS = 2_000_000

_HOUSEHOLD_SIZES = (1, 2, 3, 4, 5)
_HOUSEHOLD_WEIGHTS = (22, 30, 27, 14, 7)
_SECOND_ACCOUNT_SHARE = 0.08
_THIRD_ACCOUNT_SHARE = 0.02
_SHARED_PHONE_SHARE = 0.06
_SHARED_DEVICE_SHARE = 0.05
_HOME_RADIUS_DEG = 0.018
_RESIDENT_SHARES = tuple(district.resident_share for district in DISTRICTS)
_FIRST_BIRTHDAY = date(1936, 1, 1)
_BIRTHDAYS = 26_600  # days up to the end of October 2008: everybody is of age or nearly so in 2026


@dataclass(frozen=True, slots=True)
class Account:
    """One sign-in of a person at the platform: what the platform gets to see of them beside the id number."""

    account: str
    phone: str
    card: str
    device: str


@dataclass(frozen=True, slots=True)
class Person:
    """One human. `person_no` counts from 0 and is the index in `City.people`; degrees are WGS 84."""

    person_no: int
    household_no: int
    id_number: str
    accounts: tuple[Account, ...]
    home_district: str
    latitude: float
    longitude: float

    @property
    def phones(self) -> tuple[str, ...]:
        """The different phones of this person, in order of their accounts."""
        return tuple(dict.fromkeys(account.phone for account in self.accounts))

    @property
    def devices(self) -> tuple[str, ...]:
        """The different devices of this person, in order of their accounts."""
        return tuple(dict.fromkeys(account.device for account in self.accounts))


def build_people(seed: int, residents: int) -> tuple[Person, ...]:
    """Return `residents` people in households. Raises ValueError when the number is not in 0..2,000,000."""
    if not 0 <= residents <= MAX_RESIDENTS:
        raise ValueError(f"residents must be between 0 and {MAX_RESIDENTS}, not {residents}")
    homes = stream(seed, "homes")
    means = stream(seed, "accounts")
    id_numbers = _id_numbers(stream(seed, "id-numbers"))
    people: list[Person] = []
    household_no = 0
    while len(people) < residents:
        size = min(homes.choices(_HOUSEHOLD_SIZES, _HOUSEHOLD_WEIGHTS)[0], residents - len(people))
        district = homes.choices(DISTRICTS, _RESIDENT_SHARES)[0]
        people.extend(
            _household(
                homes,
                means,
                id_numbers,
                household_no=household_no,
                district=district,
                first_no=len(people),
                size=size,
            )
        )
        household_no += 1
    return tuple(people)


def _household(
    homes: random.Random,
    means: random.Random,
    id_numbers: Iterator[str],
    *,
    household_no: int,
    district: District,
    first_no: int,
    size: int,
) -> Iterator[Person]:
    latitude, longitude = nearby(homes, district.latitude, district.longitude, _HOME_RADIUS_DEG)
    head: Account | None = None
    for person_no in range(first_no, first_no + size):
        accounts = _accounts(means, person_no, head)
        head = head or accounts[0]
        yield Person(person_no, household_no, next(id_numbers), accounts, district.code, latitude, longitude)


def _accounts(rng: random.Random, person_no: int, head: Account | None) -> tuple[Account, ...]:
    """Give a person one to three accounts; `head` is who in the family may share phone or device."""
    phone, device = _phone(person_no, 0), _device(person_no, 0)
    shares = rng.random()
    if head is not None and shares < _SHARED_PHONE_SHARE:
        phone = head.phone
    elif head is not None and shares < _SHARED_PHONE_SHARE + _SHARED_DEVICE_SHARE:
        device = head.device
    accounts = [Account(_account(person_no, 0), phone, _card(person_no, 0), device)]
    more = rng.random()
    extra = 2 if more < _THIRD_ACCOUNT_SHARE else 1 if more < _SECOND_ACCOUNT_SHARE else 0
    for number in range(1, extra + 1):
        accounts.append(_further_account(rng, person_no, number, accounts[0]))
    return tuple(accounts)


def _further_account(rng: random.Random, person_no: int, number: int, first: Account) -> Account:
    """Another account of the same human always has another phone; card and device are often the old ones."""
    card = first.card if rng.random() < 0.5 else _card(person_no, number)
    device = first.device if rng.random() < 0.6 else _device(person_no, number)
    return Account(_account(person_no, number), _phone(person_no, number), card, device)


def _account(person_no: int, number: int) -> str:
    return f"sim-account-{person_no:07d}-{number}"


def _phone(person_no: int, number: int) -> str:
    """Return 11 digits; a city of up to two million with three accounts each stays below 7 digits' room."""
    return f"{PHONE_PREFIX}{person_no * 3 + number:07d}"


def _card(person_no: int, number: int) -> str:
    return f"{CARD_PREFIX}{person_no:012d}{number}"


def _device(person_no: int, number: int) -> str:
    return f"sim-device-{person_no:07d}-{number}"


def _id_numbers(rng: random.Random) -> Iterator[str]:
    """Yield different id numbers for ever: birthday and sequence number are drawn anew when taken."""
    taken: set[str] = set()
    while True:
        birthday = f"{_FIRST_BIRTHDAY + timedelta(days=rng.randrange(_BIRTHDAYS)):%Y%m%d}"
        body = f"{ID_ADDRESS_CODE}{birthday}{rng.randrange(1, 1000):03d}"
        if body in taken:
            continue
        taken.add(body)
        yield body + id_number_check_character(body)
