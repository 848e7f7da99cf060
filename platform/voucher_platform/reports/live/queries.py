"""The live figures in one statement, so of one snapshot; a row of JSON columns and counts.

Every scan begins at an index: batches of the campaign are few, their attempts and seekers stand under the batch,
vouchers under (batch_id, seq), redemptions under (campaign_id, redeemed_at). Refunds are few, each found by its
redemption's key.
"""

from sqlalchemy import text

LIVE = text(
    """WITH published AS (
      SELECT b.id, b.name, b.face_fen, b.state, s.quota, s.issued, s.voided
      FROM batch b JOIN round r ON r.id = b.round_id JOIN batch_stock s ON s.batch_id = b.id
      WHERE b.campaign_id = :campaign AND r.state = 'published'
    ), spent AS (
      SELECT batch_id, merchant_id, count(*) AS redeemed, sum(voucher_fen)::bigint AS redeemed_fen
      FROM redemption WHERE campaign_id = :campaign GROUP BY 1, 2
    ), placed AS (
      SELECT s.batch_id, m.category, m.district, sum(s.redeemed)::bigint AS redeemed,
        sum(s.redeemed_fen)::bigint AS redeemed_fen
      FROM spent s JOIN merchant m ON m.id = s.merchant_id GROUP BY 1, 2, 3
    ), taken_back AS (
      SELECT count(*) AS refunds, coalesce(sum(f.fund_fen), 0)::bigint AS refunded_fund_fen
      FROM refund f JOIN redemption r ON r.id = f.redemption_id WHERE r.campaign_id = :campaign
    ), tried AS (
      SELECT a.outcome, sum(a.attempts)::bigint AS attempts
      FROM published b JOIN claim_attempt_count a ON a.batch_id = b.id GROUP BY 1
    ), seeker AS (
      SELECT a.person_id FROM published b JOIN claim_seeker a ON a.batch_id = b.id
      UNION SELECT v.person_id FROM published b JOIN voucher v ON v.batch_id = b.id
    )
    SELECT (SELECT name FROM campaign WHERE id = :campaign) AS campaign_name,
      (SELECT coalesce(json_agg(to_json(p) ORDER BY p.id), '[]') FROM published p)::text AS batches,
      (SELECT coalesce(json_agg(to_json(p)), '[]') FROM placed p)::text AS places,
      (SELECT coalesce(json_object_agg(outcome, attempts ORDER BY outcome), '{}') FROM tried)::text AS attempts,
      (SELECT count(*) FROM seeker) AS seekers, refunds, refunded_fund_fen
    FROM taken_back"""
)
