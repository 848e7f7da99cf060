"""The guide over HTTP: one page, a stream of what changes, two buttons, and the files that steps hand out."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from importlib import resources
from typing import Annotated, Any

import jinja2
from fastapi import FastAPI, Header, HTTPException
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict

from voucher_contract.notice import load_notice
from voucherlab.guided.page.handed_out import handed_out
from voucherlab.guided.program import TALK_MINUTES
from voucherlab.guided.talk import Talk
from voucherlab.ports import LOOPBACK

_FEWEST_S_BETWEEN, _HEARTBEAT_S = 0.12, 10.0
_KINDS = {
    "guide.css": "text/css",
    **dict.fromkeys(("guide.js", "curve.js", "sign_ins.js"), "text/javascript"),
}
_HEADERS = {
    # Frames are for the phone page of the platform, whose port is another.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; frame-src http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
}  # fmt: skip
# Whoever presses from a page of somebody else's cannot send this header without being asked first, and is not allowed.
_PRESSED = Annotated[str, Header(alias="X-Guide", pattern="^pressed$")]


class Press(BaseModel):
    """Which button was pressed: of which stage, and for ``step`` (counted from 0) to be played."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: int
    step: int = 0


def guide_app(talk: Talk, *, host: str = LOOPBACK) -> FastAPI:
    """The application for one talk."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    if host == LOOPBACK:
        # A page of another name that resolves to this machine must not reach it.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    page = _page(talk)

    @app.get("/")
    async def guide() -> HTMLResponse:
        return HTMLResponse(page, headers=_HEADERS)

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in _KINDS:
            raise HTTPException(404)
        return Response(_asset(name), media_type=_KINDS[name], headers={"Cache-Control": "no-cache"})

    @app.get("/events")
    async def events() -> StreamingResponse:
        return StreamingResponse(_events(talk), media_type="text/event-stream", headers=_HEADERS)

    @app.post("/next")
    async def go_on(press: Press, _pressed: _PRESSED) -> dict[str, bool]:
        return {"taken": talk.go_on(stage=press.stage, step=press.step)}

    @app.post("/reset")
    async def reset(press: Press, _pressed: _PRESSED) -> dict[str, bool]:
        return {"taken": await talk.reset(stage=press.stage)}

    @app.get("/files/{path:path}")
    async def file(path: str) -> FileResponse:
        found = None if talk.stage is None else handed_out(talk.stage.folder, path)
        if found is None:
            raise HTTPException(404)
        return FileResponse(found, filename=found.name, content_disposition_type="inline")

    return app


async def _events(talk: Talk) -> AsyncIterator[str]:
    """Server-sent events: at first everything, then what changed, at most some eight times a second."""
    seen: dict[int, int] = {}
    while not talk.is_closing:  # or until the viewer goes: the server then cancels it
        told: dict[str, Any] = {**talk.head(), "steps": talk.steps_since(seen)}
        yield f"data: {json.dumps(told, ensure_ascii=False)}\n\n"
        waiting = asyncio.create_task(talk.wait_for_news(_HEARTBEAT_S))
        await asyncio.sleep(_FEWEST_S_BETWEEN)
        await waiting


def _page(talk: Talk) -> str:
    notice = load_notice()
    steps = [
        {
            "id": one.step.id, "title": asdict(one.step.title), "minutes": one.step.minutes,
            "notes": asdict(one.step.notes),
            "clauses": [
                {"id": name, "zh": notice.clause(name).zh, "en": notice.clause(name).en} for name in one.step.clauses
            ],
        }
        for one in talk.steps
    ]  # fmt: skip
    programme = json.dumps({"minutes": TALK_MINUTES, "steps": steps}, ensure_ascii=False)
    loader = jinja2.PackageLoader("voucherlab.guided.page", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template("guide.html").render(steps=steps, programme=programme, minutes=TALK_MINUTES)


def _asset(name: str) -> bytes:
    return (resources.files("voucherlab.guided.page") / "static" / name).read_bytes()
