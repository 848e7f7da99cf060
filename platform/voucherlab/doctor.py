"""Examines the machine, the data folder and the servers; changes nothing that was there before."""

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from voucherlab.data_folder import is_in_use, open_data_folder
from voucherlab.doctor_postgres import examine_postgres
from voucherlab.doctor_valkey import examine_valkey
from voucherlab.embedded_postgres import EmbeddedPostgres
from voucherlab.embedded_valkey import EmbeddedValkey
from voucherlab.errors import VoucherlabError
from voucherlab.files import read_json
from voucherlab.findings import Finding, judged
from voucherlab.secrets_file import load_secrets
from voucherlab.unprivileged import namespaces_work

_OLDEST_PYTHON = (3, 11)
_NEEDED_FREE_BYTES = 2 * 1024**3
_PRIVATE = stat.S_IRWXG | stat.S_IRWXO


def examine(data: Path, database_url: str | None, redis_url: str | None) -> list[Finding]:
    """All findings, machine first. Embedded servers are tried out in a folder of their own beside `data`."""
    data = data.absolute()
    findings = [_python(), _disk(data), _rights(data), *_user_namespaces(database_url)]
    if database_url:
        findings += examine_postgres(database_url, "by DATABASE_URL")
    if redis_url:
        findings += examine_valkey(redis_url, "by REDIS_URL")
    if not (database_url and redis_url):
        findings += _embedded(data, postgres=not database_url, valkey=not redis_url)
    return findings


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info[:2] >= _OLDEST_PYTHON
    return judged("Python", good, f"{version}, needed is 3.11 or later", f"{version}，至少需要 3.11")


def _disk(data: Path) -> Finding:
    free_bytes = shutil.disk_usage(_existing(data)).free
    free_gib = f"{free_bytes / 1024**3:.1f} GiB"
    return judged(
        "disk",
        free_bytes >= _NEEDED_FREE_BYTES,
        f"{free_gib} free, 2 GiB needed",
        f"剩余 {free_gib}，至少需要 2 GiB",
    )


def _rights(data: Path) -> Finding:
    place = _existing(data)
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("data folder", "problem", f"{place} cannot be written", f"{place} 不可写")
    if place == data and data.stat().st_mode & _PRIVATE:
        return Finding("data folder", "problem", f"{data} is open to other users: chmod 700", "目录对其他用户开放")
    return Finding("data folder", "ok", f"{data} is or will be private (0700)", f"{data} 仅本人可用（0700）")


def _user_namespaces(database_url: str | None) -> list[Finding]:
    if database_url or os.geteuid() != 0:
        return []
    if namespaces_work():
        return [
            Finding(
                "root",
                "ok",
                "PostgreSQL runs in a user namespace, not as root",
                "以用户命名空间运行，非 root",
            )
        ]
    english = "user namespaces are off: PostgreSQL runs under a spare user id instead"
    return [Finding("root", "note", english, "用户命名空间不可用：改用备用用户号运行 PostgreSQL")]


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _embedded(data: Path, *, postgres: bool, valkey: bool) -> list[Finding]:
    if is_in_use(data):
        return _running(data, postgres=postgres, valkey=valkey)
    try:
        # A trial in its own folder: the installation's data is not touched, not even by a recovery.
        with tempfile.TemporaryDirectory(prefix=".voucherlab-doctor-", dir=_existing(data.parent)) as trial:
            return _try_out(Path(trial), postgres=postgres, valkey=valkey)
    except (VoucherlabError, OSError) as error:
        return [Finding("embedded servers", "problem", str(error), "内嵌服务无法启动，原因见左")]


def _try_out(trial: Path, *, postgres: bool, valkey: bool) -> list[Finding]:
    folder = open_data_folder(trial)
    secrets = load_secrets(trial)
    postgres_server = EmbeddedPostgres(folder, secrets.postgres_password)
    valkey_server = EmbeddedValkey(folder, secrets.valkey_password)
    findings: list[Finding] = []
    try:
        if postgres:
            findings += examine_postgres(postgres_server.start(), "embedded (a trial start)")
        if valkey:
            findings += examine_valkey(valkey_server.start(), "embedded (a trial start)")
        return findings
    finally:
        valkey_server.stop()
        postgres_server.stop()
        folder.close()


def _running(data: Path, *, postgres: bool, valkey: bool) -> list[Finding]:
    state = read_json(data / "supervisor.json")
    if state is None:
        english = "voucherlab is starting or stopping here; ask again in a moment"
        return [Finding("voucherlab", "note", english, "正在启动或停止，请稍后再查")]
    findings = [Finding("voucherlab", "ok", f"runs at {state['base_url']}", f"正在运行：{state['base_url']}")]
    if postgres and state["database_url"]:
        findings += examine_postgres(state["database_url"], "embedded, running")
    if valkey and state["redis_url"]:
        findings += examine_valkey(state["redis_url"], "embedded, running")
    return findings
