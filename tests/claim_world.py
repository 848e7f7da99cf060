"""A published batch in SQL and gates in front of it, for the tests of claiming."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from voucher_platform.claims.course import ClaimResult
from voucher_platform.claims.gate import Gate
from voucher_platform.claims.rules import Asked
from voucher_platform.core.acting import Core
from voucher_platform.core.clocks import Clocks, real_now
from voucher_platform.core.database import Database, make_engine
from voucher_platform.core.ids import new_id
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import Pulse, announce_change
from voucher_platform.ledger.operations import Movement, move, open_batch_accounts, open_campaign_accounts
from voucher_platform.ledger.rules import account_id
from voucher_platform.settings import Settings

FACE_FEN = 3_000
_BATCH = text(
    "INSERT INTO batch (id, round_id, campaign_id, name, state, face_fen, threshold_fen, categories, districts,"
    " resident_districts, claim_opens_at, claim_closes_at, valid_from, valid_until, per_person_limit, rate_limits,"
    " refund_regime, refund_days, code_mode) VALUES (:id, :round, :campaign, :id, 'live', :face, 10000,"
    " ARRAY['catering'], '{}', CAST(:homes AS text[]), :opens, :closes, :opens, :closes, :limit,"
    " CAST(:rates AS jsonb), 'B', 90, :mode)"
)
_DEPOSIT_FEN = 10**10
_DEPOSIT = text(f"INSERT INTO deposit VALUES (:id, :campaign, {_DEPOSIT_FEN}, 'bank-1', :now)")


@dataclass
class World:
    """One database and one store; ``core()`` is what a process has."""

    settings: Settings
    cores: list[Core] = field(default_factory=list)
    campaign: str = ""
    round: str = ""

    def core(self) -> Core:
        zone = ZoneInfo(self.settings.city_timezone)
        made = Core(self.settings, Database(make_engine(self.settings.database_url, pool=8)), Clocks(zone))
        self.cores.append(made)
        return made

    @property
    def database(self) -> Database:
        return self.cores[0].database

    async def batch(
        self, *, quota: int, limit: int = 1, homes: tuple[str, ...] = (), rates: str = "{}", mode: str = "static"
    ) -> str:
        """A live batch with its money reserved."""
        batch_id, now = new_id("bat"), real_now()
        async with self.database.transaction() as connection:
            await announce_change(connection)
            await connection.execute(_BATCH, {
                "id": batch_id, "round": self.round, "campaign": self.campaign, "face": FACE_FEN, "homes": list(homes),
                "opens": now - timedelta(hours=1), "closes": now + timedelta(days=1), "limit": limit, "rates": rates,
                "mode": mode,
            })  # fmt: skip
            await connection.execute(
                text("INSERT INTO batch_stock SELECT :id, :quota, 0, 0, epoch FROM platform_state"),
                {"id": batch_id, "quota": quota},
            )
            await open_batch_accounts(connection, campaign_id=self.campaign, batch_id=batch_id)
            await move(connection, Movement(
                self.campaign, account_id("free", self.campaign), account_id("reserved", batch_id), quota * FACE_FEN,
                "publish", batch_id, now,
            ))  # fmt: skip
        return batch_id

    async def found(self) -> None:
        """A campaign with money and one published round."""
        self.campaign, self.round, now = new_id("cmp"), new_id("rnd"), real_now()
        async with self.database.transaction() as connection:
            await connection.execute(
                text("INSERT INTO campaign VALUES (:id, 'c', 'pay', 'pay', 'open', 'officer', :now)"),
                {"id": self.campaign, "now": now},
            )
            await connection.execute(
                text("INSERT INTO round VALUES (:id, :campaign, 'r', 'published', 'maker', 'checker', :now)"),
                {"id": self.round, "campaign": self.campaign, "now": now},
            )
            await open_campaign_accounts(connection, campaign_id=self.campaign)
            await connection.execute(_DEPOSIT, {"id": new_id("dep"), "campaign": self.campaign, "now": now})
            await move(connection, Movement(
                self.campaign, account_id("source", self.campaign), account_id("free", self.campaign), _DEPOSIT_FEN,
                "deposit", "bank-1", now,
            ))  # fmt: skip

    async def sql(self, statement: str, **values: object) -> None:
        """A change that every process is told of."""
        async with self.database.transaction() as connection:
            await announce_change(connection)
            await connection.execute(text(statement), values)

    async def number(self, statement: str, **values: object) -> int:
        async with self.database.reading() as connection:
            return int((await connection.execute(text(statement), values)).scalar_one())


@asynccontextmanager
async def world(database_url: str, redis_url: str, **settings: object) -> AsyncIterator[World]:
    """A world over the given servers; every engine is closed at the end."""
    values = {
        "database_url": database_url, "redis_url": redis_url, "token_secret": "t" * 32, "identity_secret": "i" * 32,
        **settings,
    }  # fmt: skip
    made = World(Settings.model_validate(values))
    made.core()
    try:
        await made.found()
        yield made
    finally:
        for core in made.cores:
            await core.database.close()


@asynccontextmanager
async def a_gate(made: World, *, wait: bool = True) -> AsyncIterator[Gate]:
    """A gate with its pulse, as one process has them."""
    core = made.core()
    gate = Gate(core)
    pulse = Pulse(
        core.database, core.clocks, "api", made.settings.poll_ms, listeners=[gate.on_change],
        told=[gate.known_as_of],
    )  # fmt: skip
    await pulse.start()
    await gate.start()
    try:
        if wait:
            assert await gate.opening.wait(10), "the store did not open"
        yield gate
    finally:
        await pulse.stop()
        await gate.stop()


def ask(batch: str, person: str, key: str | None = None, **changed: object) -> Asked:
    """A claim of ``person``; without a key, one of its own."""
    values: dict[str, object] = {
        "batch_id": batch, "account_id": f"acc-{person}", "person_id": person, "home": "510681001",
        "own_device": f"dev-{person}", "device": None, "address": "127.0.0.1", "claim_key": key or new_id("key"),
        "digest": b"d" * 32, **changed,
    }  # fmt: skip
    return Asked(**values)  # type: ignore[arg-type]


async def outcome(gate: Gate, asked: Asked) -> ClaimResult | str:
    """The result, or the code of the refusal."""
    try:
        return await gate.claim(asked)
    except Refused as refused:
        return refused.refusal.code


async def persistent(gate: Gate, asked: Asked, *, seconds: float = 20) -> ClaimResult | str:
    """As a client does it: ask again after 202 and 503, with the same key."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        answer = await outcome(gate, asked)
        again = answer in ("rebuilding", "overloaded") or (isinstance(answer, ClaimResult) and answer.row is None)
        if not again or loop.time() > until:
            return answer
        await asyncio.sleep(0.05)


def vouchers(answers: "list[ClaimResult | str]") -> list[str]:
    """The ids of the vouchers granted."""
    return [str(answer.row.id) for answer in answers if isinstance(answer, ClaimResult) and answer.row is not None]
