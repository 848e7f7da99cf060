"""What stands beside the guide: the platform's own pages, the officers' console, and who can sign in."""

import asyncio
import json
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from voucherlab.child_environment import search_path
from voucherlab.guided.bench import bench_folder
from voucherlab.guided.stage import Stage
from voucherlab.ports import LOOPBACK, free_port
from voucherlab.processes import ChildSpec, start_bound

_PAGES = ("/pages/phone", "/pages/till")
_TIMEOUT_S = 5.0
_GRACE_S = 5.0


@dataclass(frozen=True)
class SignIn:
    """A sign-in of this platform, which lives as long as the talk."""

    login: str
    password: str
    role: str


@dataclass
class Beside:
    """``pages`` are those of the platform that answer. ``console_port`` is None where none is offered."""

    pages: tuple[str, ...]
    console_port: int | None
    sign_ins: tuple[SignIn, ...]
    console: subprocess.Popen[bytes] | None = None

    def as_json(self) -> dict[str, Any]:
        """For the page."""
        return {
            "pages": list(self.pages), "console_port": self.console_port,
            "sign_ins": [asdict(one) for one in self.sign_ins],
        }  # fmt: skip

    def close(self) -> None:
        """End the console."""
        if self.console is None:
            return
        self.console.terminate()
        try:
            self.console.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self.console.kill()
            self.console.wait()


async def open_beside(stage: Stage, *, host: str) -> Beside:
    """Look which pages answer and start the console. Sign-ins are told on the loopback interface only."""
    pages = [path for path in _PAGES if await _answers(stage, path)]
    console_port, console = await asyncio.to_thread(_start_console, stage, host)
    sign_ins = _sign_ins(stage) if host == LOOPBACK else ()
    return Beside(tuple(pages), console_port, sign_ins, console)


async def _answers(stage: Stage, path: str) -> bool:
    try:
        return (await stage.http.get(path, timeout=_TIMEOUT_S)).status_code == 200
    except httpx.HTTPError:
        return False


def _start_console(stage: Stage, host: str) -> tuple[int | None, subprocess.Popen[bytes] | None]:
    """The console as a child; it listens on the loopback interface, so elsewhere it is not offered."""
    if host != LOOPBACK:
        return None, None
    port = free_port()
    command = (
        *(sys.executable, "-m", "voucherlab", "console", "--target", stage.ready.base_url),
        *("--port", str(port), "--bench-folder", str(bench_folder(stage))),
    )
    spec = ChildSpec("console", command, {"PYTHONPATH": search_path()}, death_signal=signal.SIGTERM)
    return port, start_bound(spec, log_file=stage.folder / "console.log", working_folder=stage.folder)


def _sign_ins(stage: Stage) -> tuple[SignIn, ...]:
    staff = json.loads(stage.ready.staff_file.read_text(encoding="utf-8"))
    return tuple(SignIn(one["login"], one["password"], one["role"]) for one in staff)
