"""What the adapter has seen: ids, and the specifications it made them from. Nothing here stands for the platform."""

from dataclasses import dataclass, field

from voucher_contract.models.campaigns import BatchSpec


@dataclass
class Memory:
    """``batches``: what was asked of each batch it published; the wire does not give categories and districts back.

    ``coupons`` and ``orders``: which coupon a request number, which order a key came to; ``refunds``: the refund
    numbers of a transaction, in order. A reply that repeats what is here is a repetition.
    """

    batches: dict[str, BatchSpec] = field(default_factory=dict)
    coupons: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, list[str]] = field(default_factory=dict)
