"""Which transfers a refund needs: where its public money is now, and where it goes. Pure."""

from datetime import datetime

from voucher_platform.ledger.operations import Movement
from voucher_platform.ledger.rules import account_id
from voucher_platform.refunds.rules import Ending


def movements(
    *, campaign_id: str, batch_id: str, refund_id: str, ending: Ending, settled: bool, now: datetime
) -> list[Movement]:
    """The transfers of ``ending.fund_fen``; none where the regime leaves the voucher used up.

    Before settlement the money is still here: redeemed → held for a voucher given back, else → free. After it the
    merchant has been paid and owes it: settled → owed; a voucher given back then needs other money, free → held.
    """
    if ending.fund_fen == 0:
        return []

    def transfer(debit: str, credit: str, kind: str) -> Movement:
        return Movement(campaign_id, debit, credit, ending.fund_fen, kind, refund_id, now)

    free, held = account_id("free", campaign_id), account_id("held", batch_id)
    returned = ending.state == "issued"
    if not settled:
        return [transfer(account_id("redeemed", batch_id), held if returned else free, "refund")]
    owing = transfer(account_id("settled", batch_id), account_id("owed", batch_id), "refund_owed")
    return [owing, transfer(free, held, "refund_covered")] if returned else [owing]
