"""What is done to the platform at the peak. A fault returns when it is healed, or when there is nothing to heal."""

import contextlib
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import asyncpg

from loadtest.agreed.plan import ClientFault
from voucherlab.embedded_postgres import NAME as POSTGRES
from voucherlab.embedded_valkey import NAME as VALKEY
from voucherlab.kill_trials.scene import Scene
from voucherlab.sql import run_sql

API: Final = "api-0"
WORKER = "worker"
_STOPPED_S = (1.0, 10.0)
_FULL_S = (0.5, 4.0)
_FILLED_EVERY_S = 0.02
_LOOKS_EVERY_S = 0.05
_REBUILD_S = (0.3, 1.0)
_COPY_AGE_S = (0.2, 1.0)
_JUMP_S = (3_600.0, 7_200.0)
_CUT_AT_MOST_BYTES = 200_000
Strike = Callable[[Scene], None]


@dataclass(frozen=True)
class Fault:
    """``part`` is what the fault is done to, and what must work again afterwards; None: the wire.

    ``disk``: the store that needs a small disk. ``clock``: whose clock is to jump. ``wire``: faults that the
    proxy works on the clients' requests all the time, instead of one strike.
    """

    name: str
    part: str | None
    strike: Strike | None
    disk: Literal["valkey", "postgres"] | None = None
    clock: Literal["valkey", "api-0"] | None = None
    wire: tuple[ClientFault, ...] = ()


def _killing(part: str) -> Strike:
    return lambda scene: scene.signal(scene.pids(part), signal.SIGKILL)


def _kill_postgres(scene: Scene) -> None:
    """The first process alone, any other alone, or all at once: PostgreSQL recovers differently from each."""
    pids = scene.pids(POSTGRES)
    chosen = scene.rng.choice(([pids[0]], [scene.rng.choice(pids[1:])], pids))
    scene.signal(chosen, signal.SIGKILL)


def _stopping(part: str) -> Strike:
    def strike(scene: Scene) -> None:
        pids = scene.pids(part)
        scene.signal(pids, signal.SIGSTOP)
        try:
            time.sleep(scene.rng.uniform(*_STOPPED_S))
        finally:
            scene.signal(pids, signal.SIGCONT)

    return strike


def _flush_all(scene: Scene) -> None:
    with scene.valkey() as client:
        client.flushall()


def _stop_through_rebuild(scene: Scene) -> None:
    """An API process stands still while the store is emptied and rebuilt, and goes on under an epoch that is over."""
    pids, before = scene.pids(API), _epoch(scene)
    until = time.monotonic() + _STOPPED_S[1]
    scene.signal(pids, signal.SIGSTOP)
    try:
        _flush_all(scene)
        while time.monotonic() < until and _epoch(scene) == before:
            time.sleep(_LOOKS_EVERY_S)
        time.sleep(scene.rng.uniform(*_REBUILD_S))
    finally:
        scene.signal(pids, signal.SIGCONT)


def _epoch(scene: Scene) -> int:
    return int(run_sql(scene.ready.database_url, "SELECT epoch FROM platform_state")[0]["epoch"])


def _restore_old_copy(scene: Scene) -> None:
    """The store comes back as it was a moment ago: same epoch as SQL's, fewer claims than it has granted."""
    files = scene.append_only_files
    copy = files.with_name("copy")
    shutil.copytree(files, copy)
    time.sleep(scene.rng.uniform(*_COPY_AGE_S))
    with scene.supervisor_held():
        scene.signal(scene.pids(VALKEY), signal.SIGKILL)
        shutil.rmtree(files)
        copy.rename(files)


def _cut_tail(scene: Scene) -> None:
    """As after a power cut: the last writes never reached the disk, the last one only in part."""
    with scene.supervisor_held():
        scene.signal(scene.pids(VALKEY), signal.SIGKILL)
        newest = max(scene.append_only_files.glob("*.incr.aof"), key=_number)
        size = newest.stat().st_size
        cut = scene.rng.randint(1, max(1, min(size // 2, _CUT_AT_MOST_BYTES)))
        with newest.open("ab") as file:
            file.truncate(size - cut)


def _number(file: Path) -> int:
    return int(file.name.split(".")[-3])


def _fill_disk(scene: Scene) -> None:
    """Full for a while, and what the store gives free meanwhile is taken, too."""
    disk, until = scene.disk, time.monotonic() + scene.rng.uniform(*_FULL_S)
    assert disk is not None, "a fault of a disk is worked with a small one"
    try:
        disk.fill()
        _need_a_log_file(scene)
        while time.monotonic() < until:
            disk.fill()
            time.sleep(_FILLED_EVERY_S)
    finally:
        disk.free()


def _need_a_log_file(scene: Scene) -> None:
    """Half the time PostgreSQL is made to begin a new file of its log: it cannot, and stops in the middle of all."""
    if scene.rng.random() < 0.5:
        with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            run_sql(scene.ready.database_url, "SELECT pg_switch_wal()")


def _jump_clock(scene: Scene) -> None:
    """Ahead or back by one to two hours, past an opening and before one; half the time
    back to the truth: a jump the other way.

    An API process dies meanwhile, so that the worker has something of the dead to finish under the shifted clock.
    """
    clock, rng = scene.clock, scene.rng
    assert clock is not None, "a fault of a clock is worked with one that can be shifted"
    clock.shift(rng.choice((-1, 1)) * rng.uniform(*_JUMP_S))
    time.sleep(clock.settles_s)
    scene.signal(scene.pids(API), signal.SIGKILL)
    if rng.random() < 0.5:
        time.sleep(rng.uniform(0.0, 1.0))
        clock.shift(0)
        time.sleep(clock.settles_s)


FAULTS: dict[str, Fault] = {
    one.name: one
    for one in (
        Fault("kill-api", API, _killing(API)),
        Fault("kill-worker", WORKER, _killing(WORKER)),
        Fault("kill-valkey", VALKEY, _killing(VALKEY)),
        Fault("kill-postgres", POSTGRES, _kill_postgres),
        Fault("flushall", VALKEY, _flush_all),
        Fault("stop-through-rebuild", API, _stop_through_rebuild),
        Fault("valkey-old-copy", VALKEY, _restore_old_copy),
        Fault("valkey-tail-cut", VALKEY, _cut_tail),
        Fault("stop-api", API, _stopping(API)),
        Fault("stop-worker", WORKER, _stopping(WORKER)),
        Fault("stop-valkey", VALKEY, _stopping(VALKEY)),
        Fault("stop-postgres", POSTGRES, _stopping(POSTGRES)),
        Fault("full-disk-valkey", VALKEY, _fill_disk, disk="valkey"),
        Fault("full-disk-postgres", POSTGRES, _fill_disk, disk="postgres"),
        Fault("reset-after-commit", None, None, wire=("reply_lost", "reset")),
        Fault("clock-jump-valkey", VALKEY, _jump_clock, clock="valkey"),
        Fault("clock-jump-api", API, _jump_clock, clock=API),
    )
}
