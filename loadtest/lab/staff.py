"""Who the target knows: officers by their sign-ins, the pool of people, the shops and their tills."""

import csv
import io
import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtest.lab.line import Caller, Line
from merchant_sim.check_digits import id_number_check_character, organisation_check_character, uscc_check_character
from merchant_sim.districts import DISTRICTS_BY_CODE
from merchant_sim.industries import INDUSTRIES
from merchant_sim.roster import COLUMNS
from voucher_contract import routes
from voucher_contract.models.system import SandboxPerson

_PEOPLE_A_CALL = 500
_SERIALS = 90 * 12 * 28 * 1000
_INDUSTRY = {industry.key: industry for industry in INDUSTRIES}


class CannotPlay(Exception):
    """A case's own preparation failed at the target, so that nothing can be said about what it looks at."""


@dataclass(frozen=True)
class Login:
    """One sign-in of the target file."""

    role: str
    login: str
    password: str


async def sign_in_all(line: Line, logins: Sequence[Login]) -> dict[str, Caller]:
    """Callers by ``bureau-1``, ``bureau-2``, ``auditor-1``, ``operator-1`` … Raises CannotPlay."""
    found: dict[str, Caller] = {}
    counts: dict[str, itertools.count[int]] = {}
    for login in logins:
        who = f"{login.role}-{next(counts.setdefault(login.role, itertools.count(1)))}"
        body = {"login": login.login, "password": login.password}
        exchange = await line.persist(routes.SIGN_IN, Caller(who, None), body=body)
        if exchange.outcome != "ok" or not isinstance(exchange.value, dict):
            raise CannotPlay(f"{who} cannot sign in: {exchange.status} {exchange.code}")
        found[who] = Caller(who, exchange.value["token"], {"role": login.role})
    return found


def staff_without_sign_in() -> dict[str, Caller]:
    """The usual officers on a wire that knows none: one and the same principal stands behind all of them."""
    roles = {"bureau-1": "bureau", "bureau-2": "bureau", "auditor-1": "auditor", "operator-1": "operator"}
    return {who: Caller(who, None, {"role": role}) for who, role in roles.items()}


def id_number(serial: int) -> str:
    """A valid id number of the address code 999999, which no place has; serials below 30 million differ."""
    rest, years = divmod(serial % _SERIALS, 90)
    rest, months = divmod(rest, 12)
    order, days = divmod(rest, 28)
    body = f"999999{1920 + years}{1 + months:02d}{1 + days:02d}{order:03d}"
    return body + id_number_check_character(body)


@dataclass
class Crowd:
    """People nobody can be: id numbers of address code 999999, numbers that a run does not hand out twice."""

    line: Line
    operator: Caller
    pool: list[Caller] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._first = secrets.randbelow(_SERIALS)
        self._numbers = itertools.count()

    def sandbox_person(self, **changes: Any) -> SandboxPerson:
        """One account of somebody new; ``changes`` may share a phone, card, id number or device with another."""
        number = next(self._numbers)
        serial = self._first + number
        values = {
            "account": f"vl{self._first:08d}-{number}", "phone": f"1002{serial % 10**7:07d}",
            "card": f"000000{serial:013d}", "id_number": id_number(serial), "device": f"vl-{self._first:08d}-{number}",
            "home_district": "510681001", **changes,
        }  # fmt: skip
        return SandboxPerson.model_validate(values)

    async def create(self, people: Sequence[SandboxPerson]) -> list[Caller]:
        """Their callers; ``facts`` hold account, device and person. Raises CannotPlay."""
        callers: list[Caller] = []
        for start in range(0, len(people), _PEOPLE_A_CALL):
            portion = people[start : start + _PEOPLE_A_CALL]
            body = {"people": [one.model_dump() for one in portion]}
            exchange = await self.line.persist(routes.CREATE_PEOPLE, self.operator, body=body)
            if exchange.outcome != "ok" or not isinstance(exchange.value, dict):
                raise CannotPlay(f"people cannot be created: {exchange.status} {exchange.code}")
            made = {one["account"]: one for one in exchange.value["people"]}
            callers += [
                Caller(one.account, made[one.account]["token"], {
                    "account": one.account, "device": one.device, "person": made[one.account]["person_id"],
                    "id_number": one.id_number, "phone": one.phone,
                })
                for one in portion
            ]  # fmt: skip
        return callers

    async def fill(self, count: int) -> None:
        """Put people into the pool, in as few calls as possible."""
        self.pool += await self.create([self.sandbox_person() for _ in range(count)])

    async def take(self) -> Caller:
        """Somebody nobody else of this run has. Raises CannotPlay."""
        if not self.pool:
            await self.fill(50)
        return self.pool.pop()

    async def take_many(self, count: int) -> list[Caller]:
        """``take`` so many, made in one call. Raises CannotPlay."""
        return await self.create([self.sandbox_person() for _ in range(count)])

    async def take_accounts(self, count: int) -> list[Caller]:
        """So many accounts of one new person, who has one id number. Raises CannotPlay."""
        first = self.sandbox_person()
        others = [self.sandbox_person(id_number=first.id_number) for _ in range(count - 1)]
        return await self.create([first, *others])


@dataclass(frozen=True)
class Shop:
    """A merchant at the target and the caller of each of its tills."""

    merchant_id: str
    uscc: str
    name: str
    category: str
    district: str
    till_numbers: tuple[str, ...]
    tills: tuple[Caller, ...]


def credit_code(number: int) -> str:
    """A valid unified social credit code of no authority: region 999999."""
    organisation = f"{number % 10**8:08d}"
    body = f"92999999{organisation}{organisation_check_character(organisation)}"
    return body + uscc_check_character(body)


def roster_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    """Rows by Chinese heading as CSV with a byte order mark."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def roster_row(number: int, category: str, district: str, *, tills: int = 2, **changes: Any) -> dict[str, Any]:
    """A good row: admitted, at the middle of its district, ``tills`` terminals. ``changes`` by Chinese heading."""
    place, industry = DISTRICTS_BY_CODE[district], _INDUSTRY[category]
    code = credit_code(number)
    size = "规上服务" if industry.codes[0] in industry.service_codes else "限上商贸"
    values = (
        code, f"模拟商户{number}", district, place.name, industry.name, industry.codes[0], size,
        f"{place.name}模拟路{number % 500}号", place.latitude, place.longitude,
        "、".join(f"T{number}-{n}" for n in range(1, tills + 1)),
    )  # fmt: skip
    return {**dict(zip(COLUMNS, values, strict=True)), **changes}
