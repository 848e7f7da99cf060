"""How many vouchers of a batch this vendor believes it may still give out."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable

from loadtest.faulty_vendors.books.holdings import Holdings
from loadtest.faulty_vendors.books.rows import BatchRow

_TOO_LATE_S = 6.0


class Stock:
    """Quota less what is out. ``has`` tells what the vendor does wrong."""

    def __init__(self, holdings: Holdings, has: Callable[[str], bool]) -> None:
        self._holdings = holdings
        self._has = has
        self._leaked: Counter[str] = Counter()
        self._unseen: dict[str, list[tuple[float, int]]] = defaultdict(list)

    def remaining(self, batch: BatchRow) -> int:
        """Vouchers left; what came back counts at once."""
        out = self._holdings.issued[batch.id]
        if not self._has("void-keeps-stock"):
            out -= self._holdings.voided[batch.id]
        return batch.quota - out - self._hidden(batch.id) - self._leaked[batch.id]

    def shown(self, batch: BatchRow) -> int:
        """What people are told is left."""
        left = max(0, self.remaining(batch))
        if self._has("remaining-implausible"):
            return left + 1 + batch.quota // 10
        return left

    def came_back(self, batch_id: str, count: int) -> None:
        """Stock has come back, by a void or a raised quota."""
        if self._has("reopen-too-late"):
            self._unseen[batch_id].append((time.monotonic() + _TOO_LATE_S, count))

    def taken_by_a_refusal(self, batch_id: str) -> None:
        """A vendor that counts down first and asks afterwards gives nothing back when it refuses."""
        if self._has("refusal-takes-stock"):
            self._leaked[batch_id] += 1

    def _hidden(self, batch_id: str) -> int:
        if batch_id not in self._unseen:
            return 0
        return sum(count for until, count in self._unseen[batch_id] if time.monotonic() < until)
