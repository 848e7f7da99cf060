"""Pages over HTTP, outside the contract: two pages, their files, and two services for them."""

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import Field

from voucher_contract import refusals
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, Wire
from voucher_contract.routes import Route
from voucher_platform.core.acting import Core, authenticate
from voucher_platform.core.problems import Refused
from voucher_platform.pages import operations
from voucher_platform.pages.assets import KEPT_FOR_EVER, Asset, as_asset, assets, by_address, imported_by
from voucher_platform.pages.photos import NoCode
from voucher_platform.pages.rules import View, page_headers, view_of
from voucher_platform.pages.texts import words_of

router = APIRouter(include_in_schema=False)
# Not in the contract's table: only our own pages ask for these, with the token of whoever looks at them.
_DRAW = Route("draw_code", "POST", "/pages/qr", "绘制二维码", ("consumer",), None)
_READ = Route("read_photo", "POST", "/pages/photo", "识别照片", ("merchant",), None)
_photos = operations.PhotoReader()
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


class DrawSpec(Wire):
    """What a QR code shall say."""

    text: str = Field(pattern=r"^[A-Za-z0-9.]{8,120}$")


@router.get("/pages/{page}")
async def show_page(request: Request, page: str, lang: str | None = None, edition: str | None = None) -> Response:
    """The phone's or the till's page. It holds nothing of anybody's: that comes by the contract, with a token."""
    if page not in {"phone", "till"}:
        raise Refused(refusals.NO_SUCH_ROUTE)
    core: Core = request.app.state.core
    sandbox = core.settings.sandbox
    shown = _rendered(page, view_of(lang, edition), core.settings.city_timezone, sandbox=sandbox)
    return _file(request, shown, page_headers(sandbox=sandbox))


@cache
def _rendered(page: str, view: View, zone: str, *, sandbox: bool) -> Asset:
    words = words_of(page, view.language)
    lists = {"districts": list(DISTRICTS), "categories": list(CATEGORY_NAMES), "language": view.language, "zone": zone}
    text = _templates.get_template(f"{page}.html").render(
        view=view, words=words, files={name: asset.name for name, asset in assets().items()}, sandbox=sandbox,
        imports=imported_by(f"{page}.js"), data=_as_data({"words": words, **lists}),
    )  # fmt: skip
    return as_asset(page, "text/html; charset=utf-8", text.encode())


def _as_data(value: Any) -> str:
    """JSON for a data block of a page: nothing in it can end the block."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


@router.get("/pages/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    """A file by its hashed name."""
    asset = by_address().get(name)
    if asset is None:
        raise Refused(refusals.NO_SUCH_ROUTE)
    return _file(request, asset, {"Cache-Control": KEPT_FOR_EVER, "X-Content-Type-Options": "nosniff"})


@router.post("/pages/qr")
async def draw_code(request: Request, body: DrawSpec) -> Response:
    """The modules of a QR code, which the page draws by itself."""
    _admit(request, _DRAW)
    drawn = await asyncio.to_thread(operations.draw, body.text)
    return _told({"size": drawn.size, "modules": drawn.modules})


@router.post("/pages/photo")
async def read_photo(request: Request) -> Response:
    """The code in a photo, or why there is none: ``code`` or ``fault``."""
    _admit(request, _READ)
    try:
        return _told({"code": await _photos.read(await request.body()), "fault": None})
    except NoCode as no_code:
        return _told({"code": None, "fault": no_code.fault})


def _file(request: Request, asset: Asset, headers: dict[str, str]) -> Response:
    headers = {**headers, "Vary": "Accept-Encoding", "Content-Type": asset.media_type}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.zipped, 200, {**headers, "Content-Encoding": "gzip"})
    return Response(asset.body, 200, headers)


def _admit(request: Request, route: Route) -> None:
    core: Core = request.app.state.core
    authenticate(route, request.headers.get("authorization"), core.settings)


def _told(value: dict[str, Any]) -> Response:
    return Response(json.dumps(value), 200, {"Cache-Control": "no-store"}, media_type="application/json")
