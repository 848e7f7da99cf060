"""The one error that a person at the command line is meant to read."""

from pathlib import Path

_TAIL_LINES = 15
_TAIL_BYTES = 16_384


class VoucherlabError(Exception):
    """Something the person can act on: the text says what failed and what to do about it."""


def log_tail(path: Path) -> str:
    """The last lines of a log file, for an error message; empty when there is no log yet."""
    if not path.is_file():
        return ""
    with path.open("rb") as log:
        size = log.seek(0, 2)
        log.seek(max(0, size - _TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])
