"""Routes of public money."""

from fastapi import APIRouter, Response

from voucher_contract import routes
from voucher_contract.models.campaigns import (
    DebtPage,
    MoneyStatement,
    RepaymentSpec,
    ReturnConfirmation,
    ReturnSpec,
    TransferPage,
)
from voucher_contract.models.common import Id
from voucher_platform.core.acting import Act
from voucher_platform.core.endpoints import endpoint
from voucher_platform.core.paging import DEFAULT_LIMIT, OLDEST, Cursor, Limit, NumberCursor, RowOrder
from voucher_platform.money.operations import closing, returns, settlement, statement

router = APIRouter()


@endpoint(router, routes.GET_MONEY)
async def get_money(act: Act, campaign_id: Id) -> MoneyStatement:
    """资金恒等式。 Where every fen is, and whether it adds up."""
    async with act.core.database.reading() as connection:
        return await statement.read_statement(connection, campaign_id=campaign_id)


@endpoint(router, routes.LIST_TRANSFERS)
async def list_transfers(
    act: Act, campaign_id: Id, cursor: NumberCursor = None, limit: Limit = DEFAULT_LIMIT, order: RowOrder = OLDEST
) -> TransferPage:
    """资金流水。 The transfers, row by row."""
    after = None if cursor is None else int(cursor)
    async with act.core.database.reading() as connection:
        return await statement.list_transfers(
            connection, campaign_id=campaign_id, cursor=after, limit=limit, order=order
        )


@endpoint(router, routes.LIST_DEBTS)
async def list_debts(act: Act, campaign_id: Id, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> DebtPage:
    """商户应还。 What merchants owe."""
    async with act.core.database.reading() as connection:
        return await statement.list_debts(connection, campaign_id=campaign_id, cursor=cursor, limit=limit)


@endpoint(router, routes.SETTLE)
async def settle(act: Act, campaign_id: Id) -> Response:
    """与商户结算。 Settle with the merchants."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: settlement.settle(c, campaign_id=campaign_id, by=by, now=now))


@endpoint(router, routes.REPAY)
async def repay(act: Act, campaign_id: Id, body: RepaymentSpec) -> Response:
    """登记商户还款。 Book a merchant's repayment."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: settlement.repay(c, campaign_id=campaign_id, spec=body, by=by, now=now))


@endpoint(router, routes.CLOSE_CAMPAIGN)
async def close_campaign(act: Act, campaign_id: Id) -> Response:
    """结束活动。 Close a campaign."""
    by, now = act.principal.name, act.core.clocks.now()
    return await act.once(lambda c: closing.close_campaign(c, campaign_id=campaign_id, by=by, now=now))


@endpoint(router, routes.RETURN_FUNDS)
async def return_funds(act: Act, campaign_id: Id, body: ReturnSpec) -> Response:
    """结余原路退回。 Send unused money back."""
    by, now, confirmed = act.principal.name, act.core.clocks.now(), body.confirm_designated_account
    return await act.once(
        lambda c: returns.return_funds(c, campaign_id=campaign_id, account_confirmed=confirmed, by=by, now=now)
    )


@endpoint(router, routes.CONFIRM_RETURN)
async def confirm_return(act: Act, return_id: Id, body: ReturnConfirmation) -> Response:
    """确认退回到账。 Confirm that a return arrived."""
    by, now, number = act.principal.name, act.core.clocks.now(), body.bank_reference
    return await act.once(
        lambda c: returns.confirm_return(c, return_id=return_id, bank_reference=number, by=by, now=now)
    )
