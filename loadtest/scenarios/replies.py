"""What of a reply goes into the history: an id, a code, a number, and a word for replies that carry no code."""

from typing import NamedTuple

from voucher_contract.models.campaigns import Batch
from voucher_contract.models.redemptions import Redemption, Refund
from voucher_contract.models.vouchers import Voucher, VoucherChanged
from voucher_contract.operations.protocol import Outcome, Reply


class Result(NamedTuple):
    """What a success gave. ``value``: fen of public money that came back (refund), remaining vouchers (batch)."""

    id: str = ""
    voucher_code: str = ""
    value: int = 0


def result_of(answer: Outcome) -> Result:
    """The result in a reply of the contract; nothing for refusals and for replies that cannot be read."""
    value = answer.value
    if isinstance(value, Voucher):
        return Result(value.id, value.code or "")
    if isinstance(value, Refund):
        return Result(value.id, "", value.fund_fen)
    if isinstance(value, Batch):
        return Result("", "", value.remaining)
    return Result(value.id) if isinstance(value, Redemption | VoucherChanged) else Result()


def code_of(answer: Outcome, reply: Reply) -> str | None:
    """The reply's code; without one, what happened on the way, in the bench's own words."""
    if answer.code is not None:
        return answer.code
    if not reply.sent:
        return "never_sent"
    if reply.status == 0:
        return "timeout" if b"timed out" in reply.body or b"too long" in reply.body else "reset"
    readable = answer.kind == "ok" and answer.value is not None
    return None if readable else "unreadable"
