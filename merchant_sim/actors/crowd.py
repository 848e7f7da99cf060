"""The crowd at the opening second: `python -m merchant_sim.actors.crowd PLAN.json`.

Open loop: each tap has its time and is sent then, however slow the platform is. What is in flight is bounded, so a
slow platform makes taps late; how late is written down with each (`lag_ms`), never hidden.
"""

import gc
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import gevent
from gevent.pool import Pool
from geventhttpclient import HTTPClient

from merchant_sim.actors.wires import RETRIES, open_wires, tell
from merchant_sim.city import City
from merchant_sim.records import ClaimRecord, RecordFile
from merchant_sim.schedule.opening import ClaimTap, fingerprint, opening_rush
from merchant_sim.story.handover import CrowdPlan, read_plan
from voucher_contract import routes
from voucher_contract.drivers.gevent_driver import run
from voucher_contract.models.vouchers import Voucher
from voucher_contract.operations.protocol import Outcome
from voucher_contract.operations.request import call, perform

_TELL_EVERY_S = 0.25


@dataclass
class Crowd:
    """All phones of the city. ``opens_at_s`` is the opening second as a Unix time."""

    plan: CrowdPlan
    city: City
    tokens: dict[str, str]
    client: HTTPClient
    records: RecordFile
    done: int = field(default=0)
    issued: int = field(default=0)

    def rush(self, taps: tuple[ClaimTap, ...]) -> None:
        """Send every tap at its time; return when all have ended."""
        pool = Pool(self.plan.most_in_flight)
        reporter = gevent.spawn(self._report)
        for tap in taps:
            early_s = self._planned_s(tap) - time.time()
            if early_s > 0:
                gevent.sleep(early_s)
            pool.spawn(self._tap, tap)
        pool.join()
        reporter.kill()

    def _planned_s(self, tap: ClaimTap) -> float:
        return self.plan.opens_at_s + tap.offset_ms / 1000

    def _tap(self, tap: ClaimTap) -> None:
        person = self.city.people[tap.person_no]
        account = person.accounts[tap.account_no]
        request = call(
            routes.CLAIM, token=self.tokens[account.account], key=tap.idempotency_key,
            body=b'{"device":"%s"}' % account.device.encode(),
            headers={"X-Forwarded-For": address_of(person.household_no)}, batch_id=self.plan.batch_ids[tap.batch],
        )  # fmt: skip
        started_s = time.time()
        outcome = run(perform(routes.CLAIM, request, retries=RETRIES), self.client)
        lag_ms = int((started_s - self._planned_s(tap)) * 1000)
        self.records.write(_record(tap, account.account, outcome, lag_ms, int((time.time() - started_s) * 1000)))
        self.done += 1
        self.issued += outcome.kind == "ok" and not outcome.replayed

    def _report(self) -> None:
        while True:
            gevent.sleep(_TELL_EVERY_S)
            tell(json.dumps({"done": self.done, "issued": self.issued}))


def address_of(household_no: int) -> str:
    """An address in 10.0.0.0/8 for each household: a family is behind one, as at home."""
    return f"10.{household_no >> 16 & 255}.{household_no >> 8 & 255}.{household_no & 255}"


def _record(tap: ClaimTap, account: str, outcome: Outcome, lag_ms: int, took_ms: int) -> ClaimRecord:
    voucher = outcome.value if isinstance(outcome.value, Voucher) else None
    return ClaimRecord(
        key=tap.idempotency_key, tap=tap.tap.value, account=account, person_no=tap.person_no,
        account_no=tap.account_no, batch=tap.batch, outcome=outcome.kind, status=outcome.status, code=outcome.code,
        replayed=outcome.replayed, attempts=outcome.attempts, lag_ms=lag_ms, took_ms=took_ms,
        voucher_id=voucher.id if voucher else None, voucher_code=voucher.code if voucher else None,
    )  # fmt: skip


def main(plan_file: Path) -> None:
    """Play the rush of a plan file and write its records."""
    plan = read_plan(plan_file, CrowdPlan)
    city = plan.round.city()
    taps = opening_rush(
        city, plan.round.offers(), seed=plan.round.seed, shape=plan.round.rush_shape(), run=plan.round.run
    )
    tell(json.dumps({"ready": len(taps), "timetable": fingerprint(taps)}))
    # The opening second is told when everything is ready: the business clock is set only then.
    plan.opens_at_s = float(sys.stdin.readline())
    tokens = json.loads(Path(plan.tokens_file).read_text(encoding="utf-8"))
    with RecordFile(Path(plan.records)) as records:
        crowd = Crowd(plan, city, tokens, open_wires(plan.target, plan.most_in_flight), records)
        gc.freeze()  # the city stays: collections would go through all of it while people wait
        crowd.rush(taps)
    tell(json.dumps({"done": crowd.done, "issued": crowd.issued}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
