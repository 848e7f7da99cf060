"""A wall clock that jumps for one process, by libfaketime; monotonic clocks stay true, as in real life."""

from collections.abc import Mapping
from pathlib import Path

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
_LOOKS_EVERY_S = 1


def library() -> Path | None:
    """libfaketime for programs with threads, where the distribution puts it (Debian: the package libfaketime)."""
    return next((path for pattern in _PLACES for path in sorted(Path("/").glob(pattern[1:]))), None)


class ShiftedClock:
    """The clock of the processes that are started with ``environment``."""

    settles_s = _LOOKS_EVERY_S + 0.1
    """A program looks once a second how its clock is shifted; only then the jump has happened."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.shift(0)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process must be started with. Raises FileNotFoundError where there is no libfaketime."""
        found = library()
        if found is None:
            raise FileNotFoundError("libfaketime is not installed")
        return {
            "LD_PRELOAD": str(found), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": str(_LOOKS_EVERY_S),
        }  # fmt: skip

    def shift(self, seconds: float) -> None:
        """From now on the clock is so much ahead of the true one, or behind it. It may be read at any moment."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{seconds:+.3f}", encoding="ascii")
        draft.replace(self._file)
