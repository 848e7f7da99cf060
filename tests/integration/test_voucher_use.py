"""What a holder learns of a voucher: the last refusal at a till, the order that used it, its refunds."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.builders import NOON, BuiltMerchant, BuiltVoucher, a_batch, a_merchant, some_vouchers
from tests.integration.conftest import Api
from tests.tills import an_order
from voucher_contract.refusals import REFUSALS
from voucher_platform.core.clocks import real_now

pytestmark = pytest.mark.asyncio
TOLD_WITHIN_S = 2.0


@dataclass(frozen=True)
class Counter:
    """A restaurant and a hotel at noon, and two vouchers for restaurants."""

    api: Api
    restaurant: BuiltMerchant
    hotel: BuiltMerchant
    vouchers: list[BuiltVoucher]

    async def redeem(self, shop: BuiltMerchant, voucher: int = 0, **changes: Any) -> dict[str, Any]:
        """One order of 120.00, whatever comes of it."""
        order = an_order(shop, self.vouchers[voucher].code, **changes).model_dump(exclude_none=True)
        told: dict[str, Any] = (await self.send(shop, "/v1/redemptions", order)).json()
        return told

    async def send(self, shop: BuiltMerchant, path: str, body: Any) -> Any:
        token = self.api.token("merchant", f"{shop.id}:{shop.till_number}", merchant=shop.id, till=shop.till_number)
        return await self.api.send("POST", path, token=token, body=body)

    async def use(self, voucher: int = 0, *, reader: int | None = None) -> Any:
        """What the holder, or ``reader``'s holder, is told of a voucher."""
        account = self.vouchers[voucher if reader is None else reader].account_id
        token = self.api.token("consumer", account)
        return await self.api.send("GET", f"/v1/vouchers/{self.vouchers[voucher].id}/use", token=token)

    async def last_refusal(self, code: str) -> dict[str, Any]:
        """The refusal of the first voucher, as soon as it is ``code``: at most two seconds later."""
        async with asyncio.timeout(TOLD_WITHIN_S):
            while True:
                told: dict[str, Any] = (await self.use()).json()
                if told["last_refusal"] is not None and told["last_refusal"]["code"] == code:
                    return told
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture
async def counter(api: Api) -> Counter:
    api.core.clocks.offset = NOON - real_now()
    async with api.core.database.transaction() as connection:
        batch = await a_batch(connection)
        restaurant, hotel = await a_merchant(connection), await a_merchant(connection, category="lodging", name="宾馆")
        return Counter(api, restaurant, hotel, await some_vouchers(connection, batch, 2))


async def test_an_unused_voucher_has_no_order_and_no_refusal(counter: Counter) -> None:
    told = (await counter.use()).json()
    assert told == {
        "voucher_id": counter.vouchers[0].id, "state": "issued", "merchant_name": None, "order_no": None,
        "redeemed_at": None, "voucher_fen": 0, "paid_fen": 0, "refunds": [], "last_refusal": None,
    }  # fmt: skip


async def test_the_holder_is_told_why_and_where_a_till_refused(counter: Counter) -> None:
    assert (await counter.redeem(counter.hotel))["code"] == "category_not_covered"
    refusal = (await counter.last_refusal("category_not_covered"))["last_refusal"]
    assert refusal["message_zh"] == REFUSALS["category_not_covered"].zh
    assert refusal["message_en"] == REFUSALS["category_not_covered"].en
    assert refusal["merchant_name"] == "宾馆"


async def test_the_latest_of_several_refusals_is_the_one_that_is_told(counter: Counter) -> None:
    assert (await counter.redeem(counter.hotel))["code"] == "category_not_covered"
    assert (await counter.redeem(counter.restaurant, order_total_fen=5_000))["code"] == "below_threshold"
    assert (await counter.last_refusal("below_threshold"))["merchant_name"] is None


async def test_order_and_refunds_are_told_as_the_holder_counts(counter: Counter) -> None:
    made = await counter.redeem(counter.restaurant)
    await counter.send(counter.restaurant, f"/v1/redemptions/{made['id']}/refunds", {"amount_fen": 4_000})
    told = (await counter.use()).json()
    assert (told["order_no"], told["voucher_fen"], told["paid_fen"]) == (made["order_no"], 3_000, 9_000)
    assert [(one["amount_fen"], one["user_fen"], one["voucher_returned"]) for one in told["refunds"]] == [
        (4_000, 3_000, False)
    ]


async def test_nobody_elses_voucher_is_told_of(counter: Counter) -> None:
    reply = await counter.use(0, reader=1)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_a_success_writes_nothing_about_refusals(counter: Counter) -> None:
    await counter.redeem(counter.restaurant)
    await counter.redeem(counter.hotel, voucher=1)
    await asyncio.sleep(0.3)
    assert (await counter.use()).json()["last_refusal"] is None
    assert (await counter.use(1)).json()["last_refusal"]["code"] == "category_not_covered"
