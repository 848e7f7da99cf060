"""What people spend: order sums in fen around a threshold, and the shop's own promotion."""

import random
from dataclasses import dataclass

_ENDINGS_FEN = (0, 0, 0, 50, 80, 90)
_PROMOTION_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Order:
    """One till receipt, in fen. The threshold is tested on total − merchant discount − excluded goods."""

    total_fen: int
    merchant_discount_fen: int = 0
    excluded_goods_fen: int = 0

    @property
    def payable_fen(self) -> int:
        """What is left after the shop's own promotion; refunds are asked of this sum."""
        return self.total_fen - self.merchant_discount_fen


def honest_order(rng: random.Random, threshold_fen: int) -> Order:
    """Draw an order that passes: mostly little above the threshold, one in five with a promotion."""
    payable_fen = threshold_fen + int(rng.expovariate(1 / (0.35 * threshold_fen)))
    payable_fen += rng.choice(_ENDINGS_FEN)
    if rng.random() >= _PROMOTION_SHARE:
        return Order(payable_fen)
    discount_fen = payable_fen * rng.randrange(3, 11) // 100
    return Order(payable_fen + discount_fen, discount_fen)


def order_below_threshold(rng: random.Random, threshold_fen: int) -> Order:
    """Draw an order that is too small by itself."""
    return Order(max(1, threshold_fen * rng.randrange(55, 99) // 100))


def order_below_after_promotion(rng: random.Random, threshold_fen: int) -> Order:
    """Draw an order that reaches the threshold only before the shop's own promotion."""
    total_fen = threshold_fen + rng.randrange(threshold_fen // 20 + 1)
    short_fen = rng.randrange(1, threshold_fen // 10 + 2)
    return Order(total_fen, total_fen - threshold_fen + short_fen)


def order_of_excluded_goods(rng: random.Random, threshold_fen: int) -> Order:
    """Draw an order that reaches the threshold only with goods that do not count, such as tobacco."""
    total_fen = threshold_fen + rng.randrange(threshold_fen // 2 + 1)
    counting_fen = rng.randrange(threshold_fen // 4, threshold_fen)
    return Order(total_fen, excluded_goods_fen=total_fen - counting_fen)
