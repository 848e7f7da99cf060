"""Refusals of the request itself, of signing in, of configuration and of money."""

import httpx

from tests.scenario.platform import new_key
from tests.scenario.refusing.table import tells
from tests.scenario.world import World, roster_csv, some_rows
from voucher_contract import refusals as r
from voucher_contract import routes

CAMPAIGN = {"name": "活动", "paying_account": "P-1", "designated_account": "P-1"}


@tells(r.NO_SUCH_ROUTE)
def an_address_nobody_knows(world: World) -> httpx.Response:
    return world.platform.client.get("/v1/nothing")


@tells(r.METHOD_NOT_ALLOWED)
def a_method_the_address_does_not_take(world: World) -> httpx.Response:
    return world.platform.client.delete(routes.META.path)


@tells(r.BODY_TOO_LARGE)
def three_megabytes(world: World) -> httpx.Response:
    return _create(world, content=b" " * 3_000_000)


@tells(r.MISSING_TOKEN)
def nobody_asks(world: World) -> httpx.Response:
    return world.platform.send(routes.LIST_CAMPAIGNS)


@tells(r.INVALID_TOKEN)
def a_forged_token(world: World) -> httpx.Response:
    return world.platform.send(routes.LIST_CAMPAIGNS, "forged.token")


@tells(r.FORBIDDEN)
def the_auditor_writes(world: World) -> httpx.Response:
    return world.platform.send(routes.CREATE_CAMPAIGN, world.platform.staff["auditor"], body=CAMPAIGN)


@tells(r.MISSING_KEY)
def a_write_without_a_key(world: World) -> httpx.Response:
    return world.platform.send(routes.CREATE_CAMPAIGN, world.platform.staff["maker"], body=CAMPAIGN, key=None)


@tells(r.INVALID_KEY)
def a_key_of_three_letters(world: World) -> httpx.Response:
    return world.platform.send(routes.CREATE_CAMPAIGN, world.platform.staff["maker"], body=CAMPAIGN, key="abc")


@tells(r.UNSUPPORTED_MEDIA_TYPE)
def a_campaign_as_plain_text(world: World) -> httpx.Response:
    return _create(world, content=b"{}", media_type="text/plain")


@tells(r.MALFORMED_BODY)
def half_a_body(world: World) -> httpx.Response:
    return _create(world, content=b'{"name": ')


@tells(r.INVALID_REQUEST)
def a_campaign_without_accounts(world: World) -> httpx.Response:
    return _create(world, content=b'{"name": "x"}')


def _create(world: World, content: bytes, media_type: str | None = None) -> httpx.Response:
    return world.platform.send(
        routes.CREATE_CAMPAIGN, world.platform.staff["maker"], content=content, media_type=media_type
    )


@tells(r.NOT_FOUND)
def a_campaign_that_is_not_there(world: World) -> httpx.Response:
    return world.platform.send(routes.GET_CAMPAIGN, world.platform.staff["maker"], campaign_id="cmp_nothing")


@tells(r.KEY_REUSED)
def one_key_for_two_campaigns(world: World) -> httpx.Response:
    key = new_key()
    world.as_maker(routes.CREATE_CAMPAIGN, body=CAMPAIGN, key=key)
    other = {**CAMPAIGN, "name": "另一个活动"}
    return world.platform.send(routes.CREATE_CAMPAIGN, world.platform.staff["maker"], body=other, key=key)


@tells(r.BAD_CREDENTIALS)
def a_wrong_password(world: World) -> httpx.Response:
    return world.platform.send(routes.SIGN_IN, body={"login": "bureau1", "password": "wrong"})


@tells(r.WRONG_STATE)
def publishing_a_draft(world: World) -> httpx.Response:
    made, _ = world.draft({})
    return world.platform.send(routes.PUBLISH_ROUND, world.platform.staff["maker"], round_id=made)


@tells(r.OVER_BUDGET)
def a_batch_beyond_the_deposit(world: World) -> httpx.Response:
    campaign = world.new_campaign(deposit_fen=3_000 * 9)
    made, _ = world.draft(campaign=campaign)
    body = world.batch_spec(quota=10)
    return world.platform.send(routes.CREATE_BATCH, world.platform.staff["maker"], body=body, round_id=made)


@tells(r.SAME_OFFICER)
def the_maker_approves(world: World) -> httpx.Response:
    made, _ = world.submitted({})
    return world.platform.send(routes.APPROVE_ROUND, world.platform.staff["maker"], round_id=made)


@tells(r.VOUCHERS_OUTSTANDING)
def closing_while_vouchers_are_valid(world: World) -> httpx.Response:
    campaign = world.new_campaign(deposit_fen=3_000)
    (batch,) = world.published({"quota": 1}, campaign=campaign)
    world.voucher(batch)
    return _close(world, campaign)


@tells(r.UNSETTLED)
def closing_before_settling(world: World) -> httpx.Response:
    campaign = world.new_campaign(deposit_fen=3_000)
    (batch,) = world.published({"quota": 1, "claim_closes_at": 60, "valid_until": 120}, campaign=campaign)
    world.redemption(batch)
    world.platform.advance(minutes=3)
    return _close(world, campaign)


@tells(r.ACCOUNT_MISMATCH)
def money_back_to_another_account(world: World) -> httpx.Response:
    campaign = world.new_campaign(deposit_fen=3_000, designated="P-2")
    assert _close(world, campaign).status_code == 200
    return _return(world, campaign)


@tells(r.NOTHING_TO_RETURN)
def an_empty_pot(world: World) -> httpx.Response:
    campaign = world.new_campaign()
    assert _close(world, campaign).status_code == 200
    return _return(world, campaign)


def _close(world: World, campaign: str) -> httpx.Response:
    return world.platform.send(routes.CLOSE_CAMPAIGN, world.platform.staff["maker"], campaign_id=campaign)


def _return(world: World, campaign: str) -> httpx.Response:
    return world.platform.send(routes.RETURN_FUNDS, world.platform.staff["maker"], body={}, campaign_id=campaign)


@tells(r.REPAYMENT_TOO_LARGE)
def a_merchant_that_owes_nothing_repays(world: World) -> httpx.Response:
    body = {"merchant_id": world.shops[0].id, "amount_fen": 1, "bank_reference": new_key()}
    return world.platform.send(routes.REPAY, world.platform.staff["maker"], body=body, campaign_id=world.campaign)


@tells(r.QUOTA_NOT_RAISED)
def a_quota_raised_to_what_it_is(world: World) -> httpx.Response:
    batch = world.one_batch(quota=5)
    return world.platform.send(routes.RAISE_QUOTA, world.platform.staff["maker"], body={"quota": 5}, batch_id=batch)


@tells(r.UNREADABLE_FILE)
def a_workbook_that_is_none(world: World) -> httpx.Response:
    return _import(world, b"PK\x03\x04 not a workbook", routes.XLSX)


@tells(r.MISSING_COLUMNS)
def a_roster_without_credit_codes(world: World) -> httpx.Response:
    return _import(world, roster_csv(some_rows(2), columns=("商户名称", "地址")), routes.CSV)


@tells(r.TOO_MANY_ROWS)
def a_roster_of_thirty_thousand(world: World) -> httpx.Response:
    return _import(world, roster_csv(some_rows(1)) + b"\r\na" * 30_000, routes.CSV)


def _import(world: World, content: bytes, media_type: str) -> httpx.Response:
    operator = world.platform.staff["operator"]
    return world.platform.send(routes.IMPORT_MERCHANTS, operator, content=content, media_type=media_type)
