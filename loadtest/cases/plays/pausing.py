"""A pause as any platform can be asked for it, also one on which pausing twice is no error."""

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab, every
from voucher_contract import routes


@play("pausing-is-obeyed")
async def is_obeyed(lab: Lab) -> None:
    """Open, paused, open again; what was issued before stays good meanwhile."""
    batch, shop = await lab.batch(), await lab.shop()
    holder, *waiting = await lab.people(5)
    voucher = await lab.voucher(holder, batch)
    await lab.act(routes.PAUSE_BATCH, lab.operator, batch_id=batch["id"])
    await lab.take_in()
    refused = await lab.rush(waiting, batch)
    lab.expect(every(refused, "/code=paused", "count"), "eq", 4, "暂停期间不发券", "none while paused", spec="S-31")
    good = await lab.redeem(shop, voucher["code"])
    lab.expect_ok(good, "暂停前领到的券仍可用", "a voucher issued before is good", spec="S-31")
    await lab.act(routes.RESUME_BATCH, lab.operator, batch_id=batch["id"])
    await lab.take_in()
    claims = await lab.rush(waiting, batch)
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 4, "恢复后均可领取", "all issue again", spec="S-31")
