"""The people, shops and vouchers of a step, made at the target before it starts."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from loadtest.history.record import Kind
from loadtest.lab.lab import Lab
from loadtest.lab.line import Caller
from loadtest.lab.staff import CannotPlay, Shop, roster_row
from loadtest.lab.world import World
from loadtest.scenarios.cast import Cast, Held, Person, Redeemed, Till
from loadtest.scenarios.model import CATERING_DISTRICT, Needs
from loadtest.scenarios.recording import Recorder, in_vain
from loadtest.scenarios.requests import Requests
from loadtest.scenarios.schedule import Planned
from loadtest.scenarios.spending import ORDER_FEN
from voucher_contract import routes
from voucher_contract.models.redemptions import Redemption
from voucher_contract.models.vouchers import Voucher
from voucher_contract.operations.protocol import Outcome

OTHER_CATEGORY, OTHER_DISTRICT = "daily_goods", "510681101"


async def people(world: World, needs: Needs) -> list[Person]:
    """The accounts; those of one human stand side by side, and so do those of one device. Raises CannotPlay."""
    if needs.accounts_a_human > 1:
        callers = await _sharing(world, needs.accounts, needs.accounts_a_human, "id_number")
    elif needs.accounts_a_device > 1:
        callers = await _sharing(world, needs.accounts, needs.accounts_a_device, "device")
    else:
        callers = await world.crowd.take_many(needs.accounts)
    return _as_people(callers, needs.accounts_a_human)


async def _sharing(world: World, count: int, each: int, what: str) -> list[Caller]:
    """Accounts of which ``each`` neighbours have the id number, or the device, of the first of them."""
    made = [world.crowd.sandbox_person() for _ in range(count)]
    firsts = [made[row - row % each] for row in range(count)]
    return await world.crowd.create(
        [one.model_copy(update={what: getattr(first, what)}) for one, first in zip(made, firsts, strict=True)]
    )


def _as_people(callers: Sequence[Caller], each: int) -> list[Person]:
    return [Person(caller.who, row // each, caller.token or "") for row, caller in enumerate(callers)]


async def tills(world: World, lab: Lab, needs: Needs) -> list[Till]:
    """Tills of covered shops first, then of another category, then of another district. Raises CannotPlay.

    Where the wire takes no roster they are those of the shops that the vendor gave, again where it gave too few.
    """
    if needs.shops is None:
        return []
    places = [("catering", CATERING_DISTRICT)] * needs.shops.covered
    places += [(OTHER_CATEGORY, CATERING_DISTRICT)] * needs.shops.other_category
    places += [("catering", OTHER_DISTRICT)] * needs.shops.other_district
    if world.adapter.missing(routes.IMPORT_MERCHANTS.name) is not None:
        given = [await world.shop(category, district) for category, district in places]
        return list(itertools.chain.from_iterable(map(_tills_of, given)))
    rows = [roster_row(world.shop_number(), category, district) for category, district in places]
    shops = {shop.uscc: shop for shop in await world.register(lab.line, rows)}
    in_order = [shops[str(row["统一社会信用代码"])] for row in rows]
    return list(itertools.chain.from_iterable(map(_tills_of, in_order)))


def _tills_of(shop: Shop) -> list[Till]:
    return [
        Till(number, shop.merchant_id, shop.category, shop.district, caller.token or "")
        for number, caller in zip(shop.till_numbers, shop.tills, strict=True)
    ]


async def vouchers(cast: Cast, needs: Needs, recorder: Recorder) -> Cast:
    """Claim the vouchers that the scenario needs and redeem some of them, all in the history. Raises CannotPlay."""
    if needs.vouchers == 0:
        return cast
    claims = [_row(Kind.CLAIM, recorder.key(), person=row) for row in range(needs.vouchers)]
    answers = await recorder.all(claims)
    _must("claim", answers)
    held = [_held(answer.value, row.person, row.key) for answer, row in zip(answers, claims, strict=True)]
    cast = replace(cast, vouchers=held)
    if needs.redemptions == 0:
        return cast
    covered = _covered_tills(cast)
    orders = [
        _row(Kind.REDEEM, recorder.key(), person=covered[n % len(covered)], target=n, amount=ORDER_FEN)
        for n in range(needs.redemptions)
    ]
    answers = await recorder.with_requests(Requests(cast)).all(orders)
    _must("redeem", answers)
    done = [_redeemed(answer.value, row) for answer, row in zip(answers, orders, strict=True)]
    return replace(cast, redemptions=done)


def _covered_tills(cast: Cast) -> list[int]:
    return [
        row for row, till in enumerate(cast.tills) if till.category == "catering" and till.district == CATERING_DISTRICT
    ]


def _row(kind: Kind, key: int, *, person: int, target: int = 0, amount: int = 0) -> Planned:
    return Planned(t=0, key=key, target=target, person=person, amount=amount, subject=0, kind=kind, attempt=0)


def _must(what: str, answers: Sequence[Outcome]) -> None:
    if failed := in_vain(answers):
        first = failed[0]
        raise CannotPlay(f"preparing: {len(failed)} of {len(answers)} {what}s failed: {first.status} {first.code}")


def _held(value: Any, person: int, key: int) -> Held:
    if not isinstance(value, Voucher) or value.code is None:
        raise CannotPlay("preparing: a claim gave no voucher with a code")
    return Held(value.id, value.code, 0, person, key)


def _redeemed(value: Any, row: Planned) -> Redeemed:
    if not isinstance(value, Redemption):
        raise CannotPlay("preparing: a redemption gave no redemption")
    return Redeemed(value.id, row.target, row.person, value.payable_fen)
