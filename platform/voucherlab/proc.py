"""What /proc says about a process: enough to never mistake a recycled pid for the one we knew."""

import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_PROC = Path("/proc")
_STARTTIME_FIELD = 19  # field 22 of proc(5), counted after the command name
_POLL_S = 0.01
_TCP_TABLES = ("net/tcp", "net/tcp6")
_LISTEN = "0A"  # TCP_LISTEN, as the tables write a state


@dataclass(frozen=True)
class ProcessId:
    """A process for good: its pid, its start in clock ticks since boot, and the boot it belongs to."""

    pid: int
    start_ticks: int
    boot_id: str

    def as_json(self) -> dict[str, int | str]:
        """Plain values for a pid file."""
        return asdict(self)


def boot_id() -> str:
    """The kernel's name for this boot; start ticks only compare within one."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def _stat_fields(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name may hold spaces and brackets, so the fields are counted from its closing bracket.
    return text.rpartition(")")[2].split()


def identify(pid: int) -> ProcessId | None:
    """The lasting identity of a running process; None when there is none or it is a zombie."""
    fields = _stat_fields(pid)
    if fields is None or fields[0] in "ZX":
        return None
    return ProcessId(pid=pid, start_ticks=int(fields[_STARTTIME_FIELD]), boot_id=boot_id())


def is_running(process: ProcessId) -> bool:
    """True while exactly this process runs, and not another one that was given its pid."""
    return identify(process.pid) == process


def send_signal(process: ProcessId, signal_number: int) -> bool:
    """Signals exactly this process through a pidfd, so a pid recycled meanwhile is never hit.

    Returns False when the process was gone.
    """
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        # Compared after opening: from here on the handle means this process and no other.
        if not is_running(process):
            return False
        signal.pidfd_send_signal(handle, signal_number)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def wait_gone(process: ProcessId, timeout_s: float) -> bool:
    """Waits until the process is gone; False when it still runs after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while is_running(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def listeners(port: int) -> int:
    """How many sockets listen on a TCP port of this network: one for each process that shares it."""
    wanted = f":{port:04X}"
    return sum(_listens(line, wanted) for table in _TCP_TABLES for line in _table_lines(table))


def _table_lines(table: str) -> list[str]:
    try:
        return (_PROC / table).read_text().splitlines()[1:]
    except FileNotFoundError:
        # A kernel without IPv6 has no table of it.
        return []


def _listens(line: str, wanted: str) -> bool:
    _number, local, _remote, state = line.split(maxsplit=4)[:4]
    return state == _LISTEN and local.endswith(wanted)


def processes_in(folder: Path, executable_name: str) -> list[ProcessId]:
    """Processes of that executable whose working folder is `folder`, as far as we may look."""
    wanted = str(folder.resolve())
    found = (_in_folder(entry, wanted, executable_name) for entry in _PROC.iterdir() if entry.name.isdigit())
    return [process for process in found if process is not None]


def _in_folder(entry: Path, wanted: str, executable_name: str) -> ProcessId | None:
    try:
        if str((entry / "cwd").readlink()) != wanted or (entry / "exe").readlink().name != executable_name:
            return None
    except OSError:
        # Gone meanwhile, or another user's: not one of ours.
        return None
    return identify(int(entry.name))
