"""The T+1 indicators of one round by business day, in SQL: rows of (day, figures named as indicators).

All take ``round``, ``zone`` (the city's timezone), ``today`` and ``upto`` (now). Days without an event have no row.
"""

from sqlalchemy import text

RELEASED = text(
    """SELECT (t.business_at AT TIME ZONE :zone)::date AS day,
      sum(t.amount_fen / b.face_fen)::bigint AS released_vouchers, sum(t.amount_fen)::bigint AS released_fen
    FROM batch b JOIN ledger_transfer t ON t.campaign_id = b.campaign_id
      AND t.debit_account = 'free:' || b.campaign_id AND t.credit_account = 'reserved:' || b.id
    WHERE b.round_id = :round GROUP BY 1"""
)
ISSUED = text(
    """SELECT (v.claimed_at AT TIME ZONE :zone)::date AS day, count(*) AS issued_vouchers,
      sum(b.face_fen)::bigint AS issued_fen, count(*) FILTER (WHERE v.state = 'void') AS voided_vouchers,
      count(DISTINCT v.person_id) AS claimants
    FROM batch b JOIN voucher v ON v.batch_id = b.id WHERE b.round_id = :round GROUP BY 1"""
)
EXPIRED = text(
    """SELECT (v.valid_until AT TIME ZONE :zone)::date AS day, count(*) AS expired_vouchers,
      sum(b.face_fen)::bigint AS expired_fen
    FROM batch b JOIN voucher v ON v.batch_id = b.id
    WHERE b.round_id = :round AND v.state IN ('issued', 'frozen', 'expired') AND v.valid_until <= :upto GROUP BY 1"""
)
ATTEMPTS = text(
    """SELECT a.day, sum(a.attempts)::bigint AS claim_attempts
    FROM batch b JOIN claim_attempt_count a ON a.batch_id = b.id
    WHERE b.round_id = :round AND a.day <= :today GROUP BY 1"""
)
SEEKERS = text(
    """SELECT day, count(*) AS seekers FROM (
      SELECT a.day, a.person_id FROM batch b JOIN claim_seeker a ON a.batch_id = b.id
      WHERE b.round_id = :round AND a.day <= :today
      UNION SELECT (v.claimed_at AT TIME ZONE :zone)::date, v.person_id
      FROM batch b JOIN voucher v ON v.batch_id = b.id WHERE b.round_id = :round) AS tried GROUP BY 1"""
)
REDEEMED = text(
    """SELECT (r.redeemed_at AT TIME ZONE :zone)::date AS day, count(*) AS redemptions,
      sum(r.voucher_fen)::bigint AS redeemed_fen, sum(r.platform_discount_fen)::bigint AS platform_discount_fen,
      sum(r.merchant_discount_fen)::bigint AS merchant_discount_fen, sum(r.order_total_fen)::bigint AS order_total_fen,
      sum(r.paid_fen)::bigint AS paid_fen, count(DISTINCT v.person_id) AS redeemers
    FROM batch b JOIN redemption r ON r.campaign_id = b.campaign_id AND r.batch_id = b.id
      JOIN voucher v ON v.id = r.voucher_id
    WHERE b.round_id = :round GROUP BY 1"""
)
MERCHANTS = text(
    """SELECT (r.redeemed_at AT TIME ZONE :zone)::date AS day, m.size_class, m.category,
      count(DISTINCT m.id) AS merchants
    FROM batch b JOIN redemption r ON r.campaign_id = b.campaign_id AND r.batch_id = b.id
      JOIN merchant m ON m.id = r.merchant_id
    WHERE b.round_id = :round GROUP BY 1, 2, 3"""
)
REFUNDED = text(
    """WITH running AS (
      SELECT f.*, r.merchant_discount_fen,
        sum(f.amount_fen) OVER (PARTITION BY f.redemption_id ORDER BY f.number) = r.payable_fen AS whole
      FROM refund f JOIN redemption r ON r.id = f.redemption_id JOIN batch b ON b.id = r.batch_id
      WHERE b.round_id = :round
    )
    SELECT (refunded_at AT TIME ZONE :zone)::date AS day, count(*) AS refund_count,
      count(*) FILTER (WHERE whole) AS whole_refunds, sum(amount_fen)::bigint AS refund_order_fen,
      sum(voucher_fen)::bigint AS refund_voucher_fen, sum(user_fen)::bigint AS refund_user_fen,
      sum(platform_fen)::bigint AS refund_platform_fen, sum(fund_fen)::bigint AS refund_fund_fen,
      count(*) FILTER (WHERE voucher_returned) AS vouchers_returned,
      coalesce(sum(merchant_discount_fen) FILTER (WHERE whole), 0)::bigint AS withdrawn_discount_fen
    FROM running GROUP BY 1"""
)
COUNTED = (RELEASED, ISSUED, EXPIRED, ATTEMPTS, SEEKERS, REDEEMED, REFUNDED)
