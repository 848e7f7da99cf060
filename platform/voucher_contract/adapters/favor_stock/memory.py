"""What the adapter has seen: ids only. Nothing here stands for the platform, and load tests do without it."""

from dataclasses import dataclass, field


@dataclass
class Memory:
    """``coupons`` and ``orders``: which coupon a request number, which order a key came to; ``refunds``: the refund
    numbers of a transaction, in order. A reply that repeats what is here is a repetition.
    """

    coupons: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, list[str]] = field(default_factory=dict)
