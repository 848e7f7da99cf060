"""Reports of finished runs, shown to whoever may see the runs; a report may run no script and ask for nothing."""

from nicegui import app
from starlette.responses import FileResponse, Response

from voucher_console.console import Console
from voucher_console.page import OVERSIGHT
from voucher_console.shell import browser_id

_KINDS = frozenset({".html", ".json", ".xlsx", ".xml", ".svg", ".csv", ".txt"})
_CLOSED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"


def register_bench_files(console: Console) -> None:
    """Files below the bench folder's ``runs`` and ``comparisons``."""

    @app.get("/bench-files/{path:path}")
    def send(path: str) -> Response:
        session = console.sign_ins.of(browser_id())
        if session is None or session.role not in OVERSIGHT:
            return Response("401 请先登录 sign in first", 401, media_type="text/plain; charset=utf-8")
        root = console.runs.folder.resolve()
        file = (root / path).resolve()
        inside = any(file.is_relative_to(root / one) for one in ("runs", "comparisons"))
        if not inside or file.suffix not in _KINDS or not file.is_file():
            return Response("404", 404, media_type="text/plain; charset=utf-8")
        return FileResponse(file, headers={"Content-Security-Policy": _CLOSED, "X-Content-Type-Options": "nosniff"})
