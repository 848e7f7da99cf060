"""Merchants over HTTP."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from voucher_contract import routes
from voucher_contract.models.common import Category, District
from voucher_contract.models.merchants import (
    Coverage,
    Merchant,
    MerchantPage,
    MerchantSelector,
    MerchantStatus,
    TillToken,
    TillTokenSpec,
)
from voucher_platform.core.acting import Act
from voucher_platform.core.endpoints import endpoint
from voucher_platform.core.paging import DEFAULT_LIMIT, Cursor, Limit
from voucher_platform.merchants import imports, operations
from voucher_platform.merchants.reading import read_grid

router = APIRouter()


@endpoint(router, routes.IMPORT_MERCHANTS)
async def import_merchants(
    act: Act, request: Request, dry_run: Annotated[bool, Query(description="Judge only, change nothing")] = True
) -> Response:
    """Import a roster. The file is read before the transaction begins, off the event loop."""
    media_type = request.headers["content-type"].partition(";")[0].strip().lower()
    grid = await asyncio.to_thread(read_grid, await request.body(), media_type=media_type)
    return await act.once(
        lambda connection: imports.import_merchants(
            connection, grid=grid, dry_run=dry_run, by=act.principal.name, now=act.core.clocks.now()
        )
    )


@endpoint(router, routes.GET_IMPORT_FILE)
async def get_import_file(act: Act, import_id: str) -> Response:
    """The roster with its column of errors."""
    async with act.core.database.reading() as connection:
        content = await imports.get_import_file(connection, import_id=import_id)
    name = {"Content-Disposition": f'attachment; filename="{import_id}.xlsx"'}
    return Response(content, headers=name, media_type=routes.XLSX)


@endpoint(router, routes.LIST_MERCHANTS)
async def list_merchants(  # noqa: PLR0917 - FastAPI passes query parameters by name
    act: Act, district: District | None = None, category: Category | None = None,
    status: MerchantStatus | None = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT,
) -> MerchantPage:  # fmt: skip
    """One page of merchants."""
    wanted = operations.MerchantFilter(district, category, status)
    async with act.core.database.reading() as connection:
        return await operations.list_merchants(
            connection, principal=act.principal, wanted=wanted, cursor=cursor, limit=limit
        )


@endpoint(router, routes.GET_MERCHANT)
async def get_merchant(act: Act, merchant_id: str) -> Merchant:
    """One merchant."""
    async with act.core.database.reading() as connection:
        return await operations.get_merchant(connection, principal=act.principal, merchant_id=merchant_id)


@endpoint(router, routes.GET_COVERAGE)
async def get_coverage(act: Act) -> Coverage:
    """Merchants by district and industry."""
    async with act.core.database.reading() as connection:
        return await operations.get_coverage(connection)


async def _set_suspended(act: Act, selector: MerchantSelector, *, suspended: bool) -> Response:
    return await act.once(
        lambda connection: operations.set_suspended(
            connection, selector=selector, suspended=suspended, by=act.principal.name, now=act.core.clocks.now()
        )
    )


@endpoint(router, routes.SUSPEND_MERCHANTS)
async def suspend_merchants(act: Act, body: MerchantSelector) -> Response:
    """Suspend whom the selector meets."""
    return await _set_suspended(act, body, suspended=True)


@endpoint(router, routes.REINSTATE_MERCHANTS)
async def reinstate_merchants(act: Act, body: MerchantSelector) -> Response:
    """Reinstate whom the selector meets."""
    return await _set_suspended(act, body, suspended=False)


@endpoint(router, routes.ISSUE_TILL_TOKEN)
async def issue_till_token(act: Act, merchant_id: str, body: TillTokenSpec) -> TillToken:
    """A token for a till."""
    async with act.core.database.transaction() as connection:
        return await operations.issue_till_token(
            connection, merchant_id=merchant_id, till_number=body.till_number, settings=act.core.settings,
            by=act.principal.name, now=act.core.clocks.now(),
        )  # fmt: skip
