"""Crowd and tills as processes of their own: gevent and asyncio do not share a thread, and a core is left to each."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from merchant_sim.actors.desk import Unexpected

_LINE_LIMIT = 1024 * 1024
_ROOT = str(Path(__file__).resolve().parents[2])


class Program:
    """One `python -m merchant_sim.actors.NAME PLAN`: lines in, JSON lines out, complaints on stderr."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process, self._name = process, name

    async def say(self, line: str) -> None:
        """Send one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def hear(self) -> dict[str, Any]:
        """The next line it says. Raises Unexpected when it has ended."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise Unexpected(f"{self._name} ended with {await self._process.wait()}; its complaint stands above")
        heard: dict[str, Any] = json.loads(line)
        return heard

    async def end(self) -> None:
        """Close its input and wait. Raises Unexpected for another exit code than 0."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = await self._process.wait()
        if code != 0:
            raise Unexpected(f"{self._name} ended with {code}; its complaint stands above")

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self._process.returncode is None:
            self._process.kill()


async def start_program(name: str, plan_file: Path) -> Program:
    """Start crowd or tills. It ends by itself when this process does, since its input then ends."""
    search = os.pathsep.join([_ROOT, *sys.path])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"merchant_sim.actors.{name}", str(plan_file),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE_LIMIT,
        env={**os.environ, "PYTHONPATH": search},
    )  # fmt: skip
    return Program(process, name)
