"""What follows from the vouchers: how many of a batch are out, who holds them, and which run out next."""

import heapq
from collections import Counter, defaultdict

from loadtest.faulty_vendors.books.rows import VoucherRow
from loadtest.faulty_vendors.books.store import Store

ALIVE = frozenset({"issued", "frozen"})


def state_at(voucher: VoucherRow, now: int) -> str:
    """The state people see: a voucher is expired from the instant of its ``valid_until``, swept or not."""
    return "expired" if voucher.state in ALIVE and now >= voucher.valid_until_us else voucher.state


class Holdings:
    """Counts by batch, kept up to date with every voucher's image."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.issued: Counter[str] = Counter()
        self.voided: Counter[str] = Counter()
        self.id_of_code: dict[str, str] = {}
        self.id_of_claim: dict[tuple[str, str], str] = {}
        self._held: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._ends: list[tuple[int, str]] = []
        store.watch(VoucherRow, self._enter)

    def _enter(self, old: VoucherRow | None, new: VoucherRow) -> None:
        if old is None:
            self.issued[new.batch_id] += 1
            self.id_of_code.setdefault(new.code, new.id)
            self.id_of_claim[new.account, new.claim_key] = new.id
            self._held[new.batch_id, new.account].append(new.id)
        if new.state == "void" and (old is None or old.state != "void"):
            self.voided[new.batch_id] += 1
        if new.state in ALIVE and (old is None or old.state not in ALIVE):
            heapq.heappush(self._ends, (new.valid_until_us, new.id))

    def of_account(self, batch_id: str, account: str) -> list[VoucherRow]:
        """All vouchers of a batch an account ever got, void ones too."""
        return [self._store.row(VoucherRow, one) for one in self._held.get((batch_id, account), ())]

    def due(self, now: int) -> list[VoucherRow]:
        """Vouchers that were never used and whose time is over by ``now``; each is given once."""
        found = []
        while self._ends and self._ends[0][0] <= now:
            _, voucher_id = heapq.heappop(self._ends)
            voucher = self._store.row(VoucherRow, voucher_id)
            if voucher.state in ALIVE and voucher.valid_until_us <= now:
                found.append(voucher)
        return found
