"""``python -m loadtest.faulty_vendors NAME --port P --data DIR --ready-file F``; ``--list`` prints what there is."""

import argparse
import asyncio
import json
import os
import random
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from loadtest.faulty_vendors.application import Application
from loadtest.faulty_vendors.catalogue import known, table
from loadtest.faulty_vendors.vendor import Vendor

_HOST = "127.0.0.1"
_EXIT_USAGE = 2
_SWEEP_S = 0.5
_PORTS, _PORTS_TRIED = (20_000, 32_000), 100
_POLL_S = 0.01


def main() -> int:
    """Serve until killed. Exit code 2 for a wrong command line."""
    asked = _arguments()
    if asked.list:
        print(table())
        return 0
    try:
        known(asked.name or "")
    except KeyError:
        print(f"no vendor {asked.name!r}; --list shows all 没有这个名称", file=sys.stderr)
        return _EXIT_USAGE
    if asked.until_stdin_closes:
        threading.Thread(target=_die_with_stdin, daemon=True).start()
    asked.data.mkdir(parents=True, exist_ok=True)
    uvloop.run(_serve(asked))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtest.faulty_vendors", description=__doc__)
    parser.add_argument("name", nargs="?", help="correct, a defect or a lawful variant")
    parser.add_argument("--list", action="store_true", help="print all names")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--data", type=Path, default=Path("vendor-data"), help="folder of journal and sign-ins")
    parser.add_argument("--ready-file", type=Path, help="written once the vendor answers")
    parser.add_argument("--until-stdin-closes", action="store_true", help="die with whoever holds standard input")
    return parser.parse_args()


def _die_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # the journal is always whole, so nothing needs an orderly end


async def _serve(asked: argparse.Namespace) -> None:
    vendor = Vendor(asked.data, asked.name)
    port = asked.port or _free_port()
    server = Server(Application(vendor), _HOST, port, interface=Interfaces.ASGINL, log_enabled=False, websockets=False)
    sweeping = asyncio.create_task(_sweep(vendor))
    announcing = asyncio.create_task(_announce(asked.ready_file, asked.data, port))
    try:
        await server.serve()
    finally:
        sweeping.cancel()
        announcing.cancel()


def _free_port() -> int:
    """A port below those that systems give to clients, so that it is still free when a killed vendor comes back."""
    for _ in range(_PORTS_TRIED):
        port = random.randrange(*_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((_HOST, port))
            return port
    raise OSError(f"no free port among {_PORTS_TRIED} of {_PORTS}")


async def _sweep(vendor: Vendor) -> None:
    while True:
        await asyncio.sleep(_SWEEP_S)
        vendor.sweep()


async def _announce(ready_file: Path | None, data: Path, port: int) -> None:
    """Write the ready file, whole, once a connection is taken."""
    if ready_file is None:
        return
    while True:
        try:
            _, writer = await asyncio.open_connection(_HOST, port)
        except ConnectionRefusedError:
            await asyncio.sleep(_POLL_S)
            continue
        writer.close()
        break
    told = {
        "base_url": f"http://{_HOST}:{port}",
        "staff_file": str((data / "staff.json").absolute()),
        "pid": os.getpid(),
    }
    draft = ready_file.with_suffix(".part")
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(ready_file)


if __name__ == "__main__":
    sys.exit(main())
