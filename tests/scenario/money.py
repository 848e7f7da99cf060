"""The identity of the money, as the platform states it and as raw rows say."""

from tests.scenario.world import World
from voucher_contract import routes


def check_money(world: World, campaign: str | None = None) -> None:
    """received = the sum of all buckets; the platform's own proof finds no fault; every balance is its transfers."""
    money = world.platform.do(routes.GET_MONEY, world.platform.staff["auditor"], campaign_id=campaign or world.campaign)
    buckets = dict(money["buckets"])
    assert money["identity_ok"], money["faults"]
    assert buckets.pop("received_fen") == sum(buckets.values())
    assert world.platform.sql.rows(_UNEXPLAINED) == []


_UNEXPLAINED = """
    SELECT a.id FROM ledger_account a LEFT JOIN ledger_transfer t ON a.id IN (t.debit_account, t.credit_account)
    GROUP BY a.id HAVING a.balance_fen
      <> coalesce(sum(CASE WHEN t.credit_account = a.id THEN t.amount_fen ELSE -t.amount_fen END), 0)"""
