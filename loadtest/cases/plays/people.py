"""Cases of the natural person: a limit counts people, whatever accounts, phones, cards and devices they use."""

from collections.abc import Sequence

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every
from loadtest.lab.line import Caller
from voucher_contract import routes

_WORDS = {"id_number": "证件号", "card": "银行卡", "phone": "手机号", "device": "设备"}


async def _two_accounts(lab: Lab, kind: str) -> list[Caller]:
    """Two accounts that have only ``kind`` in common."""
    shared = getattr(lab.world.crowd.sandbox_person(), kind)
    return await lab.accounts({kind: shared}, {kind: shared})


async def _limit_over_accounts(lab: Lab, accounts: Sequence[Caller], kind: str) -> None:
    """All of them claim from a batch that gives one a person: as the terms say, together or each for itself."""
    same = kind in lab.world.one_person_by
    batch = await lab.batch()
    claims = [await lab.claim(one, batch) for one in accounts]
    word, allowed = _WORDS[kind], 1 if same else len(accounts)
    zh = f"同一{word}视为{'同一人，合计限领1张' if same else '不同的人，各可领1张'}"
    en = f"accounts of one {kind} are {'one person' if same else 'different people'}"
    if same:
        lab.expect(every(claims, "/outcome=ok", "at_least"), "le", 1, zh, en, spec="S-14")
        refused = claims[-1]
        lab.expect_refused(refused, "limit_reached", f"{zh}，第二个账号已达限领", "the second is at the limit")
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", allowed, zh, en, spec="S-14")


@play("people-one-id-number")
async def one_id_number(lab: Lab) -> None:
    """Two accounts of one id number."""
    accounts = await _two_accounts(lab, "id_number")
    await _limit_over_accounts(lab, accounts, "id_number")


@play("people-one-card")
async def one_card(lab: Lab) -> None:
    """Two accounts that pay with one card."""
    accounts = await _two_accounts(lab, "card")
    await _limit_over_accounts(lab, accounts, "card")


@play("people-one-phone")
async def one_phone(lab: Lab) -> None:
    """A family's phone."""
    accounts = await _two_accounts(lab, "phone")
    await _limit_over_accounts(lab, accounts, "phone")


@play("people-one-device")
async def one_device(lab: Lab) -> None:
    """A family's device."""
    accounts = await _two_accounts(lab, "device")
    await _limit_over_accounts(lab, accounts, "device")


@play("people-many-accounts-one-limit")
async def many_accounts_one_limit(lab: Lab) -> None:
    """Accounts of one person, one after the other over several connections: together they get one."""
    accounts = await lab.same_person(4)
    batch = await lab.batch(quota=20)
    claims = [await lab.claim(one, batch, connection=turn) for turn, one in enumerate(accounts)]
    _together_one(lab, claims)


@play("people-many-accounts-at-once")
async def many_accounts_at_once(lab: Lab) -> None:
    """Ten accounts of one person claim at the same moment."""
    _together_one(lab, await lab.rush(await lab.same_person(10), await lab.batch(quota=20)))


def _together_one(lab: Lab, claims: Sequence[Exchange]) -> None:
    zh, en = f"同一人的{len(claims)}个账号合计", f"{len(claims)} accounts of one person"
    lab.expect(every(claims, "/outcome=ok", "at_least"), "le", 1, f"{zh}至多1张", f"{en}: one at most", spec="S-14")
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 1, f"{zh}恰好1张", f"{en}: exactly one", spec="S-14")


@play("people-same-person-same-number")
async def same_person_same_number(lab: Lab) -> None:
    """Accounts that share an id number or a card get one person id; strangers do not."""
    crowd = lab.world.crowd
    one = crowd.sandbox_person()
    people = [
        one, crowd.sandbox_person(id_number=one.id_number), crowd.sandbox_person(card=one.card), crowd.sandbox_person()
    ]  # fmt: skip
    body = {"people": [person.model_dump() for person in people]}
    made = await lab.do(routes.CREATE_PEOPLE, lab.operator, body=body)
    together = every([made], "/value/people/*/person_id", "distinct")
    lab.expect(together, "eq", 2, "同一证件号或银行卡为同一人", "one id number or card is one person", spec="S-69")


@play("people-one-wins-under-another-account")
async def one_wins_under_another_account(lab: Lab) -> None:
    """Voiding what one account holds frees the person's limit for the other account."""
    first, second = await lab.same_person()
    batch = await lab.batch(quota=5)
    held = await lab.voucher(first, batch)
    lab.got(await lab.act(routes.VOID_VOUCHER, voucher_id=held["id"]))
    await lab.take_in()
    again = await lab.claim(second, batch)
    lab.expect_ok(again, "作废后同一人的另一账号可领", "the other account may claim", spec="S-38")
    more = await lab.claim(first, batch)
    lab.expect_refused(more, "limit_reached", "合计仍限1张", "together they hold one only", spec="S-14")
