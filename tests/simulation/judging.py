"""What must hold of every schedule, by what people were told and by what SQL and the store hold afterwards."""

import struct
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.simulation.relational_model import Stock, Voucher
from tests.simulation.store_model import Stream
from voucher_platform.claims import keys
from voucher_platform.claims.rules import Asked

if TYPE_CHECKING:
    from tests.simulation.cast import Attempt, Shopper
    from tests.simulation.scene import Scene

REOPEN_SECONDS = 1.0
_LONGEST_ANSWER_SECONDS = 1.5
_UNKNOWN = ("unknown", "pending", "")


class Judge:
    """Watches every commit and every answer; ``faults`` is empty as long as all is well."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene
        self.faults: list[str] = []
        self._committed_at: dict[str, float] = {}
        self._full_since: dict[str, float | None] = {}
        self._was_full: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._acknowledged: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)

    def blame(self, what: str) -> None:
        """Something is wrong."""
        self._scene.note(f"FAULT {what}")
        self.faults.append(what)

    @property
    def stock_came_back(self) -> bool:
        """Whether any batch was sold out and is not, or was for a while not."""
        return any(self._was_full.values())

    def clashed(self, what: str) -> None:
        """SQL refused what the store gave out: some fence before it did not hold.

        Unless the journal is being drained into a rebuild: a store that came back from a copy older than what it lost
        since may hold wins of slots that were given out anew. Nobody was told of them.
        """
        if b"epoch" in self._scene.store.keyspace.hash(keys.meta_key(0)):
            self.blame(what)

    def batch_opened(self, batch_id: str) -> None:
        """A batch exists from now on."""
        self._full_since[batch_id] = None

    def committed(self, written: Mapping[str, Mapping[Any, Any]]) -> None:
        """SQL has made this visible."""
        now = self._scene.clock.now
        for row in written.get("voucher", {}).values():
            if row.id not in self._committed_at:
                self._committed_at[row.id] = now
                self._scene.note(f"committed {row.claim_key} seq {row.seq} nth {row.nth} {row.state}")
        for stock in written.get("batch_stock", {}).values():
            self._watch(stock, now)

    def _watch(self, stock: Stock, now: float) -> None:
        full, since = stock.issued - stock.voided >= stock.quota, self._full_since.get(stock.batch_id)
        if full and since is None:
            self._full_since[stock.batch_id] = now
        elif not full and since is not None:
            self._was_full[stock.batch_id].append((since, now))
            self._full_since[stock.batch_id] = None

    def acknowledged(self, asked: Asked, row: Any) -> None:
        """A process says 201 now: by now it must be committed, and it must be what this key was told before."""
        stored = self._scene.sql.model.tables["voucher"].get(row.id)
        if stored is None:
            self.blame(f"{asked.claim_key} was acknowledged before its commit")
        told = self._acknowledged[asked.account_id, asked.claim_key]
        told[row.id] = (row.seq, row.nth, row.code)
        if len(told) > 1:
            self.blame(f"{asked.claim_key} was given two vouchers")

    def verdict(self) -> list[str]:
        """All that is wrong, after everything has come to rest."""
        self._vouchers()
        self._money()
        for shopper in self._scene.shoppers:
            for attempt in shopper.attempts:
                self._answer(shopper, attempt)
        self._keys()
        self.store_agrees(blame=True)
        return self.faults

    # --- what SQL holds -----------------------------------------------------------------------------------------

    def _vouchers(self) -> None:
        tables = self._scene.sql.model.tables
        rows: list[Voucher] = list(tables["voucher"].values())
        live = [row for row in rows if row.state != "void"]
        unique: dict[str, list[tuple[str, ...] | tuple[str, int] | tuple[str, str, int]]] = {
            "a number": [(row.batch_id, row.seq) for row in rows],
            "a key": [(row.account_id, row.claim_key) for row in rows],
            "an nth of a person": [(row.batch_id, row.person_id, row.nth) for row in live],
        }
        for what, names in unique.items():
            for name, times in Counter(names).items():
                if times > 1:
                    self.blame(f"{what} was given {times} times: {name}")
        for (batch_id, person), held in Counter([(row.batch_id, row.person_id) for row in live]).items():
            if held > tables["batch"][batch_id].per_person_limit:
                self.blame(f"{person} holds {held} vouchers of {batch_id}, over the limit")
        for (account, key), told in self._acknowledged.items():
            for voucher_id, terms in told.items():
                row = tables["voucher"].get(voucher_id)
                if row is None or (row.account_id, row.claim_key) != (account, key):
                    self.blame(f"the acknowledged voucher of {key} is missing")
                elif (row.seq, row.nth, row.code) != terms:
                    self.blame(f"the voucher of {key} is not the one acknowledged")

    def _money(self) -> None:
        tables = self._scene.sql.model.tables
        rows: list[Voucher] = list(tables["voucher"].values())
        for stock in tables["batch_stock"].values():
            own = [row for row in rows if row.batch_id == stock.batch_id]
            void = sum(row.state == "void" for row in own)
            if (stock.issued, stock.voided) != (len(own), void):
                self.blame(
                    f"{stock.batch_id} counts {stock.issued} issued, {stock.voided} void; {len(own)}, {void} are"
                )
            if len(own) - void > stock.quota:
                self.blame(f"{stock.batch_id} is oversold")
            face = tables["batch"][stock.batch_id].face_fen
            held, reserved = (tables["ledger_account"][f"{kind}:{stock.batch_id}"] for kind in ("held", "reserved"))
            draft = tables["batch"][stock.batch_id].state == "draft"
            if held != face * (len(own) - void) or held + reserved != (0 if draft else face * stock.quota):
                self.blame(f"{stock.batch_id}: {held} fen held and {reserved} reserved do not fit its vouchers")
        if sum(tables["ledger_account"].values()) != 0:
            self.blame("money has come into being, or is gone")

    # --- what people were told ----------------------------------------------------------------------------------

    def _answer(self, shopper: "Shopper", attempt: "Attempt") -> None:
        asked = shopper.asked
        if attempt.kind == "sold_out" and not self._could_be_sold_out(asked.batch_id, attempt):
            self.blame(f"{asked.claim_key} was told sold_out, but the quota was not committed")
        if attempt.kind == "limit_reached":
            self._limit(asked, attempt)
        late = attempt.ended - attempt.sent
        if late > _LONGEST_ANSWER_SECONDS and attempt.sent > self._scene.healed_at + self._scene.standing_still:
            self.blame(f"{asked.claim_key} had no answer for {late:.1f} s")
        if attempt.kind in ("sold_out", "limit_reached", "not_found"):
            before = self._earliest_commit(asked)
            if before is not None and before < attempt.sent and not self._out_of_date(asked, attempt, before):
                self.blame(f"{asked.claim_key} has a voucher and was told {attempt.kind}")

    def _could_be_sold_out(self, batch_id: str, attempt: "Attempt") -> bool:
        """Whether SQL had committed the whole quota at some moment that the answer may speak of."""
        since, earliest = self._full_since[batch_id], self._earliest_known(attempt)
        if since is not None and since <= attempt.ended:
            return True
        return any(start <= attempt.ended and end >= earliest for start, end in self._was_full[batch_id])

    def _out_of_date(self, asked: Asked, attempt: "Attempt", committed: float) -> bool:
        """Whether the process spoke of a time before stock came back, and the voucher was won after that."""
        earliest = self._earliest_known(attempt)
        return any(earliest <= end <= committed for _, end in self._was_full[asked.batch_id])

    def _earliest_known(self, attempt: "Attempt") -> float:
        """Returned stock is known everywhere within the reopen delay: also by a process that stood still for longer,
        or that could not ask SQL."""
        return attempt.sent - REOPEN_SECONDS

    def _limit(self, asked: Asked, attempt: "Attempt") -> None:
        vouchers, batches = self._scene.sql.model.tables["voucher"], self._scene.sql.model.tables["batch"]
        named = [vouchers.get(one) for one in attempt.detail or ()]
        own = [row for row in named if row and (row.batch_id, row.person_id) == (asked.batch_id, asked.person_id)]
        if len(own) != len(named) or len(own) < batches[asked.batch_id].per_person_limit:
            self.blame(f"{asked.claim_key} was told limit_reached and named {attempt.detail}")

    def _earliest_commit(self, asked: Asked) -> float | None:
        rows = self._scene.sql.model.tables["voucher"].values()
        return min(
            [
                self._committed_at[row.id]
                for row in rows
                if (row.account_id, row.claim_key) == (asked.account_id, asked.claim_key)
            ],
            default=None,
        )

    def _keys(self) -> None:
        """A voucher of a key that was only ever refused has been taken behind its holder's back."""
        answers: dict[tuple[str, str], set[str]] = defaultdict(set)
        for shopper in self._scene.shoppers:
            name = (shopper.asked.account_id, shopper.asked.claim_key)
            answers[name] |= {attempt.kind for attempt in shopper.attempts}
        for row in self._scene.sql.model.tables["voucher"].values():
            told = answers[row.account_id, row.claim_key]
            if not told & {"voucher", *_UNKNOWN}:
                self.blame(f"{row.claim_key} has a voucher, but was only told {sorted(told)}")

    # --- what the store holds -----------------------------------------------------------------------------------

    def journal_length(self) -> int:
        """How many entries wait in the journal."""
        streams = [value for value in self._scene.store.keyspace.values.values() if isinstance(value, Stream)]
        return sum(len(stream.entries) for stream in streams)

    def store_agrees(self, *, blame: bool = False) -> bool:
        """Whether the store counts, batch by batch, the vouchers that SQL holds: no slot is lost, none is free."""
        tables, space = self._scene.sql.model.tables, self._scene.store.keyspace
        epoch, agrees = tables["platform_state"][1].epoch, True
        for batch in tables["batch"].values():
            stock = space.hash(keys.stock_key(batch.number, epoch))
            if not stock:
                continue
            expected = [
                (row.person_id, row.seq, row.nth)
                for row in tables["voucher"].values()
                if row.batch_id == batch.id and row.state != "void"
            ]
            found = [
                (person.decode(), seq, nth)
                for person, records in space.hash(keys.persons_key(batch.number, epoch)).items()
                for _, nth, seq in struct.iter_unpack(">8sBI", records)
            ]
            quota = tables["batch_stock"][batch.id].quota
            if sorted(found) != sorted(expected) or (int(stock[b"cap"]), int(stock[b"issued"])) != (quota, len(found)):
                agrees = False
                if blame:
                    self.blame(f"store and SQL differ in {batch.id}: {sorted(found)} of {stock}, {sorted(expected)}")
        return agrees
