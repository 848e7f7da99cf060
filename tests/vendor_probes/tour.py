"""A walk through every operation of the contract, each of them once with success."""

import secrets
from dataclasses import dataclass
from typing import Any

from tests.vendor_probes.wire import new_key
from tests.vendor_probes.world import REASON, Person, Shop, World
from voucher_contract import routes
from voucher_contract.routes import Route


@dataclass(frozen=True)
class Toured:
    """What the walk left behind."""

    campaign: str
    batch: dict[str, Any]
    person: Person
    claim_key: str
    voucher: dict[str, Any]
    shop: Shop
    redemption: dict[str, Any]


def tour(world: World) -> Toured:
    """Plan, give out, redeem, refund, settle, close, return."""
    for route in (routes.META, routes.HEALTH):
        world.do(route, None)
    campaign = world.campaign()
    batch = _planned(world, campaign)
    person, key = world.person(), new_key()
    voucher = world.do(routes.CLAIM, person.token, key=key, body={}, batch_id=batch["id"])
    world.do(routes.GET_CLAIM, person.token, batch_id=batch["id"], claim_key=key)
    _officers_act(world, batch, voucher)
    shop = _register(world)
    made = world.redeem(shop, voucher["code"]).json()
    world.do(routes.LIST_REDEMPTIONS, shop.token)
    world.do(routes.GET_REDEMPTION, shop.token, redemption_id=made["id"])
    _refunded_after_settlement(world, campaign, shop, made)
    _oversee(world, campaign)
    _closed(world, campaign)
    return Toured(campaign, batch, person, key, voucher, shop, made)


def _planned(world: World, campaign: str) -> dict[str, Any]:
    made, batch = world.draft(campaign, code_mode="static", valid_days=3)
    world.do(routes.GET_ROUND, world.auditor, round_id=made)
    for route, token, said in (
        (routes.SUBMIT_ROUND, world.maker, None), (routes.REJECT_ROUND, world.checker, REASON),
        (routes.SUBMIT_ROUND, world.maker, None), (routes.APPROVE_ROUND, world.checker, None),
        (routes.PUBLISH_ROUND, world.maker, None),
    ):  # fmt: skip
        world.do(route, token, body=said, round_id=made)
    acts: tuple[tuple[Route, dict[str, Any]], ...] = (
        (routes.PAUSE_BATCH, REASON), (routes.RESUME_BATCH, REASON), (routes.RAISE_QUOTA, {"quota": 12})
    )  # fmt: skip
    for route, body in acts:
        world.do(route, world.maker, body=body, batch_id=batch["id"])
    world.do(routes.LIST_BATCHES, world.auditor)
    return world.shown(batch)


def _officers_act(world: World, batch: dict[str, Any], voucher: dict[str, Any]) -> None:
    for route in (routes.FREEZE_VOUCHER, routes.RELEASE_VOUCHER):
        world.do(route, world.operator, body=REASON, voucher_id=voucher["id"])
    world.do(routes.VOID_VOUCHER, world.maker, body=REASON, voucher_id=world.voucher(batch)["id"])
    world.do(routes.LIST_VOUCHERS, world.auditor)
    world.do(routes.GET_VOUCHER, world.auditor, voucher_id=voucher["id"])
    holder = world.person()
    dynamic = world.voucher(world.batch(code_mode="dynamic"), holder)
    world.do(routes.GET_CODE, holder.token, voucher_id=dynamic["id"])


def _register(world: World) -> Shop:
    _, _, content = world.roster()
    report = world.take_roster(content)
    world.send(routes.GET_IMPORT_FILE, world.operator, import_id=report["id"])
    shop = world.shop()
    world.do(routes.GET_MERCHANT, world.auditor, merchant_id=shop.id)
    world.do(routes.GET_COVERAGE, world.auditor)
    for route in (routes.SUSPEND_MERCHANTS, routes.REINSTATE_MERCHANTS):
        world.do(route, world.operator, body={"merchant_id": shop.id, **REASON})
    return shop


def _refunded_after_settlement(world: World, campaign: str, shop: Shop, made: dict[str, Any]) -> None:
    world.do(routes.SETTLE, world.maker, campaign_id=campaign)
    assert world.refund(shop, made, 5_000).status_code == 201
    world.do(routes.LIST_REFUNDS, shop.token, redemption_id=made["id"])
    body = {"merchant_id": shop.id, "amount_fen": 1_500, "bank_reference": secrets.token_hex(8)}
    world.do(routes.REPAY, world.maker, body=body, campaign_id=campaign)


def _oversee(world: World, campaign: str) -> None:
    for route in (routes.GET_MONEY, routes.LIST_TRANSFERS, routes.GET_T1_REPORT, routes.GET_CAMPAIGN):
        world.do(route, world.auditor, campaign_id=campaign)
    for route in (routes.LIST_CAMPAIGNS, routes.LIST_AUDIT, routes.VERIFY_AUDIT):
        world.do(route, world.auditor)


def _closed(world: World, campaign: str) -> None:
    for batch in world.walk(routes.LIST_BATCHES, world.auditor):
        if batch["campaign_id"] == campaign:
            world.do(routes.STOP_BATCH, world.maker, body=REASON, batch_id=batch["id"])
    world.advance(days=4)
    world.do(routes.CLOSE_CAMPAIGN, world.maker, campaign_id=campaign)
    sent = world.do(routes.RETURN_FUNDS, world.maker, body={}, campaign_id=campaign)
    body = {"bank_reference": secrets.token_hex(8)}
    world.do(routes.CONFIRM_RETURN, world.maker, body=body, return_id=sent["id"])
    assert sent["amount_fen"] == 1_000_000 - 1_500


def photograph(world: World, toured: Toured) -> dict[str, Any]:
    """Everything that can be read of it."""
    named = {"campaign_id": toured.campaign}
    shots: dict[str, Any] = {
        route.name: world.do(route, world.auditor, **named)
        for route in (routes.GET_CAMPAIGN, routes.GET_MONEY, routes.LIST_TRANSFERS)
    }
    for route in (routes.LIST_CAMPAIGNS, routes.LIST_MERCHANTS, routes.LIST_VOUCHERS, routes.LIST_REDEMPTIONS,
                  routes.LIST_AUDIT, routes.LIST_BATCHES):  # fmt: skip
        shots[route.name] = world.walk(route, world.auditor)
    shots["own"] = world.walk(routes.LIST_VOUCHERS, toured.person.token)
    shots["refunds"] = world.walk(routes.LIST_REFUNDS, toured.shop.token, redemption_id=toured.redemption["id"])
    return shots
