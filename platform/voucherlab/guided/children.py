"""Our own command line as a child: it ends when the guide does, and when the step that waits for it is given up."""

import asyncio
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from voucherlab.child_environment import search_path
from voucherlab.errors import VoucherlabError, log_tail
from voucherlab.processes import ChildSpec, start_bound

_POLL_S = 0.05
_LONGEST_S = 180.0


@dataclass(frozen=True)
class Ended:
    """How a command ended; ``log_file`` holds all it said."""

    exit_code: int
    log_file: Path


async def run_command(name: str, words: tuple[str, ...], *, folder: Path) -> Ended:
    """`voucherlab WORDS…`. Raises VoucherlabError when it takes longer than three minutes."""
    log_file = folder / f"{name}.log"
    spec = ChildSpec(
        name, (sys.executable, "-m", "voucherlab", *words), {"PYTHONPATH": search_path()}, death_signal=signal.SIGTERM
    )
    process = await asyncio.to_thread(start_bound, spec, log_file=log_file, working_folder=folder)
    try:
        async with asyncio.timeout(_LONGEST_S):
            while process.poll() is None:  # noqa: ASYNC110 - a process that ends sets no event
                await asyncio.sleep(_POLL_S)
        return Ended(int(process.returncode), log_file)
    except TimeoutError:
        raise VoucherlabError(f"{name} took longer than {_LONGEST_S:.0f} s:\n{log_tail(log_file)}") from None
    finally:
        if process.poll() is None:
            process.terminate()  # its own children have a death signal
