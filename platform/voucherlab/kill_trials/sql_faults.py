"""What must hold in SQL after whatever has happened to claiming: a query for each way in which it can be broken."""

FAULTS = {
    "issued is not the number of vouchers": """
        SELECT s.batch_id FROM batch_stock s LEFT JOIN voucher v ON v.batch_id = s.batch_id
        GROUP BY s.batch_id HAVING s.issued <> count(v.id)
          OR s.voided <> count(v.id) FILTER (WHERE v.state = 'void')""",
    "oversold": "SELECT batch_id FROM batch_stock WHERE issued - voided > quota",
    "a number given twice": "SELECT seq FROM voucher GROUP BY batch_id, seq HAVING count(*) > 1",
    "one nth of a person twice": """
        SELECT person_id FROM voucher WHERE state <> 'void' GROUP BY batch_id, person_id, nth HAVING count(*) > 1""",
    "over the limit of a person": """
        SELECT v.person_id FROM voucher v JOIN batch b ON b.id = v.batch_id WHERE v.state <> 'void'
        GROUP BY v.batch_id, v.person_id, b.per_person_limit HAVING count(*) > b.per_person_limit""",
    "one key with two vouchers": "SELECT claim_key FROM voucher GROUP BY account_id, claim_key HAVING count(*) > 1",
    "held is not face x vouchers held": """
        SELECT b.id FROM batch b JOIN ledger_account a ON a.batch_id = b.id AND a.kind = 'held'
        LEFT JOIN voucher v ON v.batch_id = b.id AND v.state IN ('issued', 'frozen')
        GROUP BY b.id, a.balance_fen HAVING a.balance_fen <> b.face_fen * count(v.id)""",
    "a balance is not the sum of its transfers": """
        SELECT a.id FROM ledger_account a
        LEFT JOIN ledger_transfer t ON a.id IN (t.debit_account, t.credit_account)
        GROUP BY a.id HAVING a.balance_fen
          <> coalesce(sum(CASE WHEN t.credit_account = a.id THEN t.amount_fen ELSE -t.amount_fen END), 0)""",
    "what was deposited does not lie in the buckets": """
        SELECT a.campaign_id FROM ledger_account a WHERE a.kind <> 'source' GROUP BY a.campaign_id
        HAVING sum(a.balance_fen) <> (
          SELECT coalesce(sum(d.amount_fen), 0) FROM deposit d WHERE d.campaign_id = a.campaign_id)""",
}
OVERSOLD = frozenset({"oversold"})
DUPLICATES = frozenset({
    "a number given twice", "one nth of a person twice", "over the limit of a person", "one key with two vouchers",
})  # fmt: skip
