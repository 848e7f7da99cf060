"""The data folder: the only place where voucherlab writes, private, and used by one process at a time."""

import fcntl
import os
import stat
from pathlib import Path

from voucherlab.errors import VoucherlabError

_MARKER = "voucherlab.lock"


class DataFolder:
    """An open data folder; holding it means holding its lock until `close()` or the process's end.

    The lock is the kernel's (flock), so it vanishes with a SIGKILLed holder and leaves nothing to clean.
    """

    def __init__(self, path: Path, lock_handle: int) -> None:
        self.path = path
        self._lock_handle = lock_handle

    @property
    def logs(self) -> Path:
        """Where each child's log file is."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Where each child's pid file is."""
        return self.path / "run"

    def close(self) -> None:
        """Gives the folder free for another process."""
        if self._lock_handle >= 0:
            os.close(self._lock_handle)
            self._lock_handle = -1


def open_data_folder(path: Path) -> DataFolder:
    """Makes the folder (0700) or opens one made before, and locks it.

    Raises VoucherlabError when the folder holds something else, belongs to another user, or is in use.
    """
    path = path.absolute()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_foreign(path)
    path.chmod(0o700)
    lock_handle = _lock(path)
    folder = DataFolder(path, lock_handle)
    folder.logs.mkdir(mode=0o700, exist_ok=True)
    folder.run.mkdir(mode=0o700, exist_ok=True)
    return folder


def is_in_use(path: Path) -> bool:
    """True while another process holds the folder; asks without changing anything."""
    try:
        handle = os.open(path / _MARKER, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _refuse_foreign(path: Path) -> None:
    if path.stat().st_uid != os.geteuid():
        raise VoucherlabError(f"{path} belongs to another user; choose a data folder of your own")
    if not (path / _MARKER).exists() and any(path.iterdir()):
        raise VoucherlabError(f"{path} is not empty and was not made by voucherlab; choose another data folder")


def _lock(path: Path) -> int:
    handle = os.open(path / _MARKER, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 32, 0).decode() or "?"
        os.close(handle)
        raise VoucherlabError(f"{path} is in use by process {holder.strip()}; stop it first") from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle
