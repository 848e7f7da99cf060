"""What a run was made with: versions of programs, and the tester's machine."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from voucher_contract import CONTRACT_VERSION

_MEASURING = ("locust", "geventhttpclient", "gevent", "numpy", "httpx")


def versions() -> dict[str, str]:
    """Ours, Python's, the contract's, and those of the libraries that measure."""
    found = {"voucherlab": version("voucherlab"), "python": platform.python_version(), "contract": CONTRACT_VERSION}
    return {**found, **{name: version(name) for name in _MEASURING}}


def memory_bytes() -> int:
    """Physical memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0))


def system() -> str:
    """Operating system and processor kind, without the machine's name."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def stamp() -> dict[str, Any]:
    """Date and size of the machine, for figures that are kept."""
    return {"date": datetime.now(UTC).date().isoformat(), "machine": {"cores": cores(), "memory_bytes": memory_bytes()}}
