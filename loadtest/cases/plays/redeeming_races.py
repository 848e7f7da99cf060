"""Cases of redeeming: the same voucher at the same moment from many sides."""

import asyncio
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every, look
from loadtest.lab.line import new_key
from loadtest.lab.staff import Shop
from voucher_contract import routes

_VOUCHERS, _ATTEMPTS = 4, 8


@play("redeeming-raced")
async def raced(lab: Lab) -> None:
    """Eight attempts at once on each of four vouchers: eight connections, two tills, each with a key of its own."""
    batch, shop = await lab.batch(), await lab.shop()
    for person in await lab.people(_VOUCHERS):
        voucher = await lab.voucher(person, batch)
        tried = await _rush(lab, shop, voucher["code"])
        lab.expect(
            every(tried, "/outcome=ok", "at_least"), "le", 1, "同一张券并发核销至多成功一次",
            "of simultaneous redemptions at most one succeeds", spec="S-49",
        )  # fmt: skip
        lab.expect(
            every(tried, "/outcome=ok", "count"), "eq", 1, "同一张券并发核销恰好成功一次",
            "of simultaneous redemptions exactly one succeeds", spec="S-49",
        )  # fmt: skip
        for one in tried:
            words = "未成功的并发核销答“已核销”", "the others hear that it was redeemed before"
            lab.expect(look(one, "/code"), "in", [None, "already_redeemed"], *words, spec="S-49")
        seen = await lab.do(routes.GET_VOUCHER, person, voucher_id=voucher["id"])
        lab.expect_value(seen, "/state", "redeemed", "持券人看到已核销", "the holder sees it redeemed", spec="S-49")


async def _rush(lab: Lab, shop: Shop, code: str) -> list[Exchange]:
    attempts = (lab.redeem(shop, code, till=turn % 2, connection=turn + 1) for turn in range(_ATTEMPTS))
    return list(await asyncio.gather(*attempts))


@play("redeeming-raced-same-key")
async def raced_same_key(lab: Lab) -> None:
    """One request sent six times at once under one key is one redemption, and every reply tells of it."""
    batch, shop = await lab.batch(), await lab.shop()
    voucher = await lab.voucher(await lab.person(), batch)
    key, order_no = new_key(), f"vl-{new_key()}"
    same: dict[str, Any] = {"order_total_fen": 10_000, "key": key, "order_no": order_no}
    sent = await asyncio.gather(*(lab.redeem(shop, voucher["code"], connection=n, **same) for n in range(1, 7)))
    later = await lab.redeem(shop, voucher["code"], connection=7, **same)
    lab.expect(
        every([*sent, later], "/value/id", "distinct"), "eq", 1, "同一幂等键的所有答复是同一笔核销",
        "all replies under one key tell of one redemption", spec="S-16",
    )  # fmt: skip
    for one in (*sent, later):
        lab.expect_ok(one, "同一幂等键的重复请求得到同一结果", "a repeated request gets the same outcome", spec="S-19")
    lab.expect(
        look(later, "/replayed"), "eq", True, "重复请求标明是重放", "a repetition is marked as replayed", spec="S-16"
    )
