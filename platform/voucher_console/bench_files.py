"""Reports of finished runs, shown to whoever may see the runs; a report may run no script and ask for nothing."""

from pathlib import Path

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
        if not may_be_shown(root, file):
            return Response("404", 404, media_type="text/plain; charset=utf-8")
        return FileResponse(file, headers={"Content-Security-Policy": _CLOSED, "X-Content-Type-Options": "nosniff"})


def may_be_shown(root: Path, file: Path) -> bool:
    """Reports and comparisons, and of a run only what has its verdict: until then its evidence holds tokens.

    ``file`` is an address without steps up or links in it.
    """
    if file.suffix not in _KINDS or not file.is_file():
        return False
    if file.is_relative_to(root / "comparisons"):
        return True
    runs = root / "runs"
    return (
        file.is_relative_to(runs) and (runs / file.relative_to(runs).parts[0] / "evidence" / "verdict.json").is_file()
    )
