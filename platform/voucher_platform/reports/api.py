"""The T+1 report over HTTP, as JSON, CSV or xlsx."""

import asyncio
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from voucher_contract import routes
from voucher_contract.models.reports import T1Report
from voucher_contract.routes import CSV, XLSX
from voucher_platform.core.acting import Act
from voucher_platform.core.endpoints import endpoint
from voucher_platform.reports import operations
from voucher_platform.reports.csv_file import write_csv
from voucher_platform.reports.xlsx_file import write_xlsx

router = APIRouter()
Format = Literal["json", "csv", "xlsx"]
Day = Annotated[date | None, Query(description="Business day; by default the day before now")]
Wanted = Annotated[Format | None, Query(alias="format", description="Wins over the Accept header")]
Accept = Annotated[str, Header(include_in_schema=False)]


@endpoint(router, routes.GET_T1_REPORT)
async def get_t1_report(
    act: Act, campaign_id: str, day: Day = None, wanted: Wanted = None, accept: Accept = "", *, request: Request
) -> Response:
    """Figures of one business day and of everything up to its end, each with its formula."""
    async with act.core.database.reading() as connection:
        report = await operations.make_t1_report(
            connection, campaign_id=campaign_id, day=day, clocks=act.core.clocks,
            unsafe_settings=request.app.state.unsafe_settings,
        )  # fmt: skip
        campaign = await operations.get_campaign(connection, campaign_id=campaign_id)
    form = wanted or _accepted(accept)
    if form == "json":
        return Response(report.model_dump_json(), media_type="application/json")
    # Writing a workbook takes tenths of a second of CPU: not on the loop that answers claims.
    if form == "csv":
        return _file(await asyncio.to_thread(write_csv, report), report, "csv", "text/csv; charset=utf-8")
    return _file(await asyncio.to_thread(write_xlsx, report, campaign.name), report, "xlsx", XLSX)


def _accepted(accept: str) -> Format:
    """The first of our media types that the header names; JSON when it names none."""
    known: dict[str, Format] = {"application/json": "json", CSV: "csv", XLSX: "xlsx"}
    named = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return next((known[kind] for kind in named if kind in known), "json")


def _file(content: bytes, report: T1Report, ending: str, media_type: str) -> Response:
    name = f"t1-{report.campaign_id}-{report.day}.{ending}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
