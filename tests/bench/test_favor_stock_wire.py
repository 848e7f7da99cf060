"""The emulated favor-stock vendor over real HTTP: signatures, repetitions, refunds, files, callbacks."""

import csv
import io
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidTag

from loadtest.favor_stock_vendor.callbacks import opened
from loadtest.favor_stock_vendor.process import VendorProcess
from tests.scenario.favor_stock import Tester
from voucher_contract import routes
from voucher_contract.operations.protocol import Call

STOCKS = "/v3/marketing/favor/stocks"


@pytest.fixture(scope="module")
def tester(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tester]:
    vendor = VendorProcess(
        tmp_path_factory.mktemp("favor-stock"), people=60, callback_pause_s=0.02, refund_s=0, flows_at_once=True
    )
    made = Tester(vendor.start())
    yield made
    made.client.close()
    vendor.stop()


def test_only_the_testers_own_recent_signature_counts(tester: Tester) -> None:
    query = {"offset": "0", "limit": "1", "stock_creator_mchid": tester.wire.account.mchid}
    call = next(tester.wire.get(STOCKS, query))
    assert isinstance(call, Call)
    sent = call.headers
    good = tester.client.get(call.path, headers=sent)
    assert good.status_code == 200
    other_query = tester.client.get(call.path.replace("limit=1", "limit=2"), headers=sent)
    unsigned = tester.client.get(call.path)
    stale = sent["Authorization"].replace('timestamp="', 'timestamp="1')
    old = tester.client.get(call.path, headers={**sent, "Authorization": stale})
    for refused in (other_query, unsigned, old):
        assert (refused.status_code, refused.json()["code"]) == (401, "SIGN_ERROR")


def test_creating_again_under_one_number_is_one_batch(tester: Tester) -> None:
    stock = _stock(tester)
    first = tester.ask(tester.wire.post("/v3/marketing/favor/coupon-stocks", stock))
    again = tester.ask(tester.wire.post("/v3/marketing/favor/coupon-stocks", stock))
    assert first.body["stock_id"] == again.body["stock_id"]
    other = tester.ask(tester.wire.post("/v3/marketing/favor/coupon-stocks", {**stock, "comment": "another"}))
    assert (other.reply.status, other.code) == (400, "RESOURCE_ALREADY_EXISTS")


def _stock(tester: Tester, **changes: Any) -> dict[str, Any]:
    day = 86_400
    begin, end = (
        time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + offset)) for offset in (day, 2 * day)
    )
    return {
        "stock_name": "test", "belong_merchant": tester.wire.account.mchid, "available_begin_time": begin,
        "available_end_time": end, "no_cash": False, "stock_type": "NORMAL", "out_request_no": "number-1",
        "stock_use_rule": {
            "max_coupons": 2, "max_amount": 200, "max_coupons_per_user": 1, "natural_person_limit": True,
            "prevent_api_abuse": True,
        },
        "coupon_use_rule": {
            "fixed_normal_coupon": {"coupon_amount": 100, "transaction_minimum": 200},
            "available_merchants": [tester.shop.mchid],
        },
        **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("max_amount", {"stock_use_rule": {
            "max_coupons": 2, "max_amount": 201, "max_coupons_per_user": 1, "natural_person_limit": True,
            "prevent_api_abuse": True,
        }}),
        ("available_begin_time", {"available_begin_time": "2020-01-01T00:00:00+08:00"}),
        ("available_end_time", {"available_end_time": "2099-01-01T00:00:00+08:00"}),
        ("stock_name", {"stock_name": "a_b"}),
    ],
)  # fmt: skip
def test_an_impossible_batch_is_refused_with_its_field(tester: Tester, field: str, changes: dict[str, Any]) -> None:
    stock = {**_stock(tester), "out_request_no": f"impossible-{field.replace('_', '-')}", **changes}
    refused = tester.ask(tester.wire.post("/v3/marketing/favor/coupon-stocks", stock))
    assert (refused.reply.status, refused.code, refused.body["detail"]["field"]) == (400, "PARAM_ERROR", field)


def test_a_payment_code_pays_once(tester: Tester) -> None:
    openid = next(tester.users)
    shown = tester.ask(tester.wire.post("/emulation/payment-codes", {"openid": openid})).body["auth_code"]
    order = {
        "sp_appid": tester.wire.account.appid, "sp_mchid": tester.wire.account.mchid, "sub_mchid": tester.shop.mchid,
        "description": "x", "payer": {"auth_code": shown}, "amount": {"total": 500},
    }  # fmt: skip
    path = "/v3/pay/partner/transactions/codepay"
    paid = tester.ask(tester.wire.post(path, {**order, "out_trade_no": "order-a"}))
    assert (paid.body["trade_state"], paid.body["promotion_detail"]) == ("SUCCESS", [])
    twice = tester.ask(tester.wire.post(path, {**order, "out_trade_no": "order-b"}))
    assert (twice.reply.status, twice.code) == (403, "AUTH_CODE_INVALID")


@pytest.mark.parametrize(("regime", "returned", "fund"), [("A", True, 3_000), ("B", False, 3_000)])
def test_a_whole_refund_follows_the_rule_of_its_batch(tester: Tester, regime: str, returned: bool, fund: int) -> None:
    openid = next(tester.users)
    voucher = tester.voucher(openid, tester.batch(refund_regime=regime))
    redeemed = tester.redeem(voucher.code).value
    refund = tester.refund(redeemed.id, 10_000).value
    assert (refund.user_fen, refund.voucher_fen, refund.fund_fen) == (7_000, 3_000, fund)
    assert refund.voucher_returned is returned
    seen = tester.do(routes.GET_VOUCHER, "person-1", openid, voucher_id=voucher.id).value
    assert seen.state == ("issued" if returned else "used_up")
    again = tester.redeem(voucher.code)
    assert (again.kind, again.code) == (("ok", None) if returned else ("refused", "already_redeemed"))


def test_fifty_refunds_of_one_fen_give_no_fen_away(tester: Tester) -> None:
    voucher = tester.voucher(next(tester.users), tester.batch())
    redeemed = tester.redeem(voucher.code).value
    refunds = [tester.refund(redeemed.id, 1) for _ in range(50)]
    assert sum(one.value.user_fen for one in refunds) == 35
    assert [one.value.number for one in refunds] == list(range(1, 51))
    assert tester.refund(redeemed.id, 1).code == "too_many_refunds"
    assert tester.refund(redeemed.id, 10_000).code == "refund_too_large"
    kept = tester.do(routes.GET_REDEMPTION, "merchant-1", tester.shop.mchid, redemption_id=redeemed.id).value
    assert (kept.refunded_fen, kept.refund_count) == (50, 50)


def test_flow_files_hold_every_use_and_refund_and_their_hash_fits(tester: Tester) -> None:
    batch_id = tester.batch()
    codes = [tester.voucher(next(tester.users), batch_id).code for _ in range(3)]
    redeemed = [tester.redeem(code).value for code in codes]
    tester.refund(redeemed[0].id, 10_000)
    uses = tester.drive(tester.adapter.download_flow(batch_id, "use-flow"))
    refunds = tester.drive(tester.adapter.download_flow(batch_id, "refund-flow"))
    assert (uses.kind, refunds.kind) == ("ok", "ok")
    rows = list(csv.DictReader(io.StringIO(uses.value.decode())))
    assert {row["支付单号"] for row in rows} == {one.id for one in redeemed}
    assert {row["优惠金额（元）"] for row in rows} == {"30.00"}
    (refund,) = csv.DictReader(io.StringIO(refunds.value.decode()))
    assert (refund["支付单号"], refund["退款金额（元）"]) == (redeemed[0].id, "100.00")


def test_flow_files_exist_only_from_the_day_after_the_activity(tmp_path: Path) -> None:
    vendor = VendorProcess(tmp_path, people=1)
    early = Tester(vendor.start())
    outcome = early.drive(early.adapter.download_flow(early.batch(), "use-flow"))
    early.client.close()
    vendor.stop()
    assert (outcome.kind, outcome.value["vendor_message"]) == ("no_effect", "活动结束次日10点后才可下载")


Answering = Callable[[int], int]


class _Receiver:
    """Takes callbacks; ``status`` says how each, counted from 1, is answered."""

    def __init__(self, status: Answering) -> None:
        self.taken: queue.Queue[bytes] = queue.Queue()
        receiver, counted = self, iter(range(1, 100))

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.taken.put(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status(next(counted)))
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/told"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _told(tester: Tester, status: Answering, expected: int) -> tuple[list[bytes], Any]:
    """The callbacks of one redemption, and the redemption."""
    receiver = _Receiver(status)
    body = {"mchid": tester.wire.account.mchid, "notify_url": receiver.url}
    assert tester.ask(tester.wire.post("/v3/marketing/favor/callbacks", body)).ok
    redeemed = tester.redeem(tester.voucher(next(tester.users), tester.batch()).code).value
    bodies = [receiver.taken.get(timeout=10) for _ in range(expected)]
    time.sleep(0.2)  # ten times the pause between two tries
    assert receiver.taken.empty(), "told more often than expected"
    receiver.close()
    return bodies, redeemed


def test_a_use_is_told_again_until_it_is_answered(tester: Tester) -> None:
    bodies, redeemed = _told(tester, lambda number: 204 if number == 3 else 500, 3)
    assert len(set(bodies)) == 1, "the same notification each time"
    coupon = opened(bodies[0], tester.ready.settings.api_v3_key.encode())
    assert (coupon["coupon_id"], coupon["status"]) == (redeemed.voucher_id, "USED")
    assert coupon["consume_information"]["transaction_id"] == redeemed.id
    forged = json.loads(bodies[0])
    forged["resource"]["associated_data"] = "other"
    with pytest.raises(InvalidTag):
        opened(json.dumps(forged).encode(), tester.ready.settings.api_v3_key.encode())


def test_nobody_is_told_more_than_ten_times(tester: Tester) -> None:
    bodies, _ = _told(tester, lambda _: 500, 10)
    assert len(bodies) == 10


def test_the_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    vendor = VendorProcess(tmp_path, people=1)
    ready = vendor.start()
    running = vendor._popen
    assert running is not None
    assert running.stdin is not None
    running.stdin.close()
    assert running.wait(10) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(ready.base_url, trust_env=False)
    vendor.stop()
