"""Whether this machine may send anything to this target now: judged before any byte leaves."""

import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

from loadtest.agreed.plan import Plan
from loadtest.agreed.reading import ConfigurationError
from loadtest.agreed.target import Permit, Target


def check_permit(target: Target, plan: Plan, now: datetime | None = None) -> None:
    """Loopback needs none. Raises ConfigurationError with the field that forbids it."""
    if target.on_this_machine:
        return
    if target.permit is None:
        raise ConfigurationError(
            f"permit: {target.host} is not this machine, so a permit is needed 目标不在本机，须有书面测试许可"
        )
    faults = _faults(target, target.permit, plan, now or datetime.now(UTC))
    if faults:
        raise ConfigurationError("; ".join(faults))


def _faults(target: Target, permit: Permit, plan: Plan, now: datetime) -> list[str]:
    faults = []
    if target.host not in permit.hosts:
        faults.append(f"permit.hosts: {target.host} is not among them 主机不在许可范围")
    if not permit.not_before <= now < permit.not_after:
        faults.append(f"permit.not_before, permit.not_after: now is {now.isoformat()} 不在许可时段内")
    fastest = max([step.rate_per_s for step in plan.steps] + [plan.knee.highest_rate_per_s if plan.knee else 0.0])
    if fastest > permit.highest_rate_per_s:
        faults.append(f"permit.highest_rate_per_s: the plan asks for {fastest:g}/s 计划速率超过许可上限")
    source = source_address(target)
    if source not in permit.source_addresses:
        faults.append(f"permit.source_addresses: this machine would come from {source} 来源地址不在许可范围")
    return faults


def source_address(target: Target) -> str:
    """The address this machine would send from; connecting a datagram socket sends nothing.

    Raises ConfigurationError.
    """
    parts = urlsplit(target.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        family, kind, _, _, address = socket.getaddrinfo(target.host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise ConfigurationError(f"base_url: {target.host} cannot be resolved or routed 无法解析: {error}") from error
