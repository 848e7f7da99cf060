"""What became of a voucher, as its holder sees it: the order that used it, its refunds, the last refusal at a till."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import refusals
from voucher_contract.models.vouchers import LastRefusal, RefundOfUse, VoucherUse
from voucher_contract.refusals import REFUSALS
from voucher_platform.core.problems import Refused


async def get_voucher_use(connection: AsyncConnection, *, voucher_id: str, account: str, zone: ZoneInfo) -> VoucherUse:
    """The use of a voucher that ``account`` holds, times in ``zone``. Refuses ``not_found``, for anybody else too."""
    names = {"id": voucher_id, "account": account}
    row = (await connection.execute(_USE, names)).one_or_none()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    refunds = await connection.execute(_REFUNDS, {"redemption": row.redemption_id})
    return VoucherUse(
        voucher_id=voucher_id, state=row.state, merchant_name=row.merchant_name, order_no=row.order_no,
        redeemed_at=None if row.redeemed_at is None else row.redeemed_at.astimezone(zone),
        voucher_fen=row.voucher_fen or 0, paid_fen=row.paid_fen or 0,
        refunds=[_refund(each, zone) for each in refunds], last_refusal=_last_refusal(row, zone),
    )  # fmt: skip


def _refund(row: Any, zone: ZoneInfo) -> RefundOfUse:
    return RefundOfUse(
        number=row.number, amount_fen=row.amount_fen, user_fen=row.user_fen, voucher_returned=row.voucher_returned,
        refunded_at=row.refunded_at.astimezone(zone),
    )  # fmt: skip


def _last_refusal(row: Any, zone: ZoneInfo) -> LastRefusal | None:
    if row.refusal_code is None:
        return None
    refusal = REFUSALS[row.refusal_code]
    return LastRefusal(
        code=refusal.code, message_zh=refusal.zh, message_en=refusal.en, merchant_name=row.refused_by,
        at=row.refused_at.astimezone(zone),
    )  # fmt: skip


# The two halves of ``used`` are two partial indexes; the latest has the largest id.
_USE = text(
    """
    SELECT v.state, used.id AS redemption_id, shop.name AS merchant_name, used.order_no, used.redeemed_at,
      used.voucher_fen, used.paid_fen, refusal.code AS refusal_code, refusal.refused_at, refuser.name AS refused_by
    FROM voucher v
    LEFT JOIN LATERAL (
      SELECT * FROM redemption WHERE voucher_id = v.id AND NOT reversed
      UNION ALL SELECT * FROM redemption WHERE voucher_id = v.id AND reversed
      ORDER BY id DESC LIMIT 1
    ) AS used ON true
    LEFT JOIN merchant shop ON shop.id = used.merchant_id
    LEFT JOIN redemption_refusal refusal ON refusal.voucher_id = v.id
    LEFT JOIN merchant refuser ON refuser.id = refusal.merchant_id
    WHERE v.id = :id AND v.account_id = :account
    """
)
_REFUNDS = text(
    "SELECT number, amount_fen, user_fen, voucher_returned, refunded_at FROM refund"
    " WHERE redemption_id = :redemption ORDER BY number"
)
