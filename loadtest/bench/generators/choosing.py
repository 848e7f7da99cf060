"""Which generator sends, and that it is faster than what it measures."""

from pathlib import Path
from typing import Protocol

from loadtest.bench.generators import closed_loop, wrk
from loadtest.bench.generators.counting import Counted
from loadtest.engine.children import serving

_CREATED = 201


class Generator(Protocol):
    """A closed loop."""

    def __call__(
        self, url: str, requests: Path, *, connections: int, seconds: float, warm_s: float, again: bool = False
    ) -> Counted:
        """Send the file's requests. Raises GeneratorFailed."""


def generator(name: str) -> Generator:
    """``wrk``, ``own``, or ``auto``: wrk where it is installed."""
    if name == "own" or (name == "auto" and not wrk.installed()):
        return closed_loop.send
    return wrk.send


def alone_per_s(send: Generator, requests: Path, *, connections: int, seconds: float) -> float:
    """What it reaches against a server that only answers, a plain protocol under uvloop."""
    with serving("loadtest.nullserver") as (port, _):
        counted = send(
            f"http://127.0.0.1:{port}", requests, connections=connections, seconds=seconds, warm_s=0.0, again=True
        )
    return counted.rate_per_s(_CREATED)
