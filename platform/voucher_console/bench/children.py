"""Processes of the bench: started in a session of their own, so that a dying console does not take them along."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_GRACE_S, _POLL_S = 15.0, 0.1
_STATE_AT, _TICKS_AT = 0, 19  # of /proc/PID/stat behind the command's closing bracket


@dataclass(frozen=True)
class Child:
    """``ticks``: when it was started, by the kernel's count. A number given out again is another process."""

    pid: int
    ticks: int


def start_child(command: Sequence[str], output: Path) -> tuple[subprocess.Popen[bytes], Child]:
    """Start ``command``; all it says goes into ``output``."""
    with output.open("wb") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    return process, Child(process.pid, _stat(process.pid)[1])


def is_alive(child: Child) -> bool:
    """Whether that very process still runs."""
    state, ticks = _stat(child.pid)
    return ticks == child.ticks and state not in {"Z", "X", ""}


def stop_child(child: Child) -> None:
    """Ask it to end in order (as Ctrl-C does), then its whole group to end, then end it; returns when it is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if not is_alive(child):
            return
        if number is signal.SIGINT:
            os.kill(child.pid, number)
        else:
            os.killpg(child.pid, number)
        deadline_s = time.monotonic() + _GRACE_S
        while is_alive(child) and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)


def _stat(pid: int) -> tuple[str, int]:
    """State and start of a process; an empty state and 0 when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    words = text.rpartition(")")[2].split()
    return words[_STATE_AT], int(words[_TICKS_AT])
