"""The way of the money in the officers' browsers: booked, settled, closed, returned, and confirmed by somebody else."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import confirm, dialog, expect_done, expect_refused, fill, press
from tests.browser.console.conftest import Officers
from tests.scenario.world import World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]
_DEPOSIT_FEN, _FACE_FEN = 5_000_000, 3_000


def _money(world: World, campaign: str) -> dict[str, Any]:
    """The buckets, by the contract."""
    statement = world.as_maker(routes.GET_MONEY, campaign_id=campaign)
    assert statement["identity_ok"], statement["faults"]
    buckets: dict[str, Any] = statement["buckets"]
    return buckets


def _acts(world: World, object_id: str) -> list[tuple[str, str]]:
    """Who did what to it, as the audit log says."""
    rows = world.platform.sql.rows(
        "SELECT principal, action FROM audit_entry WHERE object_id = $1 ORDER BY id", object_id
    )
    return [(row["principal"], row["action"]) for row in rows]


def _soon_over(world: World, campaign: str) -> str:
    """A batch that can be claimed for two minutes and used for four."""
    return world.published({"quota": 100, "claim_closes_at": 120, "valid_until": 240}, campaign=campaign)[0]


def test_a_campaign_is_settled_closed_and_returned_in_that_order_and_another_officer_confirms(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign(deposit_fen=_DEPOSIT_FEN, paying="P-1", designated="P-2")
    batch = _soon_over(console_world, campaign)
    console_world.redemption(batch)
    console_world.voucher(batch)
    maker = console_officers.sign_in("maker", path=f"/money?id={campaign}")
    late = console_officers.sign_in("checker", path=f"/money?id={campaign}")

    press(maker, "结束活动")
    confirm(maker, "结束活动")
    expect_refused(maker, "vouchers_outstanding", "仍有未到期的消费券")
    expect(dialog(maker).get_by_role("alert")).not_to_contain_text("a batch can still be claimed")
    keep_state(maker, "money-close-outstanding-zh")
    console_world.platform.advance(minutes=5)
    confirm(maker, "结束活动")
    expect_refused(maker, "unsettled", "仍有未结算的核销款")
    assert _acts(console_world, campaign)[-1][1] != "close_campaign"
    confirm(maker, "取消")

    press(maker, "与商户结算")
    keep_state(maker, "money-settle-zh")
    confirm(maker, "结算")
    expect_done(maker, "已结算 1 家商户，实付 ¥30.00")
    assert _money(console_world, campaign)["settled_fen"] == _FACE_FEN
    press(maker, "结束活动")
    confirm(maker, "结束活动")
    expect_done(maker, "活动已结束")
    assert console_world.as_maker(routes.GET_CAMPAIGN, campaign_id=campaign)["state"] == "closed"
    press(late, "与商户结算")
    confirm(late, "结算")
    expect_refused(late, "wrong_state", "当前状态不允许此操作")
    expect(late.locator(".body .buttons button")).to_have_text(["结余原路退回"])  # behind the dialog it is true already
    keep_state(late, "money-settle-closed-zh")

    _return(maker, console_world, campaign, keep_state)
    _confirm_by_another(console_officers, console_world, campaign, keep_state)
    _assert_audited_in_words(console_officers)
    assert _acts(console_world, campaign)[-3:] == [
        ("bureau1", "settle"), ("bureau1", "close_campaign"), ("bureau1", "return_funds"),
    ]  # fmt: skip


def _assert_audited_in_words(officers: Officers) -> None:
    """Whatever was done up to here stands in the audit log as an act with a name."""
    page = officers.sign_in("auditor", path="/audit")
    acts = page.locator("tbody tr td:nth-child(5)").all_inner_texts()
    assert {"登记财政拨付", "发布轮次"} <= set(acts)
    assert [one for one in acts if "_" in one] == []
    numbers = [int(one) for one in page.locator("tbody tr th").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True), "the newest first"
    details = page.locator("tbody tr td:last-child").all_inner_texts()
    assert [one for one in details if "{" in one or "_fen" in one] == []
    assert any("金额：¥50,000.00" in one for one in details)


def _return(maker: Page, world: World, campaign: str, keep_state: Keep) -> None:
    """To another account than it came from: only after an officer has said that it was checked."""
    expect(maker.locator("tbody").last).to_contain_text("银行流水 BANK-")
    press(maker, "结余原路退回")
    expect(dialog(maker)).to_contain_text("两个账户不一致，请先核对")
    confirm(maker, "退回")
    expect_refused(maker, "account_mismatch", "退回账户与拨付账户不一致")
    keep_state(maker, "money-return-mismatch-zh")
    assert _money(world, campaign)["return_in_transit_fen"] == 0
    dialog(maker).get_by_role("checkbox", name="我已核对退回账户").click()
    confirm(maker, "退回")
    expect_done(maker, "已发出，请在到账后确认")
    assert _money(world, campaign)["return_in_transit_fen"] == _DEPOSIT_FEN - _FACE_FEN
    keep_state(maker, "money-in-transit-zh")


def _confirm_by_another(officers: Officers, world: World, campaign: str, keep_state: Keep) -> None:
    """In English, by the checker; the maker's own page is late then, and is told so."""
    maker = officers.sign_in("maker", path=f"/money?id={campaign}")
    checker = officers.sign_in("checker", path=f"/money?id={campaign}", lang="en")
    press(checker, "Confirm a return")
    number = dialog(checker).get_by_label("Number of the return").input_value()
    confirm(checker, "Confirm")
    expect(dialog(checker)).to_contain_text("Fill this in")
    fill(checker, "Bank reference", "SLIP-1")
    fill(checker, "Number of the return", "ret_nobody")
    confirm(checker, "Confirm")
    expect_refused(checker, "not_found", "Nothing of yours has this id")
    keep_state(checker, "money-confirm-en")
    assert _money(world, campaign)["returned_fen"] == 0
    fill(checker, "Number of the return", number)
    confirm(checker, "Confirm")
    expect_done(checker, "Confirmed")
    keep_state(checker, "money-returned-en")
    _assert_in_words(checker, ["Paying account", "Free", "Reserved, not claimed · 满100减30"])
    row = world.platform.sql.rows("SELECT state, bank_reference FROM fund_return WHERE id = $1", number)[0]
    assert tuple(row) == ("returned", "SLIP-1")
    assert _acts(world, number) == [("bureau2", "confirm_return")]
    buckets = _money(world, campaign)
    assert (buckets["returned_fen"], buckets["settled_fen"]) == (_DEPOSIT_FEN - _FACE_FEN, _FACE_FEN)
    press(maker, "确认退回到账")
    fill(maker, "退回编号", number)
    fill(maker, "银行流水号", "SLIP-2")
    confirm(maker, "确认到账")
    expect_refused(maker, "wrong_state", "该笔退回已确认")
    keep_state(maker, "money-confirm-late-zh")


def _assert_in_words(page: Page, accounts: list[str]) -> None:
    """Kinds and accounts of the transfers are words, not codes."""
    kinds = page.locator("tbody tr td:nth-child(3)").all_inner_texts()
    assert [one for one in kinds if "_" in one or one.islower()] == []
    sides = page.locator("table", has_text="Transfers").locator("tbody td").all_inner_texts()
    assert set(accounts) <= set(sides)


def test_a_deposit_is_booked_once_a_reference_and_only_as_an_amount_of_money(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign()
    page = console_officers.sign_in("maker", path=f"/campaign?id={campaign}", lang="en")
    press(page, "Book a deposit")
    for wrong in ("12.345", "-5", "1e6", "ten"):
        fill(page, "Amount (yuan)", wrong)
        confirm(page, "Book it")
        expect(dialog(page)).to_contain_text("Give an amount in yuan, such as 1234.50")
    keep_state(page, "deposit-wrong-en")
    fill(page, "Amount (yuan)", "12,345.60")
    fill(page, "Bank reference", f"SLIP-{campaign}")
    confirm(page, "Book it")
    expect_done(page, "The deposit is booked")
    press(page, "Book a deposit")
    fill(page, "Amount (yuan)", "1")
    fill(page, "Bank reference", f"SLIP-{campaign}")
    confirm(page, "Book it")
    expect_refused(page, "wrong_state", "The present state does not allow this")
    keep_state(page, "deposit-twice-en")
    assert _money(console_world, campaign)["received_fen"] == 1_234_560


def test_a_merchant_pays_back_what_it_owes_after_a_late_refund_and_no_more(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign(deposit_fen=_DEPOSIT_FEN)
    batch = console_world.published({"quota": 10}, campaign=campaign)[0]
    made = console_world.redemption(batch)
    console_world.as_maker(routes.SETTLE, campaign_id=campaign)
    console_world.platform.do(
        routes.REFUND, console_world.shops[0].token, body={"amount_fen": 12_000}, redemption_id=made["id"]
    )
    page = console_officers.sign_in("maker", path=f"/money?id={campaign}")
    press(page, "登记商户还款")
    owing = dialog(page).get_by_label("商户").locator("option")
    expect(owing).to_have_count(1)
    expect(owing).to_contain_text("应还 ¥30.00")
    assert owing.get_attribute("value") == made["merchant_id"]
    fill(page, "金额（元）", "30.01")
    fill(page, "银行流水号", f"BACK-{campaign}")
    confirm(page, "登记")
    expect_refused(page, "repayment_too_large", "应还 30.00 元")
    keep_state(page, "repay-too-large-zh")
    assert _money(console_world, campaign)["owed_by_merchants_fen"] == _FACE_FEN
    fill(page, "金额（元）", "30")
    confirm(page, "登记")
    expect_done(page, "已登记")
    assert _money(console_world, campaign)["owed_by_merchants_fen"] == 0
