"""The counting, in SQL. Each statement returns rows of (dimension, key, period, figures named as indicators).

All take the same parameters: ``campaign``, ``round`` (null: every round of it), the business day [``starts``,
``ends``), its date ``day``, and ``upto``, the earlier of ``ends`` and now. A row counts in the period "day" from
``starts`` on, in "cumulative" always.
"""

from sqlalchemy import text

_PERIODS = "(VALUES ('day', true), ('cumulative', false)) AS p (period, only_day) ON (of_day OR NOT only_day)"

_OF_ROUND = "(CAST(:round AS text) IS NULL OR b.round_id = CAST(:round AS text))"

# Where a batch counts: a batch of several industries stands once under each, so issuing overlaps between them.
_SCOPE = f"""
  published AS (
    SELECT b.id, b.name, b.face_fen, b.categories, b.round_id, r.name AS round_name, r.published_at
    FROM batch b JOIN round r ON r.id = b.round_id
    WHERE b.campaign_id = :campaign AND r.state = 'published' AND r.published_at < :ends AND {_OF_ROUND}
  ), scope AS (
    SELECT 'total' AS dimension, 'total' AS key, id AS batch_id, face_fen FROM published
    UNION ALL SELECT 'batch', id, id, face_fen FROM published
    UNION ALL SELECT 'round', round_id, id, face_fen FROM published
    UNION ALL SELECT DISTINCT 'industry', category, id, face_fen
      FROM published CROSS JOIN LATERAL unnest(categories) AS c (category)
  )"""  # noqa: S608 - constants of this module

# Where a redemption or a refund counts: once in every dimension, so these add up exactly.
_PLACES = """LATERAL (VALUES ('total', 'total'), ('industry', m.category), ('district', m.district),
  ('size_class', m.size_class), ('batch', r.batch_id), ('round', b.round_id)) AS s (dimension, key)"""

BATCHES = text(
    f"WITH {_SCOPE} SELECT id, name, round_id, round_name FROM published ORDER BY published_at, round_id, id"  # noqa: S608 - constants of this module
)

RELEASED = text(
    f"""WITH {_SCOPE}, reserved AS (
      SELECT b.id AS batch_id, t.amount_fen, t.business_at >= :starts AS of_day
      FROM published b JOIN ledger_transfer t
        ON t.campaign_id = :campaign AND t.debit_account = 'free:' || :campaign
       AND t.credit_account = 'reserved:' || b.id AND t.business_at < :ends
    )
    SELECT dimension, key, period, sum(amount_fen / face_fen)::bigint AS released_vouchers,
      sum(amount_fen)::bigint AS released_fen
    FROM reserved JOIN scope USING (batch_id) JOIN {_PERIODS} GROUP BY 1, 2, 3"""  # noqa: S608 - constants of this module
)

# Counts each person of ``taking_part`` (batch_id, person_id, of_day; one row a pair) once in every place. Those who
# took part in the same batches are counted first, so that only a few patterns, not all people, meet every place.
_DISTINCT_PEOPLE = f"""
  pattern AS (
    SELECT batches, days, count(*) AS people
    FROM (SELECT array_agg(batch_id ORDER BY batch_id) AS batches, array_agg(of_day ORDER BY batch_id) AS days
      FROM taking_part GROUP BY person_id) AS person GROUP BY 1, 2
  ), counted AS (
    SELECT dimension, key, period, sum(people)::bigint AS people
    FROM (SELECT DISTINCT batches, days, people, dimension, key, period
      FROM pattern CROSS JOIN unnest(batches, days) AS one (batch_id, of_day)
        JOIN scope USING (batch_id) JOIN {_PERIODS}) AS placed GROUP BY 1, 2, 3
  )"""  # noqa: S608 - constants of this module

CLAIMANTS = text(
    f"""WITH {_SCOPE}, taking_part AS (
      SELECT v.batch_id, v.person_id, bool_or(v.claimed_at >= :starts) AS of_day
      FROM published b JOIN voucher v ON v.batch_id = b.id WHERE v.claimed_at < :ends GROUP BY 1, 2
    ), {_DISTINCT_PEOPLE}
    SELECT dimension, key, period, people AS claimants FROM counted"""  # noqa: S608 - constants of this module
)

ISSUED = text(
    f"""WITH {_SCOPE}, holding AS (
      SELECT v.batch_id, v.claimed_at >= :starts AS of_day, count(*) AS held,
        count(*) FILTER (WHERE v.state = 'void') AS void
      FROM published b JOIN voucher v ON v.batch_id = b.id WHERE v.claimed_at < :ends GROUP BY 1, 2
    )
    SELECT dimension, key, period, sum(held)::bigint AS issued_vouchers, sum(held * face_fen)::bigint AS issued_fen,
      sum(void)::bigint AS voided_vouchers
    FROM holding JOIN scope USING (batch_id) JOIN {_PERIODS} GROUP BY 1, 2, 3"""  # noqa: S608 - constants of this module
)

# By its time of validity, not by when the worker marked it: a worker that comes late moves no figure to another day.
EXPIRED = text(
    f"""WITH {_SCOPE}, gone AS (
      SELECT v.batch_id, v.valid_until >= :starts AS of_day, count(*) AS vouchers
      FROM published b JOIN voucher v ON v.batch_id = b.id
      WHERE v.state IN ('issued', 'frozen', 'expired') AND v.valid_until < :ends AND v.valid_until <= :upto
      GROUP BY 1, 2
    )
    SELECT dimension, key, period, sum(vouchers)::bigint AS expired_vouchers,
      sum(vouchers * face_fen)::bigint AS expired_fen
    FROM gone JOIN scope USING (batch_id) JOIN {_PERIODS} GROUP BY 1, 2, 3"""  # noqa: S608 - constants of this module
)

ATTEMPTS = text(
    f"""WITH {_SCOPE}, tried AS (
      SELECT a.batch_id, a.day = :day AS of_day, a.attempts
      FROM published b JOIN claim_attempt_count a ON a.batch_id = b.id WHERE a.day <= :day
    )
    SELECT dimension, key, period, sum(attempts)::bigint AS claim_attempts
    FROM tried JOIN scope USING (batch_id) JOIN {_PERIODS} GROUP BY 1, 2, 3"""  # noqa: S608 - constants of this module
)

SEEKERS = text(
    f"""WITH {_SCOPE}, tried AS (
      SELECT a.batch_id, a.person_id, a.day = :day AS of_day
      FROM published b JOIN claim_seeker a ON a.batch_id = b.id WHERE a.day <= :day
      UNION ALL SELECT v.batch_id, v.person_id, v.claimed_at >= :starts
      FROM published b JOIN voucher v ON v.batch_id = b.id WHERE v.claimed_at < :ends
    ), taking_part AS (
      SELECT batch_id, person_id, bool_or(of_day) AS of_day FROM tried GROUP BY 1, 2
    ), {_DISTINCT_PEOPLE}
    SELECT dimension, key, period, people AS seekers FROM counted"""  # noqa: S608 - constants of this module
)

REDEEMED = text(
    f"""WITH r AS (
      SELECT *, redeemed_at >= :starts AS of_day FROM redemption
      WHERE campaign_id = :campaign AND redeemed_at < :ends
    )
    SELECT s.dimension, s.key, p.period, count(*) AS redemptions,
      sum(r.voucher_fen)::bigint AS redeemed_fen, sum(r.platform_discount_fen)::bigint AS platform_discount_fen,
      sum(r.merchant_discount_fen)::bigint AS merchant_discount_fen,
      sum(r.order_total_fen)::bigint AS order_total_fen, sum(r.paid_fen)::bigint AS paid_fen
    FROM r JOIN merchant m ON m.id = r.merchant_id JOIN batch b ON b.id = r.batch_id AND {_OF_ROUND}
      CROSS JOIN {_PLACES} JOIN {_PERIODS} GROUP BY 1, 2, 3"""  # noqa: S608 - constants of this module
)

# People are counted as the rows of a DISTINCT: count(DISTINCT …) would sort them, which takes five times as long.
REDEEMERS = text(
    f"""WITH r AS (
      SELECT d.merchant_id, d.batch_id, v.person_id, bool_or(d.redeemed_at >= :starts) AS of_day
      FROM redemption d JOIN voucher v ON v.id = d.voucher_id
      WHERE d.campaign_id = :campaign AND d.redeemed_at < :ends GROUP BY 1, 2, 3
    )
    SELECT dimension, key, period, count(*) AS redeemers
    FROM (SELECT DISTINCT s.dimension, s.key, p.period, r.person_id
      FROM r JOIN merchant m ON m.id = r.merchant_id JOIN batch b ON b.id = r.batch_id AND {_OF_ROUND}
        CROSS JOIN {_PLACES} JOIN {_PERIODS}) AS people GROUP BY 1, 2, 3"""  # noqa: S608 - constants of this module
)

# Which merchants, apart by size and type; a merchant has one of each, so the parts add up to the distinct count.
MERCHANTS = text(
    f"""WITH r AS (
      SELECT merchant_id, batch_id, bool_or(redeemed_at >= :starts) AS of_day FROM redemption
      WHERE campaign_id = :campaign AND redeemed_at < :ends GROUP BY 1, 2
    )
    SELECT s.dimension, s.key, p.period, m.size_class, m.category, count(DISTINCT m.id) AS merchants
    FROM r JOIN merchant m ON m.id = r.merchant_id JOIN batch b ON b.id = r.batch_id AND {_OF_ROUND}
      CROSS JOIN {_PLACES} JOIN {_PERIODS} GROUP BY 1, 2, 3, 4, 5"""  # noqa: S608 - constants of this module
)

REFUNDED = text(
    f"""WITH running AS (
      SELECT f.*, r.batch_id, r.merchant_discount_fen,
        sum(f.amount_fen) OVER (PARTITION BY f.redemption_id ORDER BY f.number) = r.payable_fen AS whole
      FROM refund f JOIN redemption r ON r.id = f.redemption_id WHERE r.campaign_id = :campaign
    ), r AS (SELECT *, refunded_at >= :starts AS of_day FROM running WHERE refunded_at < :ends)
    SELECT s.dimension, s.key, p.period, count(*) AS refund_count, count(*) FILTER (WHERE whole) AS whole_refunds,
      sum(amount_fen)::bigint AS refund_order_fen, sum(voucher_fen)::bigint AS refund_voucher_fen,
      sum(user_fen)::bigint AS refund_user_fen, sum(platform_fen)::bigint AS refund_platform_fen,
      sum(fund_fen)::bigint AS refund_fund_fen, count(*) FILTER (WHERE voucher_returned) AS vouchers_returned,
      coalesce(sum(merchant_discount_fen) FILTER (WHERE whole), 0)::bigint AS withdrawn_discount_fen
    FROM r JOIN merchant m ON m.id = r.merchant_id JOIN batch b ON b.id = r.batch_id AND {_OF_ROUND}
      CROSS JOIN {_PLACES} JOIN {_PERIODS} GROUP BY 1, 2, 3"""  # noqa: S608 - constants of this module
)

ADMITTED = text(
    """SELECT s.dimension, s.key, 'cumulative' AS period, count(*) AS admitted_merchants
    FROM merchant m CROSS JOIN LATERAL (VALUES ('total', 'total'), ('industry', m.category),
      ('district', m.district), ('size_class', m.size_class)) AS s (dimension, key)
    WHERE m.admitted AND NOT m.suspended GROUP BY 1, 2"""
)

COUNTED = (
    RELEASED, ISSUED, CLAIMANTS, EXPIRED, ATTEMPTS, SEEKERS, REDEEMED, REDEEMERS, REFUNDED, ADMITTED
)  # fmt: skip
