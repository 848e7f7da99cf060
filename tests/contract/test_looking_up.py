"""Lists from the newest, orders by their number and what merchants owe, over HTTP (S-83)."""

from collections import defaultdict
from typing import Any

import pytest

from tests.scenario.platform import Platform
from tests.scenario.world import World
from voucher_contract import routes


def walked(platform: Platform, route: routes.Route, token: str, *, order: str, **asked: Any) -> list[Any]:
    """The list page by page, three rows each."""
    seen: list[Any] = []
    query: dict[str, Any] = {"limit": 3, "order": order}
    while True:
        page = platform.do(route, token, query=query, **asked)
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            return seen
        query["cursor"] = page["next_cursor"]


def found(platform: Platform, token: str, number: str) -> list[str]:
    page = platform.do(routes.LIST_REDEMPTIONS, token, query={"find": number, "order": "newest"})
    return [one["id"] for one in page["items"]]


def test_redemptions_come_newest_first_page_by_page_as_they_come_oldest_first(
    platform: Platform, world: World, batch: str
) -> None:
    made = [world.redemption(batch)["id"] for _ in range(4)]
    token = world.shops[0].token
    oldest = walked(platform, routes.LIST_REDEMPTIONS, token, order="oldest")
    newest = walked(platform, routes.LIST_REDEMPTIONS, token, order="newest")
    assert newest[:4] == made[::-1]
    assert newest == oldest[::-1]


def test_transfers_and_audit_entries_come_newest_first(platform: Platform, world: World) -> None:
    campaign, auditor = world.new_campaign(deposit_fen=1), platform.staff["auditor"]
    for number in range(3):
        deposit = {"amount_fen": number + 1, "bank_reference": f"LATE-{campaign}-{number}"}
        world.as_maker(routes.DEPOSIT, body=deposit, campaign_id=campaign)
    asked = {"campaign_id": campaign}
    oldest = walked(platform, routes.LIST_TRANSFERS, auditor, order="oldest", **asked)
    assert len(oldest) == 4
    assert walked(platform, routes.LIST_TRANSFERS, auditor, order="newest", **asked) == oldest[::-1]
    entries = platform.do(routes.LIST_AUDIT, auditor, query={"limit": 2, "order": "newest"})
    assert {one["object_id"] for one in entries["items"]} == {campaign}
    before = platform.do(
        routes.LIST_AUDIT, auditor, query={"limit": 2, "order": "newest", "cursor": entries["next_cursor"]}
    )
    numbers = [one["id"] for one in (*entries["items"], *before["items"])]
    assert numbers == list(range(numbers[0], numbers[0] - 4, -1))


def test_an_order_is_found_by_each_of_its_numbers_also_when_its_voucher_was_used_twice(
    platform: Platform, world: World
) -> None:
    batch, shop, staff = world.one_batch(refund_regime="A"), world.shops[1], platform.staff["operator"]
    voucher = world.voucher(batch)
    first = world.redeem(shop, voucher["code"]).json()
    platform.do(routes.REFUND, shop.token, body={"amount_fen": first["payable_fen"]}, redemption_id=first["id"])
    second = world.redeem(shop, voucher["code"]).json()
    assert found(platform, staff, first["order_no"]) == [first["id"]]
    assert found(platform, staff, second["id"]) == [second["id"]]
    assert found(platform, staff, voucher["id"]) == [second["id"], first["id"]]
    assert found(platform, staff, "no-such-order") == []


def test_a_merchant_finds_its_own_orders_only(platform: Platform, world: World, batch: str) -> None:
    own, other = world.shops[2], world.shops[3]
    made = world.redemption(batch, own)
    assert found(platform, own.token, made["order_no"]) == [made["id"]]
    assert found(platform, other.token, made["order_no"]) == []


def test_what_merchants_owe_adds_up_to_the_statement_and_goes_when_it_is_repaid(
    platform: Platform, world: World
) -> None:
    campaign = world.new_campaign(deposit_fen=10_000_000)
    batch = world.published({"refund_regime": "C", "per_person_limit": 9}, campaign=campaign)[0]
    used = [world.redemption(batch, shop) for shop in (*world.shops[:4], world.shops[0])]
    asked = {"campaign_id": campaign}
    assert platform.do(routes.LIST_DEBTS, platform.staff["auditor"], **asked) == {"items": [], "next_cursor": None}
    world.as_maker(routes.SETTLE, **asked)
    owed: defaultdict[str, int] = defaultdict(int)
    for one in used:
        token = next(shop.token for shop in world.shops if shop.id == one["merchant_id"])
        refund = platform.do(routes.REFUND, token, body={"amount_fen": one["payable_fen"]}, redemption_id=one["id"])
        owed[one["merchant_id"]] += refund["fund_fen"]
    assert min(owed.values()) > 0, "nothing is owed: this regime leaves the money used up"
    first = world.as_maker(routes.LIST_DEBTS, query={"limit": 3}, **asked)
    rest = world.as_maker(routes.LIST_DEBTS, query={"limit": 3, "cursor": first["next_cursor"]}, **asked)
    told = {one["merchant_id"]: one["owed_fen"] for one in (*first["items"], *rest["items"])}
    assert told == owed
    assert (len(first["items"]), rest["next_cursor"]) == (3, None)
    buckets = world.as_maker(routes.GET_MONEY, **asked)["buckets"]
    assert sum(told.values()) == buckets["owed_by_merchants_fen"]
    body = {
        "merchant_id": used[0]["merchant_id"],
        "amount_fen": told[used[0]["merchant_id"]],
        "bank_reference": campaign,
    }
    world.as_maker(routes.REPAY, body=body, **asked)
    left = {one["merchant_id"] for one in world.as_maker(routes.LIST_DEBTS, **asked)["items"]}
    assert left == set(owed) - {used[0]["merchant_id"]}


@pytest.mark.parametrize("query", [{"order": "sideways"}, {"find": "不是编号"}, {"find": ""}])
def test_what_cannot_be_looked_up_is_refused(platform: Platform, query: dict[str, str]) -> None:
    reply = platform.send(routes.LIST_REDEMPTIONS, platform.staff["auditor"], query=query)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
