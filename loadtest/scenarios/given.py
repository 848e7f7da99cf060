"""A step over people and batches that are there already: tokens from a CSV, batches named or found open."""

import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import numpy as np

from loadtest.agreed.plan import Step
from loadtest.checks.facts import BatchFacts, Facts
from loadtest.lab.given import people_of
from loadtest.lab.staff import CannotPlay
from loadtest.scenarios import schedule as schedules
from loadtest.scenarios.cast import AdapterChoice, Cast, Person
from loadtest.scenarios.catalogue import SCENARIOS
from loadtest.scenarios.model import Needs
from loadtest.scenarios.preparing import FACTS, HISTORY, Prepared
from voucher_contract import routes
from voucher_contract.adapters.protocol import Request
from voucher_contract.drivers.httpx_driver import run
from voucher_contract.models.campaigns import Batch, BatchPage
from voucher_contract.operations.protocol import Outcome

_TIMEOUT_S = 30.0


async def prepare_given(
    base_url: str, step: Step, folder: Path, seed: int, *, tokens: Path, batch_ids: Sequence[str]
) -> Prepared:
    """The folder of a step that only claims. Raises CannotPlay where the scenario needs more."""
    started = time.monotonic()
    scenario = SCENARIOS[step.scenario]
    people = _people(tokens)
    needs = Needs(accounts=len(people), quota=0, limit=step.per_person_limit)
    if scenario.needs(step).shops is not None or scenario.needs(step).opens_in_s:
        raise CannotPlay(f"{step.scenario} needs more than people and open batches: give --staff-file of a sandbox")
    cast = Cast(secrets.token_hex(4), people, [], adapter=AdapterChoice())
    async with httpx.AsyncClient(base_url=base_url, timeout=_TIMEOUT_S, trust_env=False) as client:
        batches = await _batches(client, people[0], batch_ids)
    if not batches:
        raise CannotPlay("no batch can be claimed now: name some with --batches, or give --staff-file of a sandbox")
    rng = np.random.default_rng(seed)
    planned = scenario.schedule(step, needs, rng)
    # A key belongs to one batch: repetitions must not wander to another.
    planned["subject"] = planned["key"] % len(batches)
    (folder / HISTORY).mkdir(parents=True, exist_ok=True)
    Cast(cast.run, people, [one.id for one in batches]).write(folder)
    schedules.store(folder, planned)
    _facts(batches, people).write(folder / FACTS)
    prepared = Prepared(
        step.model_dump(mode="json"),
        seed,
        cast.run,
        scenario.repeats,
        None,
        "",
        0,
        0,
        round(time.monotonic() - started, 3),
    )
    prepared.write(folder)
    return prepared


def _people(tokens: Path) -> list[Person]:
    callers = people_of(tokens.read_text(encoding="utf-8-sig"))
    if not callers:
        raise CannotPlay(f"{tokens} names nobody")
    humans = {name: number for number, name in enumerate(dict.fromkeys(one.facts["person"] for one in callers))}
    people = [Person(one.who, humans[one.facts["person"]], one.token or "") for one in callers]
    return sorted(people, key=lambda one: one.human)


async def _batches(client: httpx.AsyncClient, person: Person, ids: Sequence[str]) -> list[Batch]:
    """Those named, else those open now as this person sees them."""
    if ids:
        asked = [Request(routes.GET_BATCH, person.account, person.token, path_values={"batch_id": one}) for one in ids]
        found = [await _get(client, one) for one in asked]
        return [one for one in found if isinstance(one, Batch)]
    page = await _get(client, Request(routes.LIST_BATCHES, person.account, person.token))
    assert isinstance(page, BatchPage), "the adapter gives the route's reply"
    return [
        batch
        for batch in page.items
        if batch.state == "live" and batch.claim_opens_at <= page.server_time < batch.claim_closes_at
    ]


async def _get(client: httpx.AsyncClient, request: Request) -> object:
    answer: Outcome = await run(AdapterChoice().load().start(request), client)
    if answer.kind != "ok" or answer.value is None:
        raise CannotPlay(f"{request.route.name}: {answer.status} {answer.code or answer.kind}")
    return answer.value


def _facts(batches: Sequence[Batch], people: Sequence[Person]) -> Facts:
    """Somebody else may claim from these batches, too: the facts hold for what this step alone may get."""
    return Facts(
        batches=tuple(
            BatchFacts(
                one.id, one.quota, one.per_person_limit, one.face_fen, one.threshold_fen, tuple(one.categories),
                tuple(one.districts), one.refund_regime,
            )
            for one in batches
        ),
        natural_persons=tuple(one.human for one in people),
    )  # fmt: skip
