"""Cases of refunds of orders that the merchant has been paid for already."""

from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.books import money, settle
from loadtest.lab.lab import Lab, every, look
from loadtest.lab.orders import bought, refund
from voucher_contract import routes


@play("refunds-after-settlement")
async def after_settlement(lab: Lab) -> None:
    """The merchant owes its part, and the next settlement keeps it back."""
    campaign_id = await lab.campaign(30_000)
    batch, shop = await lab.batch(campaign_id, refund_regime="B"), await lab.shop()
    redemption = await bought(lab, shop, batch)
    lab.got(await settle(lab, campaign_id))
    made = await refund(lab, shop, redemption, 5_000)
    lab.expect_ok(made, "结算后仍可退款", "a refund after settlement is made", spec="S-58")
    lab.expect_value(made, "/fund_fen", 1_500, "应回财政1500分", "1500 fen are the fund's", spec="S-58")
    await _expect_buckets(lab, campaign_id, owed_by_merchants_fen=1_500, settled_fen=1_500)
    await bought(lab, shop, batch)
    second = await settle(lab, campaign_id)
    for name, fen in (("gross_fen", 3_000), ("recovered_fen", 1_500), ("net_fen", 1_500)):
        words = f"下次结算 {name} 应为 {fen} 分", f"{name} of the next settlement is {fen}"
        lab.expect_value(second, f"/{name}", fen, *words, spec="S-58")
        line = every([second], f"/value/lines/*/merchant_id={shop.merchant_id}/{name}", "sum")
        lab.expect(line, "eq", fen, f"该商户行 {name} 应为 {fen} 分", f"{name} of its line is {fen}", spec="S-62")
    await _expect_buckets(lab, campaign_id, owed_by_merchants_fen=0, settled_fen=4_500)


async def _expect_buckets(lab: Lab, campaign_id: str, **buckets: int) -> None:
    statement = await money(lab, campaign_id)
    for name, fen in buckets.items():
        words = f"资金表 {name} 应为 {fen} 分", f"{name} of the statement is {fen}"
        lab.expect_value(statement, f"/buckets/{name}", fen, *words, spec="S-58")


@play("refunds-repayment")
async def repayment(lab: Lab) -> None:
    """A merchant repays what it owes, never more, and a bank's number counts once."""
    campaign_id = await lab.campaign(30_000)
    batch, shop = await lab.batch(campaign_id, refund_regime="B"), await lab.shop()
    redemption = await bought(lab, shop, batch)
    lab.got(await settle(lab, campaign_id))
    lab.got(await refund(lab, shop, redemption, 10_000))
    above = await _repay(lab, campaign_id, shop.merchant_id, 3_001, "1")
    lab.expect_refused(above, "repayment_too_large", "还款超过应还被拒绝", "more than owed is refused", spec="S-58")
    part = await _repay(lab, campaign_id, shop.merchant_id, 1_000, "2")
    lab.expect_ok(part, "部分还款入账", "a part is booked", spec="S-58")
    await _expect_buckets(lab, campaign_id, owed_by_merchants_fen=2_000)
    await _repay(lab, campaign_id, shop.merchant_id, 1_000, "2")
    await _expect_buckets(lab, campaign_id, owed_by_merchants_fen=2_000)
    rest = await _repay(lab, campaign_id, shop.merchant_id, 2_000, "3")
    lab.expect_ok(rest, "还清", "the rest is booked", spec="S-58")
    await _expect_buckets(lab, campaign_id, owed_by_merchants_fen=0, free_fen=3_000)


async def _repay(lab: Lab, campaign_id: str, merchant_id: str, amount_fen: int, number: str) -> Exchange:
    body: dict[str, Any] = {
        "merchant_id": merchant_id, "amount_fen": amount_fen, "bank_reference": f"vlr-{campaign_id}-{number}"[:64]
    }  # fmt: skip
    return await lab.do(routes.REPAY, lab.maker, body=body, campaign_id=campaign_id)


@play("refunds-not-covered")
async def not_covered(lab: Lab) -> None:
    """A voucher cannot come back while the merchant has its money and no other is free."""
    campaign_id = await lab.campaign(6_000)
    batch = await lab.batch(campaign_id, quota=2, refund_regime="A")
    shop = await lab.shop()
    redemption = await bought(lab, shop, batch)
    lab.got(await settle(lab, campaign_id))
    tried = await refund(lab, shop, redemption, 10_000)
    words = "无可用资金恢复该券时拒绝退款", "refused while no free money covers the voucher"
    lab.expect_refused(tried, "refund_not_covered", *words, spec="S-58")
    statement = await money(lab, campaign_id)
    lab.expect(look(statement, "/value/buckets/owed_by_merchants_fen"), "eq", 0, "拒绝后账目不变", "nothing is owed",
               spec="S-7")  # fmt: skip
    deposit = {"amount_fen": 3_000, "bank_reference": f"vl2-{campaign_id}"[:64]}
    await lab.must(routes.DEPOSIT, lab.maker, body=deposit, campaign_id=campaign_id)
    good = await refund(lab, shop, redemption, 10_000)
    lab.expect_value(good, "/voucher_returned", True, "资金补足后退款退券成功", "covered, it is made", spec="S-58")
    await _expect_buckets(lab, campaign_id, owed_by_merchants_fen=3_000, free_fen=0, held_fen=3_000)
