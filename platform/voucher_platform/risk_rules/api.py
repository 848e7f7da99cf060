"""Risk alerts over HTTP, for those who watch and those who decide."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_contract import routes
from voucher_contract.models.alerts import Alert, AlertPage, AlertState, RiskRules
from voucher_contract.models.campaigns import Reason
from voucher_contract.models.common import Id
from voucher_platform.core.acting import Act, Acting
from voucher_platform.core.endpoints import endpoint
from voucher_platform.core.paging import DEFAULT_LIMIT, Cursor, Limit
from voucher_platform.risk_rules import operations
from voucher_platform.risk_rules.rules import Decision
from voucher_platform.risk_rules.watching import Watch

router = APIRouter()
State = Annotated[AlertState | None, Query(description="Only alerts in this state")]


@endpoint(router, routes.LIST_ALERTS)
async def list_alerts(act: Act, state: State = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> AlertPage:
    """What the risk rules have found, in the order in which it was raised."""
    async with act.core.database.reading() as connection:
        return await operations.list_alerts(
            connection, state=state, cursor=cursor, limit=limit, zone=act.core.clocks.timezone
        )


@endpoint(router, routes.GET_ALERT)
async def get_alert(act: Act, alert_id: Id) -> Alert:
    """One alert with its evidence."""
    async with act.core.database.reading() as connection:
        return await operations.get_alert(connection, alert_id=alert_id, zone=act.core.clocks.timezone)


@endpoint(router, routes.RELEASE_ALERT)
async def release_alert(act: Act, request: Request, alert_id: Id, body: Reason) -> Response:
    """Set the subject free: here at once, in the other processes with their next poll."""
    reply = await _decided(act, alert_id, "released", body)
    watch: Watch = request.app.state.watch
    await watch.guard.reload()
    return reply


@endpoint(router, routes.CONFIRM_ALERT)
async def confirm_alert(act: Act, alert_id: Id, body: Reason) -> Response:
    """A person agrees with the rule: the subject stays as it is."""
    return await _decided(act, alert_id, "confirmed", body)


@endpoint(router, routes.LIST_RISK_RULES)
async def list_risk_rules(act: Act) -> RiskRules:
    """Every rule with its figures."""
    return operations.list_risk_rules(act.core.settings.risk_rules)


async def _decided(act: Acting, alert_id: str, decision: Decision, body: Reason) -> Response:
    async def work(connection: AsyncConnection) -> Alert:
        return await operations.decide(
            connection, alert_id=alert_id, decision=decision, reason=body.reason, by=act.principal.name,
            now=act.core.clocks.now(), zone=act.core.clocks.timezone,
        )  # fmt: skip

    return await act.once(work)
