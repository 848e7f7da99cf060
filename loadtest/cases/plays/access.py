"""Cases of roles and tokens: every operation against everybody who may not use it."""

import asyncio
from collections.abc import Iterable, Sequence

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every
from loadtest.lab.line import Caller
from voucher_contract import routes
from voucher_contract.routes import ROUTES, Route

_NAMES = (
    "campaign_id", "round_id", "batch_id", "return_id", "import_id", "merchant_id", "voucher_id", "redemption_id",
    "claim_key", "alert_id",
)  # fmt: skip


async def _knock(lab: Lab, route: Route, caller: Caller) -> Exchange:
    """A request that names nothing that exists, lacks its key and holds no valid body: it can only be turned away."""
    body = b"{}" if route.body else b"x" if route.accepts else None
    media_type = route.accepts[0] if route.accepts else "application/json"
    return await lab.do(
        route, caller, key=None, body=body, media_type=media_type, **dict.fromkeys(_NAMES, "nothing-of-this-name")
    )


async def _turned_away(lab: Lab, caller: Caller, closed: Iterable[Route], code: str) -> None:
    """Everything in ``closed`` answers ``code`` to this caller, whatever else would be wrong with the request."""
    knocks = await asyncio.gather(*(_knock(lab, route, caller) for route in closed))
    for knock in knocks:
        title = ROUTES[knock.operation].title_zh
        zh, en = f"{caller.who} 调用“{title}”被拒绝", f"{caller.who} may not {knock.operation}"
        lab.expect_refused(knock, code, zh, en, spec="S-10")


def _not_for(lab: Lab, role: str) -> list[Route]:
    return [route for route in _closed(lab) if role not in route.roles]


def _closed(lab: Lab) -> list[Route]:
    return [route for route in lab.offered() if route.roles]


@play("access-consumer-is-no-staff")
async def consumer_is_no_staff(lab: Lab) -> None:
    """A citizen's token opens nothing that is not for citizens."""
    await _turned_away(lab, await lab.person(), _not_for(lab, "consumer"), "forbidden")


@play("access-merchant-is-no-staff")
async def merchant_is_no_staff(lab: Lab) -> None:
    """A till's token opens nothing that is not for tills."""
    shop = await lab.shop()
    await _turned_away(lab, shop.tills[0], _not_for(lab, "merchant"), "forbidden")


@play("access-operator-moves-no-money")
async def operator_moves_no_money(lab: Lab) -> None:
    """The platform's own staff neither plans, nor checks, nor moves money."""
    await _turned_away(lab, lab.operator, _not_for(lab, "operator"), "forbidden")


@play("access-auditor-only-reads")
async def auditor_only_reads(lab: Lab) -> None:
    """The auditor's token opens no write at all."""
    await _turned_away(lab, lab.auditor, _not_for(lab, "auditor"), "forbidden")


@play("access-bureau-is-no-citizen")
async def bureau_is_no_citizen(lab: Lab) -> None:
    """An officer of the bureau neither claims, nor redeems, nor runs the sandbox."""
    await _turned_away(lab, lab.maker, _not_for(lab, "bureau"), "forbidden")


@play("access-without-token")
async def without_token(lab: Lab) -> None:
    """No operation but the public ones answers somebody who did not sign in."""
    await _turned_away(lab, Caller("nobody", None), _closed(lab), "missing_token")


@play("access-with-bad-token")
async def with_bad_token(lab: Lab) -> None:
    """Made-up, cut and altered tokens are none; a true one is taken."""
    person = await lab.person()
    true = person.token or ""
    middle = len(true) // 2
    other = "A" if true[middle] != "A" else "B"
    forged = {
        "garbage": "garbage", "cut": true[:middle], "altered": f"{true[:middle]}{other}{true[middle + 1 :]}",
        "doubled": true + true,
    }  # fmt: skip
    for name, token in forged.items():
        closed = [routes.CREATE_CAMPAIGN, routes.LIST_VOUCHERS, routes.REDEEM, routes.LIST_AUDIT, routes.CLAIM]
        await _turned_away(lab, Caller(f"token-{name}", token), closed, "invalid_token")
    listed = await lab.do(routes.LIST_VOUCHERS, person)
    lab.expect_ok(listed, "真实令牌可用", "the true token is taken", spec="S-13")


@play("access-public-needs-no-token")
async def public_needs_no_token(lab: Lab) -> None:
    """Who a platform is and whether it lives is told to everybody; a wrong password is told as such."""
    nobody = Caller("nobody", None)
    for route in (routes.META, routes.HEALTH):
        told = await lab.do(route, nobody)
        lab.expect_ok(told, f"“{route.title_zh}”无需登录", f"{route.name} needs no token", spec="S-70")
    wrong = await lab.do(routes.SIGN_IN, nobody, body={"login": "vl-nobody", "password": "wrong"})
    lab.expect_refused(wrong, "bad_credentials", "错误的密码被拒绝", "a wrong password is refused", spec="S-12")


async def _writes(lab: Lab, batch_id: str, round_id: str, voucher_id: str, caller: Caller) -> list[Exchange]:
    """What would change something if it were let through: the objects exist, keys and bodies are good."""
    money = {"name": "检验", "paying_account": "VL-9", "designated_account": "VL-9"}
    return [
        await lab.do(routes.CREATE_CAMPAIGN, caller, body=money),
        await lab.do(routes.SUBMIT_ROUND, caller, round_id=round_id),
        await lab.do(routes.RAISE_QUOTA, caller, body={"quota": 11}, batch_id=batch_id),
        await lab.act(routes.STOP_BATCH, caller, batch_id=batch_id),
        await lab.act(routes.FREEZE_VOUCHER, caller, voucher_id=voucher_id),
        await lab.act(routes.VOID_VOUCHER, caller, voucher_id=voucher_id),
    ]


async def _changes_nothing(lab: Lab, caller: Caller) -> None:
    campaign_id = await lab.campaign()
    batch = await lab.batch(campaign_id)
    round_id, _ = await lab.draft(campaign_id, lab.spec())
    voucher = await lab.voucher(await lab.person(), batch)
    tries: Sequence[Exchange] = await _writes(lab, batch["id"], round_id, voucher["id"], caller)
    for one in tries:
        zh = f"{caller.who} 调用“{ROUTES[one.operation].title_zh}”被拒绝"
        lab.expect_refused(one, "forbidden", zh, f"{caller.who} may not {one.operation}", spec="S-11")
    shown = await lab.do(routes.GET_BATCH, lab.maker, batch_id=batch["id"])
    drafted = await lab.do(routes.GET_ROUND, lab.maker, round_id=round_id)
    kept = await lab.do(routes.GET_VOUCHER, lab.maker, voucher_id=voucher["id"])
    states = every([shown, drafted, kept], "/value/state")
    lab.expect(states, "eq", ["draft", "issued", "live"], "各对象状态未变", "nothing has changed", spec="S-7")
    lab.expect_value(shown, "/quota", 10, "数量未变", "the quota has not", spec="S-7")


@play("access-auditor-changes-nothing")
async def auditor_changes_nothing(lab: Lab) -> None:
    """Good requests of the auditor for things that exist: refused, and nothing has changed."""
    await _changes_nothing(lab, lab.auditor)


@play("access-consumer-changes-nothing")
async def consumer_changes_nothing(lab: Lab) -> None:
    """Good requests of a citizen for things that exist: refused, and nothing has changed."""
    await _changes_nothing(lab, await lab.person())
