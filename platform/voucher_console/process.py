"""The console's process: pages registered, one server, until it is told to stop."""

import json
import logging
import os
import secrets
import socket
from dataclasses import replace
from importlib import resources
from pathlib import Path

from nicegui import app, ui

from voucher_console.bench_files import register_bench_files
from voucher_console.console import console_of
from voucher_console.pages import PAGES
from voucher_console.pages.sign_in import register_sign_in
from voucher_console.settings import ConsoleSettings
from voucher_console.shell import PRODUCT, register_pages
from voucher_console.words import Words

_STATIC = "/console-static"
_RECONNECT_S = 5.0
# Where it shares a machine with a platform, claims come first and whoever looks on sees them a moment later.
_NICENESS = 10


def run_console(settings: ConsoleSettings) -> None:
    """Serve until SIGINT or SIGTERM. Port 0 takes a free one; the ready file says which."""
    settings = replace(settings, port=settings.port or _free_port(settings.host))
    console = console_of(settings)
    static = Path(str(resources.files("voucher_console") / "static"))
    app.add_static_files(_STATIC, static)
    ui.add_head_html(f'<link rel="stylesheet" href="{_STATIC}/console.css">', shared=True)
    # Quasar's bar on top of the page moves at every request and has no name for screen readers; pages say it in words.
    app.config.quasar_config["loadingBar"] = {"skipHijack": True}
    os.nice(_NICENESS)
    logging.getLogger("uvicorn.error").addFilter(_is_worth_a_line)
    register_pages(console, PAGES)
    register_sign_in(console)
    register_bench_files(console)
    app.on_startup(lambda: _say_ready(settings))
    app.on_shutdown(console.line.close)
    ui.run(
        host=settings.host, port=settings.port, title=Words(settings.language)(*PRODUCT), language="zh-CN",
        show=False, reload=False, show_welcome_message=False, tailwind=False, reconnect_timeout=_RECONNECT_S,
        # A new secret each time: whoever holds an old cookie signs in again. Cookies are a host's, not a port's, so the
        # port is in the name: two consoles beside each other keep their own sign-ins.
        storage_secret=secrets.token_urlsafe(32),
        session_middleware_kwargs={"session_cookie": f"console_{settings.port}", "same_site": "strict"},
    )  # fmt: skip


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Not that somebody left a page before it was there: Starlette then misses a response that nobody waits for."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, RuntimeError) and str(error) == "No response returned.")


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _say_ready(settings: ConsoleSettings) -> None:
    if settings.ready_file is not None:
        text = json.dumps({"base_url": f"http://{settings.host}:{settings.port}", "pid": os.getpid()})
        draft = settings.ready_file.with_suffix(".new")
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(settings.ready_file)
