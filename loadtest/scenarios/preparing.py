"""Prepares a step at the target and writes its folder: cast, schedule, facts, and ``step.json`` last of all.

Whoever waits for ``step.json`` finds everything else there. The load generator may so be started beforehand.
"""

import json
import secrets
import string
import time
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import numpy as np

from loadtest.agreed.plan import Step
from loadtest.cases.model import Case
from loadtest.checks.facts import BatchFacts, Facts
from loadtest.checks.facts import Till as TillFacts
from loadtest.history.writer import HistoryWriter
from loadtest.lab.lab import Lab
from loadtest.lab.staff import CannotPlay
from loadtest.lab.world import World
from loadtest.scenarios import schedule as schedules
from loadtest.scenarios import staging
from loadtest.scenarios.business_time import BusinessTime, read_business_time
from loadtest.scenarios.cast import AdapterChoice, Cast
from loadtest.scenarios.catalogue import SCENARIOS
from loadtest.scenarios.model import CATERING_DISTRICT, Needs, Scenario
from loadtest.scenarios.recording import PREPARING, Recorder
from loadtest.scenarios.requests import Requests
from voucher_contract.models.campaigns import Batch

HISTORY, FACTS, STEP = "history", "facts.json", "step.json"
_FACE_FEN, _THRESHOLD_FEN = 3_000, 10_000
_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class Prepared:
    """What ``step.json`` says. ``starts_at_ns``: when the schedule begins (monotonic); None: when all are ready."""

    step: dict[str, Any]
    seed: int
    run: str
    repeats: bool
    starts_at_ns: int | None
    campaign_id: str
    business_offset_ns: int
    business_bound_ns: int
    prepared_seconds: float

    def write(self, folder: Path) -> None:
        """Whole or not at all."""
        draft = folder / f"{STEP}.tmp"
        draft.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(folder / STEP)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The inverse of ``write``."""
        return cls(**json.loads((folder / STEP).read_text(encoding="utf-8")))

    def agreed(self) -> Step:
        """The step of the plan."""
        return Step.model_validate(self.step)


async def prepare(
    world: World, step: Step, folder: Path, seed: int, *, adapter: AdapterChoice | None = None
) -> Prepared:
    """Make all that the step's scenario needs. Raises CannotPlay, NotApplicable."""
    started = time.monotonic()
    scenario = SCENARIOS[step.scenario]
    needs = scenario.needs(step)
    lab = Lab(world, _case_of(step, scenario))
    (folder / HISTORY).mkdir(parents=True, exist_ok=True)
    run = "".join(secrets.choice(_LETTERS) for _ in range(8))
    cast = Cast(
        run, await staging.people(world, needs), [], await staging.tills(world, lab, needs),
        officer_token=lab.maker.token, adapter=adapter or AdapterChoice(world.adapter.name),
    )  # fmt: skip
    batch, business = await _batch(world, lab, needs)
    cast = replace(cast, batches=[batch.id])
    history = HistoryWriter(folder / HISTORY, PREPARING, run)
    try:
        cast = await staging.vouchers(cast, needs, Recorder(world, history, Requests(cast)))
    finally:
        history.close()
    planned = scenario.schedule(step, needs, np.random.default_rng(seed))
    cast.write(folder)
    schedules.store(folder, planned)
    facts_of(cast, batch, business, opening=needs.opens_in_s > 0).write(folder / FACTS)
    prepared = Prepared(
        step.model_dump(mode="json"), seed, run, scenario.repeats, _starts_at(scenario, needs, batch, business),
        batch.campaign_id, business.offset_ns, business.bound_ns, round(time.monotonic() - started, 3),
    )  # fmt: skip
    prepared.write(folder)
    return prepared


def _case_of(step: Step, scenario: Scenario) -> Case:
    """Preparation speaks through a lab, which wants to know on whose behalf."""
    return Case(
        id=f"step-{step.name.replace('_', '-')}", clauses=("N3.1",), basis="terms", must=False, kind="step",
        step=step.name, title_zh=scenario.title_zh, title_en=scenario.title_en, expected_zh="负载准备",
    )  # fmt: skip


async def _batch(world: World, lab: Lab, needs: Needs) -> tuple[Batch, BusinessTime]:
    """A published batch with money for its highest quota, and the business clock as read around it."""
    before = await read_business_time(world, lab.line)
    now = lab.now()
    opens = now + timedelta(seconds=needs.opens_in_s) if needs.opens_in_s else now - timedelta(hours=1)
    limits = {"device": {"permits": needs.device_permits, "window_ms": 1_000}} if needs.device_permits else {}
    spec = lab.spec(
        quota=needs.quota, per_person_limit=needs.limit, face_fen=_FACE_FEN, threshold_fen=_THRESHOLD_FEN,
        districts=[CATERING_DISTRICT], claim_opens_at=opens, rate_limits=limits,
    )  # fmt: skip
    campaign_id = None
    if needs.raised_quota:
        campaign_id = await lab.campaign(_FACE_FEN * needs.raised_quota)
    made = await lab.batch(campaign_id, **spec)
    return Batch.model_validate(made), before.widened_by(await read_business_time(world, lab.line))


def _starts_at(scenario: Scenario, needs: Needs, batch: Batch, business: BusinessTime) -> int | None:
    if not needs.opens_in_s:
        return None
    starts = business.monotonic_ns(batch.claim_opens_at) - int(scenario.early_s * 1e9)
    if starts < time.monotonic_ns():
        raise CannotPlay("preparing took longer than until the opening")
    return starts


def facts_of(cast: Cast, batch: Batch, business: BusinessTime, *, opening: bool) -> Facts:
    """What the checks measure against, as far as it is known before the load."""
    opens = business.monotonic_ns(batch.claim_opens_at) if opening else None
    return Facts(
        batches=(
            BatchFacts(
                batch.id, batch.quota, batch.per_person_limit, batch.face_fen, batch.threshold_fen,
                tuple(batch.categories), tuple(batch.districts), batch.refund_regime, opens_ns=opens,
                clock_bound_ns=business.bound_ns,
            ),
        ),
        natural_persons=tuple(one.human for one in cast.people),
        tills=tuple(TillFacts(one.merchant_id, one.category, one.district) for one in cast.tills),
    )  # fmt: skip
