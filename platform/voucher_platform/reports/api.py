"""Reports over HTTP: the T+1 report as JSON, CSV or xlsx; a round's as JSON, HTML or PDF; and the live figures."""

import asyncio
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Header, Query, Request, Response

from voucher_contract import routes
from voucher_contract.models.round_report import RoundReport
from voucher_contract.routes import CSV, HTML, PDF, XLSX
from voucher_platform.core.acting import Act, Acting
from voucher_platform.core.endpoints import endpoint
from voucher_platform.reports import operations
from voucher_platform.reports.csv_file import write_csv
from voucher_platform.reports.document.building import build_document
from voucher_platform.reports.document.speaking import Language
from voucher_platform.reports.live.operations import read_live_figures
from voucher_platform.reports.printing.html_file import write_html
from voucher_platform.reports.printing.pdf_file import Press
from voucher_platform.reports.round.operations import make_round_report
from voucher_platform.reports.xlsx_file import write_xlsx

router = APIRouter()
Format = Literal["json", "csv", "xlsx"]
Day = Annotated[date | None, Query(description="Business day; by default the day before now")]
Wanted = Annotated[Format | None, Query(alias="format", description="Wins over the Accept header")]
Accept = Annotated[str, Header(include_in_schema=False)]
RoundFormat = Literal["json", "html", "pdf"]
WantedRound = Annotated[RoundFormat | None, Query(alias="format", description="Wins over the Accept header")]
Lang = Annotated[Language, Query(description="Language of HTML and PDF; the JSON holds both")]
Kind = TypeVar("Kind", bound=str)
_T1_KINDS: dict[str, Format] = {"application/json": "json", CSV: "csv", XLSX: "xlsx"}
_ROUND_KINDS: dict[str, RoundFormat] = {"application/json": "json", HTML: "html", PDF: "pdf"}


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
    form, headers = wanted or _accepted(accept, _T1_KINDS), {}
    # Writing a workbook takes tenths of a second of CPU: not on the loop that answers claims.
    if form == "json":
        content, media_type = report.model_dump_json().encode(), "application/json"
    elif form == "csv":
        content, media_type = await asyncio.to_thread(write_csv, report), f"{CSV}; charset=utf-8"
    else:
        content, media_type = await asyncio.to_thread(write_xlsx, report, campaign.name), XLSX
    if form != "json":
        headers = {"Content-Disposition": f'attachment; filename="t1-{report.campaign_id}-{report.day}.{form}"'}
    told = {"report": "t1", "day": report.day.isoformat(), "complete": report.complete, "format": form}
    await _fetched(act, campaign_id, content, told)
    return Response(content, media_type=media_type, headers=headers)


@endpoint(router, routes.GET_ROUND_REPORT)
async def get_round_report(
    act: Act, round_id: str, wanted: WantedRound = None, lang: Lang = "zh", accept: Accept = "", *, request: Request
) -> Response:
    """Everything about one published round, with an analysis whose sentences name their figures."""
    state, form = request.app.state, wanted or _accepted(accept, _ROUND_KINDS)
    async with act.core.database.reading() as connection:
        report = await make_round_report(
            connection, round_id=round_id, clocks=act.core.clocks, simulated_data=act.core.settings.sandbox,
            unsafe_settings=state.unsafe_settings,
        )  # fmt: skip
    told, headers = {"report": "round", "complete": report.complete, "format": form}, {}
    if form == "json":
        content, media_type = report.model_dump_json().encode(), "application/json"
    else:
        content, media_type = await _written(report, form, lang, state.press)
        told["lang"] = lang
        headers = {"Content-Disposition": f'inline; filename="round-report-{round_id}.{form}"'}
    await _fetched(act, round_id, content, told)
    return Response(content, media_type=media_type, headers=headers)


async def _written(report: RoundReport, form: RoundFormat, lang: Language, press: Press) -> tuple[bytes, str]:
    document = await asyncio.to_thread(build_document, report, lang)
    if form == "html":
        return await asyncio.to_thread(write_html, document), f"{HTML}; charset=utf-8"
    return await press.print_pdf(document), PDF


@endpoint(router, routes.GET_LIVE_FIGURES)
async def get_live_figures(act: Act, campaign_id: str, request: Request) -> Response:
    """Sums of about this second; one answer for all who ask in it."""
    read = partial(read_live_figures, act.core.database, act.core.clocks, campaign_id=campaign_id)
    figures = await request.app.state.live_figures.get(campaign_id, read)
    return Response(figures, media_type="application/json")


def _accepted(accept: str, known: Mapping[str, Kind]) -> Kind:
    """The first of our media types that the header names; JSON when it names none."""
    named = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return next((known[kind] for kind in named if kind in known), known["application/json"])


async def _fetched(act: Acting, object_id: str, content: bytes, told: dict[str, Any]) -> None:
    """Enter the file in the audit log before it leaves, so that none is out that the log does not know of."""
    async with act.core.database.transaction() as connection:
        await operations.record_fetched(
            connection, object_id=object_id, content=content, told=told, by=act.principal.name,
            now=act.core.clocks.now(),
        )  # fmt: skip
