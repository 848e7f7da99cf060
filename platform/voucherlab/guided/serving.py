"""The guide in this process: its page on a port of its own, until Ctrl-C."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from voucherlab.errors import VoucherlabError
from voucherlab.guided.page.app import guide_app
from voucherlab.guided.talk import Talk
from voucherlab.ports import LOOPBACK, free_port, is_free

_GRACE_S = 3.0
# Our own lines tell what a person needs; the server's about every request would only be in the way.
_QUIET: dict[str, Any] = {"formatters": {}, "handlers": {}, "loggers": {}}


async def serve_guide(
    folder: Path, *, seed: int, host: str = LOOPBACK, port: int = 0, tell: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM; ``tell`` gets the address once. Raises VoucherlabError when the port is taken.

    The address is told before the platform is up: the page says that it is being prepared.
    """
    if port == 0:
        port = free_port()
    elif not is_free(port, host):
        raise VoucherlabError(f"port {port} on {host} is taken; choose another with --port, or 0 for a free one")
    talk = Talk(folder, seed=seed, host=host)
    server = Server(
        guide_app(talk, host=host), address=host, port=port, interface=Interfaces.ASGI, websockets=False,
        log_dictconfig=_QUIET, log_enabled=False,
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await talk.start()
    serving = asyncio.ensure_future(server.serve())
    stopping = asyncio.ensure_future(told.wait())
    try:
        tell(f"http://{host}:{port}/")
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        talk.let_viewers_go()
        loop.call_soon(server.stop)
        await asyncio.wait({serving}, timeout=_GRACE_S)
    finally:
        stopping.cancel()
        serving.cancel()
        await talk.close()
