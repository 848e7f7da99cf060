"""What some defects have to remember, in memory only: which worker gave a voucher, which shard it came from, when
"sold out" was first said. A correct vendor never looks here.
"""

import time
import zlib
from collections import Counter

from loadtest.faulty_vendors.books.rows import BatchRow, VoucherRow
from loadtest.faulty_vendors.books.store import Store

_SHARDS = 4
_KEPT_BACK_S = 0.3


class Shortcomings:
    """Kept up to date with every voucher's image."""

    def __init__(self, store: Store) -> None:
        self.worker_of: dict[str, int] = {}
        self.last_code: dict[str, str] = {}
        self._out_of_shard: Counter[tuple[str, int]] = Counter()
        self._sold_out_said: dict[str, float] = {}
        store.watch(VoucherRow, self._enter)

    def _enter(self, old: VoucherRow | None, new: VoucherRow) -> None:
        shard = (new.batch_id, shard_of(new.account))
        if old is None:
            self._out_of_shard[shard] += 1
            self.last_code[new.batch_id] = new.code
        elif new.state == "void" and old.state != "void":
            self._out_of_shard[shard] -= 1

    def left_in_shard(self, batch: BatchRow, account: str) -> int:
        """What is left in the part of the stock this account is served from."""
        shard = shard_of(account)
        share = batch.quota // _SHARDS + (shard < batch.quota % _SHARDS)
        return share - self._out_of_shard[batch.id, shard]

    def kept_back(self, batch_id: str) -> int:
        """One voucher is kept back, as if in an order not yet paid, until a while after "sold out" was first said."""
        said = self._sold_out_said.get(batch_id)
        return 0 if said is not None and time.monotonic() - said > _KEPT_BACK_S else 1

    def said_sold_out(self, batch_id: str) -> None:
        """Somebody was told."""
        self._sold_out_said.setdefault(batch_id, time.monotonic())


def shard_of(account: str) -> int:
    """Accounts are spread over the shards by a hash of their name."""
    return zlib.crc32(account.encode()) % _SHARDS
