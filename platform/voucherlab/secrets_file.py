"""The secrets and the first sign-ins of an installation, made once, readable by their owner only."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from voucherlab.errors import VoucherlabError
from voucherlab.files import read_json, write_private_json

_SECRET_BYTES = 32
# Typed from a screen: without letters and digits that look like others. Eighteen of 56 are 104 bits.
_CLEAR_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_PASSWORD_LENGTH = 18
_STAFF = (
    ("bureau1", "bureau", "商务局经办"),
    ("bureau2", "bureau", "商务局复核"),
    ("auditor1", "auditor", "审计"),
    ("operator1", "operator", "平台运维"),
)


@dataclass(frozen=True)
class Secrets:
    """Random values, hex. `identity_secret` keys the hashes of personal identifiers."""

    token_secret: str
    identity_secret: str
    postgres_password: str
    valkey_password: str


def load_secrets(data_folder: Path) -> Secrets:
    """Reads DATA/secrets.json, or makes it (0600) on first use."""
    path = data_folder / "secrets.json"
    stored = read_json(path)
    if stored is None:
        made = Secrets(*(secrets.token_hex(_SECRET_BYTES) for _ in range(4)))
        write_private_json(path, asdict(made))
        return made
    try:
        return Secrets(**stored)
    except TypeError as error:
        raise VoucherlabError(f"{path} is not as voucherlab wrote it: {error}") from None


def _password() -> str:
    return "".join(secrets.choice(_CLEAR_LETTERS) for _ in range(_PASSWORD_LENGTH))


def ensure_staff_file(data_folder: Path) -> Path:
    """DATA/staff.json: a list of {login, password, role, name}, made (0600) on first use."""
    path = data_folder / "staff.json"
    if not path.exists():
        people = [{"login": login, "password": _password(), "role": role, "name": name} for login, role, name in _STAFF]
        write_private_json(path, people)
    return path
