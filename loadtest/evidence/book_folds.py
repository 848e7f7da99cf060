"""Folds over a campaign's books: statements of money and pages of transfers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.folds import fold

BUCKETS = (
    "free_fen", "reserved_fen", "held_fen", "redeemed_unsettled_fen", "settled_fen", "owed_by_merchants_fen",
    "return_in_transit_fen", "returned_fen",
)  # fmt: skip
_OF_BATCH = ("reserved_fen", "held_fen", "redeemed_unsettled_fen", "settled_fen", "owed_by_merchants_fen")


@fold
def identity_differences(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[int]:  # noqa: ARG001 - see FOLDS
    """Numbers of the statements in which received is not the sum of all other buckets (S-59)."""
    return [one.number for one in exchanges if not _adds_up(one.value["buckets"])]


def _adds_up(buckets: Mapping[str, int]) -> bool:
    return buckets["received_fen"] == sum(buckets[name] for name in BUCKETS)


@fold
def batch_differences(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[str]:  # noqa: ARG001 - see FOLDS
    """Buckets of the statements that are not the sum of their batches' lines."""
    return sorted(
        {
            name
            for one in exchanges
            for name in _OF_BATCH
            if one.value["buckets"][name] != sum(batch[name] for batch in one.value["batches"])
        }
    )


@fold
def money_in_accounts(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> int:  # noqa: ARG001 - see FOLDS
    """Fen in all accounts that hold any, by the single transfers: what came in, since nothing leaves the accounts."""
    return sum(balance for balance in balances(exchanges).values() if balance > 0)


@fold
def account_balance(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> int:
    """Fen in the accounts whose kind (the word before the colon) is ``given["kind"]``, by the single transfers."""
    return sum(balance for name, balance in balances(exchanges).items() if kind_of(name) == given["kind"])


@fold
def transfers_rewritten(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[int]:
    """Ids of transfers on the first ``given["earlier"]`` pages that later pages lack or show otherwise (S-60)."""
    earlier, later = exchanges[: given["earlier"]], exchanges[given["earlier"] :]
    now = {one["id"]: one for one in _transfers(later)}
    return [one["id"] for one in _transfers(earlier) if now.get(one["id"]) != one]


def balances(pages: Sequence[Exchange]) -> Counter[str]:
    """Fen by account: what it was credited less what it was debited. Accounts outside the pot are negative."""
    found: Counter[str] = Counter()
    for one in _transfers(pages):
        found[one["credit"]] += one["amount_fen"]
        found[one["debit"]] -= one["amount_fen"]
    return found


def kind_of(account: str) -> str:
    """``free`` of ``free:cmp_1``; the whole name where there is no colon."""
    return account.partition(":")[0]


def _transfers(pages: Sequence[Exchange]) -> Iterator[Mapping[str, Any]]:
    for page in pages:
        yield from page.value["items"]
