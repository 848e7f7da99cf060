"""Moving the business clock until every process has taken it; making simulated people."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import refusals
from voucher_contract.models.system import PersonToken, SandboxPeople, SandboxPerson
from voucher_platform.core import audit_log
from voucher_platform.core.auth import Principal, seal
from voucher_platform.core.database import Database
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import laggards
from voucher_platform.people.operations import resolve_people
from voucher_platform.people.rules import AccountFacts
from voucher_platform.settings import Settings

_FARTHEST = timedelta(days=3_650)
_WAIT_SECONDS = 2.5
_ASK_AGAIN_SECONDS = 0.02


async def set_clock(connection: AsyncConnection, *, now: datetime, by: str) -> int:
    """Move the business clock forward to ``now``; returns the clock version every process has to take.

    Refuses ``clock_backward``. The same request again (after ``clock_not_taken``, or a reply that was lost) changes
    nothing and is no step backward, although time has gone on since: it asks for what was last set. The row lock puts
    movers one behind the other. More than ten years ahead is refused, since dates would run out.
    """
    state = (
        await connection.execute(
            text("SELECT clock_offset_us, clock_version, clock_timestamp() AS clock FROM platform_state FOR UPDATE")
        )
    ).one()
    offset = now - state.clock
    if offset > _FARTHEST:
        raise Refused(refusals.INVALID_REQUEST, f"at most {_FARTHEST.days} days ahead of the real time")
    if offset < timedelta(microseconds=state.clock_offset_us):
        if await _last_set(connection) == now:
            return int(state.clock_version)
        raise Refused(refusals.CLOCK_BACKWARD)
    version = await connection.execute(
        text(
            "UPDATE platform_state SET clock_offset_us = :us, clock_version = clock_version + 1 RETURNING clock_version"
        ),
        {"us": offset // timedelta(microseconds=1)},
    )
    await audit_log.append(
        connection, principal=by, action="set_clock", object_id="clock", detail={"now": now.isoformat()},
        business_at=now,
    )  # fmt: skip
    return int(version.scalar_one())


async def _last_set(connection: AsyncConnection) -> datetime | None:
    query = "SELECT detail ->> 'now' FROM audit_entry WHERE action = 'set_clock' ORDER BY id DESC LIMIT 1"
    last = (await connection.execute(text(query))).scalar_one_or_none()
    return datetime.fromisoformat(last) if last else None


async def wait_until_taken(database: Database, *, clock_version: int) -> None:
    """Return once no live process lags behind ``clock_version``; else refuses ``clock_not_taken``.

    The wait, and the age of a last heartbeat, are together shorter than the silence after which a process counts as
    dead: one that stands still may go on with the old time, so it must be told of, not forgotten.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _WAIT_SECONDS
    while True:
        async with database.reading() as connection:
            behind = await laggards(connection, clock_version=clock_version)
        if behind == 0:
            return
        if loop.time() > deadline:
            raise Refused(refusals.CLOCK_NOT_TAKEN, f"{behind} processes lag")
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


async def create_people(
    database: Database, *, people: list[SandboxPerson], settings: Settings, by: str, now: datetime
) -> SandboxPeople:
    """Accounts with a token each; sharing an id number or a card makes them one person (``people.resolve_people``).

    Tokens are sealed after the commit: others who bring people wait for this transaction.
    """
    rows = [AccountFacts(**person.model_dump()) for person in people]
    async with database.transaction() as connection:
        persons = await resolve_people(connection, rows, secret=settings.identity_secret, now=now)
        await audit_log.append(
            connection, principal=by, action="create_people", object_id="sandbox", detail={"accounts": len(rows)},
            business_at=now,
        )  # fmt: skip
    tokens = [_token(facts, person, settings) for facts, person in zip(rows, persons, strict=True)]
    return SandboxPeople(people=tokens)


def _token(facts: AccountFacts, person: str, settings: Settings) -> PersonToken:
    principal = Principal("consumer", facts.account, person=person, device=facts.device, home=facts.home_district)
    token, _ = seal(principal, settings.token_secret, settings.consumer_token_seconds)
    return PersonToken(account=facts.account, person_id=person, token=token)
