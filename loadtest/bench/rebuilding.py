"""The hot store loses everything: how long until claims are judged again, and that none was granted meanwhile."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from loadtest.bench.generators.request_file import Seat
from loadtest.bench.ratios import NotComparable
from loadtest.bench.servers.reference import Reference

ASKING = 4
_LONGEST_S = 600.0
_PAUSE_S = 0.02


@dataclass
class Asked:
    """What those who kept asking were told, and when the first of them got a voucher (monotonic)."""

    refused: Counter[str] = field(default_factory=Counter)
    granted_at: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def rebuild(platform: Reference, batch_id: str, seats: Sequence[Seat]) -> dict[str, Any]:
    """FLUSHALL, then claims by ``ASKING`` people at once until each has a voucher. Raises NotComparable.

    ``seconds`` until the first was granted one; ``bytes_a_voucher`` is what the store holds more than when empty.
    """
    before, vouchers = platform.rows_of(batch_id), int(platform.ask("SELECT count(*) FROM voucher"))
    epoch = _epoch(platform)
    with platform.redis() as client:
        # Told to wait: by itself Valkey empties in the background, and would not look empty yet.
        client.execute_command("FLUSHALL SYNC")
        flushed, empty = time.monotonic(), _used(client.info("memory"))
    asked = Asked()
    people = [threading.Thread(target=_ask, args=(platform, batch_id, seat, asked)) for seat in seats[:ASKING]]
    for one in people:
        one.start()
    for one in people:
        one.join()
    stored = platform.rows_of(batch_id) - before
    if asked.failures or stored != len(asked.granted_at) or _epoch(platform) <= epoch:
        told = f"{len(asked.granted_at)} granted, {stored} stored, epoch {epoch} before, {_epoch(platform)} after"
        raise NotComparable(f"a rebuild went wrong: {told}; {asked.failures[:3]}")
    with platform.redis() as client:
        full = _used(client.info("memory"))
    return {
        "vouchers": vouchers, "seconds": round(min(asked.granted_at) - flushed, 3),
        "refused_meanwhile": dict(asked.refused), "acknowledged": len(asked.granted_at), "stored": stored,
        "store_bytes": full - empty, "bytes_a_voucher": round((full - empty) / vouchers, 1),
    }  # fmt: skip


def _ask(platform: Reference, batch_id: str, seat: Seat, asked: Asked) -> None:
    """One person asks under one key until there is a voucher; whatever is said meanwhile must be 'not now'."""
    url = f"{platform.server.url}/v1/batches/{batch_id}/claims"
    key = f"bench-rebuild-{time.monotonic_ns()}"
    headers = {"Authorization": f"Bearer {seat.token}", "Idempotency-Key": key, "X-Forwarded-For": seat.address}
    end_s = time.monotonic() + _LONGEST_S
    with httpx.Client(trust_env=False, timeout=30) as client:
        while time.monotonic() < end_s:
            reply = client.post(url, json={"device": seat.device}, headers=headers)
            if reply.status_code == 201:
                asked.granted_at.append(time.monotonic())
                return
            code = "pending" if reply.status_code == 202 else str(reply.json().get("code"))
            asked.refused[code] += 1
            if reply.status_code not in {202, 503}:
                asked.failures.append(f"{reply.status_code} {code}")
                return
            time.sleep(_PAUSE_S)
    asked.failures.append(f"no voucher within {_LONGEST_S:.0f} s")


def _used(memory: dict[str, Any]) -> int:
    return int(memory["used_memory"])


def _epoch(platform: Reference) -> int:
    return int(platform.ask("SELECT epoch FROM platform_state"))
