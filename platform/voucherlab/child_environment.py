"""The environment that the platform's processes get: their settings, and where to find the packages."""

import os
from pathlib import Path

from voucherlab.secrets_file import Secrets
from voucherlab.supervisor_config import SupervisorConfig

_PACKAGES = Path(__file__).resolve().parent.parent


def child_environment(
    *, config: SupervisorConfig, secrets: Secrets, database_url: str, redis_url: str, staff_file: Path
) -> dict[str, str]:
    """Settings by name, for the API, the worker and the migrations."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "VOUCHERLAB_TOKEN_SECRET": secrets.token_secret,
        "VOUCHERLAB_IDENTITY_SECRET": secrets.identity_secret,
        "VOUCHERLAB_SANDBOX": "1" if config.sandbox else "0",
        "VOUCHERLAB_STAFF_FILE": str(staff_file),
        "VOUCHERLAB_METERS_FOLDER": str(config.data_dir.absolute() / "meters"),
        "PYTHONPATH": search_path(),
        "PYTHONUNBUFFERED": "1",
    }


def search_path() -> str:
    """A PYTHONPATH that finds the packages in a checkout that is not installed."""
    return os.pathsep.join([str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])])
