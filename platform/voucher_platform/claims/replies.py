"""What a claim is answered with, whichever way it came in."""

from zoneinfo import ZoneInfo

from voucher_contract.models.vouchers import ClaimPending
from voucher_platform.claims.course import ClaimResult
from voucher_platform.claims.rules import Asked
from voucher_platform.claims.views import voucher_as_issued
from voucher_platform.core.raw_reply import RawReply, json_reply

_ASK_AGAIN_MS = 1_000
_REPLAYED = (b"idempotent-replayed", b"true")


def claim_reply(result: ClaimResult, asked: Asked, zone: ZoneInfo, *, created: bool) -> RawReply:
    """201 with the voucher, or 200 for who only looked (not ``created``); 202 while it is not known."""
    if result.row is None:
        url = f"/v1/batches/{asked.batch_id}/claims/{asked.claim_key}"
        pending = ClaimPending(status_url=url, retry_after_ms=_ASK_AGAIN_MS).model_dump_json().encode()
        return json_reply(202, pending, (b"retry-after", b"1"))
    body = voucher_as_issued(result.row, result.terms, zone)
    if not created:
        return json_reply(200, body)
    return json_reply(201, body, _REPLAYED) if result.replayed else json_reply(201, body)
