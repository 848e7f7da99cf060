"""Cases of vouchers in staff's hands: frozen, released, voided."""

import asyncio

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab
from voucher_contract import routes

_TOLD_WITHIN_S = 2.0


@play("vouchers-freeze-release")
async def freeze_release(lab: Lab) -> None:
    """Frozen it still counts for its holder; released it is issued again; neither is done twice."""
    batch, person = await lab.batch(), await lab.person()
    held = await lab.voucher(person, batch)
    frozen = await lab.act(routes.FREEZE_VOUCHER, lab.operator, voucher_id=held["id"])
    lab.expect_value(frozen, "/state", "frozen", "冻结成功", "it is frozen", spec="S-44")
    shown = await lab.do(routes.GET_VOUCHER, person, voucher_id=held["id"])
    lab.expect_value(shown, "/state", "frozen", "持券人看到已冻结", "its holder sees that", spec="S-44")
    twice = await lab.act(routes.FREEZE_VOUCHER, voucher_id=held["id"])
    lab.expect_refused(twice, "wrong_state", "已冻结的不能再冻结", "not frozen twice", spec="S-73")
    limit = await lab.claim(person, batch)
    lab.expect_refused(limit, "limit_reached", "冻结的券仍计入限领", "it counts against the limit", spec="S-38")
    released = await lab.act(routes.RELEASE_VOUCHER, lab.operator, voucher_id=held["id"])
    lab.expect_value(released, "/state", "issued", "解冻后恢复", "released, it is issued again", spec="S-44")
    twice = await lab.act(routes.RELEASE_VOUCHER, voucher_id=held["id"])
    lab.expect_refused(twice, "wrong_state", "未冻结的不能解冻", "not released twice", spec="S-73")


@play("vouchers-void-is-final")
async def void_is_final(lab: Lab) -> None:
    """A frozen voucher can be voided; a void one is neither released, frozen, voided nor redeemed."""
    batch, person = await lab.batch(), await lab.person()
    held = await lab.voucher(person, batch)
    lab.got(await lab.act(routes.FREEZE_VOUCHER, voucher_id=held["id"]))
    voided = await lab.act(routes.VOID_VOUCHER, voucher_id=held["id"])
    lab.expect_value(voided, "/state", "void", "冻结的券可以作废", "a frozen voucher is voided", spec="S-44")
    for route in (routes.RELEASE_VOUCHER, routes.FREEZE_VOUCHER, routes.VOID_VOUCHER):
        again = await lab.act(route, voucher_id=held["id"])
        lab.expect_refused(again, "wrong_state", f"作废后不能{route.title_zh}", f"no {route.name} then", spec="S-44")
    till = await lab.redeem(await lab.shop(), held["code"])
    lab.expect_refused(till, "voided", "作废的券不能核销", "a void voucher is not redeemed", spec="S-44")
    shown = await lab.do(routes.GET_VOUCHER, person, voucher_id=held["id"])
    lab.expect_value(shown, "/state", "void", "持券人看到已作废", "its holder sees that", spec="S-44")


@play("vouchers-redeemed-are-not-voided")
async def redeemed_are_not_voided(lab: Lab) -> None:
    """Freezing, releasing and voiding act on vouchers not yet redeemed."""
    held = await lab.voucher(await lab.person(), await lab.batch())
    lab.got(await lab.redeem(await lab.shop(), held["code"]))
    for route in (routes.FREEZE_VOUCHER, routes.RELEASE_VOUCHER, routes.VOID_VOUCHER):
        late = await lab.act(route, voucher_id=held["id"])
        lab.expect_refused(late, "wrong_state", f"已核销的不能{route.title_zh}", f"no {route.name} then", spec="S-44")


@play("vouchers-void-returns-money")
async def void_returns_money(lab: Lab) -> None:
    """The money of a void voucher is reserved again, not held and not lost."""
    campaign_id = await lab.campaign(30_000)
    batch = await lab.batch(campaign_id)
    held = await lab.voucher(await lab.person(), batch)
    before = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    lab.expect_value(before, "/buckets/held_fen", 3_000, "领取后资金为在手", "held after the claim", spec="S-59")
    lab.got(await lab.act(routes.VOID_VOUCHER, voucher_id=held["id"]))
    after = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    lab.expect_value(after, "/buckets/held_fen", 0, "作废后不再占用", "no longer held", spec="S-44")
    lab.expect_value(after, "/buckets/reserved_fen", 30_000, "资金回到预留", "reserved again", spec="S-44")
    lab.expect_value(after, "/identity_ok", True, "资金恒等式成立", "the identity holds", spec="S-59")


@play("voucher-use-told")
async def use_told(lab: Lab) -> None:
    """Refused at a till of another trade, then redeemed and refunded in part: the holder is told each time."""
    holder, stranger = await lab.people(2)
    held = await lab.voucher(holder, await lab.batch(categories=["catering"]))
    wrong, right = await lab.shop("lodging"), await lab.shop("catering")
    lab.expect_refused(await lab.redeem(wrong, held["code"]), "category_not_covered", "行业不符被拒绝",
                       "refused at another trade", spec="S-47")  # fmt: skip
    await asyncio.sleep(_TOLD_WITHIN_S)
    told = await lab.do(routes.GET_VOUCHER_USE, holder, voucher_id=held["id"])
    lab.expect_value(
        told, "/last_refusal/code", "category_not_covered", "持券人见到被拒原因", "the reason", spec="S-81"
    )
    lab.expect_value(told, "/redeemed_at", None, "尚未核销", "not redeemed yet", spec="S-81")
    made = lab.got(await lab.redeem(right, held["code"]))
    lab.got(await lab.do(routes.REFUND, right.tills[0], redemption_id=made["id"], body={"amount_fen": 1_000}))
    told = await lab.do(routes.GET_VOUCHER_USE, holder, voucher_id=held["id"])
    lab.expect_value(told, "/order_no", made["order_no"], "持券人见到所用订单", "the order", spec="S-81")
    lab.expect_value(told, "/refunds/0/amount_fen", 1_000, "持券人见到退款", "the refund", spec="S-81")
    theirs = await lab.do(routes.GET_VOUCHER_USE, stranger, voucher_id=held["id"])
    lab.expect_refused(theirs, "not_found", "他人查询答未找到", "nobody else's business", spec="S-5")
