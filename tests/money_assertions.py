"""The state of a campaign's money is coherent: to be asserted after every step of a test that moves money."""

from voucher_contract.models.campaigns import MoneyStatement
from voucher_platform.core.database import Database
from voucher_platform.money.operations.statement import read_statement


async def assert_coherent(database: Database, campaign_id: str) -> MoneyStatement:
    """Every balance, transfer and row of the campaign agree, and no fen is missing; the statement that says so."""
    async with database.reading() as connection:
        statement = await read_statement(connection, campaign_id=campaign_id)
    assert statement.faults == []
    assert statement.identity_ok
    fen = statement.buckets.model_dump()
    assert fen.pop("received_fen") == sum(fen.values())
    for name in ("reserved_fen", "held_fen", "redeemed_unsettled_fen", "settled_fen", "owed_by_merchants_fen"):
        assert fen[name] == sum(getattr(batch, name) for batch in statement.batches), name
    return statement


def buckets(statement: MoneyStatement) -> dict[str, int]:
    """The buckets that hold money, without ``received``."""
    fen = statement.buckets.model_dump(exclude={"received_fen"})
    return {name.removesuffix("_fen"): amount for name, amount in fen.items() if amount}
