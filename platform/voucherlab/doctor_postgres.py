"""Examines the PostgreSQL in use: does it answer, is it new enough, would it lose what was committed."""

from typing import Any
from urllib.parse import urlsplit

import asyncpg

from voucherlab.findings import Finding, judged
from voucherlab.sql import run_sql

_OLDEST_MAJOR = 14
_FEWEST_CONNECTIONS = 50
_SUBJECT = "PostgreSQL"
_QUESTION = """
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int / 10000 AS major,
       current_setting('fsync') AS fsync,
       current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('server_encoding') AS encoding,
       current_setting('max_connections')::int AS connections
"""


def examine_postgres(database_url: str, source: str) -> list[Finding]:
    """Findings about the server at a URL; `source` says in words where the URL comes from."""
    try:
        (row,) = run_sql(database_url, _QUESTION)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = f"{type(error).__name__} at {_place(database_url)}"
        return [
            Finding(_SUBJECT, "problem", f"{source}, does not answer: {reason}", f"连接失败：{reason}"),
        ]
    where = f"{source}, version {row['version']}, answers at {_place(database_url)}"
    found = Finding(_SUBJECT, "ok", where, f"可用，版本 {row['version']}")
    return [found, *judge_settings(row)]


def judge_settings(row: dict[str, Any]) -> list[Finding]:
    """Findings about the settings that money rests on; pure, the row is as the server gave it."""
    return [
        judged(
            f"{_SUBJECT} version",
            row["major"] >= _OLDEST_MAJOR,
            f"{row['major']}, needed is {_OLDEST_MAJOR} or later",
            f"版本 {row['major']}，至少需要 {_OLDEST_MAJOR}",
        ),
        _must_be_on(row, "fsync", "a power cut could lose or damage what was committed", "断电可能丢失已提交的数据"),
        _must_be_on(row, "full_page_writes", "a power cut could damage pages", "断电可能损坏数据页"),
        judged(
            f"{_SUBJECT} synchronous_commit",
            row["synchronous_commit"] != "off",
            f"{row['synchronous_commit']}; when off, an acknowledged voucher can be lost in a crash",
            f"{row['synchronous_commit']}；关闭时崩溃会丢失已确认的消费券",
        ),
        judged(
            f"{_SUBJECT} encoding",
            row["encoding"] == "UTF8",
            f"{row['encoding']}, needed is UTF8",
            "编码须为 UTF8",
        ),
        judged(
            f"{_SUBJECT} max_connections",
            row["connections"] >= _FEWEST_CONNECTIONS,
            f"{row['connections']}, needed are {_FEWEST_CONNECTIONS} or more",
            f"最大连接数 {row['connections']}，至少需要 {_FEWEST_CONNECTIONS}",
        ),
    ]


def _must_be_on(row: dict[str, Any], setting: str, english: str, chinese: str) -> Finding:
    value = row[setting]
    return judged(f"{_SUBJECT} {setting}", value == "on", f"{value}; when off, {english}", f"{value}；关闭时{chinese}")


def _place(database_url: str) -> str:
    # Only host and port: the rest of the URL holds a password.
    try:
        parts = urlsplit(database_url)
        port = parts.port or 5432
    except ValueError:
        return "an unreadable address"
    return f"{parts.hostname or 'local socket'}:{port}"
