"""The vendor: its books, its secrets, and which one thing it does wrong."""

import asyncio
import json
import random
import secrets
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

import msgspec

from loadtest.faulty_vendors.books.audit import AuditLog
from loadtest.faulty_vendors.books.clock import Clock
from loadtest.faulty_vendors.books.holdings import ALIVE, Holdings
from loadtest.faulty_vendors.books.ids import Ids
from loadtest.faulty_vendors.books.journal import Journal
from loadtest.faulty_vendors.books.ledger import Ledger, account
from loadtest.faulty_vendors.books.limiter import Limiter
from loadtest.faulty_vendors.books.orders import Orders
from loadtest.faulty_vendors.books.people import People
from loadtest.faulty_vendors.books.registry import Registry
from loadtest.faulty_vendors.books.rows import (
    AccountRow,
    BatchRow,
    CampaignRow,
    MerchantRow,
    RedemptionRow,
    RefundRow,
    VoucherRow,
)
from loadtest.faulty_vendors.books.shortcomings import Shortcomings
from loadtest.faulty_vendors.books.stock import Stock
from loadtest.faulty_vendors.books.store import Store
from loadtest.faulty_vendors.books.waiting import Waiting
from loadtest.faulty_vendors.wire.tokens import Tokens

CORRECT = "correct"
WORKERS = 4
_WRONG_TRIES = 10
_SLOW_DATABASE_S = (0.004, 0.012)
_STAFF = (
    ("bureau-a", "bureau", "经办人"), ("bureau-b", "bureau", "复核人"), ("auditor-a", "auditor", "审计员"),
    ("operator-a", "operator", "平台运营"),
)  # fmt: skip


class Vendor:
    """One vendor in one data folder. ``defect`` is a name of the catalogue, or ``correct``."""

    def __init__(self, folder: Path, defect: str = CORRECT) -> None:
        self._defect = defect
        secret = _kept(folder / "secrets.json", lambda: secrets.token_hex(32))
        self.staff: list[dict[str, str]] = _kept(folder / "staff.json", _new_staff)
        self.secret = bytes.fromhex(secret)
        self.tokens = Tokens(self.secret)
        self.store = Store(Journal(folder / "journal.jsonl"))
        self.ids = Ids(shuffled=self.has("lawful-slow-and-shuffled"))
        self.clock = Clock(self.store)
        self.ledger = Ledger(self.store)
        self.audit = AuditLog(self.store)
        self.people = People(self.store)
        self.holdings = Holdings(self.store)
        self.stock = Stock(self.holdings, self.has)
        self.orders = Orders(self.store)
        self.registry = Registry(self.store)
        self.limiter = Limiter()
        self.shortcomings = Shortcomings(self.store)
        self.waiting = Waiting()
        self.wrong_tries: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_WRONG_TRIES))
        self._shelve()
        self.store.replay()

    def _shelve(self) -> None:
        self.store.shelve(CampaignRow)
        self.store.shelve(BatchRow, "campaign_id")
        self.store.shelve(MerchantRow)
        self.store.shelve(AccountRow)
        self.store.shelve(VoucherRow, "account", "batch_id")
        self.store.shelve(RedemptionRow, "merchant_id", "campaign_id", "voucher_id")
        self.store.shelve(RefundRow, "redemption_id")

    def has(self, defect: str) -> bool:
        """Whether this is what the vendor does wrong, or differently."""
        return self._defect == defect

    async def slow_database(self) -> None:
        """The time between a check and its write in a vendor that does not lock."""
        await asyncio.sleep(random.uniform(*_SLOW_DATABASE_S))

    def sweep(self) -> None:
        """Mark vouchers whose time is over, and free their money."""
        now = self.clock.now()
        for voucher in self.holdings.due(now):
            batch = self.store.row(BatchRow, voucher.batch_id)
            self.set_state(voucher, "expired")
            self.ledger.move(
                batch.campaign_id, account("held", batch.id), account("free", batch.campaign_id), batch.face_fen,
                kind="expire", reference=voucher.id, at_us=now,
            )  # fmt: skip
        self.store.seal()

    def set_state(self, voucher: VoucherRow, state: str, **changes: Any) -> VoucherRow:
        """A voucher's new image."""
        changed = msgspec.structs.replace(voucher, state=state, **changes)
        self.store.put(changed)
        return changed

    def is_alive(self, voucher: VoucherRow) -> bool:
        """Issued or frozen, and its time not over."""
        return voucher.state in ALIVE and self.clock.now() < voucher.valid_until_us


def _kept(path: Path, make: Any) -> Any:
    """What the file says, or what ``make`` makes and the file says from then on."""
    if not path.exists():
        path.write_text(json.dumps(make(), ensure_ascii=False), encoding="utf-8")
        path.chmod(0o600)
    return json.loads(path.read_text(encoding="utf-8"))


def _new_staff() -> list[dict[str, str]]:
    return [
        {"login": login, "password": secrets.token_urlsafe(12), "role": role, "name": name}
        for login, role, name in _STAFF
    ]
