"""Cases of other people's objects and of personal numbers: what is not yours does not exist for you."""

from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every, folded, look
from loadtest.lab.line import Caller, new_key
from voucher_contract import routes
from voucher_contract.routes import Route

_NOTHING = "nothing-of-this-name"
_HIDDEN = ("not_found", "unknown_voucher")


async def _as_if_absent(lab: Lab, route: Route, stranger: Caller, whose: dict[str, Any], **asked: Any) -> None:
    """Somebody else's object answers ``not_found``, like one that does not exist: status and code alike."""
    theirs = await lab.do(route, stranger, **whose, **asked)
    absent = await lab.do(route, stranger, **{**whose, list(whose)[-1]: _NOTHING}, **asked)
    title = route.title_zh
    lab.expect_refused(theirs, _HIDDEN, f"他人的对象：{title}答未找到", f"{route.name}: not found", spec="S-5")
    for pointer in ("/status", "/code"):
        zh, en = f"{title}：他人的与不存在的答复相同", f"{route.name}: as if it did not exist"
        lab.expect(look(theirs, pointer), "eq", look(absent, pointer), zh, en, spec="S-5")


@play("privacy-vouchers")
async def vouchers(lab: Lab) -> None:
    """Another person's voucher, claim and code cannot be read, nor told from what does not exist."""
    owner, stranger = await lab.people(2)
    batch, key = await lab.batch(), new_key()
    voucher = lab.got(await lab.claim(owner, batch, key=key))
    await _as_if_absent(lab, routes.GET_VOUCHER, stranger, {"voucher_id": voucher["id"]})
    await _as_if_absent(lab, routes.GET_CLAIM, stranger, {"batch_id": batch["id"], "claim_key": key})
    listed = await lab.do(routes.LIST_VOUCHERS, stranger)
    lab.expect(every([listed], f"/value/items/*/id={voucher['id']}", "count"), "eq", 0, "列表中没有他人的券",
               "no list shows it", spec="S-11")  # fmt: skip
    own = await lab.do(routes.GET_VOUCHER, owner, voucher_id=voucher["id"])
    lab.expect_value(own, "/id", voucher["id"], "本人可以查看", "its holder reads it", spec="S-11")


@play("privacy-dynamic-codes")
async def dynamic_codes(lab: Lab) -> None:
    """Nobody gets the code of another person's voucher."""
    owner, stranger = await lab.people(2)
    voucher = await lab.voucher(owner, await lab.batch(code_mode="dynamic"))
    await _as_if_absent(lab, routes.GET_CODE, stranger, {"voucher_id": voucher["id"]})
    own = await lab.do(routes.GET_CODE, owner, voucher_id=voucher["id"])
    lab.expect_ok(own, "本人可取动态码", "its holder gets a code", spec="S-51")


@play("privacy-redemptions")
async def redemptions(lab: Lab) -> None:
    """A till sees its own shop's redemptions and refunds, and no other's."""
    own, other = await lab.shop(), await lab.shop(district="510681002")
    voucher = await lab.voucher(await lab.person(), await lab.batch())
    made = lab.got(await lab.redeem(own, voucher["code"]))
    whose: dict[str, Any] = {"redemption_id": made["id"]}
    for route in (routes.GET_REDEMPTION, routes.LIST_REFUNDS):
        await _as_if_absent(lab, route, other.tills[0], whose)
    await _as_if_absent(lab, routes.REFUND, other.tills[0], whose, body={"amount_fen": 1})
    listed = await lab.do(routes.LIST_REDEMPTIONS, other.tills[0], query={"limit": "200"})
    lab.expect(every([listed], f"/value/items/*/id={made['id']}", "count"), "eq", 0, "列表中没有他店的核销",
               "no list shows it", spec="S-11")  # fmt: skip
    seen = await lab.do(routes.GET_REDEMPTION, own.tills[1], **whose)
    lab.expect_value(seen, "/id", made["id"], "本店其他终端可以查看", "the shop's other till reads it", spec="S-11")


@play("privacy-personal-numbers")
async def personal_numbers(lab: Lab) -> None:
    """Neither id number, nor phone, nor card comes back from any operation about a person or a voucher."""
    person = lab.world.crowd.sandbox_person()
    made = await lab.do(routes.CREATE_PEOPLE, lab.operator, body={"people": [person.model_dump()]})
    caller = Caller("consumer", lab.got(made)["people"][0]["token"])
    batch, key = await lab.batch(), new_key()
    claimed = await lab.claim(caller, batch, key=key)
    voucher, shop = lab.got(claimed), await lab.shop()
    seen = [made, claimed, *await _looks(lab, caller, batch["id"], key, voucher["id"])]
    sold = await lab.redeem(shop, voucher["code"], payer_account=person.account)
    seen += [sold, await lab.do(routes.GET_REDEMPTION, shop.tills[0], redemption_id=lab.got(sold)["id"])]
    again = await lab.claim(caller, batch)
    numbers = [one for one in (person.id_number, person.phone, person.card) if one is not None]
    lab.expect(folded([*seen, again], "replies_holding", texts=numbers), "eq", [],
               "任何答复均不含证件号、手机号、卡号", "no reply holds a personal number", spec="S-69")  # fmt: skip


async def _looks(lab: Lab, holder: Caller, batch_id: str, key: str, voucher_id: str) -> list[Exchange]:
    """All ways to read a voucher."""
    read = [
        await lab.do(routes.GET_CLAIM, holder, batch_id=batch_id, claim_key=key),
        await lab.do(routes.LIST_VOUCHERS, holder),
    ]
    staff = (lab.maker, lab.auditor, lab.operator)
    read += [await lab.do(routes.GET_VOUCHER, reader, voucher_id=voucher_id) for reader in (holder, *staff)]
    return read + [await lab.do(routes.LIST_VOUCHERS, reader, query={"limit": "200"}) for reader in staff]
