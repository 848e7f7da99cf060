"""Platforms that are started for a test and stopped after it: the reference, and the faulty vendors."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from loadtest.agreed.reading import read_agreed
from loadtest.agreed.target import Credentials, Target
from loadtest.faulty_vendors.process import VendorProcess
from loadtest.favor_stock_vendor.process import SIGNING_KEY_ENV
from loadtest.favor_stock_vendor.process import VendorProcess as PaymentVendorProcess
from loadtest.verify.restarting import Restart
from voucherlab.errors import VoucherlabError
from voucherlab.platform_process import PlatformProcess

_UP_AGAIN_S = 60.0
_POLL_S = 0.05
_PEOPLE = 6_000  # without a sandbox they are given beforehand: enough for the steps of a plan
REFERENCE_NAME = "参考平台"
# The test moves the clock and waits for dynamic codes to go stale: both sooner than an installation would have it.
_REFERENCE_ENVIRONMENT = {"VOUCHERLAB_POLL_MS": "50", "VOUCHERLAB_DYNAMIC_CODE_SECONDS": "2"}


@dataclass(frozen=True)
class OwnTarget:
    """A platform to verify; ``restart`` stops it hard and starts it again, where it is ours to restart."""

    target: Target
    restart: Restart | None


@contextmanager
def reference(folder: Path) -> Iterator[OwnTarget]:
    """`voucherlab serve --sandbox` with its servers and data below ``folder``. Raises VoucherlabError."""
    platform = PlatformProcess(folder / "platform", environment=_REFERENCE_ENVIRONMENT)
    try:
        ready = platform.start()

        async def restart() -> None:
            await asyncio.to_thread(_restart, platform, ready.base_url)

        yield OwnTarget(_target(REFERENCE_NAME, ready.base_url, ready.staff_file), restart)
    finally:
        platform.stop()


def _restart(platform: PlatformProcess, base_url: str) -> None:
    """Every service dies by SIGKILL at once, as when the power goes; the supervisor brings them back."""
    killed = {name: platform.kill(name) for name in platform.state()["pids"]}
    for name, old_pid in killed.items():
        platform.wait_restarted(name, old_pid)
    deadline_s = time.monotonic() + _UP_AGAIN_S
    while not _is_well(base_url):
        if time.monotonic() > deadline_s:
            raise VoucherlabError(f"the reference was not well {_UP_AGAIN_S:.0f} s after its restart")
        time.sleep(_POLL_S)


def _is_well(base_url: str) -> bool:
    try:
        return bool(httpx.get(f"{base_url}/v1/health", timeout=_POLL_S * 20, trust_env=False).json()["status"] == "ok")
    except (httpx.HTTPError, ValueError, KeyError):
        return False


@contextmanager
def faulty_vendor(name: str, folder: Path) -> Iterator[OwnTarget]:
    """The vendor that shares no code with the reference, with the defect ``name``, or ``correct``."""
    vendor = VendorProcess(name, folder / "vendor")
    try:
        base_url, staff_file = vendor.start()

        async def restart() -> None:
            await asyncio.to_thread(vendor.restart)

        yield OwnTarget(_target(f"模拟平台 {name}", base_url, staff_file), restart)
    finally:
        vendor.stop()


@contextmanager
def payment_vendor(defect: str | None, folder: Path) -> Iterator[OwnTarget]:
    """An emulated platform of another wire, where redemption is the effect of a payment; ``defect`` None: correct.

    Its adapter signs with a key made for this run, handed over in the environment as any tester's would be.
    """
    vendor = PaymentVendorProcess(folder / "payments", defects=() if defect is None else (defect,), people=_PEOPLE)
    try:
        ready = vendor.start()
        os.environ[SIGNING_KEY_ENV] = ready.private_key_pem
        yield OwnTarget(read_agreed(ready.target_file, Target), None)
    finally:
        vendor.stop()
        os.environ.pop(SIGNING_KEY_ENV, None)


def _target(name: str, base_url: str, staff_file: Path) -> Target:
    return Target(name=name, base_url=base_url, credentials=Credentials(staff_file=str(staff_file)))
