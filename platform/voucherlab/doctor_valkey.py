"""Examines the Valkey or Redis in use: does it answer, is it new enough, would it forget entries."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import redis

from voucher_platform.claims.cluster_view import ClusterView, NotCovered
from voucher_platform.core.hot_store import each_url, host_and_port
from voucherlab.findings import Finding, judged
from voucherlab.store_sight import SeenServer, see

_OLDEST = {"valkey": 8, "redis": 7}
_SUBJECT = "Valkey/Redis"


def examine_valkey(redis_url: str, source: str) -> list[Finding]:
    """Findings about the servers at a URL; `source` says in words where the URL comes from."""
    try:
        sight = see(redis_url)
    except (redis.RedisError, OSError, ValueError) as error:
        reason = f"{type(error).__name__} at {_place(redis_url)}"
        return [Finding(_SUBJECT, "problem", f"{source}, does not answer: {reason}", f"连接失败：{reason}")]
    except NotCovered as error:
        return [Finding(_SUBJECT, "problem", f"{source}, an incomplete cluster: {error}", "集群槽位不完整")]
    name, version = product(sight.servers[0].information)
    where = f"{source}, {name} {version}, answers at {sight.in_words()}"
    findings = [Finding(_SUBJECT, "ok", where, f"可用，{name} {version}")]
    if sight.view is None:
        return [*findings, *_judge_server(sight.servers[0])]
    findings += judge_cluster(sight.view, sight.silent)
    for server in sight.servers:
        findings += [replace(one, subject=f"{one.subject} {server.place}") for one in _judge_server(server)]
    return findings


def judge_cluster(view: ClusterView, silent: tuple[str, ...]) -> list[Finding]:
    """Findings about a cluster as a whole; pure. `silent` names nodes that do not answer."""
    findings = [
        judged(
            f"{_SUBJECT} cluster", view.healthy, f"cluster_state is {'ok' if view.healthy else 'fail'}",
            "集群状态正常" if view.healthy else "集群状态异常",
        )
    ]  # fmt: skip
    away, waits = "this node does not answer", "has no replica: should it die, claims wait until it is back"
    findings += [Finding(f"{_SUBJECT} {place}", "problem", away, "节点无响应") for place in silent]
    return findings + [
        Finding(f"{_SUBJECT} {node}", "note", waits, "没有副本：该节点失效期间无法领取") for node in view.alone
    ]


def _judge_server(server: SeenServer) -> list[Finding]:
    return [_judge_version(*product(server.information)), *judge_settings(server.settings)]


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


def _judge_version(name: str, version: str) -> Finding:
    oldest = _OLDEST[name]
    return judged(
        f"{_SUBJECT} version",
        int(version.split(".", maxsplit=1)[0]) >= oldest,
        f"{name} {version}, needed is {oldest} or later",
        f"{name} {version}，至少需要 {oldest}",
    )


def _place(redis_url: str) -> str:
    # Only hosts and ports: the rest of the URL holds a password.
    try:
        places = [host_and_port(url) for url in each_url(redis_url)]
    except ValueError:
        return "an unreadable address"
    return ", ".join(f"{host}:{port}" for host, port in places)
