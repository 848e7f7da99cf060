"""Serves one emulated vendor on loopback until it is told to stop, or until whoever started it is gone."""

import asyncio
import signal
import sys
from pathlib import Path

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from loadtest.favor_stock_vendor.app import application
from loadtest.favor_stock_vendor.settings import Settings

_HOST = "127.0.0.1"


async def serve(settings: Settings, ready_file: Path) -> None:
    """Write ``ready_file`` once it answers. Standard input is the tie to the parent: its end ends this process."""
    server = Server(
        application(settings), address=_HOST, port=settings.port, interface=Interfaces.ASGI, log_enabled=False,
        websockets=False, backlog=1024,
    )  # fmt: skip
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    loop.add_reader(sys.stdin.fileno(), done.set)
    serving = asyncio.create_task(server.serve())
    try:
        await _answers(settings.port)
        await asyncio.to_thread(ready_file.write_text, "ready", encoding="utf-8")
        await done.wait()
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves this one method untyped
        await serving


async def _answers(port: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                await client.get(f"http://{_HOST}:{port}/")
            except httpx.ConnectError:
                await asyncio.sleep(0.01)
            else:
                return
