"""The tills of the city: `python -m merchant_sim.actors.tills PLAN.json`.

The first line of its standard input says that all claims are on record; each further line is a business day: it does
all that is planned for that day, and answers with one JSON line. Whoever starts it moves the business clock in
between. What one voucher goes through keeps its order; different vouchers go at once.
"""

import gc
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import gevent
from geventhttpclient import HTTPClient

from merchant_sim.actors.wires import RETRIES, all_at_once, open_wires, tell
from merchant_sim.city import City
from merchant_sim.records import ClaimRecord, RecordFile, RedemptionRecord, RefundRecord, read_records
from merchant_sim.schedule.mistakes import Mistake, mistyped
from merchant_sim.schedule.redemptions import TillVisit
from merchant_sim.schedule.refunds import RefundAsk
from merchant_sim.story.days import Days, Event, PlannedVisit, held_vouchers
from merchant_sim.story.handover import TillsPlan, read_plan
from voucher_contract import routes
from voucher_contract.drivers.gevent_driver import run
from voucher_contract.models.redemptions import Redemption, RedemptionSpec, Refund, RefundSpec
from voucher_contract.operations.protocol import Outcome
from voucher_contract.operations.request import call, perform

_TELL_EVERY_S = 0.25


@dataclass
class Tills:
    """All tills, the vouchers people hold, and the orders accepted so far."""

    plan: TillsPlan
    city: City
    client: HTTPClient
    redemptions: RecordFile
    refunds: RecordFile
    done: int = field(default=0)

    def __post_init__(self) -> None:
        self._held = held_vouchers(read_records(Path(self.plan.claims), ClaimRecord))
        self.days = Days(self.plan.round, self.city, self._held)
        self._made: dict[str, Redemption] = {}

    def play(self, day: int) -> None:
        """Everything of one business day; the platform's clock must stand in it."""
        reporter = gevent.spawn(self._report, day)
        all_at_once(self._one_voucher, self.days.of(day))
        reporter.kill()
        self.redemptions.flush()
        self.refunds.flush()

    def _one_voucher(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, PlannedVisit):
                self._visit(event)
            else:
                self._refund(event)
            self.done += 1

    def _visit(self, planned: PlannedVisit) -> None:
        visit = planned.visit
        outcome = self._send_order(visit)
        made = outcome.value if isinstance(outcome.value, Redemption) else None
        held = self._held[visit.holding]
        self.redemptions.write(RedemptionRecord(
            key=visit.idempotency_key, day=visit.day, order_no=visit.order_no, batch=visit.holding.batch,
            person_no=visit.holding.person_no, merchant=self.plan.shops[visit.merchant_uscc].id,
            mistake=visit.mistake.value if visit.mistake else None, expected=planned.expected, outcome=outcome.kind,
            status=outcome.status, code=outcome.code, attempts=outcome.attempts,
            redemption_id=made.id if made else None, voucher_id=held.voucher_id,
            voucher_fen=made.voucher_fen if made else 0,
        ))  # fmt: skip
        if made is not None:
            self._made[visit.order_no] = made
            self.days.accepted(visit)

    def _send_order(self, visit: TillVisit) -> Outcome:
        held = self._held[visit.holding]
        code = mistyped(held.code) if visit.mistake is Mistake.UNKNOWN_CODE else held.code
        payer = held.account
        if visit.payer_person_no != visit.holding.person_no:
            payer = self.city.people[visit.payer_person_no].accounts[0].account
        body = RedemptionSpec(
            code=code, order_no=visit.order_no, till_number=visit.terminal, order_total_fen=visit.order.total_fen,
            merchant_discount_fen=visit.order.merchant_discount_fen,
            excluded_goods_fen=visit.order.excluded_goods_fen, channel="online" if visit.online else "in_store",
            payer_account=payer,
        )  # fmt: skip
        request = call(
            routes.REDEEM, token=self._token(visit.merchant_uscc, visit.terminal), key=visit.idempotency_key, body=body
        )
        return run(perform(routes.REDEEM, request, retries=RETRIES), self.client)

    def _token(self, uscc: str, terminal: str) -> str:
        """The till's own token; another shop's till sends with a token of the shop where it stands."""
        tokens = self.plan.shops[uscc].tokens
        return tokens.get(terminal) or next(iter(tokens.values()))

    def _refund(self, ask: RefundAsk) -> None:
        made, visit = self._made[ask.order_no], self.days.order(ask.order_no)
        request = call(
            routes.REFUND, token=self._token(visit.merchant_uscc, visit.terminal), key=ask.idempotency_key,
            body=RefundSpec(amount_fen=ask.amount_fen), redemption_id=made.id,
        )  # fmt: skip
        outcome = run(perform(routes.REFUND, request, retries=RETRIES), self.client)
        back = outcome.value if isinstance(outcome.value, Refund) else None
        self.refunds.write(RefundRecord(
            key=ask.idempotency_key, day=ask.day, redeemed_day=visit.day, order_no=ask.order_no,
            merchant=made.merchant_id, redemption_id=made.id, amount_fen=ask.amount_fen, expected=ask.refusal,
            outcome=outcome.kind, status=outcome.status, code=outcome.code, attempts=outcome.attempts,
            refund_id=back.id if back else None, voucher_fen=back.voucher_fen if back else 0,
            fund_fen=back.fund_fen if back else 0,
        ))  # fmt: skip

    def _report(self, day: int) -> None:
        while True:
            gevent.sleep(_TELL_EVERY_S)
            tell(json.dumps({"day": day, "done": self.done}))


def main(plan_file: Path) -> None:
    """Play the days that come in on standard input until it ends."""
    plan = read_plan(plan_file, TillsPlan)
    city = plan.round.city()
    if not sys.stdin.readline():
        return  # whoever started it has gone
    with RecordFile(Path(plan.redemptions)) as redemptions, RecordFile(Path(plan.refunds)) as refunds:
        tills = Tills(plan, city, open_wires(plan.target), redemptions, refunds)
        gc.freeze()  # the city stays: collections would go through all of it while tills wait
        tell(json.dumps({"ready": True}))
        for line in sys.stdin:
            tills.play(int(line))
            tell(json.dumps({"day": int(line), "done": tills.done, "ended": True}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
