"""Redemption and refund over HTTP: what a till sends, and what it gets back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.builders import NOON, BuiltMerchant, BuiltVoucher, a_batch, a_merchant, some_vouchers
from tests.integration.conftest import Api
from tests.tills import an_order
from voucher_platform.core.clocks import real_now
from voucher_platform.core.ids import new_id


@dataclass(frozen=True)
class Counter:
    """Two shops of a running platform at noon, and vouchers to use there."""

    api: Api
    shop: BuiltMerchant
    other_shop: BuiltMerchant
    vouchers: list[BuiltVoucher]

    async def send(
        self, path: str, body: Any = None, *, shop: BuiltMerchant | None = None, key: str | None = None
    ) -> httpx.Response:
        at = shop or self.shop
        token = self.api.token("merchant", f"{at.id}:{at.till_number}", merchant=at.id, till=at.till_number)
        return await self.api.send("POST" if body else "GET", path, token=token, key=key, body=body)

    def order(self, voucher: int = 0, **changes: Any) -> dict[str, Any]:
        return an_order(self.shop, self.vouchers[voucher].code, **changes).model_dump(exclude_none=True)


@pytest_asyncio.fixture
async def counter(api: Api) -> AsyncIterator[Counter]:
    api.core.clocks.offset = NOON - real_now()
    async with api.core.database.transaction() as connection:
        batch = await a_batch(connection)
        shops = [await a_merchant(connection) for _ in range(2)]
        built = Counter(api, shops[0], shops[1], await some_vouchers(connection, batch, 3))
    yield built


@pytest.mark.asyncio
async def test_redeem_look_up_refund_and_list(counter: Counter) -> None:
    made = await counter.send("/v1/redemptions", counter.order())
    assert made.status_code == 201
    redemption = made.json()
    assert (redemption["voucher_fen"], redemption["paid_fen"], redemption["settled"]) == (3_000, 9_000, False)
    refunded = await counter.send(f"/v1/redemptions/{redemption['id']}/refunds", {"amount_fen": 4_000})
    assert refunded.status_code == 201
    assert (refunded.json()["user_fen"], refunded.json()["fund_fen"]) == (3_000, 1_000)
    found = (await counter.send(f"/v1/redemptions/{redemption['id']}")).json()
    assert (found["refunded_fen"], found["refund_count"]) == (4_000, 1)
    listed = (await counter.send(f"/v1/redemptions/{redemption['id']}/refunds")).json()
    assert listed == {"items": [refunded.json()], "next_cursor": None}


@pytest.mark.asyncio
async def test_a_repeat_gets_the_same_bytes_and_says_so(counter: Counter) -> None:
    order, keys = counter.order(), (new_id("key"), new_id("key"))
    first = await counter.send("/v1/redemptions", order, key=keys[0])
    refunds = f"/v1/redemptions/{first.json()['id']}/refunds"
    refund = await counter.send(refunds, {"amount_fen": 1}, key=keys[1])
    again = await counter.send("/v1/redemptions", order, key=keys[0])
    refund_again = await counter.send(refunds, {"amount_fen": 1}, key=keys[1])
    assert (again.status_code, again.content) == (201, first.content)
    assert (refund_again.status_code, refund_again.content) == (201, refund.content)
    assert [reply.headers.get("Idempotent-Replayed") for reply in (first, again, refund, refund_again)] == [
        None, "true", None, "true",
    ]  # fmt: skip
    changed = await counter.send("/v1/redemptions", {**order, "order_total_fen": 20_000}, key=keys[0])
    assert (changed.status_code, changed.json()["code"]) == (422, "key_reused")


@pytest.mark.asyncio
async def test_another_shops_redemption_is_not_there(counter: Counter) -> None:
    made = (await counter.send("/v1/redemptions", counter.order())).json()
    path = f"/v1/redemptions/{made['id']}"
    replies = [
        await counter.send(path, shop=counter.other_shop),
        await counter.send(f"{path}/refunds", shop=counter.other_shop),
        await counter.send(f"{path}/refunds", {"amount_fen": 1}, shop=counter.other_shop),
        await counter.send("/v1/redemptions/red_unknown"),
    ]
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(404, "not_found")] * 4
    assert (await counter.send("/v1/redemptions", shop=counter.other_shop)).json()["items"] == []


@pytest.mark.asyncio
async def test_discounts_that_leave_nothing_to_pay_name_their_field(counter: Counter) -> None:
    for field, fen in (("merchant_discount_fen", 12_000), ("platform_discount_fen", 9_000)):
        order = counter.order(**{field: fen})
        reply = await counter.send("/v1/redemptions", order)
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
        assert reply.json()["errors"][0]["field"] == f"body.{field}"


@pytest.mark.asyncio
async def test_nonsense_is_refused_in_words(counter: Counter) -> None:
    for changes in (
        {"order_total_fen": 120.5}, {"order_total_fen": -1}, {"order_total_fen": 10**14}, {"code": "券"},
        {"order_no": ""}, {"channel": "by_mail"}, {"surprise": 1},
    ):  # fmt: skip
        reply = await counter.send("/v1/redemptions", {**counter.order(), **changes})
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
