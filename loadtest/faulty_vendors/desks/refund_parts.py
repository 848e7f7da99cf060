"""How money that is taken back splits (S-54). Amounts are fen; nothing here knows more than one order."""

from typing import NamedTuple


class Parts(NamedTuple):
    """Whose money an amount is: the user's, the voucher's, the platform's."""

    user: int
    voucher: int
    platform: int


def parts_of_first(taken: int, order: Parts) -> Parts:
    """The parts of the first ``taken`` fen of an order, in however many refunds they came."""
    payable = sum(order)
    user = (2 * taken * order.user + payable) // (2 * payable)
    others = taken - user
    platform = others * order.platform // (order.voucher + order.platform)
    return Parts(user, others - platform, platform)


def parts_of_refund(before: int, amount: int, order: Parts) -> Parts:
    """What a refund of ``amount`` adds once ``before`` has been taken back."""
    was, becomes = parts_of_first(before, order), parts_of_first(before + amount, order)
    return Parts(*(new - old for new, old in zip(becomes, was, strict=True)))
