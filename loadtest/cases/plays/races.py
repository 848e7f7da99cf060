"""Small races: what many do at once over several connections comes to what it would come to one after the other."""

import asyncio

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab, every
from loadtest.lab.line import new_key
from voucher_contract import routes


@play("races-forty-for-ten")
async def forty_for_ten(lab: Lab) -> None:
    """Ten vouchers, forty people at once."""
    batch = await lab.batch(quota=10)
    claims = await lab.rush(await lab.people(40), batch)
    lab.expect(every(claims, "/outcome=ok", "at_least"), "le", 10, "发出不超过10张", "ten at most", spec="S-35")
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 10, "恰好发出10张", "exactly ten", spec="S-36")
    lab.expect(every(claims, "/code=sold_out", "count"), "eq", 30, "其余30人答已抢光", "thirty: sold out", spec="S-36")
    lab.expect(every(claims, "/outcome=ok/value/code", "distinct"), "eq", 10, "券码不同", "codes differ", spec="S-35")
    lab.expect(every(claims, "/outcome=ok/value/id", "distinct"), "eq", 10, "券号不同", "ids differ", spec="S-35")


@play("races-one-person-twenty-keys")
async def one_person_twenty_keys(lab: Lab) -> None:
    """A script with twenty sockets gets one voucher, and holds one afterwards."""
    batch, person = await lab.batch(quota=40), await lab.person()
    claims = await lab.rush([person] * 20, batch)
    lab.expect(every(claims, "/outcome=ok", "at_least"), "le", 1, "至多领到1张", "one at most", spec="S-35")
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 1, "恰好领到1张", "exactly one", spec="S-35")
    lab.expect(every(claims, "/code=limit_reached", "count"), "eq", 19, "其余已达限领", "the rest: limit", spec="S-38")
    held = await lab.do(routes.LIST_VOUCHERS, person)
    lab.expect(
        every([held], f"/value/items/*/batch_id={batch['id']}", "count"), "eq", 1, "名下只有1张", "one is held",
        spec="S-35",
    )  # fmt: skip


@play("races-twenty-repetitions")
async def twenty_repetitions(lab: Lab) -> None:
    """The same claim twenty times at once under one key: one voucher, the same for all."""
    batch, person, key = await lab.batch(quota=40, per_person_limit=5), await lab.person(), new_key()
    claims = await lab.rush([person] * 20, batch, key=key)
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 20, "每次重复都得到结果", "each is answered", spec="S-19")
    lab.expect(every(claims, "/value/id", "distinct"), "eq", 1, "都是同一张券", "all with one voucher", spec="S-16")
    held = await lab.do(routes.LIST_VOUCHERS, person)
    lab.expect(
        every([held], f"/value/items/*/batch_id={batch['id']}", "count"), "eq", 1, "只产生一张券",
        "there is one voucher", spec="S-19",
    )  # fmt: skip


@play("races-no-fault-after-effect")
async def no_fault_after_effect(lab: Lab) -> None:
    """Forty claims one by one and at once: none is answered with an internal error."""
    batch = await lab.batch(quota=100)
    people = await lab.people(40)
    claims = [await lab.claim(one, batch) for one in people[:10]] + await lab.rush(people[10:], batch)
    lab.expect(every(claims, "/status=500", "at_least"), "eq", 0, "没有返回内部错误", "no internal error", spec="S-72")
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 40, "40人均领到", "all forty get one", spec="S-33")


@play("races-void-against-claims")
async def void_against_claims(lab: Lab) -> None:
    """Vouchers voided while others claim: never more outstanding than the quota, and at rest none is lost."""
    batch = await lab.batch(quota=4)
    held = [lab.got(one) for one in await lab.rush(await lab.people(4), batch)]
    people = await lab.people(12)
    voids = (lab.act(routes.VOID_VOUCHER, voucher_id=one["id"]) for one in held[:2])
    during, voided = await asyncio.gather(lab.rush(people, batch), asyncio.gather(*voids))
    for one in voided:
        lab.got(one)
    lab.expect(every(during, "/outcome=ok", "at_least"), "le", 2, "至多补发2张", "two more at most", spec="S-35")
    await lab.take_in()
    after = await lab.rush(await lab.people(4), batch)
    both = [*during, *after]
    lab.expect(every(both, "/outcome=ok", "count"), "eq", 2, "退回的2张最终都可领", "both come back", spec="S-37")
