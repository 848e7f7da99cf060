"""What PostgreSQL keeps and does for the claim path: tables, transactions, row locks, snapshots, visibility.

Nothing of a transaction is seen before its commit; a row it has written or locked makes others wait; a reading
transaction sees one instant. Constraints are in ``sql_ports``, beside the statements that could break them.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.exc import DBAPIError, IntegrityError

from voucher_platform.core.clocks import real_now

TABLES = (
    "platform_state", "live_process", "batch", "batch_stock", "voucher", "ledger_account", "ledger_transfer",
    "audit_entry", "claim_attempt_count", "claim_seeker",
)  # fmt: skip


class PlatformState(NamedTuple):
    """The one row that every process polls."""

    version: int
    clock_offset_us: int
    clock_version: int
    epoch: int


class Stock(NamedTuple):
    """A row of ``batch_stock``."""

    batch_id: str
    quota: int
    issued: int
    voided: int
    epoch: int


class Voucher(NamedTuple):
    """A row of ``voucher``, in the order in which the commit writes it."""

    id: str
    batch_id: str
    person_id: str
    account_id: str
    seq: int
    nth: int
    claim_key: str
    claim_digest: bytes
    code: str
    state: str
    claimed_at: datetime
    valid_from: datetime
    valid_until: datetime


class Batch(NamedTuple):
    """The columns of ``batch`` that the claim path reads."""

    id: str
    number: int
    campaign_id: str
    state: str
    face_fen: int
    threshold_fen: int
    resident_districts: list[str]
    claim_opens_at: datetime
    claim_closes_at: datetime
    valid_from: datetime
    valid_until: datetime
    valid_days: int | None
    per_person_limit: int
    rate_limits: dict[str, Any]
    code_mode: str
    claim_area: dict[str, Any] | None


class Blocked(Exception):
    """A lock is held by another transaction: the statement waits until that one ends, and is done then."""

    def __init__(self, holder: "Transaction") -> None:
        super().__init__()
        self.holder = holder


def violated(constraint: str) -> IntegrityError:
    """The error of a CHECK, UNIQUE or foreign key, as the driver reports it."""
    return IntegrityError("", None, Exception(f'violates constraint "{constraint}"'))


def deadlock() -> DBAPIError:
    """The error of the transaction that PostgreSQL gives up to break a circle of waits."""
    cause = Exception("deadlock detected")
    cause.sqlstate = "40P01"  # type: ignore[attr-defined]
    return DBAPIError("", None, cause)


class Server:
    """The committed state, and who holds which lock."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Any, Any]] = {name: {} for name in TABLES}
        self.locks: dict[Hashable, Transaction] = {}
        self.clock: Callable[[], datetime] = real_now
        self.on_commit: Callable[[Mapping[str, Mapping[Any, Any]]], None] | None = None
        self.on_clash: Callable[[str], None] | None = None

    def begin(self, *, reading: bool = False) -> "Transaction":
        """A new transaction."""
        return Transaction(self, reading=reading)


class Transaction:
    """One transaction. ``waiters`` are told when it ends."""

    __slots__ = ("_held", "_reading", "_server", "_snapshot", "ended", "waiters", "waits_for", "written")

    def __init__(self, server: Server, *, reading: bool) -> None:
        self._server = server
        self._reading = reading
        self._snapshot: dict[str, dict[Any, Any]] | None = None
        self._held: list[Hashable] = []
        self.written: dict[str, dict[Any, Any]] = {}
        self.waiters: list[Callable[[], None]] = []
        self.waits_for: Transaction | None = None
        self.ended = False

    def table(self, name: str) -> Mapping[Any, Any]:
        """A table as this transaction sees it now, or saw it first if it is a reading one."""
        if self._reading:
            if self._snapshot is None:
                self._snapshot = {name: dict(rows) for name, rows in self._server.tables.items()}
            return self._snapshot[name]
        own = self.written.get(name)
        committed = self._server.tables[name]
        if not own:
            return committed
        return {key: row for key, row in {**committed, **own}.items() if row is not None}

    def put(self, name: str, key: Any, row: Any) -> None:
        """Insert or replace a row; ``None`` deletes it. The row's lock must be held if anybody could want it."""
        self.written.setdefault(name, {})[key] = row

    def now(self) -> datetime:
        """``clock_timestamp()``."""
        return self._server.clock()

    def clashed(self, what: str) -> None:
        """SQL has had to refuse what the store gave out: the last net held, but some fence before it did not."""
        if self._server.on_clash is not None:
            self._server.on_clash(what)

    def lock(self, name: Hashable) -> None:
        """Take a lock until the transaction ends. Raises ``Blocked``: all locks come before the first write."""
        if not self.try_lock(name):
            raise Blocked(self._server.locks[name])

    def try_lock(self, name: Hashable) -> bool:
        """Take a lock if it is free or ours."""
        holder = self._server.locks.get(name)
        if holder is None:
            self._server.locks[name] = self
            self._held.append(name)
            return True
        return holder is self

    def must_give_up_for(self, holder: "Transaction") -> bool:
        """Whether waiting for ``holder`` would close a circle."""
        at: Transaction | None = holder
        while at is not None:
            if at is self:
                return True
            at = at.waits_for
        return False

    def commit(self) -> None:
        """Make everything written visible at once."""
        if self.ended:
            return
        for name, rows in self.written.items():
            table = self._server.tables[name]
            for key, row in rows.items():
                if row is None:
                    table.pop(key, None)
                else:
                    table[key] = row
        if self.written and self._server.on_commit is not None:
            self._server.on_commit(self.written)
        self._end()

    def roll_back(self) -> None:
        """Forget everything written."""
        if not self.ended:
            self._end()

    def _end(self) -> None:
        self.ended = True
        for name in self._held:
            del self._server.locks[name]
        waiters, self.waiters = self.waiters, []
        for wake in waiters:
            wake()
