"""Probes of configuration, approval and money."""

import secrets
from datetime import timedelta
from typing import Any

import httpx

from tests.vendor_probes.table import probe
from tests.vendor_probes.wire import code_of
from tests.vendor_probes.world import World
from voucher_contract import routes


@probe("over-budget-accepted")
def plans_beyond_the_deposit(world: World) -> bool:
    campaign = world.campaign(29_999)
    made = world.do(routes.CREATE_ROUND, world.maker, body={"name": "一"}, campaign_id=campaign)["id"]
    return code_of(world.send(routes.CREATE_BATCH, world.maker, body=world.spec(), round_id=made)) != "over_budget"


@probe("same-officer-approves")
def approves_its_own_round(world: World) -> bool:
    made, _ = world.draft(world.campaign())
    world.do(routes.SUBMIT_ROUND, world.maker, round_id=made)
    return code_of(world.send(routes.APPROVE_ROUND, world.maker, round_id=made)) != "same_officer"


@probe("deposit-booked-twice")
def books_a_deposit_twice(world: World) -> bool:
    campaign, reference = world.campaign(0), secrets.token_hex(8)
    world.deposit(campaign, 100, reference)
    return code_of(world.deposit(campaign, 100, reference)) != "wrong_state"


@probe("quota-lowered")
def lowers_a_quota(world: World) -> bool:
    reply = world.send(routes.RAISE_QUOTA, world.maker, body={"quota": 9}, batch_id=world.batch()["id"])
    return code_of(reply) != "quota_not_raised"


def _over(world: World, campaign: str) -> None:
    """Let every window pass, settle and close."""
    world.advance(days=11)
    world.do(routes.SETTLE, world.maker, campaign_id=campaign)
    world.do(routes.CLOSE_CAMPAIGN, world.maker, campaign_id=campaign)


def _returns(world: World, campaign: str, **body: Any) -> httpx.Response:
    return world.send(routes.RETURN_FUNDS, world.maker, body=body, campaign_id=campaign)


@probe("leftovers-kept")
def keeps_leftovers(world: World) -> bool:
    campaign = world.campaign(100_000)
    world.redemption(world.shop(), world.batch(campaign))
    _over(world, campaign)
    sent = _returns(world, campaign).json()
    world.do(routes.CONFIRM_RETURN, world.maker, body={"bank_reference": secrets.token_hex(8)}, return_id=sent["id"])
    money = world.money(campaign)
    return money["returned_fen"] != 97_000 and money["free_fen"] > 0


@probe("account-mismatch-ignored")
def returns_to_another_account(world: World) -> bool:
    campaign = world.campaign(100, designated="ACC-2")
    world.do(routes.CLOSE_CAMPAIGN, world.maker, campaign_id=campaign)
    refused = code_of(_returns(world, campaign)) == "account_mismatch"
    return not (refused and _returns(world, campaign, confirm_designated_account=True).status_code == 201)


@probe("fee-taken")
def takes_a_fee(world: World) -> bool:
    campaign = world.campaign(100_000)
    _over(world, campaign)
    kinds = {row["kind"] for row in world.walk(routes.LIST_TRANSFERS, world.auditor, campaign_id=campaign)}
    return bool(_returns(world, campaign).json()["amount_fen"] != 100_000 and any("fee" in kind for kind in kinds))


@probe("closes-with-vouchers-out")
def closes_too_soon(world: World) -> bool:
    campaign = world.campaign()
    closes = world.now() + timedelta(hours=1)
    world.voucher(world.batch(campaign, claim_closes_at=closes))
    world.advance(hours=2)
    return code_of(world.send(routes.CLOSE_CAMPAIGN, world.maker, campaign_id=campaign)) != "vouchers_outstanding"


@probe("identity-made-up")
def counts_money_twice(world: World) -> bool:
    campaign = world.campaign()
    world.batch(campaign)
    statement = world.do(routes.GET_MONEY, world.auditor, campaign_id=campaign)
    assert statement["identity_ok"]
    buckets = statement["buckets"]
    return bool(buckets.pop("received_fen") != sum(buckets.values()))
