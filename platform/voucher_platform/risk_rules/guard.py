"""Who is frozen, at hand in every process."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b

import structlog
from sqlalchemy import text

from voucher_contract.models.alerts import SubjectKind
from voucher_platform.core.database import Database
from voucher_platform.risk_rules.rules import Attempt, Subject

log = structlog.get_logger(__name__)
Forget = Callable[[str, Subject], None]
_REMEMBERED_MARKS = 16_384


class Marks:
    """What stands for a device or an address: 16 hexadecimal digits of a keyed hash. It cannot be had back."""

    def __init__(self, secret: str) -> None:
        key = blake2b(secret.encode(), person=b"risk").digest()
        self.of = lru_cache(maxsize=_REMEMBERED_MARKS)(
            lambda raw: blake2b(raw.encode(), key=key, digest_size=8).hexdigest()
        )


class Guard:
    """Read whole from one snapshot whenever the pulse finds that somebody was frozen or released.

    While SQL is away it stays as it was last read: nobody is set free by an outage. ``version`` is the snapshot's;
    ``forget`` is told of every release since the one before.
    """

    def __init__(self, database: Database, marks: Marks, forget: Forget) -> None:
        self._database = database
        self._marks = marks
        self._forget = forget
        self._frozen: dict[SubjectKind, frozenset[str]] = {}
        self._persons: frozenset[str] = frozenset()
        self._devices: frozenset[str] = frozenset()
        self._addresses: frozenset[str] = frozenset()
        self.version = 0
        self.stopped: dict[Subject, int] = {}

    async def reload(self) -> None:
        """Take who is frozen now, and forget what was counted against those released meanwhile."""
        async with self._database.reading() as connection:
            version = int((await connection.execute(_VERSION)).scalar_one())
            frozen = (await connection.execute(_FROZEN)).all()
            released = (await connection.execute(_RELEASED, {"known": self.version})).all() if self.version else []
        if version < self.version:
            return  # Two reloads may overlap; the older snapshot must not win.
        kinds: dict[SubjectKind, set[str]] = {}
        for row in frozen:
            kinds.setdefault(row.subject_kind, set()).add(row.subject_id)
        self._frozen = {kind: frozenset(ids) for kind, ids in kinds.items()}
        self._persons = self._frozen.get("person", frozenset())
        self._devices = self._frozen.get("device", frozenset())
        self._addresses = self._frozen.get("address", frozenset())
        for row in released:
            self._forget(row.rule, Subject(row.subject_kind, row.subject_id))
        self.version = version
        log.info("risk_guard_read", frozen=len(frozen), version=version)

    def stops_claim(self, attempt: Attempt) -> bool:
        """Whether one of them is frozen. As long as nobody is, three looks at empty sets."""
        if self._persons and attempt.person_id in self._persons:
            return self._note("person", attempt.person_id)
        if self._devices and (mark := self._marks.of(attempt.own_device)) in self._devices:
            return self._note("device", mark)
        if self._addresses and (mark := self._marks.of(attempt.address)) in self._addresses:
            return self._note("address", mark)
        return False

    def stops_redemption(self, merchant_id: str, till_number: str) -> bool:
        """Whether the merchant or the till is frozen."""
        if merchant_id in self._frozen.get("merchant", ()):
            return self._note("merchant", merchant_id)
        if till_number in self._frozen.get("till", ()):
            return self._note("till", till_number)
        return False

    def _note(self, kind: SubjectKind, name: str) -> bool:
        subject = Subject(kind, name)
        self.stopped[subject] = self.stopped.get(subject, 0) + 1
        return True


_VERSION = text("SELECT guard_version FROM platform_state")
_FROZEN = text(
    "SELECT DISTINCT subject_kind, subject_id FROM risk_alert WHERE action = 'block' AND state <> 'released'"
)
_RELEASED = text(
    "SELECT rule, subject_kind, subject_id FROM risk_alert WHERE state = 'released' AND released_version > :known"
)
