"""What a batch is at a moment of the platform's business clock: "live" says only that nobody has stopped it."""

from collections.abc import Sequence
from datetime import datetime

from voucher_console.view import View
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, BatchPage, Round

_GOES_BEFORE = ("live", "paused", "not_started")


async def business_now(view: View) -> datetime:
    """The platform's business time, which every platform tells with its batches. Raises Refused."""
    page: BatchPage = await view.get(routes.LIST_BATCHES, query={"limit": "1"})
    return page.server_time


def is_over(batch: Batch, now: datetime) -> bool:
    """Whether nobody can claim any more, whatever the batch's state."""
    return batch.claim_closes_at <= now


def batch_phase(batch: Batch, now: datetime) -> str:
    """The state as an officer should read it: what time has done to a live batch goes before "live"."""
    if batch.state in {"live", "paused"} and is_over(batch, now):
        return "claiming_over"
    if batch.state == "live" and now < batch.claim_opens_at:
        return "not_started"
    return batch.state


def round_phase(round_: Round, batches: Sequence[Batch], now: datetime) -> str | None:
    """What the batches of a published round have come to; None where there is nothing to add to the round's state.

    One that can be claimed now goes before the others, then what somebody or time may bring back.
    """
    if round_.state != "published" or not batches:
        return None
    phases = {batch_phase(one, now) for one in batches}
    if phases <= {"claiming_over", "stopped"}:
        return "claiming_over" if "claiming_over" in phases else "stopped"
    return next((one for one in _GOES_BEFORE if one in phases), None)
