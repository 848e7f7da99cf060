"""Tokens of those who claim: from a CSV `person,token`, or made by the target's sandbox."""

import csv
from pathlib import Path

from geventhttpclient import HTTPClient

from loadtest.claiming import Citizen
from loadtest.wires import CannotStart, must
from merchant_sim.people import build_people
from voucher_contract import routes
from voucher_contract.models.system import SandboxPeople, SandboxPeopleSpec, SandboxPerson
from voucher_contract.operations.request import call

_A_CALL = 2_000


def read_tokens(path: Path) -> list[Citizen]:
    """The rows of a CSV with the columns person and token. Raises CannotStart."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = [Citizen(row["person"], row["token"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise CannotStart(f"{path} is not a CSV with the columns person,token: {error!r}") from error
    if not found:
        raise CannotStart(f"{path} names nobody")
    return found


def make_citizens(client: HTTPClient, operator_token: str, count: int, *, seed: int) -> list[Citizen]:
    """``count`` simulated people; another seed makes others, so that workers do not share them."""
    people = [
        SandboxPerson(
            account=f"load-{seed}-{person.person_no}",
            phone=person.accounts[0].phone,
            id_number=person.id_number,
            device=f"load-{seed}-{person.person_no}",
            home_district=person.home_district,
        )
        for person in build_people(seed, count)
    ]
    citizens: list[Citizen] = []
    for start in range(0, count, _A_CALL):
        spec = SandboxPeopleSpec(people=people[start : start + _A_CALL])
        request = call(routes.CREATE_PEOPLE, token=operator_token, body=spec)
        made = must(client, routes.CREATE_PEOPLE, request, SandboxPeople).people
        citizens += [Citizen(one.person_id, one.token) for one in made]
    return citizens
