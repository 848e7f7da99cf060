"""Cases of a claim by itself: who may, in which order it is refused, what a voucher is."""

from datetime import timedelta
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every, folded, look
from loadtest.lab.line import Caller, new_key
from voucher_contract import routes

HERE, ELSEWHERE = "510681001", "510681117"
_DAY_S = 86_400


@play("claiming-unknown-batch")
async def unknown_batch(lab: Lab) -> None:
    """A batch that does not exist."""
    refused = await lab.claim(await lab.person(), {"id": "no-such-batch"})
    lab.expect_refused(refused, "unknown_batch", "不存在的券种被拒绝", "an unknown batch is refused", spec="S-39")


@play("claiming-order-of-states")
async def order_of_states(lab: Lab) -> None:
    """Before the window comes first, then the pause, and only then who asks."""
    opens = lab.now() + timedelta(days=29)
    early, paused = await lab.batches([
        lab.spec(claim_opens_at=opens, claim_closes_at=opens + timedelta(days=1)),
        lab.spec(resident_districts=[ELSEWHERE]),
    ])  # fmt: skip
    for batch in (early, paused):
        lab.got(await lab.act(routes.PAUSE_BATCH, batch_id=batch["id"]))
    await lab.take_in()
    person = await lab.person()
    wrong = {"device": "vl-not-this-device"}
    first = await lab.claim(person, early, body=wrong)
    lab.expect_refused(first, "not_open", "未开始先于已暂停", "not open is judged before paused", spec="S-39")
    second = await lab.claim(person, paused, body=wrong)
    lab.expect_refused(second, "paused", "已暂停先于设备与资格", "paused is judged before the person", spec="S-39")


@play("claiming-order-of-persons")
async def order_of_persons(lab: Lab) -> None:
    """Device before eligibility before limit before stock."""
    only, taken = await lab.batches([lab.spec(quota=1, resident_districts=[ELSEWHERE]), lab.spec(quota=1)])
    (local,) = await lab.accounts({"home_district": ELSEWHERE})
    lab.got(await lab.claim(local, only))
    stranger, holder = await lab.people(2)
    held = lab.got(await lab.claim(holder, taken))
    device = await lab.claim(stranger, only, body={"device": "vl-not-this-device"})
    lab.expect_refused(device, "device_mismatch", "设备先于资格", "the device is judged before the person", spec="S-39")
    place = await lab.claim(stranger, only)
    lab.expect_refused(place, "not_eligible", "资格先于库存", "the person is judged before the stock", spec="S-39")
    limit = await lab.claim(holder, taken)
    lab.expect_refused(limit, "limit_reached", "限领先于库存", "the limit is judged before the stock", spec="S-39")
    lab.expect_value(limit, "/voucher_ids", [held["id"]], "限领拒绝列出所持的券", "it names what is held", spec="S-7")
    stock = await lab.claim(stranger, taken)
    lab.expect_refused(stock, "sold_out", "最后才是库存", "the stock is judged last", spec="S-39")


@play("claiming-limit-of-two")
async def limit_of_two(lab: Lab) -> None:
    """Two vouchers, numbered, and the third refused with both of them named."""
    batch, person = await lab.batch(per_person_limit=2), await lab.person()
    first, second = [await lab.claim(person, batch, connection=n) for n in (1, 2)]
    lab.expect(every([first, second], "/value/id", "distinct"), "eq", 2, "两张不同的券", "two vouchers", spec="S-35")
    lab.expect_value(second, "/nth", 2, "第二张编号为2", "the second is numbered 2", spec="S-71")
    third = await lab.claim(person, batch, connection=3)
    lab.expect_refused(third, "limit_reached", "第三张被拒绝", "a third is refused", spec="S-35")
    lab.expect(
        every([third], "/value/voucher_ids/*"), "eq", sorted(lab.got(one)["id"] for one in (first, second)),
        "拒绝时列出两张券", "the refusal names both", spec="S-7",
    )  # fmt: skip


@play("claiming-limit-on-every-connection")
async def limit_on_every_connection(lab: Lab) -> None:
    """One after the other over eight groups of connections: the limit holds for the platform, not for a process."""
    batch, person = await lab.batch(), await lab.person()
    claims = [await lab.claim(person, batch, connection=n) for n in range(1, 9)]
    lab.expect(every(claims, "/outcome=ok", "at_least"), "le", 1, "至多领到一张", "at most one is issued", spec="S-35")
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 1, "恰好领到一张", "exactly one is issued", spec="S-35")
    lab.expect(
        every(claims, "/code=limit_reached", "count"), "eq", 7, "其余均答已达限领", "the others say limit reached",
        spec="S-38",
    )  # fmt: skip


@play("claiming-residents")
async def residents(lab: Lab) -> None:
    """Only residents of the districts named may claim."""
    batch = await lab.batch(resident_districts=[ELSEWHERE, "510681116"])
    places = (HERE, ELSEWHERE, "510681116")
    stranger, *residents_ = await lab.accounts(*({"home_district": place} for place in places))
    refused = await lab.claim(stranger, batch)
    lab.expect_refused(refused, "not_eligible", "非发放范围居民被拒绝", "a stranger is refused", spec="S-32")
    for local in residents_:
        lab.expect_ok(await lab.claim(local, batch), "范围内居民可以领取", "a resident may claim", spec="S-32")


@play("claiming-device")
async def device(lab: Lab) -> None:
    """A device that did not sign in is refused; the one that did, and none at all, are not."""
    batch = await lab.batch()
    (one, other) = await lab.accounts({}, {})
    foreign = await lab.claim(one, batch, body={"device": other.facts["device"]})
    lab.expect_refused(foreign, "device_mismatch", "设备与登录不符被拒绝", "another's device is refused", spec="S-41")
    own = await lab.claim(one, batch, body={"device": one.facts["device"]})
    lab.expect_ok(own, "登录设备可以领取", "the own device may claim", spec="S-41")
    none = await lab.claim(other, batch)
    lab.expect_ok(none, "未报送设备可以领取", "no device sent is no mismatch", spec="S-41")


@play("claiming-found-everywhere")
async def found_everywhere(lab: Lab) -> None:
    """A voucher that was acknowledged is found under its claim, in its holder's list, by its id and by staff."""
    batch, person, key = await lab.batch(), await lab.person(), new_key()
    claimed = await lab.claim(person, batch, key=key)
    voucher = lab.got(claimed)
    by_key = await lab.do(routes.GET_CLAIM, person, batch_id=batch["id"], claim_key=key, connection=1)
    by_id = await lab.do(routes.GET_VOUCHER, person, voucher_id=voucher["id"], connection=2)
    listed = await lab.do(routes.LIST_VOUCHERS, person, connection=3)
    for found, zh, en in ((by_key, "按幂等键查到", "found by its key"), (by_id, "按编号查到", "found by its id")):
        lab.expect_same(claimed, found, "", f"{zh}同一张券", f"the same voucher is {en}", spec="S-33")
    lab.expect(
        every([listed], f"/value/items/*/id={voucher['id']}", "count"), "eq", 1, "在本人券列表中恰好一次",
        "it is in the holder's list once", spec="S-33",
    )  # fmt: skip
    for staff in (lab.maker, lab.auditor, lab.operator):
        seen = await lab.do(routes.GET_VOUCHER, staff, voucher_id=voucher["id"])
        lab.expect_value(seen, "/batch_id", batch["id"], f"{staff.who} 可查到该券", f"{staff.who} sees it", spec="S-33")


@play("claiming-voucher-as-configured")
async def voucher_as_configured(lab: Lab) -> None:
    """Face and threshold of the batch, state issued, the first of its holder."""
    batch = await lab.batch(face_fen=5_000, threshold_fen=20_000)
    claimed = await lab.claim(await lab.person(), batch)
    for field, value in (("face_fen", 5_000), ("threshold_fen", 20_000), ("state", "issued"), ("nth", 1)):
        lab.expect_value(claimed, f"/{field}", value, f"{field} 正确", f"its {field} is right", spec="S-28")


@play("claiming-validity")
async def validity(lab: Lab) -> None:
    """From the later of the start and the claim, until the end or so many days after the claim, what is sooner."""
    now = lab.now()
    soon, days, later = await lab.batches([
        lab.spec(valid_days=100, valid_until=now + timedelta(days=50), claim_closes_at=now + timedelta(days=30)),
        lab.spec(valid_days=7), lab.spec(valid_from=now + timedelta(days=3)),
    ])  # fmt: skip
    person = await lab.person()
    by_end, by_days, by_start = [await lab.claim(person, one) for one in (soon, days, later)]
    _span(lab, by_days, 7 * _DAY_S, "领取后7天到期", "valid for seven days", start="claimed_at", end="valid_until")
    _span(lab, by_days, 0, "领取即生效", "valid from the claim", start="claimed_at", end="valid_from")
    _span(lab, by_end, 0, "不超过券种截止时间", "not beyond the end", since=soon["valid_until"], end="valid_until")
    _span(lab, by_start, 0, "不早于券种生效时间", "not before the start", since=later["valid_from"], end="valid_from")


def _span(lab: Lab, claimed: Exchange, seconds: int, zh: str, en: str, **given: str) -> None:
    """So many seconds lie between two times, give or take the one that whole seconds may cost."""
    allowed = [seconds - 1, seconds, seconds + 1]
    lab.expect(folded([claimed], "span_s", **given), "in", allowed, zh, en, spec="S-42")


@play("claiming-codes")
async def codes(lab: Lab) -> None:
    """Twelve codes, claimed one after the other: all different, none following from the one before."""
    batch = await lab.batch(quota=12)
    claims = [await lab.claim(one, batch) for one in await lab.people(12)]
    lab.expect(every(claims, "/value/code", "distinct"), "eq", 12, "券码互不相同", "codes differ", spec="S-35")
    lab.expect(every(claims, "/value/id", "distinct"), "eq", 12, "券号互不相同", "ids differ", spec="S-35")


@play("claiming-codes-not-guessable")
async def codes_not_guessable(lab: Lab) -> None:
    """Nobody finds a neighbour's code by counting, nor by trying."""
    batch = await lab.batch(quota=12)
    claims = [await lab.claim(one, batch) for one in await lab.people(12)]
    lab.expect(folded(claims, "near_codes"), "eq", 0, "券码不可由前一张推算", "none follows from another", spec="S-51")
    lab.expect(folded(claims, "code_bits"), "ge", 30, "券码足够长", "a code is long enough", spec="S-51")


@play("claiming-remaining")
async def remaining(lab: Lab) -> None:
    """What is shown as left is the quota less what is held, once everybody could have seen it."""
    batch = await lab.batch(quota=10)
    people = await lab.people(4)
    claims = await lab.rush(people, batch)
    vouchers = [lab.got(one) for one in claims]
    await _shown(lab, batch, issued=4, voided=0, remaining=6)
    lab.got(await lab.act(routes.VOID_VOUCHER, voucher_id=vouchers[0]["id"]))
    await _shown(lab, batch, issued=4, voided=1, remaining=7)


async def _shown(lab: Lab, batch: dict[str, Any], **figures: int) -> None:
    await lab.take_in()
    reader: Caller = await lab.person()
    for connection in range(1, 5):
        shown = await lab.do(routes.GET_BATCH, reader, batch_id=batch["id"], connection=connection)
        for name, value in figures.items():
            zh, en = f"{name} 与实际一致", f"{name} is what it must be"
            lab.expect(look(shown, f"/value/{name}"), "eq", value, zh, en, spec="S-26")
