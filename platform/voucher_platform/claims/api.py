"""Claims and vouchers over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from voucher_contract import refusals, routes
from voucher_contract.models.campaigns import Reason
from voucher_contract.models.common import Id
from voucher_contract.models.vouchers import ClaimSpec, Voucher, VoucherCode, VoucherPage
from voucher_platform.claims import operations
from voucher_platform.claims.codes import dynamic_code
from voucher_platform.claims.door import address_of
from voucher_platform.claims.gate import Gate
from voucher_platform.claims.replies import claim_reply
from voucher_platform.claims.rules import Asked
from voucher_platform.claims.views import voucher_as_now
from voucher_platform.core.acting import Act, Acting
from voucher_platform.core.clocks import real_now
from voucher_platform.core.endpoints import endpoint
from voucher_platform.core.paging import DEFAULT_LIMIT, Cursor, Limit, next_cursor
from voucher_platform.core.problems import Refused

router = APIRouter()
_NOTHING_SAID = ClaimSpec()


async def _gate(request: Request) -> Gate:
    # Async, or every claim would take a trip through the thread pool.
    gate: Gate = request.app.state.gate
    return gate


TheGate = Annotated[Gate, Depends(_gate)]


@endpoint(router, routes.CLAIM)
async def claim(act: Act, gate: TheGate, request: Request, batch_id: str, body: ClaimSpec) -> Response:
    """201 means committed in PostgreSQL; 202 that it is not known yet. Claims in order take the door (``door.py``)."""
    forwarded = request.headers.get("x-forwarded-for") if act.core.settings.trust_forwarded_for else None
    asked = _asked(act, batch_id, act.key, body=body, address=address_of(request.scope, forwarded))
    return claim_reply(await gate.claim(asked), asked, act.core.clocks.timezone, created=True).response()


@endpoint(router, routes.GET_CLAIM)
async def get_claim(act: Act, gate: TheGate, batch_id: str, claim_key: str) -> Response:
    """200 with the voucher, 202 while the claim is under way, 404 if it ended refused or never was."""
    asked = _asked(act, batch_id, claim_key)
    return claim_reply(await gate.find(asked), asked, act.core.clocks.timezone, created=False).response()


def _asked(act: Acting, batch_id: str, key: str, *, body: ClaimSpec = _NOTHING_SAID, address: str = "") -> Asked:
    who = act.principal
    return Asked(
        batch_id=batch_id, account_id=who.name, person_id=who.person, home=who.home, own_device=who.device,
        device=body.device, address=address, claim_key=key, digest=act.digest, position=body.position,
    )  # fmt: skip


@endpoint(router, routes.LIST_VOUCHERS)
async def list_vouchers(
    act: Act,
    batch_id: Annotated[Id | None, Query(description="Only this batch's vouchers")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> VoucherPage:
    """A consumer's own vouchers; staff see all, without codes."""
    account = _own_account(act)
    async with act.core.database.reading() as connection:
        rows = await operations.list_vouchers(
            connection, account=account, batch_id=batch_id, cursor=cursor, limit=limit
        )
    zone = act.core.clocks.timezone
    items = [voucher_as_now(row, zone, to_holder=account is not None) for row in rows]
    return VoucherPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


@endpoint(router, routes.GET_VOUCHER)
async def get_voucher(act: Act, voucher_id: str) -> Voucher:
    """One voucher as it stands."""
    account = _own_account(act)
    async with act.core.database.reading() as connection:
        row = await operations.get_voucher(connection, voucher_id=voucher_id, account=account)
    return voucher_as_now(row, act.core.clocks.timezone, to_holder=account is not None)


def _own_account(act: Acting) -> str | None:
    return act.principal.name if act.principal.role == "consumer" else None


@endpoint(router, routes.GET_CODE)
async def get_voucher_code(act: Act, voucher_id: str) -> VoucherCode:
    """The dynamic code of this moment, for a voucher of a batch that uses dynamic codes."""
    async with act.core.database.reading() as connection:
        row = await operations.get_voucher(connection, voucher_id=voucher_id, account=act.principal.name)
    if row.code_mode != "dynamic" or row.state != "issued":
        raise Refused(refusals.WRONG_STATE)
    settings = act.core.settings
    code, expires_at = dynamic_code(
        voucher_id, token_secret=settings.token_secret, now=real_now(), step_seconds=settings.dynamic_code_seconds
    )
    return VoucherCode(code=code, expires_at=expires_at)


@endpoint(router, routes.FREEZE_VOUCHER)
async def freeze_voucher(act: Act, voucher_id: str, body: Reason) -> Response:
    """Stop a voucher for the time being."""
    return await act.once(lambda connection: operations.freeze_voucher(
        connection, voucher_id=voucher_id, reason=body.reason, by=act.principal.name, now=act.core.clocks.now()
    ))  # fmt: skip


@endpoint(router, routes.RELEASE_VOUCHER)
async def release_voucher(act: Act, voucher_id: str, body: Reason) -> Response:
    """Let a frozen voucher be used again."""
    return await act.once(lambda connection: operations.release_voucher(
        connection, voucher_id=voucher_id, reason=body.reason, by=act.principal.name, now=act.core.clocks.now()
    ))  # fmt: skip


@endpoint(router, routes.VOID_VOUCHER)
async def void_voucher(act: Act, gate: TheGate, voucher_id: str, body: Reason) -> Response:
    """Take a voucher back for good; its slot can be claimed again."""
    reply = await act.once(lambda connection: operations.void_voucher(
        connection, voucher_id=voucher_id, reason=body.reason, by=act.principal.name, now=act.core.clocks.now()
    ))  # fmt: skip
    async with act.core.database.reading() as connection:
        batch_id = await operations.batch_of(connection, voucher_id=voucher_id)
    if batch_id is not None:
        await gate.stock_returned(batch_id)
    return reply
