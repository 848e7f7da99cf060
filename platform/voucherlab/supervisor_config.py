"""What a supervisor is told: one frozen value."""

import sys
from dataclasses import dataclass
from pathlib import Path

from voucherlab.embedded_valkey import Appendfsync
from voucherlab.ports import LOOPBACK

PYTHON = sys.executable


@dataclass(frozen=True)
class SupervisorConfig:
    """`port` 0 takes a free one. A URL given means that server is used instead of an embedded one.

    The commands and the API target can be replaced, which the supervisor's own tests do; an empty command
    leaves that part out. Commands run with DATABASE_URL, REDIS_URL and VOUCHERLAB_* in their environment.
    """

    data_dir: Path
    host: str = LOOPBACK
    port: int = 0
    api_workers: int = 2
    sandbox: bool = False
    appendfsync: Appendfsync = "everysec"
    database_url: str | None = None
    redis_url: str | None = None
    ready_timeout_s: float = 60.0
    api_target: str = "voucher_platform.app:create_app"
    worker_command: tuple[str, ...] = (PYTHON, "-m", "voucher_platform.worker")
    migrate_command: tuple[str, ...] = (PYTHON, "-m", "voucherlab", "migrate")
    health_path: str = "/v1/health"
