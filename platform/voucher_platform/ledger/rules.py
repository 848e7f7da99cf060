"""The accounts of a campaign and of its batches, and the identity that holds between them. Pure."""

from typing import Literal

AccountKind = Literal[
    "source", "free", "reserved", "held", "redeemed", "settled", "owed", "in_transit", "returned"
]  # fmt: skip
CAMPAIGN_KINDS: tuple[AccountKind, ...] = ("source", "free", "in_transit", "returned")
BATCH_KINDS: tuple[AccountKind, ...] = ("reserved", "held", "redeemed", "settled", "owed")


def account_id(kind: AccountKind, owner_id: str) -> str:
    """The id of an account: its kind and the campaign or batch that owns it. No look-up is ever needed."""
    return f"{kind}:{owner_id}"
