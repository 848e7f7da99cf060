"""Taps that somebody else has planned: `python -m merchant_sim.actors.given_taps PLAN.json`.

An open loop like the crowd's, for a demonstration that is watched: every tenth of a second it says how many answers of
which kind came in, and when, and at the end it writes down how each tap ended. Whoever hears that nothing was
executed, or hears nothing, asks again under the same key.
"""

import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Pool
from geventhttpclient import HTTPClient

from merchant_sim.actors.wires import open_wires, tell
from voucher_contract import routes
from voucher_contract.drivers.gevent_driver import run
from voucher_contract.models.vouchers import Voucher
from voucher_contract.operations.protocol import Outcome
from voucher_contract.operations.request import call, perform

_TELL_EVERY_S, _TENTH_MS = 0.1, 100
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 0.8


@dataclass(frozen=True)
class GivenTap:
    """One request for a voucher, ``at_ms`` from the opening; ``tries`` is how often it is sent at most."""

    at_ms: int
    account: str
    token: str
    device: str
    address: str
    batch_id: str
    key: str
    tries: int = 1


@dataclass(frozen=True)
class Answer:
    """How a tap ended. ``sent_ms`` and ``ended_ms`` count from the opening; ``code`` is None for a voucher."""

    account: str
    batch_id: str
    key: str
    outcome: str
    code: str | None
    replayed: bool
    attempts: int
    sent_ms: int
    ended_ms: int
    voucher_id: str | None
    voucher_code: str | None


@dataclass
class Taps:
    """All of them, and what is known so far."""

    client: HTTPClient
    opens_at_s: float
    most_in_flight: int
    answers: list[Answer] = field(default_factory=list)
    _counts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def play(self, taps: list[GivenTap]) -> None:
        """Send each at its time; return when all have ended."""
        pool = Pool(self.most_in_flight)
        reporter = gevent.spawn(self._report)
        for tap in sorted(taps, key=lambda one: one.at_ms):
            early_s = self.opens_at_s + tap.at_ms / 1000 - time.time()
            if early_s > 0:
                gevent.sleep(early_s)
            pool.spawn(self._tap, tap)
        pool.join()
        reporter.kill()
        self._tell()

    def _tap(self, tap: GivenTap) -> None:
        request = call(
            routes.CLAIM, token=tap.token, key=tap.key, body=b'{"device":"%s"}' % tap.device.encode(),
            headers={"X-Forwarded-For": tap.address}, batch_id=tap.batch_id,
        )  # fmt: skip
        sent_ms, attempt = self._now_ms(), 0
        while True:
            attempt += 1
            outcome = run(perform(routes.CLAIM, request), self.client)
            # Under the tenth of a second in which it came: what is told late must not be drawn late.
            self._counts[self._now_ms() // _TENTH_MS * _TENTH_MS, _heading(outcome)] += 1
            if attempt >= tap.tries or not _is_open(outcome):
                break
            gevent.sleep(min(_FIRST_PAUSE_S * 2 ** (attempt - 1), _LONGEST_PAUSE_S))
        voucher = outcome.value if isinstance(outcome.value, Voucher) else None
        self.answers.append(Answer(
            tap.account, tap.batch_id, tap.key, outcome.kind, outcome.code, outcome.replayed, attempt, sent_ms,
            self._now_ms(), voucher.id if voucher else None, voucher.code if voucher else None,
        ))  # fmt: skip

    def _now_ms(self) -> int:
        return int((time.time() - self.opens_at_s) * 1000)

    def _report(self) -> None:
        while True:
            gevent.sleep(_TELL_EVERY_S)
            self._tell()

    def _tell(self) -> None:
        counts, self._counts = self._counts, Counter()
        told = [[at_ms, name, count] for (at_ms, name), count in counts.items()]
        tell(json.dumps({"counts": told, "ended": len(self.answers)}))


def _is_open(outcome: Outcome) -> bool:
    """Nothing was executed, or nobody knows: the same key may be sent again."""
    return outcome.kind in {"not_executed", "unknown"} or outcome.status == 0


def _heading(outcome: Outcome) -> str:
    """Under which name an answer is counted while people watch."""
    if outcome.kind == "ok":
        return "repeated" if outcome.replayed else "issued"
    return outcome.code or ("pending" if outcome.status == 202 else "no_answer")


def main(plan_file: Path) -> None:
    """Play the taps of a plan file and write their answers."""
    plan: dict[str, Any] = json.loads(plan_file.read_text(encoding="utf-8"))
    given = [GivenTap(**tap) for tap in plan["taps"]]
    tell(json.dumps({"ready": len(given)}))
    line = sys.stdin.readline()
    if not line:
        return  # whoever started it has gone
    taps = Taps(open_wires(plan["target"], plan["most_in_flight"]), float(line), plan["most_in_flight"])
    taps.play(given)
    Path(plan["answers"]).write_text(json.dumps([asdict(answer) for answer in taps.answers]), encoding="utf-8")
    tell(json.dumps({"over": True}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
