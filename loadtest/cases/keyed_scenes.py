"""Requests that succeed once, on every operation that takes a key, and what they left behind.

A scene prepares, yields a request, and goes on when it has been sent; what it expects after that it notes itself.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtest.lab.lab import Lab, every
from loadtest.lab.line import Body, Caller, new_key
from loadtest.lab.orders import bought
from loadtest.lab.staff import roster_csv, roster_row
from voucher_contract import routes
from voucher_contract.routes import Route

_REASON, _OTHER_REASON = {"reason": "检验"}, {"reason": "检验：另一个理由"}


@dataclass(frozen=True)
class Asked:
    """A request that succeeds, and what makes another request of it: another body, or another object."""

    route: Route
    caller: Caller
    body: Body = None
    path: Mapping[str, str] = field(default_factory=dict)
    other_body: Body = None
    other_path: Mapping[str, str] | None = None
    media_type: str = "application/json"
    query: Mapping[str, str] | None = None


Scene = Callable[[Lab], AsyncIterator[Asked]]
SCENES: dict[str, Scene] = {}


def scene(name: str) -> Callable[[Scene], Scene]:
    """Registers a scene."""

    def register(function: Scene) -> Scene:
        SCENES[name] = function
        return function

    return register


def _campaign_body(name: str) -> dict[str, str]:
    return {"name": name, "paying_account": "VL-1", "designated_account": "VL-1"}


@scene("planning")
async def planning(lab: Lab) -> AsyncIterator[Asked]:
    """Campaigns, deposits, rounds and batches."""
    maker, campaign_id = lab.maker, await lab.campaign()
    yield Asked(
        routes.CREATE_CAMPAIGN, maker, _campaign_body("检验幂等"), other_body=_campaign_body("另一活动")
    )  # fmt: skip
    path: dict[str, Any] = {"campaign_id": campaign_id}
    money = {"amount_fen": 5, "bank_reference": f"vl-i-{campaign_id}"}
    yield Asked(routes.DEPOSIT, maker, money, path, other_body={**money, "amount_fen": 6})
    shown = await lab.do(routes.GET_MONEY, lab.auditor, **path)
    lab.expect_value(shown, "/buckets/received_fen", 10_000_005, "拨付只入账一次", "the deposit is booked once")
    yield Asked(routes.CREATE_ROUND, maker, {"name": "检验轮"}, path, other_body={"name": "另一轮"})
    round_id, _ = await lab.draft(campaign_id)
    spec = lab.spec()
    path = {"round_id": round_id}
    yield Asked(routes.CREATE_BATCH, maker, spec, path, other_body={**spec, "quota": 11})
    kept = await lab.do(routes.GET_ROUND, maker, **path)
    batches = every([kept], "/value/batch_ids/*", "count")
    lab.expect(batches, "eq", 1, "只产生一个券种", "one batch was made", spec="S-16")


@scene("approval")
async def approval(lab: Lab) -> AsyncIterator[Asked]:
    """Every step of a round; another round under the same key is another request."""
    campaign_id = await lab.campaign()
    round_id, _ = await lab.draft(campaign_id, lab.spec())
    other_id, _ = await lab.draft(campaign_id, lab.spec())
    path: dict[str, Any] = {"round_id": round_id}
    other = {"round_id": other_id}
    yield Asked(routes.SUBMIT_ROUND, lab.maker, None, path, other_path=other)
    yield Asked(routes.REJECT_ROUND, lab.checker, _REASON, path, other_body=_OTHER_REASON)
    await lab.must(routes.SUBMIT_ROUND, lab.maker, **path)
    yield Asked(routes.APPROVE_ROUND, lab.checker, None, path, other_path=other)
    yield Asked(routes.PUBLISH_ROUND, lab.maker, None, path, other_path=other)


@scene("batches")
async def batches(lab: Lab) -> AsyncIterator[Asked]:
    """Pause, resume, raise, stop."""
    campaign_id = await lab.campaign()
    path = {"batch_id": (await lab.batch(campaign_id))["id"]}
    for route in (routes.PAUSE_BATCH, routes.RESUME_BATCH):
        yield Asked(route, lab.operator, _REASON, path, other_body=_OTHER_REASON)
    yield Asked(routes.RAISE_QUOTA, lab.maker, {"quota": 12}, path, other_body={"quota": 13})
    yield Asked(routes.STOP_BATCH, lab.maker, _REASON, path, other_body=_OTHER_REASON)


@scene("claims")
async def claims(lab: Lab) -> AsyncIterator[Asked]:
    """One voucher a key, whatever connection it comes over; a body or batch that differs is another request."""
    batch, other = await lab.batches([lab.spec(per_person_limit=5), lab.spec()])
    person = await lab.person()
    path = {"batch_id": batch["id"]}
    yield Asked(routes.CLAIM, person, {}, path, other_body={"device": "vl-another-device"})
    yield Asked(routes.CLAIM, person, {}, path, other_path={"batch_id": other["id"]})
    held = await lab.do(routes.LIST_VOUCHERS, person)
    lab.expect(every([held], "/value/items/*", "count"), "eq", 2, "两个键只产生两张券", "two keys, two vouchers",
               spec="S-16")  # fmt: skip


@scene("vouchers")
async def vouchers(lab: Lab) -> AsyncIterator[Asked]:
    """Freeze, release, void."""
    held = await lab.voucher(await lab.person(), await lab.batch())
    path = {"voucher_id": held["id"]}
    for route in (routes.FREEZE_VOUCHER, routes.RELEASE_VOUCHER, routes.VOID_VOUCHER):
        yield Asked(route, lab.maker, _REASON, path, other_body=_OTHER_REASON)


@scene("tills")
async def tills(lab: Lab) -> AsyncIterator[Asked]:
    """One redemption and one refund a key."""
    shop = await lab.shop()
    held = await lab.voucher(await lab.person(), await lab.batch())
    order = {
        "code": held["code"], "order_no": f"vl-{new_key()}", "till_number": shop.till_numbers[0],
        "order_total_fen": 10_000,
    }  # fmt: skip
    yield Asked(routes.REDEEM, shop.tills[0], order, other_body={**order, "order_total_fen": 10_001})
    made = await bought(lab, shop, await lab.batch())
    path: dict[str, Any] = {"redemption_id": made["id"]}
    yield Asked(routes.REFUND, shop.tills[0], {"amount_fen": 5}, path, other_body={"amount_fen": 6})
    after = await lab.do(routes.GET_REDEMPTION, shop.tills[0], **path)
    lab.expect_value(after, "/refunded_fen", 5, "只退款一次", "it was refunded once", spec="S-16")


@scene("settling")
async def settling(lab: Lab) -> AsyncIterator[Asked]:
    """Settlements and a merchant's repayment."""
    campaign_id = await lab.campaign()
    shop = await lab.own_shop()
    made = await bought(lab, shop, await lab.batch(campaign_id))
    path, other = {"campaign_id": campaign_id}, {"campaign_id": await lab.campaign()}
    yield Asked(routes.SETTLE, lab.maker, None, path, other_path=other)
    refund = {"amount_fen": made["payable_fen"]}
    await lab.must(routes.REFUND, shop.tills[0], body=refund, redemption_id=made["id"])
    owed = {"merchant_id": shop.merchant_id, "amount_fen": 100, "bank_reference": f"vl-r-{campaign_id}"}
    yield Asked(routes.REPAY, lab.maker, owed, path, other_body={**owed, "amount_fen": 200})


@scene("closing")
async def closing(lab: Lab) -> AsyncIterator[Asked]:
    """Closing, the return of the rest, and its confirmation."""
    path = {"campaign_id": await lab.campaign(3_000)}
    other: dict[str, Any] = {"campaign_id": await lab.campaign(3_000)}
    yield Asked(routes.CLOSE_CAMPAIGN, lab.maker, None, path, other_path=other)
    await lab.must(routes.CLOSE_CAMPAIGN, lab.maker, **other)
    yield Asked(routes.RETURN_FUNDS, lab.maker, {}, path, other_path=other)
    given = await lab.must(routes.RETURN_FUNDS, lab.maker, body={}, **other)
    number = {"bank_reference": f"vl-b-{given['id']}"}
    changed = {"bank_reference": f"vl-c-{given['id']}"}
    yield Asked(
        routes.CONFIRM_RETURN, lab.maker, number, {"return_id": given["id"]}, other_body=changed
    )  # fmt: skip


@scene("merchants")
async def merchants(lab: Lab) -> AsyncIterator[Asked]:
    """Imports, suspensions, reinstatements."""
    first, second = (
        roster_csv([roster_row(lab.world.shop_number(), "lodging", "510681107")]) for _ in range(2)
    )  # fmt: skip
    yield Asked(
        routes.IMPORT_MERCHANTS, lab.operator, first, other_body=second, media_type="text/csv",
        query={"dry_run": "false"},
    )  # fmt: skip
    shop = await lab.own_shop("lodging", "510681107")
    body = {"merchant_id": shop.merchant_id, **_REASON}
    for route in (routes.SUSPEND_MERCHANTS, routes.REINSTATE_MERCHANTS):
        yield Asked(route, lab.operator, body, other_body={**body, **_OTHER_REASON})
