"""Where a fault is worked: the running platform, its folders, and what was prepared for the fault beforehand."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import redis

from voucherlab.embedded_postgres import NAME as POSTGRES
from voucherlab.embedded_valkey import NAME as VALKEY
from voucherlab.kill_trials.shifted_clock import ShiftedClock
from voucherlab.kill_trials.small_disk import SmallDisk
from voucherlab.platform_process import PlatformProcess, ReadyPlatform
from voucherlab.proc import processes_in


@dataclass(frozen=True)
class Scene:
    """``rng`` draws everything that is random in a fault, so the trial's seed tells it all."""

    process: PlatformProcess
    ready: ReadyPlatform
    rng: Random
    disk: SmallDisk | None = None
    clock: ShiftedClock | None = None

    @property
    def append_only_files(self) -> Path:
        """The folder in which Valkey keeps what it must not forget."""
        return self.process.data_dir / VALKEY / "appendonlydir"

    def pids(self, part: str) -> list[int]:
        """All processes of a part, the one that the supervisor knows first: PostgreSQL has many."""
        known = self.process.pid_of(part)
        if part != POSTGRES:
            return [known]
        found = processes_in(self.process.data_dir / POSTGRES, "postgres")
        return [known, *sorted(one.pid for one in found if one.pid != known)]

    def signal(self, pids: list[int], number: int) -> None:
        """Send a signal to each; one that has just ended by itself needs none."""
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    @contextmanager
    def supervisor_held(self) -> Iterator[None]:
        """Meanwhile nothing that dies is started again, so that its files can be changed under it."""
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    @contextmanager
    def valkey(self) -> Iterator["redis.Redis"]:
        """A connection to the gate's store."""
        with redis.Redis.from_url(self.ready.redis_url, socket_timeout=2.0) as client:
            yield client
