"""Helper processes of the bench: started, waited for until they are ready, and ended with whoever started them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
_READY_S = 20.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class ChildFailed(Exception):
    """A helper process did not start, or ended badly; the text holds the end of what it said."""


def _end_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def environment() -> dict[str, str]:
    """Ours, with the packages of this tree importable, as in a checkout that is not installed."""
    import voucher_contract  # noqa: PLC0415 - only to know where it lies

    places = [str(ROOT), str(Path(voucher_contract.__file__).resolve().parents[1])]
    kept = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*places, *([kept] if kept else [])])}


def start(words: Sequence[str], log: Path, settings: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """``python -m words…`` in a process group of its own, killed when this process dies. Output goes to ``log``.

    ``settings`` are added to its environment.
    """
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", *words], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**environment(), **(settings or {})}, start_new_session=True, preexec_fn=_end_with_parent,  # noqa: PLW1509 - one prctl
        )  # fmt: skip


def end(process: subprocess.Popen[bytes], grace_s: float = 5.0) -> None:
    """SIGTERM to its group, SIGKILL after ``grace_s``; returns when it is gone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(grace_s)
        except (subprocess.TimeoutExpired, ProcessLookupError):
            continue


def tail(log: Path, characters: int = 2_000) -> str:
    """The end of a log."""
    return log.read_text("utf-8", "replace")[-characters:] if log.exists() else ""


@contextmanager
def serving(*words: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A helper that listens and writes its port to ``--ready-file``; ended on leaving. Raises ChildFailed."""
    with TemporaryDirectory(prefix="voucherlab-helper-") as folder:
        ready, log = Path(folder) / "port", Path(folder) / "log"
        process = start([*words, "--ready-file", str(ready)], log)
        try:
            end_s = time.monotonic() + _READY_S
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > end_s:
                    raise ChildFailed(f"{words[0]} did not start: {tail(log)}")
                time.sleep(0.02)
            yield int(ready.read_text(encoding="utf-8")), process
        finally:
            end(process)
