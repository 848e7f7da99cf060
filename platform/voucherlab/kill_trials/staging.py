"""The platform of one trial, with what its fault needs: a small disk, or a part whose clock can be shifted."""

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from voucherlab.data_folder import open_data_folder
from voucherlab.embedded_valkey import NAME as VALKEY
from voucherlab.embedded_valkey import Appendfsync, EmbeddedValkey
from voucherlab.errors import VoucherlabError, log_tail
from voucherlab.kill_trials.faults import API, Fault
from voucherlab.kill_trials.scene import Scene
from voucherlab.kill_trials.shifted_clock import ShiftedClock
from voucherlab.kill_trials.small_disk import SmallDisk
from voucherlab.platform_process import PlatformProcess, ReadyPlatform
from voucherlab.processes import ChildSpec, start_bound
from voucherlab.sql import run_sql

_BESIDE = "api-beside"
_READY_S = 60.0
_POLL_S = 0.05
_GRACE_S = 10.0
_POLICIES: tuple[Appendfsync, ...] = ("always", "everysec")


@contextmanager
def staged(fault: Fault, seed: int, folder: Path) -> Iterator[Scene]:
    """Start everything in ``folder``, and end it on leaving. Raises VoucherlabError."""
    rng = Random(seed)
    policy = rng.choice(_POLICIES)
    # A change is noticed at once, so that preparing takes no longer than needed.
    environment = {"VOUCHERLAB_POLL_MS": "50"}
    with ExitStack() as stack:
        disk = SmallDisk(folder / "data", fault.disk) if fault.disk else None
        if disk is not None:
            stack.callback(disk.unmount)
        clock = ShiftedClock(folder / "clock") if fault.clock else None
        if clock is not None and fault.clock == VALKEY:
            environment["REDIS_URL"] = stack.enter_context(_valkey_beside(folder, clock, policy))
        beside = clock is not None and fault.clock == API
        arguments = ("--sandbox", "--api-workers", "1" if beside else "2", "--appendfsync", policy)
        process = PlatformProcess(folder / "data", arguments=arguments, environment=environment)
        stack.callback(process.stop)
        ready = process.start()
        if clock is not None and beside:
            stack.enter_context(_api_beside(ready, folder, clock))
        yield Scene(process, ready, rng, disk, clock)


@contextmanager
def _valkey_beside(folder: Path, clock: ShiftedClock, policy: Appendfsync) -> Iterator[str]:
    """A Valkey of its own clock; the platform is told its address."""
    place = open_data_folder(folder / "beside")
    valkey = EmbeddedValkey(place, secrets.token_hex(16), policy, clock.environment)
    try:
        yield valkey.start()
    finally:
        valkey.stop()
        place.close()


@contextmanager
def _api_beside(ready: ReadyPlatform, folder: Path, clock: ShiftedClock) -> Iterator[None]:
    """A second API process on the same port, as if on a host of its own: same command, same settings, other clock."""
    facts = Path(f"/proc/{ready.pids[API]}")
    command = tuple(facts.joinpath("cmdline").read_text().rstrip("\0").split("\0"))
    settings = dict(one.split("=", 1) for one in facts.joinpath("environ").read_text().rstrip("\0").split("\0"))
    environment = {**settings, **clock.environment, "VOUCHERLAB_PROCESS": _BESIDE}
    log = folder / f"{_BESIDE}.log"
    process = start_bound(ChildSpec(_BESIDE, command, environment), log_file=log, working_folder=folder)
    try:
        until = time.monotonic() + _READY_S
        while not run_sql(ready.database_url, _LIVES):
            if process.poll() is not None or time.monotonic() > until:
                raise VoucherlabError(f"the second API process did not start:\n{log_tail(log)}")
            time.sleep(_POLL_S)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_GRACE_S)
        finally:
            process.kill()


_LIVES = f"SELECT FROM live_process WHERE kind = '{_BESIDE}'"
