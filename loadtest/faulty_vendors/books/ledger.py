"""Where the money is. Every movement is a row from one account to another; balances only follow from rows."""

from collections import Counter, defaultdict

from loadtest.faulty_vendors.books.rows import TransferRow
from loadtest.faulty_vendors.books.store import Store

BUCKETS = ("free", "reserved", "held", "redeemed", "settled", "owed", "in_transit", "returned")
_SOURCE = "source"


def account(kind: str, owner: str) -> str:
    """``free``, ``in_transit`` and ``returned`` belong to a campaign, the others to a batch."""
    return f"{kind}:{owner}"


class Ledger:
    """The transfers of all campaigns, numbered from 1."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._balances: Counter[str] = Counter()
        self._transfers: dict[str, list[TransferRow]] = defaultdict(list)
        self._last = 0
        store.watch(TransferRow, self._enter)

    def _enter(self, _: TransferRow | None, row: TransferRow) -> None:
        self._balances[row.debit] -= row.amount_fen
        self._balances[row.credit] += row.amount_fen
        self._transfers[row.campaign_id].append(row)
        self._last = row.id

    def balance(self, name: str) -> int:
        """Fen in an account."""
        return self._balances[name]

    def transfers(self, campaign_id: str) -> list[TransferRow]:
        """All of a campaign, in order."""
        return self._transfers[campaign_id]

    def move(
        self, campaign_id: str, debit: str, credit: str, amount_fen: int, *, kind: str, reference: str, at_us: int,
        count: int = 1,
    ) -> int:  # fmt: skip
        """Move up to ``amount_fen``; returns what was moved. Only the source of deposits may be overdrawn.

        A correct vendor always moves all of it. One that gave a voucher away twice has the money for it only once.
        """
        there = amount_fen if debit.startswith(_SOURCE) else min(amount_fen, self._balances[debit])
        if there > 0:
            self._store.put(
                TransferRow(self._last + 1, campaign_id, debit, credit, there, count, kind, reference, at_us)
            )
        return max(there, 0)

    def buckets(self, campaign_id: str, owner: str | None = None) -> dict[str, int]:
        """Fen by kind of account, added up from the single transfers; ``owner`` limits it to one batch or campaign.

        ``source`` counts what came in, as a positive number.
        """
        totals: Counter[str] = Counter(dict.fromkeys((_SOURCE, *BUCKETS), 0))
        for row in self._transfers[campaign_id]:
            for name, sign in ((row.debit, -1), (row.credit, 1)):
                kind, _, whose = name.partition(":")
                if owner in {None, whose}:
                    totals[kind] += sign * row.amount_fen
        totals[_SOURCE] = -totals[_SOURCE]
        return dict(totals)
