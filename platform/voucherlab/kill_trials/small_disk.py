"""A store's folder on a small file system of its own, which a fault fills to the last byte."""

import shutil
import subprocess
from pathlib import Path

from voucherlab.data_folder import open_data_folder
from voucherlab.embedded_postgres import NAME as POSTGRES
from voucherlab.embedded_postgres import EmbeddedPostgres
from voucherlab.secrets_file import load_secrets

_MEGABYTES = {"postgres": 192, "valkey": 48}
_FILLER = "filler"
_PIECE = bytes(1 << 16)
_NAMESPACE = ("unshare", "--mount")
_USER_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def mounting_wrapper(*, is_root: bool) -> tuple[str, ...]:
    """The words before a command that may mount: what it mounts is its own, and gone when it ends."""
    return _NAMESPACE if is_root else _USER_NAMESPACE


def why_not_mounted(*, is_root: bool) -> str | None:
    """Why this machine lets us mount no small disk; None where it does."""
    if shutil.which("unshare") is None:
        return "there is no unshare on this machine"
    command = [*mounting_wrapper(is_root=is_root), "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"this machine mounts nothing for us: {tried.stderr.strip()}"


class SmallDisk:
    """The disk below DATA/``store``. Make it before the platform's first start."""

    def __init__(self, data: Path, store: str) -> None:
        self._place = data / store
        _prepare(data, store)
        aside = self._place.with_name(f"{store}.aside")
        self._place.rename(aside)
        self._place.mkdir(mode=0o700)
        options = f"size={_MEGABYTES[store]}m,mode=0700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self._place)], check=True)
        shutil.copytree(aside, self._place, dirs_exist_ok=True)
        shutil.rmtree(aside)

    def fill(self) -> None:
        """Take every byte that is free now."""
        _write_all(self._place / _FILLER)

    def free(self) -> None:
        """Give all of it back."""
        (self._place / _FILLER).unlink(missing_ok=True)

    def unmount(self) -> None:
        """Give the memory back; the platform must have stopped."""
        subprocess.run(["umount", "--lazy", str(self._place)], check=True)


def _prepare(data: Path, store: str) -> None:
    """The store's folder as its first start would make it: PostgreSQL renames a finished cluster into its place."""
    folder = open_data_folder(data)
    try:
        if store == POSTGRES:
            EmbeddedPostgres(folder, load_secrets(data).postgres_password).prepare()
        else:
            (data / store).mkdir(mode=0o700)
    finally:
        folder.close()


def _write_all(filler: Path) -> None:
    """Append until nothing more fits. The last bytes are taken one page after another, then one by one."""
    with filler.open("ab", buffering=0) as file:
        for size in (len(_PIECE), 4_096, 1):
            try:
                while file.write(_PIECE[:size]) == size:
                    pass
            except OSError:
                continue
