"""Cases of refunds: how an amount is split, to the fen, and how much may be taken back how often."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every, look
from loadtest.lab.orders import Parts, bought, refund, refund_parts
from loadtest.lab.staff import Shop

_MOST = 50


async def _order(lab: Lab, batch: dict[str, Any], **order: Any) -> tuple[Shop, dict[str, Any]]:
    shop = await lab.shop()
    return shop, await bought(lab, shop, batch, **order)


async def _refunds(
    lab: Lab, shop: Shop, redemption: dict[str, Any], amounts_fen: Sequence[int], parts: Sequence[Parts]
) -> list[Exchange]:
    """Take the amounts back one after the other, and expect these parts of each."""
    made = []
    for amount, expected in zip(amounts_fen, parts, strict=True):
        exchange = await refund(lab, shop, redemption, amount)
        lab.expect_ok(exchange, f"退 {amount} 分成功", f"{amount} fen are taken back", spec="S-54")
        for name, fen in asdict(expected).items():
            words = f"退 {amount} 分时 {name} 应为 {fen} 分", f"{name} of {amount} is {fen}"
            lab.expect(look(exchange, f"/value/{name}"), "eq", fen, *words, spec="S-54")
        made.append(exchange)
    return made


@play("refunds-pro-rata")
async def pro_rata(lab: Lab) -> None:
    """The contract's own table: half of an order; three uneven thirds; an order with one fen paid."""
    batch = await lab.batch()
    shop, half = await _order(lab, batch)
    await _refunds(lab, shop, half, [5_000], [Parts(3_500, 1_500, 0)])
    shop, thirds = await _order(lab, batch)
    expected = [Parts(2_333, 1_000, 0), Parts(2_333, 1_000, 0), Parts(2_334, 1_000, 0)]
    await _refunds(lab, shop, thirds, [3_333, 3_333, 3_334], expected)
    small = await lab.batch(face_fen=1_000, threshold_fen=1_001)
    shop, one_fen = await _order(lab, small, order_total_fen=1_001)
    await _refunds(lab, shop, one_fen, [500, 501], [Parts(0, 500, 0), Parts(1, 500, 0)])


@play("refunds-fifty-of-one-fen")
async def fifty_of_one_fen(lab: Lab) -> None:
    """Fifty refunds of one fen are split by the running total; a fifty-first is one too many."""
    shop, redemption = await _order(lab, await lab.batch())
    made = [await refund(lab, shop, redemption, 1) for _ in range(_MOST)]
    for name, fen in (("user_fen", 35), ("voucher_fen", 15), ("amount_fen", 50)):
        words = f"五十次退1分合计 {name} 应为 {fen} 分", f"{name} of fifty refunds of one fen is {fen} together"
        lab.expect(every(made, f"/value/{name}", "sum"), "eq", fen, *words, spec="S-54")
    more = await refund(lab, shop, redemption, 1)
    lab.expect_refused(more, "too_many_refunds", "第五十一次被拒绝", "a fifty-first is refused", spec="S-55")


@play("refunds-platform-part")
async def platform_part(lab: Lab) -> None:
    """With a platform's discount the amount has three parts, and the last refund takes every residue."""
    order = {"order_total_fen": 11_111, "merchant_discount_fen": 777, "platform_discount_fen": 701}
    shop, redemption = await _order(lab, await lab.batch(), **order)
    amounts = [1, 3_333, 49, 6_000, 951]
    parts = refund_parts(amounts, paid_fen=6_633, voucher_fen=3_000, platform_fen=701)
    made = await _refunds(lab, shop, redemption, amounts, parts)
    for name, fen in (("user_fen", 6_633), ("voucher_fen", 3_000), ("platform_fen", 701)):
        words = f"退完后 {name} 合计应为 {fen} 分", f"{name} is whole when all is taken back"
        lab.expect(every(made, f"/value/{name}", "sum"), "eq", fen, *words, spec="S-54")


@play("refunds-too-large")
async def too_large(lab: Lab) -> None:
    """Never more than the order: not at once, not in parts."""
    shop, redemption = await _order(lab, await lab.batch())
    above = await refund(lab, shop, redemption, 10_001)
    lab.expect_refused(above, "refund_too_large", "超过订单1分被拒绝", "one fen above is refused", spec="S-55")
    part = await refund(lab, shop, redemption, 4_000)
    lab.expect_ok(part, "部分退款成功", "a part is taken back", spec="S-55")
    rest = await refund(lab, shop, redemption, 6_001)
    lab.expect_refused(rest, "refund_too_large", "累计超过1分被拒绝", "one fen above the rest is refused", spec="S-55")
    last = await refund(lab, shop, redemption, 6_000)
    lab.expect_ok(last, "恰好退完成功", "exactly the rest is taken back", spec="S-55")
    more = await refund(lab, shop, redemption, 1)
    lab.expect_refused(more, "refund_too_large", "退完后再退被拒绝", "nothing is left to refund", spec="S-55")
