"""``python -m loadtest.faults --upstream URL --faults delay,reset --share 0.02 --seed N --log FILE --ready-file FILE``.

Runs until SIGTERM; then ``--log`` holds how often each fault was worked.
"""

import argparse
import asyncio
import json
import signal
from pathlib import Path

from loadtest.faults.proxy import FAULTS, FaultProxy


async def _run(options: argparse.Namespace) -> None:
    faults = [fault for fault in FAULTS if fault in options.faults.split(",")]
    proxy = FaultProxy(options.upstream, faults, options.share, options.seed)
    server = await proxy.serve(options.port)
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, done.set)
    draft = options.ready_file.with_suffix(".tmp")
    draft.write_text(str(server.sockets[0].getsockname()[1]), encoding="utf-8")
    draft.replace(options.ready_file)
    await done.wait()
    server.close()
    options.log.write_text(json.dumps(dict(proxy.log.counts), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--faults", default="")
    parser.add_argument("--share", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    asyncio.run(_run(parser.parse_args()))
