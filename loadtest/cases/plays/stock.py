"""Cases of the stock of a batch: all of it is issued, not one more, and what comes back is there again."""

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab, every
from loadtest.lab.line import new_key
from voucher_contract import routes


@play("stock-whole-quota")
async def whole_quota(lab: Lab) -> None:
    """As many people as vouchers, spread over the connections: each gets one, nobody is told sold out."""
    batch = await lab.batch(quota=16)
    claims = await lab.rush(await lab.people(16), batch)
    lab.expect(every(claims, "/code=sold_out", "at_least"), "eq", 0, "库存足够时无人被告知抢光",
               "nobody is told sold out while there is stock", spec="S-36")  # fmt: skip
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 16, "16张全部发出", "all sixteen are issued", spec="S-36")


@play("stock-whole-quota-for-one")
async def whole_quota_for_one(lab: Lab) -> None:
    """One person, over one connection, may hold the whole quota: no part of it is set aside for other shards."""
    batch, person = await lab.batch(quota=12, per_person_limit=12), await lab.person()
    claims = [await lab.claim(person, batch, connection=5) for _ in range(12)]
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 12, "一人可领完全部库存",
               "one person may claim the whole quota", spec="S-36")  # fmt: skip


@play("stock-sold-out-is-final")
async def sold_out_is_final(lab: Lab) -> None:
    """After the quota and one refusal nobody gets a voucher any more, on no connection."""
    batch = await lab.batch(quota=3)
    first = await lab.rush(await lab.people(3), batch)
    refused = await lab.claim(await lab.person(), batch)
    lab.expect_refused(refused, "sold_out", "领完后答已抢光", "sold out is said when all are issued", spec="S-36")
    later = await lab.rush(await lab.people(8), batch)
    await lab.take_in()
    later += await lab.rush(await lab.people(4), batch)
    lab.expect(every(later, "/outcome=ok", "at_least"), "eq", 0, "抢光之后不再发出", "none after sold out", spec="S-37")
    lab.expect(every(later, "/code=sold_out", "count"), "eq", 12, "此后均答已抢光", "all say sold out", spec="S-37")
    lab.expect(every([*first, *later], "/outcome=ok", "count"), "eq", 3, "共发出3张", "three in all", spec="S-35")


@play("stock-winner-is-answered-when-sold-out")
async def winner_is_answered_when_sold_out(lab: Lab) -> None:
    """Whoever won gets the same voucher under the key, and is told of it under another, also when all are gone."""
    batch, person, key = await lab.batch(quota=1), await lab.person(), new_key()
    won = await lab.claim(person, batch, key=key)
    lab.expect_refused(await lab.claim(await lab.person(), batch), "sold_out", "他人答已抢光", "others: sold out")
    again = await lab.claim(person, batch, key=key, connection=2)
    lab.expect_ok(again, "抢光后重复原请求仍成功", "the winner's repetition succeeds", spec="S-16")
    lab.expect_same(won, again, "/id", "得到同一张券", "with the same voucher", spec="S-16")
    other = await lab.claim(person, batch, connection=3)
    lab.expect_refused(other, "limit_reached", "换键则答已达限领", "under another key: limit reached", spec="S-39")
    lab.expect_value(other, "/voucher_ids", [lab.got(won)["id"]], "并列出所持的券", "naming the voucher", spec="S-7")


@play("stock-void-comes-back")
async def void_comes_back(lab: Lab) -> None:
    """A voided voucher's place is claimed by somebody else, exactly once."""
    batch = await lab.batch(quota=1)
    held = await lab.voucher(await lab.person(), batch)
    one, other, third = await lab.people(3)
    lab.expect_refused(await lab.claim(one, batch), "sold_out", "作废前已抢光", "sold out before", spec="S-36")
    voided = await lab.act(routes.VOID_VOUCHER, voucher_id=held["id"])
    lab.expect_value(voided, "/state", "void", "作废成功", "it is void", spec="S-44")
    lab.expect_value(voided, "/released_fen", held["face_fen"], "面额退回预留", "its face is released", spec="S-44")
    await lab.take_in()
    lab.expect_ok(await lab.claim(other, batch), "作废的名额可再领取", "the place can be claimed", spec="S-44")
    last = await lab.claim(third, batch)
    lab.expect_refused(last, "sold_out", "只多出一个名额", "it was one place only", spec="S-35")


@play("stock-void-frees-the-limit")
async def void_frees_the_limit(lab: Lab) -> None:
    """Whose voucher was voided may claim again."""
    batch, person = await lab.batch(quota=5), await lab.person()
    held = await lab.voucher(person, batch)
    lab.expect_refused(await lab.claim(person, batch), "limit_reached", "作废前已达限领", "at the limit", spec="S-35")
    lab.got(await lab.act(routes.VOID_VOUCHER, voucher_id=held["id"]))
    await lab.take_in()
    again = await lab.claim(person, batch, connection=2)
    lab.expect_ok(again, "作废后本人可再领", "may claim again", spec="S-38")
    lab.expect(every([again], "/value/id"), "ne", [held["id"]], "是一张新券", "a new voucher", spec="S-5")
    more = await lab.claim(person, batch, connection=3)
    lab.expect_refused(more, "limit_reached", "仍只能持有一张", "but holds one only", spec="S-35")


@play("stock-back-on-every-connection")
async def back_on_every_connection(lab: Lab) -> None:
    """All vouchers voided; one reopen delay later, every connection issues again."""
    batch = await lab.batch(quota=4)
    held = await lab.rush(await lab.people(4), batch)
    gone = await lab.rush(await lab.people(4), batch)
    lab.expect(every(gone, "/code=sold_out", "count"), "eq", 4, "各连接均已抢光", "sold out everywhere", spec="S-36")
    for one in held:
        lab.got(await lab.act(routes.VOID_VOUCHER, voucher_id=lab.got(one)["id"]))
    await lab.take_in()
    back = await lab.rush(await lab.people(4), batch)
    lab.expect(every(back, "/outcome=ok", "count"), "eq", 4, "承诺时间内各连接均恢复发放",
               "within the reopen delay all issue again", spec="S-26")  # fmt: skip


@play("stock-raised-quota-comes")
async def raised_quota_comes(lab: Lab) -> None:
    """A raised quota is there for others within the reopen delay, and is not exceeded."""
    campaign_id = await lab.campaign()
    batch = await lab.batch(campaign_id, quota=2)
    await lab.rush(await lab.people(2), batch)
    gone = await lab.claim(await lab.person(), batch)
    lab.expect_refused(gone, "sold_out", "追加前已抢光", "sold out before", spec="S-36")
    await lab.must(routes.RAISE_QUOTA, lab.maker, body={"quota": 4}, batch_id=batch["id"])
    await lab.take_in()
    more = await lab.rush(await lab.people(5), batch)
    lab.expect(every(more, "/outcome=ok", "at_least"), "le", 2, "至多再发2张", "two more at most", spec="S-35")
    lab.expect(every(more, "/outcome=ok", "count"), "eq", 2, "追加的2张均可领取", "both are issued", spec="S-26")
    lab.expect(every(more, "/code=sold_out", "count"), "eq", 3, "其余答已抢光", "the rest: sold out", spec="S-36")


@play("stock-refusals-take-none")
async def refusals_take_none(lab: Lab) -> None:
    """However often somebody is refused, every voucher of the quota is there for others."""
    batch, holder = await lab.batch(quota=6), await lab.person()
    first = await lab.claim(holder, batch)
    refused = await lab.rush([holder] * 6, batch)
    lab.expect(every(refused, "/code=limit_reached", "count"), "eq", 6, "已达限领者均被拒绝",
               "who is at the limit is refused", spec="S-35")  # fmt: skip
    stranger = await lab.claim(await lab.person(), batch, body={"device": "vl-not-this-device"})
    lab.expect_refused(stranger, "device_mismatch", "设备不符被拒绝", "another device is refused", spec="S-41")
    others = await lab.rush(await lab.people(5), batch)
    lab.expect(every([first, *others], "/outcome=ok", "count"), "eq", 6, "被拒绝的请求不占用库存",
               "refusals take nothing of the stock", spec="S-7")  # fmt: skip
