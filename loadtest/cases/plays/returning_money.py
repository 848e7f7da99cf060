"""Cases of the end of a campaign: closing it, and sending back all that was not spent."""

import asyncio
from datetime import datetime
from typing import Any

from loadtest.cases.playing import play
from loadtest.cases.plays.money import expect_books
from loadtest.evidence.exchange import Exchange
from loadtest.lab.books import settle
from loadtest.lab.lab import Lab
from loadtest.lab.orders import bought, refund
from voucher_contract import routes

_LOOKS, _PAUSE_S = 20, 0.25


async def _close(lab: Lab, campaign_id: str) -> Exchange:
    return await lab.do(routes.CLOSE_CAMPAIGN, lab.maker, campaign_id=campaign_id)


async def _close_after_expiry(lab: Lab, campaign_id: str) -> Exchange:
    """Closing once every voucher has ended; asked again for some seconds, for a sweep may be at work on them."""
    exchange = await _close(lab, campaign_id)
    for _ in range(_LOOKS):
        if exchange.code != "vouchers_outstanding":
            break
        await asyncio.sleep(_PAUSE_S)
        exchange = await _close(lab, campaign_id)
    return exchange


async def _return(lab: Lab, campaign_id: str, *, confirm: bool = False) -> Exchange:
    body = {"confirm_designated_account": confirm}
    return await lab.do(routes.RETURN_FUNDS, lab.maker, body=body, campaign_id=campaign_id)


async def _confirm(lab: Lab, sent: dict[str, Any]) -> Exchange:
    body = {"bank_reference": f"vlb-{sent['id']}"[:64]}
    return await lab.do(routes.CONFIRM_RETURN, lab.checker, body=body, return_id=sent["id"])


async def _ending(lab: Lab, campaign_id: str, ends: datetime, **changes: Any) -> dict[str, Any]:
    """A batch of three whose claims and vouchers end together."""
    return await lab.batch(campaign_id, quota=3, claim_closes_at=ends, valid_until=ends, **changes)


@play("money-close-refusals")
async def close_refusals(lab: Lab) -> None:
    """No closing while vouchers are valid or redemptions unsettled; then it closes."""
    ends = lab.ahead(days=2)
    campaign_id = await lab.campaign(10_000)
    batch, shop = await _ending(lab, campaign_id, ends), await lab.shop()
    early = await _return(lab, campaign_id)
    lab.expect_refused(early, "wrong_state", "未结束时不能退回", "no return before closing", spec="S-63")
    await bought(lab, shop, batch)
    await lab.voucher(await lab.person(), batch)
    valid = await _close(lab, campaign_id)
    lab.expect_refused(valid, "vouchers_outstanding", "有有效券时不能结束", "not while vouchers are valid", spec="S-63")
    await lab.until(ends)
    unsettled = await _close_after_expiry(lab, campaign_id)
    lab.expect_refused(unsettled, "unsettled", "仍有未结算核销时不能结束", "not while unsettled", spec="S-63")
    lab.got(await settle(lab, campaign_id))
    closed = await _close_after_expiry(lab, campaign_id)
    lab.expect_value(closed, "/state", "closed", "结清后可以结束", "settled, it closes", spec="S-63")
    deposit = {"amount_fen": 1, "bank_reference": f"vl3-{campaign_id}"[:64]}
    late = await lab.do(routes.DEPOSIT, lab.maker, body=deposit, campaign_id=campaign_id)
    lab.expect_refused(late, "wrong_state", "结束后不再入账", "nothing is booked after closing", spec="S-63")


@play("money-leftovers-return")
async def leftovers_return(lab: Lab) -> None:
    """Unclaimed, expired and never planned: everything not spent goes back, to the fen."""
    ends = lab.ahead(days=2)
    campaign_id = await lab.campaign(10_007)
    batch, shop = await _ending(lab, campaign_id, ends), await lab.shop()
    await bought(lab, shop, batch)
    await lab.voucher(await lab.person(), batch)
    lab.got(await settle(lab, campaign_id))
    await lab.until(ends)
    lab.got(await _close_after_expiry(lab, campaign_id))
    books = {"received": 10_007, "settled": 3_000}
    sent = await _return(lab, campaign_id)
    lab.expect_value(sent, "/amount_fen", 7_007, "结余全额退回", "all that is left goes back", spec="S-63")
    lab.expect_value(sent, "/to_account", "VL-1", "退回指定账户", "to the designated account", spec="S-63")
    lab.expect_value(sent, "/number", 1, "为第1次退回", "it is return number 1", spec="S-63")
    await expect_books(lab, campaign_id, "退回在途", **books, return_in_transit=7_007)
    arrived = await _confirm(lab, lab.got(sent))
    lab.expect_value(arrived, "/state", "returned", "到账确认", "its arrival is confirmed", spec="S-63")
    await expect_books(lab, campaign_id, "退回到账：到账＝核销＋退回", **books, returned=7_007)
    again = await _confirm(lab, lab.got(sent))
    lab.expect_refused(again, "wrong_state", "不能重复确认", "it is confirmed once", spec="S-63")
    more = await _return(lab, campaign_id)
    lab.expect_refused(more, "nothing_to_return", "已无可退资金", "nothing is left", spec="S-63")


@play("money-account-mismatch")
async def account_mismatch(lab: Lab) -> None:
    """Another account than the paying one needs an officer's word."""
    campaign_id = await lab.campaign(5_000, paying="VL-PAYING-1", designated="VL-DESIGNATED-2")
    lab.got(await _close(lab, campaign_id))
    stopped = await _return(lab, campaign_id)
    words = "账户不一致时停下确认", "it stops where the accounts differ"
    lab.expect_refused(stopped, "account_mismatch", *words, spec="S-63")
    await expect_books(lab, campaign_id, "停下后", received=5_000, free=5_000)
    sent = await _return(lab, campaign_id, confirm=True)
    lab.expect_value(sent, "/amount_fen", 5_000, "确认后全额退回", "confirmed, all goes back", spec="S-63")
    lab.expect_value(sent, "/to_account", "VL-DESIGNATED-2", "退到指定账户", "to the designated account", spec="S-63")


@play("money-supplementary-return")
async def supplementary_return(lab: Lab) -> None:
    """A refund after closing: the merchant repays, and a second, numbered return takes it home."""
    ends = lab.ahead(days=2)
    campaign_id = await lab.campaign(9_000)
    batch, shop = await _ending(lab, campaign_id, ends, refund_regime="B"), await lab.shop()
    redemption = await bought(lab, shop, batch)
    lab.got(await settle(lab, campaign_id))
    await lab.until(ends)
    lab.got(await _close_after_expiry(lab, campaign_id))
    lab.got(await _confirm(lab, lab.got(await _return(lab, campaign_id))))
    made = await refund(lab, shop, redemption, 10_000)
    lab.expect_value(made, "/fund_fen", 3_000, "结束后仍可退款，券额应回财政", "refunded after closing", spec="S-58")
    books = {"received": 9_000, "returned": 6_000}
    await expect_books(lab, campaign_id, "结束后退款", **books, owed_by_merchants=3_000)
    repayment = {"merchant_id": shop.merchant_id, "amount_fen": 3_000, "bank_reference": f"vlr-{campaign_id}"[:64]}
    await lab.must(routes.REPAY, lab.maker, body=repayment, campaign_id=campaign_id)
    second = await _return(lab, campaign_id)
    lab.expect_value(second, "/amount_fen", 3_000, "补退全额", "all of it goes back", spec="S-58")
    lab.expect_value(second, "/number", 2, "补退单独编号", "with a number of its own", spec="S-58")
    lab.got(await _confirm(lab, lab.got(second)))
    await expect_books(lab, campaign_id, "补退到账", received=9_000, returned=9_000)
