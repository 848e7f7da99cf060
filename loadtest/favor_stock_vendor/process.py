"""Starts one emulated vendor as a process, and writes what a tester is given: target file, people, shops."""

import csv
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from loadtest.favor_stock_vendor.settings import MerchantAccount, Settings, User
from loadtest.lab.given import PEOPLE_HEADER, SHOPS_HEADER
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS

SIGNING_KEY_ENV = "FAVOR_STOCK_SIGNING_KEY"
_READY_TIMEOUT_S, _STOP_GRACE_S, _POLL_S = 30.0, 10.0, 0.01
_TILLS = 2
_ACCOUNTS_OF_ONE = (2, 2, 2, 2, 4, 4, 10, 10)


class CannotServe(Exception):
    """The process did not come up; the text is the end of its log."""


@dataclass(frozen=True)
class ReadyVendor:
    """What a tester needs. ``private_key_pem`` goes into the environment variable SIGNING_KEY_ENV."""

    base_url: str
    target_file: Path
    people_csv: Path
    shops_csv: Path
    private_key_pem: str
    settings: Settings


class VendorProcess:
    """One emulated vendor. It ends with ``stop``, or when this process is gone, however that came."""

    def __init__(self, folder: Path, *, defects: Sequence[str] = (), people: int = 600, **changes: Any) -> None:
        """``people``: persons with one account; eight more have two to ten. ``changes``: other fields of Settings."""
        self._folder = folder.absolute()
        self._defects, self._people, self._changes = frozenset(defects), people, changes
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> ReadyVendor:
        """Returns when it answers. Raises CannotServe."""
        self._folder.mkdir(parents=True, exist_ok=True)
        key = generate_private_key(public_exponent=65_537, key_size=2_048)
        settings = self._settings(key)
        ready_file, settings_file = self._folder / "ready", self._folder / "settings.json"
        ready_file.unlink(missing_ok=True)
        settings_file.write_text(settings.model_dump_json(), encoding="utf-8")
        log_file = self._folder / "vendor.log"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with log_file.open("wb") as log:
            self._popen = subprocess.Popen(
                (sys.executable, "-m", "loadtest.favor_stock_vendor", str(settings_file), str(ready_file)),
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment,
            )  # fmt: skip
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while self._popen.poll() is None and time.monotonic() < deadline:
            if ready_file.exists():
                return self._handed_over(settings, key)
            time.sleep(_POLL_S)
        self.stop()
        raise CannotServe(log_file.read_text(encoding="utf-8", errors="replace")[-2_000:])

    def stop(self) -> None:
        """Ends it, by force when it takes longer than ten seconds."""
        if self._popen is None:
            return
        self._popen.terminate()
        try:
            self._popen.wait(_STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        if self._popen.stdin is not None:
            self._popen.stdin.close()
        self._popen = None

    def _settings(self, key: RSAPrivateKey) -> Settings:
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        persons = [f"p{number}" for number in range(self._people)]
        several = [f"q{number}" for number, accounts in enumerate(_ACCOUNTS_OF_ONE) for _ in range(accounts)]
        users = tuple(User(openid=f"o{secrets.token_hex(13)}", person=person) for person in (*persons, *several))
        values = {
            "port": _free_port(), "tester_public_key": public, "api_v3_key": secrets.token_hex(16), "users": users,
            "merchants": tuple(MerchantAccount(mchid=mchid, name=name) for mchid, name, _, _ in _merchants()),
            "defects": self._defects, **self._changes,
        }  # fmt: skip
        return Settings.model_validate(values)

    def _handed_over(self, settings: Settings, key: RSAPrivateKey) -> ReadyVendor:
        people, shops, target = (self._folder / name for name in ("people.csv", "shops.csv", "target.toml"))
        _write(people, PEOPLE_HEADER, [(user.person, user.openid) for user in settings.users])
        tills = [
            (mchid, name, category, district, f"T{mchid}-{number}", mchid)
            for mchid, name, category, district in _merchants()
            for number in range(1, _TILLS + 1)
        ]
        _write(shops, SHOPS_HEADER, tills)
        base_url = f"http://127.0.0.1:{settings.port}"
        target.write_text(_target(base_url, settings, people, shops), encoding="utf-8")
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return ReadyVendor(base_url, target, people, shops, pem, settings)


def _merchants() -> list[tuple[str, str, str, str]]:
    """One merchant of every industry in every district: number, name, industry, district."""
    pairs = [(category, district) for category in CATEGORY_NAMES for district in DISTRICTS]
    return [
        (str(1_900_000_200 + number), f"{DISTRICTS[district]}{CATEGORY_NAMES[category]}店", category, district)
        for number, (category, district) in enumerate(pairs)
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(rows)


def _target(base_url: str, settings: Settings, people: Path, shops: Path) -> str:
    def quoted(text: object) -> str:
        return json.dumps(str(text), ensure_ascii=False)

    return f"""name = "代金券接口模拟平台"
base_url = {quoted(base_url)}
adapter = "favor_stock"

[adapter_options]
mchid = {quoted(settings.creator_mchid)}
appid = {quoted(settings.appid)}
serial_no = {quoted(settings.serial_no)}
refund_regimes = "A,B"
reopen_delay_ms = "200"
simulated_data = "true"

[credentials]
people_csv = {quoted(people)}
shops_csv = {quoted(shops)}
signing_key_env = "{SIGNING_KEY_ENV}"
"""
