"""Signing in, and taking the staff list of an installation into the database."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.common import Name
from voucher_contract.models.system import Session, SessionSpec
from voucher_platform.core.auth import Principal, seal
from voucher_platform.core.database import Database
from voucher_platform.core.problems import Refused
from voucher_platform.settings import Settings
from voucher_platform.staff.rules import NOBODYS_HASH, hash_password, password_fits
from voucher_platform.staff.tables import Staff
from voucher_platform.staff.wrong_tries import WrongTries


class StaffMember(BaseModel):
    """One entry of the staff file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    login: str = Field(pattern=r"^[A-Za-z0-9_.@-]{1,64}$")
    password: str = Field(min_length=8, max_length=256)
    role: Literal["bureau", "auditor", "operator"]
    name: Name


_STAFF_FILE = TypeAdapter(list[StaffMember])


@dataclass(frozen=True)
class SignIn:
    """What signing in needs for the life of a process. ``hashing`` keeps guesses from taking every core."""

    tries: WrongTries
    hashing: asyncio.Semaphore


async def sign_in(database: Database, settings: Settings, guard: SignIn, spec: SessionSpec) -> Session:
    """A session token for the right password. Refuses ``rate_limited`` and ``bad_credentials``.

    No connection is held while the password is hashed. An unknown login costs what a wrong password costs, so replies
    do not tell which logins exist.
    """
    guard.tries.begin(spec.login)
    async with database.reading() as connection:
        staff = (await connection.execute(select(Staff).where(col(Staff.login) == spec.login))).first()
    async with guard.hashing:
        fits = await asyncio.to_thread(password_fits, spec.password, staff.password_hash if staff else NOBODYS_HASH)
    if staff is None or not fits:
        raise Refused(refusals.BAD_CREDENTIALS)
    guard.tries.succeeded(spec.login)
    token, expires = seal(Principal(staff.role, staff.login), settings.token_secret, settings.session_seconds)
    return Session(token=token, role=staff.role, name=staff.name, expires_at=datetime.fromtimestamp(expires, UTC))


async def seed_staff(connection: AsyncConnection, path: Path) -> None:
    """Make the staff table say what the file at ``path`` says: a JSON list of {login, password, role, name}.

    Called by every process at its start: in order of login, so two that start together never wait in a circle; a row
    that already fits is left alone. A login gone from the file stays. Raises ``ValidationError`` or ``OSError``.
    """
    members = _STAFF_FILE.validate_json(await asyncio.to_thread(path.read_bytes))
    known = {row.login: row for row in await connection.execute(select(Staff))}
    for member in sorted(members, key=lambda member: member.login):
        row = known.get(member.login)
        same = row is not None and (row.name, row.role) == (member.name, member.role)
        if row is None or not same or not await asyncio.to_thread(password_fits, member.password, row.password_hash):
            await _upsert(connection, member)


async def _upsert(connection: AsyncConnection, member: StaffMember) -> None:
    fresh = await asyncio.to_thread(hash_password, member.password)
    values = {"name": member.name, "role": member.role, "password_hash": fresh}
    statement = insert(Staff).values(login=member.login, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["login"], set_=values))
