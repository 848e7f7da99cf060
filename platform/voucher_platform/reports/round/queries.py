"""What the report of a round needs besides the indicators, in SQL.

All take ``round``; some ``campaign``, ``today``, ``zone`` (the city's timezone), ``origin`` (the first claim) and
``step_s`` (seconds of a step of the curve).
"""

from sqlalchemy import text

CLAIM_SPAN = text(
    """SELECT min(claimed_at) AS first_at, max(claimed_at) AS last_at,
      percentile_disc(0.5) WITHIN GROUP (ORDER BY claimed_at) AS half_at
    FROM voucher v JOIN batch b ON b.id = v.batch_id WHERE b.round_id = :round"""
)
CLAIM_CURVE = text(
    """SELECT floor(extract(epoch FROM v.claimed_at - CAST(:origin AS timestamptz)) / :step_s)::integer AS step,
      count(*) AS issued
    FROM voucher v JOIN batch b ON b.id = v.batch_id WHERE b.round_id = :round GROUP BY 1 ORDER BY 1"""
)
OUTCOMES = text(
    """SELECT a.outcome, sum(a.attempts)::bigint AS attempts
    FROM batch b JOIN claim_attempt_count a ON a.batch_id = b.id
    WHERE b.round_id = :round AND a.day <= :today GROUP BY 1 ORDER BY 2 DESC, 1"""
)
ADMITTED = text(
    """SELECT district, category, count(*) AS admitted FROM merchant
    WHERE admitted AND NOT suspended GROUP BY 1, 2"""
)
REDEEMING = text(
    """SELECT m.district, m.category, count(DISTINCT m.id) AS redeeming, count(*) AS redemptions,
      sum(r.voucher_fen)::bigint AS redeemed_fen
    FROM batch b JOIN redemption r ON r.campaign_id = b.campaign_id AND r.batch_id = b.id
      JOIN merchant m ON m.id = r.merchant_id
    WHERE b.round_id = :round GROUP BY 1, 2"""
)
_LOOKED_AT = """count(*) FILTER (WHERE r.payable_fen = b.threshold_fen) AS at_threshold,
      count(*) FILTER (WHERE extract(hour FROM r.redeemed_at AT TIME ZONE :zone) < 6) AS at_night"""
_REDEMPTIONS = "FROM batch b JOIN redemption r ON r.campaign_id = b.campaign_id AND r.batch_id = b.id"
SIGNS = text(f"SELECT {_LOOKED_AT} {_REDEMPTIONS} WHERE b.round_id = :round")
LARGEST = text(
    f"""SELECT m.id AS merchant_id, m.name, m.district, m.category, count(*) AS redemptions,
      sum(r.voucher_fen)::bigint AS redeemed_fen, {_LOOKED_AT}
    {_REDEMPTIONS} JOIN merchant m ON m.id = r.merchant_id
    WHERE b.round_id = :round GROUP BY 1, 2, 3, 4 ORDER BY 6 DESC, 1 LIMIT 10"""
)
# Each transfer's two ends, summed by account: from it balances are recomputed, row by row and in one pass.
BALANCES = text(
    """WITH account AS (
      SELECT a.id, a.kind, a.balance_fen FROM ledger_account a JOIN batch b ON b.id = a.batch_id
      WHERE b.round_id = :round
    ), ends AS (
      SELECT credit_account AS id, amount_fen AS fen FROM ledger_transfer WHERE campaign_id = :campaign
      UNION ALL SELECT debit_account, -amount_fen FROM ledger_transfer WHERE campaign_id = :campaign
    ), moved AS (SELECT id, sum(fen) AS fen FROM ends GROUP BY 1)
    SELECT a.kind, sum(a.balance_fen)::bigint AS balance_fen, bool_and(a.balance_fen = coalesce(m.fen, 0)) AS agrees
    FROM account a LEFT JOIN moved m ON m.id = a.id GROUP BY 1"""
)
FLOWS = text(
    """WITH account AS (
      SELECT a.id FROM ledger_account a JOIN batch b ON b.id = a.batch_id WHERE b.round_id = :round
    )
    SELECT coalesce(sum(amount_fen) FILTER (WHERE comes_in AND NOT goes_out AND is_reserve), 0)::bigint AS released_fen,
      coalesce(sum(amount_fen) FILTER (WHERE comes_in AND NOT goes_out AND NOT is_reserve), 0)::bigint AS covered_fen,
      coalesce(sum(amount_fen) FILTER (WHERE goes_out AND NOT comes_in), 0)::bigint AS given_back_fen
    FROM (SELECT t.amount_fen, t.credit_account LIKE 'reserved:%' AS is_reserve,
        t.credit_account IN (SELECT id FROM account) AS comes_in,
        t.debit_account IN (SELECT id FROM account) AS goes_out
      FROM ledger_transfer t WHERE t.campaign_id = :campaign) AS t"""
)
ACTS = text(
    """SELECT e.id AS audit_id, e.at, e.business_at, e.principal AS by, e.action, e.object_id,
      coalesce(b.name, r.name) AS object_name, e.detail ->> 'reason' AS reason
    FROM audit_entry e LEFT JOIN batch b ON b.id = e.object_id LEFT JOIN round r ON r.id = e.object_id
    WHERE (b.round_id = :round OR r.id = :round) AND e.action <> 'report_fetched' ORDER BY e.id LIMIT 500"""
)
FROZEN = text(
    """SELECT count(*) AS frozen
    FROM audit_entry e JOIN voucher v ON v.id = e.object_id JOIN batch b ON b.id = v.batch_id
    WHERE b.round_id = :round AND e.action = 'freeze_voucher'"""
)
# Only rules about a place name a batch; all others look at people, devices and shops over all batches.
ALERTS = text(
    """SELECT a.rule, a.moment, count(*) AS alerts, count(*) FILTER (WHERE a.action = 'block') AS blocked,
      count(*) FILTER (WHERE a.action = 'flag') AS flagged, count(*) FILTER (WHERE a.state = 'open') AS open,
      count(*) FILTER (WHERE a.state = 'released') AS released,
      count(*) FILTER (WHERE a.state = 'confirmed') AS confirmed,
      count(*) FILTER (WHERE a.action = 'block' AND a.state <> 'released') AS frozen,
      count(*) FILTER (WHERE a.batch_id IS NULL) AS unnamed, sum(a.count)::bigint AS requests,
      round(max(extract(epoch FROM a.decided_at - a.raised_at)))::bigint AS longest_s
    FROM risk_alert a LEFT JOIN batch b ON b.id = a.batch_id
    WHERE a.raised_at >= :published_at AND a.raised_at < :ends_at AND (a.batch_id IS NULL OR b.round_id = :round)
    GROUP BY 1, 2 ORDER BY 3 DESC, 1"""
)
# A T+1 report fetched on its own day is not yet the day's report.
FETCHED = text(
    """SELECT count(DISTINCT detail ->> 'day') AS t1_fetched FROM audit_entry
    WHERE action = 'report_fetched' AND object_id = :campaign AND detail ->> 'complete' = 'true'
      AND detail ->> 'day' BETWEEN :first_day AND :last_day"""
)
EARLIER = text(
    """SELECT e.id, e.name FROM round e JOIN round r ON r.campaign_id = e.campaign_id AND r.id = :round
    WHERE e.state = 'published' AND (e.published_at, e.id) < (r.published_at, r.id)
    ORDER BY e.published_at DESC, e.id DESC LIMIT 1"""
)
