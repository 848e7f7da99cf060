"""Probes and figures. They are no part of the contract: a vendor's platform has its own."""

import hmac
import ipaddress
import time

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from voucher_contract import refusals
from voucher_platform.core.acting import Core
from voucher_platform.core.problems import Refused
from voucher_platform.operating.operations import all_processes, look_at_stores, readiness
from voucher_platform.operating.rules import scrape_text

router = APIRouter(include_in_schema=False)
_NOT_KEPT = {"Cache-Control": "no-store"}
# A request that another server passed on came from somewhere else, whatever the address at its other end.
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def healthz(request: Request) -> Response:
    """200 while this process answers at all. No store is asked: a restart would not bring one back."""
    core: Core = request.app.state.core
    return JSONResponse({"alive": True, "process": core.meters.name}, 200, _NOT_KEPT)


@router.api_route("/readyz", methods=["GET", "HEAD"])
async def readyz(request: Request) -> Response:
    """200 if this process judges claims, else 503 with every part that is missing."""
    state = request.app.state
    missing = readiness(state.core, state.gate, state.pulse)
    told = {
        "ready": not missing,
        "process": state.core.meters.name,
        "missing": [{"part": one.part, "reason": one.reason} for one in missing],
    }
    return JSONResponse(told, 503 if missing else 200, _NOT_KEPT)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The figures of every process, as Prometheus reads them. Refuses whoever may not see them."""
    state = request.app.state
    check_may_scrape(request, state.core.settings.metrics_token)
    # Scrapes beyond the first wait, so that nobody can load the stores by scraping often.
    async with state.scraping:
        shared = await look_at_stores(state.core, state.gate)
    for sample in state.samples:
        sample()
    text = scrape_text(all_processes(state.core.meters), shared, time.time())
    return Response(text, 200, _NOT_KEPT, CONTENT_TYPE_LATEST)


def check_may_scrape(request: Request, token: str | None) -> None:
    """With a token set, whoever has it; without one, this machine itself. Stock and rates are not for the public."""
    if token is None:
        if not _is_from_here(request):
            raise Refused(refusals.FORBIDDEN)
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(refusals.MISSING_TOKEN)
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise Refused(refusals.INVALID_TOKEN)


def _is_from_here(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
