"""The application: every room's routes behind one frame of limits, request ids and problem replies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from voucher_contract import CONTRACT_VERSION
from voucher_platform.claims.door import ClaimDoor
from voucher_platform.claims.gate import Gate
from voucher_platform.claims.safety import keep_reading
from voucher_platform.core.acting import Core
from voucher_platform.core.direct import Direct
from voucher_platform.core.ending import end
from voucher_platform.core.failures import answer_failures
from voucher_platform.core.figures import REPLIES
from voucher_platform.core.frame import Frame
from voucher_platform.core.logs import log_as_json
from voucher_platform.core.pulse import Pulse
from voucher_platform.openapi import describe
from voucher_platform.operating.operations import gate_sample, keep_sampling, process_sample
from voucher_platform.redemptions.operations import Redeeming
from voucher_platform.reports.live.keeping import Keeping
from voucher_platform.reports.printing.pdf_file import Press
from voucher_platform.risk_rules.watching import Watch
from voucher_platform.rooms import ROUTERS, SANDBOX_ROUTERS, SHORT_WAYS
from voucher_platform.settings import Settings
from voucher_platform.staff.operations import seed_staff


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    core: Core = app.state.core
    gate: Gate = app.state.gate
    watch: Watch = app.state.watch
    pulse = Pulse(core.database, core.clocks, core.settings.process, core.settings.poll_ms)
    pulse.listeners.append(gate.on_change)
    pulse.told.append(gate.known_as_of)
    pulse.guards.append(watch.guard.reload)
    app.state.pulse, app.state.scraping = pulse, asyncio.Lock()
    app.state.samples = (process_sample(core, pulse), gate_sample(core, gate))
    sampling = asyncio.create_task(keep_sampling(core.meters, *app.state.samples))
    await pulse.start()
    await watch.start()
    await gate.start()
    app.state.unsafe_settings = await gate.unsafe_settings()
    watching = asyncio.create_task(keep_reading(gate.unsafe_settings, partial(setattr, app.state, "unsafe_settings")))
    if core.settings.staff_file is not None:
        async with core.database.transaction() as connection:
            await seed_staff(connection, Path(core.settings.staff_file))
    try:
        yield
    finally:
        await app.state.redeeming.stop()
        await gate.stop()
        await watch.stop()
        await pulse.stop()
        await end(sampling, watching)
        await core.database.close()
        core.meters.close()


def build_app(settings: Settings) -> FastAPI:
    """The FastAPI application without its frame."""
    app = FastAPIOffline(
        title="voucherlab", version=CONTRACT_VERSION, lifespan=_lifespan, docs_url="/docs", redoc_url=None
    )
    app.state.core = Core.build(settings)
    app.state.watch = Watch(app.state.core)
    app.state.gate = Gate(app.state.core, app.state.watch)
    app.state.redeeming = Redeeming(app.state.core.database, app.state.watch)
    app.state.unsafe_settings = []
    app.state.live_figures, app.state.press = Keeping[bytes](), Press()
    answer_failures(app)
    for router in (*ROUTERS, *(SANDBOX_ROUTERS if settings.sandbox else ())):
        app.include_router(router)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def framed(app: FastAPI, settings: Settings) -> ASGIApp:
    """``app`` as it is served: behind its frame, with the short ways to what a rush calls, and the door for claims."""
    direct = Direct(app, SHORT_WAYS)
    frame = Frame(
        direct, max_body_bytes=settings.max_body_bytes, max_import_bytes=settings.max_import_bytes,
        count=app.state.core.meters.tally(REPLIES),
    )  # fmt: skip
    return ClaimDoor(frame, app.state.core, app.state.gate)


def create_app() -> ASGIApp:
    """The ASGI application for a server, configured from the environment."""
    log_as_json()
    settings = Settings.from_environment()
    return framed(build_app(settings), settings)
