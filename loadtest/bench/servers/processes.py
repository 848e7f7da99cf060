"""Servers of a benchmark as processes: started, waited for, ended, and their processor time read."""

import os
import random
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtest.engine.children import ChildFailed, end, start, tail
from loadtest.engine.working import allow_files

LOOPBACK = "127.0.0.1"
# Below the range the kernel takes for outgoing connections.
_PORTS = range(20_000, 31_999)
FILES = 6_000  # open at once: a server has ours as its own bound, and must not run out before the open loop does
_READY_S = 30.0
_STOP_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server that answers at ``url``. ``pids`` by the name of each process; ``flags`` is what it was started with."""

    name: str
    url: str
    pids: Mapping[str, int]
    flags: Sequence[str]


def free_port() -> int:
    """A port on which nothing listens."""
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, random.choice(_PORTS)))
            except OSError:
                continue
            return int(probe.getsockname()[1])


@contextmanager
def started(
    name: str, commands: Sequence[Sequence[str]], url: str, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """``python -m`` each of ``commands`` until leaving; they share ``url``. Raises ChildFailed."""
    processes: dict[str, subprocess.Popen[bytes]] = {}
    allow_files(FILES)
    try:
        for number, words in enumerate(commands):
            processes[f"{name}-{number}"] = start(words, folder / f"{name}-{number}.log", settings)
        _wait_well(url, processes, folder)
        flags = [" ".join(words) for words in commands]
        yield Server(name, url, {who: process.pid for who, process in processes.items()}, flags)
    finally:
        for process in processes.values():
            end(process, _STOP_S)


def _wait_well(url: str, processes: Mapping[str, subprocess.Popen[bytes]], folder: Path) -> None:
    end_s = time.monotonic() + _READY_S
    while not _is_well(url):
        for name, process in processes.items():
            if process.poll() is not None or time.monotonic() > end_s:
                raise ChildFailed(f"{name} did not start: {tail(folder / f'{name}.log')}")
        time.sleep(0.05)


def _is_well(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/v1/health", timeout=2) as reply:  # noqa: S310 - a URL of ours on loopback
            return int(reply.status) == 200
    except (urllib.error.URLError, OSError):
        return False


def processor_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """Processor time of each process with all its descendants, those that have ended and were waited for included."""
    times, children = _all_processes()
    found = {}
    for name, pid in pids.items():
        total, family = 0, [pid]
        while family:
            one = family.pop()
            total += times.get(one, 0)
            family += children.get(one, [])
        found[name] = total / _TICKS
    return found


def _all_processes() -> tuple[dict[int, int], dict[int, list[int]]]:
    times: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        # Fields after the name: state, parent, …; 11 to 14 are user, system, and the same of waited-for children.
        times[int(folder.name)] = sum(map(int, fields[11:15]))
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    return times, children
