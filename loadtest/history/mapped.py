"""A file that grows while it is mapped: what is written survives a SIGKILL of the writer (not a power cut)."""

import mmap
import os
from pathlib import Path

_STEP_BYTES = 8 << 20


class GrowingMap:
    """A new file, mapped for writing, zeros beyond what was written. Raises FileExistsError rather than overwrite.

    Blocks are allocated before they are mapped: a full disk is an OSError at ``reserve``, not a SIGBUS in mid-write.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self.size = _STEP_BYTES
        os.posix_fallocate(self._descriptor, 0, self.size)
        self.map = mmap.mmap(self._descriptor, self.size)

    def reserve(self, end: int) -> None:
        """Make the file at least ``end`` bytes long. ``map`` stays the same object."""
        if end > self.size:
            larger = -(-end // _STEP_BYTES) * _STEP_BYTES
            os.posix_fallocate(self._descriptor, self.size, larger - self.size)
            self.map.resize(larger)
            self.size = larger

    def close(self, used: int) -> None:
        """Unmap, and cut the file to its first ``used`` bytes."""
        self.map.close()
        os.ftruncate(self._descriptor, used)
        os.close(self._descriptor)
