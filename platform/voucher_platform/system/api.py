"""Meta data and health."""

from typing import Literal

from fastapi import APIRouter, Request
from sqlalchemy import text

from voucher_contract import CONTRACT_VERSION, routes
from voucher_contract.models.system import Health, Meta
from voucher_platform.claims.gate import Gate
from voucher_platform.claims.hot_line import LostReply, Unreachable
from voucher_platform.core.acting import Act, Core
from voucher_platform.core.endpoints import endpoint

router = APIRouter()
_Capability = Literal[
    "dynamic_code",
    "geofence",
    "merchant_import",
    "settlement",
    "risk_alerts",
    "live_figures",
    "round_report",
    "voucher_use",
    "round_drafts",
    "look_up",
]
_ALWAYS: tuple[_Capability, ...] = (
    "dynamic_code", "geofence", "merchant_import", "settlement", "risk_alerts", "live_figures", "round_report",
    "voucher_use", "round_drafts", "look_up",
)  # fmt: skip
_IN_SANDBOX: tuple[Literal["sandbox_clock", "sandbox_people"], ...] = ("sandbox_clock", "sandbox_people")


@endpoint(router, routes.META)
async def get_meta(act: Act, request: Request) -> Meta:
    """What this platform is and can do."""
    settings = act.core.settings
    return Meta(
        product="voucherlab reference platform",
        contract_version=CONTRACT_VERSION,
        capabilities=[*_ALWAYS, *(_IN_SANDBOX if settings.sandbox else ())],
        reopen_delay_ms=settings.reopen_delay_ms,
        claim_deadline_ms=settings.claim_deadline_ms,
        max_body_bytes=settings.max_body_bytes,
        simulated_data=settings.sandbox,
        unsafe_settings=request.app.state.unsafe_settings,
    )


@endpoint(router, routes.HEALTH)
async def get_health(act: Act, request: Request) -> Health:
    """Always 200 while the process answers; ``degraded`` names which part is away."""
    database = await _database_answers(act.core)
    gate: Gate = request.app.state.gate
    ready = gate.ready
    hot_store = await _hot_store_answers(gate)
    healthy = database and hot_store and ready
    return Health(status="ok" if healthy else "degraded", database=database, hot_store=hot_store, claims_ready=ready)


async def _hot_store_answers(gate: Gate) -> bool:
    try:
        for server in gate.lines.present.each:
            await server.ask(["PING"])
    except (Unreachable, LostReply):
        return False
    return True


async def _database_answers(core: Core) -> bool:
    try:
        async with core.database.transaction() as connection:
            await connection.execute(text("SELECT 1"))
    except Exception:  # noqa: BLE001 - whatever it was, the answer to "is it there" is no
        return False
    return True
