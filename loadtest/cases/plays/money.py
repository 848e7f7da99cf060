"""Cases of money: every fen in one bucket, at every instant of a small campaign whose every act the bench knows."""

import asyncio
from collections.abc import Sequence

from loadtest.cases.playing import play
from loadtest.evidence.book_folds import BUCKETS, balances, kind_of
from loadtest.evidence.exchange import Exchange
from loadtest.lab.books import money, settle, transfers
from loadtest.lab.lab import Lab, every, folded, look
from loadtest.lab.orders import bought, refund
from voucher_contract import routes

_KINDS = {
    "free": "free_fen", "reserved": "reserved_fen", "held": "held_fen", "redeemed": "redeemed_unsettled_fen",
    "settled": "settled_fen", "owed": "owed_by_merchants_fen", "in_transit": "return_in_transit_fen",
    "returned": "returned_fen",
}  # fmt: skip
_OUTSIDE = "source"


async def expect_books(lab: Lab, campaign_id: str, when: str, **fen: int) -> Exchange:
    """The statement shows exactly these buckets (others 0), adds up, and says so; it is returned."""
    statement = await money(lab, campaign_id)
    for name in ("received_fen", *BUCKETS):
        expected = fen.get(name.removesuffix("_fen"), 0)
        words = f"{when}：{name} 应为 {expected} 分", f"{when}: {name} is {expected}"
        lab.expect_value(statement, f"/buckets/{name}", expected, *words, spec="S-59")
    _expect_identity(lab, [statement], when)
    return statement


def _expect_identity(lab: Lab, statements: Sequence[Exchange], when: str) -> None:
    words = f"{when}：到账＝各项之和", f"{when}: received is the sum of all buckets"
    lab.expect(folded(statements, "identity_differences"), "eq", [], *words, spec="S-59")
    words = f"{when}：各项＝各券种之和", f"{when}: buckets are the sums of their batches"
    lab.expect(folded(statements, "batch_differences"), "eq", [], *words, spec="S-59")
    for one in statements:
        words = f"{when}：平台自查恒等式成立", f"{when}: the platform's own check holds"
        lab.expect_value(one, "/identity_ok", True, *words, spec="S-59")


async def expect_transfers(lab: Lab, campaign_id: str, statement: Exchange, received_fen: int) -> list[Exchange]:
    """The single transfers come to the statement: the whole always, each bucket where account names tell its kind."""
    pages = await transfers(lab, campaign_id)
    total = folded(pages, "money_in_accounts")
    words = "逐笔流水合计等于到账", "the single transfers come to what was received"
    lab.expect(total, "eq", received_fen, *words, spec="S-60")
    if {kind_of(name) for name in balances(pages)} <= {*_KINDS, _OUTSIDE}:
        for kind, name in _KINDS.items():
            words = f"由流水重算 {name} 与资金表一致", f"{name} recomputed from transfers agrees"
            balance = folded(pages, "account_balance", kind=kind)
            lab.expect(balance, "eq", look(statement, f"/value/buckets/{name}"), *words, spec="S-59")
    return pages


@play("money-every-instant")
async def every_instant(lab: Lab) -> None:
    """Deposit, publish, claim, redeem, refund, settle, refund again, void: the books after each."""
    campaign_id = await lab.campaign(10_000)
    await expect_books(lab, campaign_id, "入账后", received=10_000, free=10_000)
    batch, shop = await lab.batch(campaign_id, quota=3, per_person_limit=2), await lab.shop()
    await expect_books(lab, campaign_id, "发布后", received=10_000, free=1_000, reserved=9_000)
    person = await lab.person()
    first, second = await lab.voucher(person, batch), await lab.voucher(person, batch)
    await expect_books(lab, campaign_id, "领取后", received=10_000, free=1_000, reserved=3_000, held=6_000)
    redemption = lab.got(await lab.redeem(shop, first["code"]))
    books = {"received": 10_000, "reserved": 3_000, "held": 3_000}
    statement = await expect_books(lab, campaign_id, "核销后", **books, free=1_000, redeemed_unsettled=3_000)
    earlier = await expect_transfers(lab, campaign_id, statement, 10_000)
    lab.got(await refund(lab, shop, redemption, 5_000))
    await expect_books(lab, campaign_id, "部分退款后", **books, free=2_500, redeemed_unsettled=1_500)
    lab.got(await settle(lab, campaign_id))
    await expect_books(lab, campaign_id, "结算后", **books, free=2_500, settled=1_500)
    lab.got(await refund(lab, shop, redemption, 5_000))
    await expect_books(lab, campaign_id, "结算后退款", **books, free=2_500, owed_by_merchants=1_500)
    await lab.must(routes.VOID_VOUCHER, lab.maker, body={"reason": "检验"}, voucher_id=second["id"])
    books = {"received": 10_000, "reserved": 6_000, "free": 2_500, "owed_by_merchants": 1_500}
    statement = await expect_books(lab, campaign_id, "作废后", **books)
    later = await expect_transfers(lab, campaign_id, statement, 10_000)
    rewritten = folded([*earlier, *later], "transfers_rewritten", earlier=len(earlier))
    lab.expect(rewritten, "eq", [], "已有流水未被改写", "transfers are not rewritten", spec="S-60")


@play("money-during-a-rush")
async def during_a_rush(lab: Lab) -> None:
    """Statements asked for while people claim and pay add up, each of them."""
    campaign_id = await lab.campaign(60_000)
    batch, shop = await lab.batch(campaign_id, quota=20), await lab.shop()
    people = await lab.people(20)
    asking = asyncio.create_task(_statements(lab, campaign_id))
    claims = await lab.rush(people, batch)
    codes = [lab.got(one)["code"] for one in claims[:10]]
    redeemed = await asyncio.gather(*(lab.redeem(shop, code, connection=n % 4 + 1) for n, code in enumerate(codes)))
    statements = await asking
    _expect_identity(lab, statements, "抢券与核销进行中")
    for one in redeemed:
        lab.got(one)
    books = {"received": 60_000, "held": 30_000, "redeemed_unsettled": 30_000}
    statement = await expect_books(lab, campaign_id, "结束后", **books)
    await expect_transfers(lab, campaign_id, statement, 60_000)


async def _statements(lab: Lab, campaign_id: str) -> list[Exchange]:
    found = []
    for _ in range(8):
        exchange = await money(lab, campaign_id)
        lab.got(exchange)
        found.append(exchange)
        await asyncio.sleep(0.02)
    return found


@play("money-deposit-once")
async def deposit_once(lab: Lab) -> None:
    """One number of the bank is booked once, whatever keys it is sent under."""
    campaign_id = await lab.campaign(0)
    deposit = {"amount_fen": 5_000, "bank_reference": f"vl-{campaign_id}"[:64]}
    first = await lab.do(routes.DEPOSIT, lab.maker, body=deposit, campaign_id=campaign_id)
    lab.expect_ok(first, "首次入账成功", "booked the first time", spec="S-61")
    await lab.do(routes.DEPOSIT, lab.checker, body=deposit, campaign_id=campaign_id)
    await lab.do(routes.DEPOSIT, lab.maker, body=deposit, campaign_id=campaign_id)
    await expect_books(lab, campaign_id, "同一流水再次入账后", received=5_000, free=5_000)
    other = {**deposit, "bank_reference": f"vl2-{campaign_id}"[:64]}
    second = await lab.do(routes.DEPOSIT, lab.maker, body=other, campaign_id=campaign_id)
    lab.expect_ok(second, "另一流水入账成功", "another number is booked", spec="S-61")
    await expect_books(lab, campaign_id, "另一流水入账后", received=10_000, free=10_000)


@play("money-settlement")
async def settlement(lab: Lab) -> None:
    """Two merchants, three orders, one of them refunded in part: every line and the sum, to the fen."""
    campaign_id = await lab.campaign(30_000)
    batch, one, two = await lab.batch(campaign_id), await lab.shop(), await lab.shop("catering", "510681002")
    first = await bought(lab, one, batch)
    await bought(lab, one, batch)
    await bought(lab, two, batch)
    lab.got(await refund(lab, one, first, 5_000))
    settled = await settle(lab, campaign_id)
    lab.expect_ok(settled, "结算成功", "the settlement is made", spec="S-62")
    for shop, gross in ((one, 4_500), (two, 3_000)):
        for name, fen in (("gross_fen", gross), ("recovered_fen", 0), ("net_fen", gross)):
            line = every([settled], f"/value/lines/*/merchant_id={shop.merchant_id}/{name}", "sum")
            words = f"{shop.name} {name} 应为 {fen} 分", f"{name} of a line is {fen}"
            lab.expect(line, "eq", fen, *words, spec="S-62")
    for name in ("gross_fen", "recovered_fen", "net_fen"):
        lines = every([settled], f"/value/lines/*/{name}", "sum")
        words = f"{name} 合计＝各行之和", f"{name} is the sum of the lines"
        lab.expect(lines, "eq", look(settled, f"/value/{name}"), *words, spec="S-62")
    books = {"received": 30_000, "reserved": 21_000, "settled": 7_500, "free": 1_500}
    await expect_books(lab, campaign_id, "结算后", **books)
    again = await settle(lab, campaign_id)
    lab.expect_value(again, "/gross_fen", 0, "已结算的不再结算", "nothing is settled twice", spec="S-62")
    await expect_books(lab, campaign_id, "再次结算后", **books)
