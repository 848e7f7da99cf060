"""Examines the Valkey or Redis in use: does it answer, is it new enough, would it forget entries."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from voucherlab.findings import Finding, judged

_OLDEST = {"valkey": 8, "redis": 7}
_SUBJECT = "Valkey/Redis"
_TIMEOUT_S = 5
_ASKED = ("maxmemory-policy", "appendonly", "appendfsync", "no-appendfsync-on-rewrite")


def examine_valkey(redis_url: str, source: str) -> list[Finding]:
    """Findings about the server at a URL; `source` says in words where the URL comes from."""
    try:
        information, settings = _ask(redis_url)
    except (redis.RedisError, OSError, ValueError) as error:
        reason = f"{type(error).__name__} at {_place(redis_url)}"
        return [Finding(_SUBJECT, "problem", f"{source}, does not answer: {reason}", f"连接失败：{reason}")]
    name, version = product(information)
    where = f"{source}, {name} {version}, answers at {_place(redis_url)}"
    found = Finding(_SUBJECT, "ok", where, f"可用，{name} {version}")
    return [found, _judge_version(name, version), *judge_settings(settings)]


def product(information: Mapping[str, Any]) -> tuple[str, str]:
    """(`valkey` or `redis`, version). Valkey also reports a Redis version, for old clients: not that one."""
    if information.get("server_name") == "valkey":
        return "valkey", str(information["valkey_version"])
    return "redis", str(information["redis_version"])


def judge_settings(settings: Mapping[str, str]) -> list[Finding]:
    """Findings about the settings; pure. A managed server may hide them: then there is a note."""
    if "maxmemory-policy" not in settings:
        hidden = "does not show its settings; see that maxmemory-policy is noeviction"
        return [Finding(f"{_SUBJECT} settings", "note", hidden, "无法读取配置，请确认 maxmemory-policy 为 noeviction")]
    policy = settings["maxmemory-policy"]
    findings = [
        judged(
            f"{_SUBJECT} maxmemory-policy",
            policy == "noeviction",
            f"{policy}; any other than noeviction silently forgets who has claimed",
            f"{policy}；非 noeviction 会悄悄丢失领取记录",
        )
    ]
    if settings.get("appendonly") != "yes":
        slow = "appendonly is off: nothing acknowledged is lost, but a restart means a rebuild from PostgreSQL"
        findings.append(Finding(f"{_SUBJECT} appendonly", "note", slow, "未开启 AOF:重启后须由 PostgreSQL 重建"))
    if settings.get("no-appendfsync-on-rewrite") == "yes":
        text = "no-appendfsync-on-rewrite is on: writes are unsafe during a rewrite"
        findings.append(Finding(f"{_SUBJECT} rewrite", "problem", text, "重写期间不落盘，请关闭该选项"))
    return findings


def _ask(redis_url: str) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    with redis.Redis.from_url(
        redis_url,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        decode_responses=True,
    ) as client:
        information = client.info("server")
        try:
            settings = client.config_get(*_ASKED)
        except redis.ResponseError:
            # Managed servers forbid CONFIG.
            settings = {}
    return information, settings


def _judge_version(name: str, version: str) -> Finding:
    oldest = _OLDEST[name]
    return judged(
        f"{_SUBJECT} version",
        int(version.split(".", maxsplit=1)[0]) >= oldest,
        f"{name} {version}, needed is {oldest} or later",
        f"{name} {version}，至少需要 {oldest}",
    )


def _place(redis_url: str) -> str:
    # Only host and port: the rest of the URL holds a password.
    try:
        parts = urlsplit(redis_url)
        port = parts.port or 6379
    except ValueError:
        return "an unreadable address"
    return f"{parts.hostname or 'local socket'}:{port}"
