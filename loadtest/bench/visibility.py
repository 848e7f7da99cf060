"""How soon every API process acts on an officer's word: pause, resume, emergency stop, vouchers that come back.

    python -m loadtest.bench.visibility --json FILE [--rounds N] [--processes N]

Somebody asks each process without a pause, over a connection that reaches this one process, and notes when its answer
changes. The clock starts *before* the officer's request leaves, so its own way there is counted. A change is visible
when the slowest process has shown it. Missed, exit code 1: a process that showed it later than 5 s, or never.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from loadtest.bench.city import City
from loadtest.bench.generators.request_file import Seat
from loadtest.bench.servers.reference import Reference, reference
from loadtest.engine.children import ChildFailed
from loadtest.machine import stamp
from voucher_contract import refusals, routes
from voucher_contract.routes import Route

LIMIT_S = 5.0
_PAUSE_S = 0.005
_MOST_CONNECTIONS = 500
_FOR_EVER = httpx.Limits(keepalive_expiry=None)
Shown = dict[str, float | None]


@dataclass(frozen=True)
class Asker:
    """Somebody with a connection to one process."""

    client: httpx.Client
    seat: Seat

    def claim(self, batch_id: str, key: str) -> tuple[str, str]:
        """The refusal's code, or ``201``; and the voucher's id if there is one."""
        headers = {"Authorization": f"Bearer {self.seat.token}", "Idempotency-Key": key}
        headers["X-Forwarded-For"] = self.seat.address
        path = routes.CLAIM.path.format(batch_id=batch_id)
        told = self.client.post(path, json={"device": self.seat.device}, headers=headers)
        said = told.json()
        # A voucher has a code, too: its own.
        return (str(said["code"]), "") if told.is_error else (str(told.status_code), str(said.get("id", "")))


@contextmanager
def each_process(url: str, processes: int) -> Iterator[dict[str, httpx.Client]]:
    """A connection to every API process by its name. Raises ChildFailed if one is never reached."""
    with ExitStack() as open_ones:
        reached: dict[str, httpx.Client] = {}
        for _ in range(_MOST_CONNECTIONS):
            if len(reached) == processes:
                yield reached
                return
            client = httpx.Client(base_url=url, timeout=30, trust_env=False, limits=_FOR_EVER)
            open_ones.callback(client.close)
            reached.setdefault(str(client.get("/healthz").json()["process"]), client)
        raise ChildFailed(f"of {processes} processes only {sorted(reached)} were reached")


def seen(askers: dict[str, Asker], batch_id: str, wanted: set[str], change: Callable[[], None]) -> Shown:
    """Seconds from before ``change`` until each process first answered one of ``wanted``; ``None`` for not in time."""
    began = time.monotonic()

    def watch(asker: Asker) -> float | None:
        for number in range(int(LIMIT_S / _PAUSE_S)):
            if asker.claim(batch_id, f"bench-visibility-{time.monotonic_ns()}-{number}")[0] in wanted:
                return time.monotonic() - began
            if time.monotonic() - began > LIMIT_S:
                break
            time.sleep(_PAUSE_S)
        return None

    with ThreadPoolExecutor(len(askers)) as pool:
        watching = {name: pool.submit(watch, asker) for name, asker in askers.items()}
        change()
        return {name: one.result() for name, one in watching.items()}


class Officer:
    """The bureau's hand on one platform."""

    def __init__(self, platform: Reference) -> None:
        self._url = platform.server.url
        self._token = platform.sign_in("bureau")

    def acts(self, route: Route, **path: str) -> Callable[[], None]:
        """What does ``route`` once it is called. Raises ChildFailed if it is refused."""
        return lambda: self.act(route, **path)

    def act(self, route: Route, **path: str) -> None:
        """Do it now."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": f"bench-officer-{time.monotonic_ns()}"}
        body = {"reason": "可见性测量"}
        reply = httpx.post(
            self._url + route.path.format(**path), json=body, headers=headers, trust_env=False, timeout=30
        )
        if reply.status_code != route.status:
            raise ChildFailed(f"{route.name}: {reply.status_code} {reply.text[:300]}")


def one_round(officer: Officer, city: City, clients: dict[str, httpx.Client]) -> dict[str, Shown]:
    """Every change once, on batches of its own."""
    winners = {name: Asker(clients[name], seat) for name, seat in zip(clients, city.people(len(clients)), strict=True)}
    losers = {name: Asker(clients[name], seat) for name, seat in zip(clients, city.people(len(clients)), strict=True)}
    plenty, few = city.batches([len(clients) * 10, len(clients)])
    # Whoever has a voucher is told so while claiming is open: asking on takes nothing from the stock.
    open_again = {refusals.LIMIT_REACHED.code}
    for asker in winners.values():
        _granted(asker, plenty)
    shown = {
        "pause": seen(winners, plenty, {refusals.PAUSED.code}, officer.acts(routes.PAUSE_BATCH, batch_id=plenty)),
        "resume": seen(winners, plenty, open_again, officer.acts(routes.RESUME_BATCH, batch_id=plenty)),
        "stop": seen(winners, plenty, {refusals.CLOSED.code}, officer.acts(routes.STOP_BATCH, batch_id=plenty)),
    }
    held = [_granted(asker, few) for asker in winners.values()]
    seen(losers, few, {refusals.SOLD_OUT.code}, lambda: None)

    def give_back() -> None:
        for voucher in held:
            officer.act(routes.VOID_VOUCHER, voucher_id=voucher)

    # One for each process: every one of them must come to grant one.
    return {**shown, "returned_stock": seen(losers, few, {"201"}, give_back)}


def _granted(asker: Asker, batch_id: str) -> str:
    """A voucher, asked for until there is one. Raises ChildFailed after the limit."""
    key, until, told = f"bench-winner-{time.monotonic_ns()}", time.monotonic() + LIMIT_S, ""
    while time.monotonic() < until:
        told, voucher = asker.claim(batch_id, key)
        if told == "201":
            return voucher
        time.sleep(_PAUSE_S)
    raise ChildFailed(f"no voucher could be had before the measurement: {told}")


def conclude(rounds: Sequence[dict[str, Shown]]) -> dict[str, Any]:
    """Of each change the slowest process, over the rounds, in ms; ``missed`` names changes not seen by all in time."""
    slowest: dict[str, dict[str, float | None]] = {}
    missed = set()
    for change in rounds[0]:
        times = [list(one[change].values()) for one in rounds]
        if any(value is None or value > LIMIT_S for own in times for value in own):
            missed.add(change)
        worst = [max(value for value in own if value is not None) * 1000 for own in times if None not in own]
        slowest[change] = {
            "median_ms": round(statistics.median(worst), 1) if worst else None,
            "max_ms": round(max(worst), 1) if worst else None,
        }
    return {"limit_ms": LIMIT_S * 1000, "slowest_process": slowest, "missed": sorted(missed), "rounds": list(rounds)}


def measure(processes: int, rounds: int) -> dict[str, Any]:
    """Start a platform with so many API processes and its default settings, and watch it. Raises ChildFailed."""
    with (
        tempfile.TemporaryDirectory(prefix="voucherlab-visibility-") as folder,
        reference(Path(folder), processes=processes) as platform,
    ):
        officer, city = Officer(platform), City(platform.server.url, platform.staff_file)
        done = []
        for _ in range(rounds):
            with each_process(platform.server.url, processes) as clients:
                done.append(one_round(officer, city, clients))
        return {"processes": processes, **conclude(done), "flags": platform.flags(), **stamp()}


def main() -> int:
    """Measure, write, tell."""
    parser = argparse.ArgumentParser(description="How soon every API process acts on an officer's word.")
    parser.add_argument("--json", type=Path, required=True, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=4)
    asked = parser.parse_args()
    figures = measure(asked.processes, asked.rounds)
    asked.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stderr.write(json.dumps({name: figures[name] for name in ("slowest_process", "missed")}) + "\n")
    return 1 if figures["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
