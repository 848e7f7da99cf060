"""Which orders have used a voucher."""

from collections import defaultdict

from loadtest.faulty_vendors.books.rows import RedemptionRow
from loadtest.faulty_vendors.books.store import Store


class Orders:
    """Live redemptions by merchant and order number."""

    def __init__(self, store: Store) -> None:
        self._live: dict[tuple[str, str], set[str]] = defaultdict(set)
        store.watch(RedemptionRow, self._enter)

    def _enter(self, _: RedemptionRow | None, row: RedemptionRow) -> None:
        live = self._live[row.merchant_id, row.order_no]
        if row.reversed:
            live.discard(row.id)
        else:
            live.add(row.id)

    def used(self, merchant_id: str, order_no: str) -> bool:
        """Whether this order of this merchant has used one."""
        return bool(self._live.get((merchant_id, order_no)))
