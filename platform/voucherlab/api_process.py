"""One API process: `python -m voucherlab.api_process HOST PORT MODULE:FACTORY`.

granian's command line runs a parent with a worker below it; a SIGKILLed parent leaves its worker behind,
and a killed worker ends the parent or waits for its respawn interval. Its embedded server serves as fast from
within one process, so the process the supervisor knows is the one that answers, and its siblings listen on
the same port by SO_REUSEPORT.
"""

import asyncio
import gc
import importlib
import resource
import signal
import sys
from typing import Any

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

_BACKLOG = 4_096
# Whoever is connected beyond that waits in the backlog, unanswered. It was the backlog's length that granian took for
# it, so that 1,024 phones that kept their connections open shut out the next one for as long as they liked.
_MOST_CONNECTIONS = 16_384
_FILES_BESIDE = 512
# The server's own lines go the way of all others, which `log_as_json` has laid: masked JSON.
_OURS = {
    "formatters": {},
    "handlers": {},
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("_granian", "granian.access")},
}
# Allocations before a collection of the youngest, and collections of one generation before one of the next. A claim
# under way makes hundreds of objects that reference counts free in time; with the usual 700 they are gone through
# thousands of times a second for nothing. Cycles are rare here, and wait for a few hundred claims.
_COLLECTIONS = (50_000, 20, 100)


def load_application(target: str) -> Any:
    """Calls the factory named `module:function` and returns the ASGI application it makes."""
    module_name, _, factory_name = target.partition(":")
    return getattr(importlib.import_module(module_name), factory_name)()


def connections_allowed() -> int:
    """How many connections this process may hold; its soft limit of open files is raised as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _FILES_BESIDE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(1, min(_MOST_CONNECTIONS, max(soft, allowed) - _FILES_BESIDE))


async def serve(host: str, port: int, target: str) -> None:
    """Serves until SIGTERM or SIGINT, then finishes what is under way; returns when startup fails, too."""
    application = load_application(target)
    gc.set_threshold(*_COLLECTIONS)
    gc.freeze()  # what was loaded stays: collections need not go through it again and again
    server = Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        backlog=_BACKLOG,
        backpressure=connections_allowed(),
        websockets=False,
        log_dictconfig=_OURS,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
    if not server.interrupt_signal:
        sys.exit("the API process ended by itself; the reason stands above")


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
