"""One verification: agree, look, play, judge, write the bundle."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loadtest.agreed.adapter import adapter_of, options_of, text_of
from loadtest.agreed.plan import Plan
from loadtest.agreed.reading import ConfigurationError
from loadtest.agreed.target import Target
from loadtest.bundle.findings import Findings
from loadtest.bundle.record import registry_digest_of
from loadtest.bundle.redaction import Redactor
from loadtest.bundle.signing import UnusableKey, read_private_key
from loadtest.bundle.writing import redact_evidence, write_bundle
from loadtest.cases.model import Case, all_cases
from loadtest.evidence.result import CaseResult
from loadtest.lab.given import people_of, shops_of
from loadtest.lab.staff import CannotPlay
from loadtest.lab.world import Limits, World, open_world
from loadtest.machine import cores, memory_bytes, system, versions
from loadtest.scenarios.cast import AdapterChoice
from loadtest.vendor_claims.model import Claims
from loadtest.verify.claiming import CLAIMS
from loadtest.verify.collecting import Collection, Tell, collect
from loadtest.verify.credentials import logins_of
from loadtest.verify.folder import RUN, RunFolder, open_folder
from loadtest.verify.judging import judge_run
from loadtest.verify.permission import check_permit
from loadtest.verify.recording import record_of
from loadtest.verify.restarting import Restart, restart_by_hook
from loadtest.verify.selecting import cases_of, narrowed


@dataclass(frozen=True)
class Order:
    """What somebody wants verified. ``restart`` overrules the target's hook (for platforms started by us)."""

    target: Target
    plan: Plan
    out: Path
    only: tuple[str, ...] = ()
    restart: Restart | None = None
    tell: Tell = field(default=lambda _: None)
    key_file: Path | None = None
    claims: Claims | None = None


def check(order: Order) -> list[Case]:
    """All that can be found wrong without sending a byte; the cases that would be played. Raises ConfigurationError."""
    check_permit(order.target, order.plan)
    logins_of(order.target)
    _key(order)
    return narrowed(cases_of(order.plan, all_cases().values()), order.only)


async def verify(order: Order) -> Findings:
    """Play, judge, and leave the whole bundle in the order's folder. Raises ConfigurationError and CannotPlay."""
    folder, results, kept_secret = await _played(order)
    return write_bundle(folder.path, record_of(folder, results), _key(order), kept_secret)


async def play_and_judge(order: Order) -> list[CaseResult]:
    """Without a bundle: for the self-test, which wants no report."""
    _, results, _ = await _played(order)
    return results


async def _played(order: Order) -> tuple[RunFolder, list[CaseResult], list[str]]:
    """Play what the order asks for into its folder, take out what is secret, and judge what is left."""
    cases = check(order)
    folder, resumed = open_folder(order.out, _identity(order, cases))
    if resumed:
        order.tell("接着上次中断处继续 going on with the run in this folder")
    else:
        _begin(folder, order, cases)
    world = await _open(order)
    secrets_of_run = [*_passwords(order.target), *(one.token for one in world.staff.values() if one.token)]
    try:
        await _collected(Collection(
            folder, order.plan, cases, world, order.target.base_url,
            order.restart or restart_by_hook(order.target.hooks), order.tell, _adapter_choice(order.target),
            order.target.probe_url,
        ))  # fmt: skip
    finally:
        await world.close()
    _note_end(folder, "finished")
    # What is handed out is what is judged: so whoever receives the bundle can make the same verdict from it.
    redact_evidence(folder.path, Redactor(secrets_of_run))
    return folder, judge_run(folder), secrets_of_run


async def _collected(collection: Collection) -> None:
    """``collect``; whoever breaks it off leaves a folder that says so, and can be gone on with."""
    try:
        await collect(collection)
    except asyncio.CancelledError:
        _note_end(collection.folder, "broken_off")
        collection.tell("已中止，没有结论；证据保留 broken off: no verdict, the evidence stays")
        raise


def _note_end(folder: RunFolder, state: str) -> None:
    folder.write(RUN, {**folder.read(RUN), "state": state, "ended_at": datetime.now(UTC).isoformat()})


def _adapter_choice(target: Target) -> AdapterChoice:
    """The target's wire, as load generators speak it in processes of their own."""
    return AdapterChoice(target.adapter, options_of(target), target.credentials.signing_key_env)


def _passwords(target: Target) -> list[str]:
    return [login.password for login in logins_of(target)]


def _key(order: Order) -> Ed25519PrivateKey | None:
    if order.key_file is None:
        return None
    try:
        return read_private_key(order.key_file)
    except UnusableKey as error:
        raise ConfigurationError(f"--key: {error}") from error


def _identity(order: Order, cases: Sequence[Case]) -> dict[str, str]:
    return {
        "plan_digest": order.plan.digest(), "target": order.target.name,
        "cases_digest": registry_digest_of(cases, versions()),
    }  # fmt: skip


def _begin(folder: RunFolder, order: Order, cases: Sequence[Case]) -> None:
    target = order.target.model_dump(mode="json", exclude={"credentials", "hooks", "adapter_options"})
    folder.write("plan.json", order.plan.model_dump(mode="json"))
    folder.write("target.json", target)
    if order.claims is not None:
        folder.write(CLAIMS, order.claims.model_dump(mode="json"))
    folder.write(RUN, {
        **folder.read(RUN), "run_id": secrets.token_hex(6), "cases": [case.id for case in cases],
        "only": list(order.only), "started_at": datetime.now(UTC).isoformat(), "versions": versions(),
        "machine": {"cores": cores(), "memory_bytes": memory_bytes(), "system": system()},
    })  # fmt: skip


async def _open(order: Order) -> World:
    functional = order.plan.functional
    limits = Limits() if functional is None else Limits(**functional.model_dump())
    given = order.target.credentials
    try:
        world = await open_world(
            base_url=order.target.base_url, adapter=adapter_of(order.target), logins=logins_of(order.target),
            limits=limits, csv_people=people_of(text_of("people_csv", given.people_csv)) if given.people_csv else (),
            shops=shops_of(text_of("shops_csv", given.shops_csv)) if given.shops_csv else (),
        )  # fmt: skip
    except CannotPlay as error:
        at_fault = "credentials" if "sign in" in str(error) else "base_url"
        raise ConfigurationError(f"{at_fault}: {error}") from error
    world.one_person_by = frozenset(order.plan.terms.one_person_by)
    return world
