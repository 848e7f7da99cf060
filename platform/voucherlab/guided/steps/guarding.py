"""Step 6: a machine that taps, accounts behind one address, a burst at one shop: stopped, seen, frozen, released."""

import asyncio
import time
from datetime import timedelta

from merchant_sim.actors import officers
from merchant_sim.actors.desk import Unexpected
from merchant_sim.actors.given_taps import Answer, GivenTap
from merchant_sim.merchants import Merchant
from voucher_contract import refusals, routes
from voucher_contract.models.campaigns import Reason
from voucher_contract.models.merchants import MerchantsChanged, MerchantSelector
from voucher_contract.models.vouchers import VoucherChanged
from voucherlab.guided import alerts, plan
from voucherlab.guided.crowd import acknowledged, by_outcome, play, tap
from voucherlab.guided.showing import Cell, Check, Mood, Wall, Words
from voucherlab.guided.stage import Order, Stage
from voucherlab.guided.tills import send_order, shops
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import heading, listed, refusal

_BOT_TAPS, _BOT_EVERY_MS = 400, 8  # more than any hand in ten seconds, and than the stage's rules allow a person
_FARM, _FARM_ADDRESS, _FARM_EVERY_MS = 80, "203.0.113.7", 15
_FROZEN, _BURST = 3, 24  # a streak of as many orders at the very threshold is what the rules look for
_COUNTED_WITHIN_S, _POLL_S, _LAST_LOOK_S = 6.0, 0.2, 1.0
_TITLE = Words("外挂连点与同一地址的一批账号", "A machine that taps, and many accounts behind one address")
_STOPPED = Words("拦下了多少", "How much was stopped")
_ACTS = Words("发现、冻结、放行：都是人来定", "Seen, frozen, released: a person decides")
_HEADS = (Words("谁", "Who"), Words("做什么", "Does what"), Words("结果", "Result"))
_SUSPECT, _CLEARED = "演示：疑似外挂领取，冻结核查", "演示：人工核查无异常，放行"


async def act(stage: Stage, wall: Wall) -> None:
    """The fourth batch opens; two kinds of bots come; vouchers and a merchant are stopped and given free again."""
    await officers.set_clock(stage.offices, plan.moment(stage.first_day, 1, plan.OPENS_AT) + timedelta(seconds=1))
    wall.say("文体券开始领取，外挂也来了", "The culture batch opens, and the bots come too")
    bot, farm = _bot(stage), _farm(stage)
    answers = await play(stage, wall, [*bot, *farm], title=_TITLE)
    stage.story.claims += answers
    by_bot = [one for one in answers if one.account == bot[0].account]
    by_farm = [one for one in answers if one.account != bot[0].account]
    heads = (Words("应答", "Answer"), Words("一人连点", "One who taps"), Words("一址多号", "One address"))
    counts = by_outcome(by_bot), by_outcome(by_farm)
    names = sorted(counts[0].keys() | counts[1].keys())
    wall.table(_STOPPED, heads, [(heading(name), counts[0][name], counts[1][name]) for name in names])
    _count(stage, wall)
    await _officers(stage, wall, by_farm)


def _bot(stage: Stage) -> list[GivenTap]:
    """One account that taps far faster than a hand can, each time under another key."""
    person = stage.city.people[0]
    batch_id = stage.story.batches["culture"].id
    return [
        tap(stage, person, person.accounts[0], batch_id, at_ms=number * _BOT_EVERY_MS, key=stage.key("bot"))
        for number in range(_BOT_TAPS)
    ]


def _farm(stage: Stage) -> list[GivenTap]:
    """Accounts of different people, all behind one address."""
    batch_id = stage.story.batches["culture"].id
    return [
        tap(
            stage, person, person.accounts[0], batch_id, at_ms=number * _FARM_EVERY_MS, key=stage.key("farm"),
            address=_FARM_ADDRESS,
        )
        for number, person in enumerate(stage.city.people[1 : 1 + _FARM])
    ]  # fmt: skip


class _Acts:
    """What officers and tills do, line by line on the wall."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._lines: list[tuple[Cell, ...]] = []
        self._moods: list[Mood] = []

    def tell(self, who: Words, what: Words, result: Cell, mood: Mood) -> None:
        self._lines.append((who, what, result))
        self._moods.append(mood)
        self._wall.say(f"{who.zh}：{what.zh}", f"{who.en}: {what.en}")
        self._wall.table(_ACTS, _HEADS, self._lines, self._moods)

    def till(self, what: Words, order: Order) -> None:
        result = Words("成功", "accepted") if order.redemption else refusal(order.code)
        self.tell(Words("收银台", "The till"), what, result, "good" if order.redemption else "refused")


async def _officers(stage: Stage, wall: Wall, by_farm: list[Answer]) -> None:
    acts, held = _Acts(wall), [one for one in by_farm if one.voucher_id]
    if len(held) < _FROZEN + _BURST + 2:
        raise Unexpected(f"only {len(held)} accounts behind one address got a voucher, too few to go on with")
    await _blocked(stage, acts, wall)
    _count(stage, wall)
    await _vouchers(stage, acts, held[:_FROZEN])
    await _merchant(stage, acts, wall, held[_FROZEN:])


def _count(stage: Stage, wall: Wall) -> None:
    """Taps of machines so far; the account that was frozen taps twice more when the crowd has gone."""
    tapped = [one for one in stage.story.claims if one.batch_id == stage.story.batches["culture"].id]
    later = [stage.story.refusals[when] for when in (_FROZEN_BOT, _FREE_BOT) if when in stage.story.refusals]
    wall.figure("外挂点击", "Machine taps", len(tapped) + len(later))
    wall.figure("其中拦下", "Stopped", _seen(stage))


def _seen(stage: Stage) -> int:
    """How many of these were told that they were stopped."""
    told = [one.code for one in stage.story.claims if one.batch_id == stage.story.batches["culture"].id]
    return sum(code in _GUARDS for code in (*told, *map(stage.story.refusals.get, (_FROZEN_BOT, _FREE_BOT))))


async def _blocked(stage: Stage, acts: _Acts, wall: Wall) -> None:
    """Whoever the in-time rules froze stays so until a person releases the alert."""
    alerts.show(wall, await alerts.wait_for_alerts(stage))
    acts.tell(_MACHINE, Words("再点一次", "taps again"), await _tap_of_bot(stage, _FROZEN_BOT), "refused")
    await _release(stage, acts, wall)
    acts.tell(_MACHINE, Words("解除后再点", "taps after the release"), await _tap_of_bot(stage, _FREE_BOT), "")


async def _tap_of_bot(stage: Stage, when: str) -> Words:
    account = stage.city.people[0].accounts[0]
    body = b'{"device":"%s"}' % account.device.encode()
    batch_id, token = stage.story.batches["culture"].id, stage.story.tokens[account.account]
    code = (await stage.ask(routes.CLAIM, token, body, retries=0, batch_id=batch_id)).code
    stage.story.refusals[when] = code
    return refusal(code)


async def _vouchers(stage: Stage, acts: _Acts, suspects: list[Answer]) -> None:
    """Frozen by the operator, refused at the till, released by the bureau, taken at the till; one is voided."""
    shop = shops(stage, industries=("culture_sport",))[0]
    for one in suspects:
        await stage.offices.operator.do(
            routes.FREEZE_VOUCHER, VoucherChanged, Reason(reason=_SUSPECT), voucher_id=str(one.voucher_id)
        )
    acts.tell(_OPERATOR, Words(f"冻结可疑的 {len(suspects)} 张券", f"freezes {len(suspects)} vouchers"), _DONE, "good")
    frozen = await _buy(stage, suspects[0], shop, due=(refusals.FROZEN.code,))
    acts.till(Words("用被冻结的券", "is shown a frozen voucher"), frozen)
    await stage.offices.checker.do(
        routes.RELEASE_VOUCHER, VoucherChanged, Reason(reason=_CLEARED), voucher_id=str(suspects[0].voucher_id)
    )
    acts.tell(_BUREAU, Words("核查后放行 1 张", "looks into it and releases one"), _DONE, "good")
    acts.till(Words("再用放行的券", "is shown it again"), await _buy(stage, suspects[0], shop))
    await stage.offices.maker.do(
        routes.VOID_VOUCHER, VoucherChanged, Reason(reason="演示：核查属实，作废"),
        voucher_id=str(suspects[1].voucher_id),
    )  # fmt: skip
    acts.tell(_BUREAU, Words("核查属实，作废 1 张，资金收回", "voids one, its money comes back"), _DONE, "good")


async def _merchant(stage: Stage, acts: _Acts, wall: Wall, held: list[Answer]) -> None:
    """A burst at one shop, each order exactly at the threshold; the shop is suspended, looked into, reinstated."""
    shop = shops(stage, industries=("culture_sport",))[1]
    merchant_id = stage.story.shops[shop.uscc].id
    burst = [await _buy(stage, one, shop, due=(), guarded=True) for one in held[:_BURST]]
    stopped = sum(one.redemption is None for one in burst)
    acts.tell(
        Words("一家店", "One shop"),
        Words(f"几秒内刷 {_BURST} 笔，金额都恰好 50 元", f"{_BURST} orders in seconds, each exactly 50 yuan"),
        Words(f"通过 {_BURST - stopped}，拦截 {stopped}", f"{_BURST - stopped} accepted, {stopped} stopped"), "bad",
    )  # fmt: skip
    alerts.show(wall, await alerts.wait_for_alerts(stage))
    await stage.offices.operator.do(
        routes.SUSPEND_MERCHANTS, MerchantsChanged, MerchantSelector(merchant_id=merchant_id, reason="演示：疑似刷单")
    )
    acts.tell(_OPERATOR, Words("暂停该商户", "suspends the shop"), _DONE, "good")
    acts.till(Words("该商户再核销", "of that shop tries again"), await _buy(stage, held[_BURST], shop, due=_SUSPENDED))
    await stage.offices.checker.do(
        routes.REINSTATE_MERCHANTS, MerchantsChanged, MerchantSelector(merchant_id=merchant_id, reason=_CLEARED)
    )
    acts.tell(_BUREAU, Words("现场核查后恢复该商户", "visits the shop and reinstates it"), _DONE, "good")
    await _release(stage, acts, wall)
    acts.till(Words("恢复后核销", "of that shop, reinstated"), await _buy(stage, held[_BURST], shop))
    await alerts.wait_for_alerts(stage, patience_s=_LAST_LOOK_S)  # that order may be one too many, to the same rule
    await _release(stage, acts, wall)


async def _buy(
    stage: Stage, holding: Answer, shop: Merchant, due: tuple[str, ...] = (), *, guarded: bool = False
) -> Order:
    total_fen = plan.CULTURE.threshold_fen
    order = await send_order(
        stage, holding, shop, total_fen, batch="culture", due=due, what=Words("文体消费", "Culture")
    )
    if not due and not guarded and order.redemption is None:
        raise Unexpected(f"an order that was to be taken was refused: {order.code}")
    return order


async def _release(stage: Stage, acts: _Acts, wall: Wall) -> None:
    found = alerts.still_open(await alerts.read_alerts(stage))
    if found:
        released = await alerts.release_all(stage, found, _CLEARED)
        acts.tell(_BUREAU, Words(f"逐条核查，解除 {released} 条预警", f"releases {released} alerts"), _DONE, "good")
    alerts.show(wall, await alerts.read_alerts(stage))


async def check(stage: Stage) -> list[Check]:
    """The machine has one voucher; what was stopped is counted; each act is in the audit log with its person."""
    url, story = stage.database_url, stage.story
    culture = story.batches["culture"].id
    bot = stage.city.people[0].accounts[0].account
    got = await number(url, "SELECT count(*) FROM voucher WHERE batch_id = $1 AND account_id = $2", culture, bot)
    seen, frozen, free = _seen(stage), story.refusals.get(_FROZEN_BOT), story.refusals.get(_FREE_BOT)
    stopped = await _counted(stage, culture, seen)
    stored = {one for (one,) in await rows(url, "SELECT id FROM voucher WHERE batch_id = $1", culture)}
    states = dict(await rows(url, "SELECT state, count(*) FROM voucher WHERE batch_id = $1 GROUP BY 1", culture))
    acts = {action for (action,) in await rows(url, _AUDIT)}
    missing = [one for one in _LOGGED if one not in acts]
    odd = [f"{one.what.zh}: {one.code}" for one in story.orders if one.due and not one.as_due]
    return [
        same("连点 400 次的外挂只有 1 张券", "The machine that tapped 400 times has one voucher", got, 1),
        holds("拦下的次数在库，与应答一致", "What was stopped is counted as it was answered",
              stopped == seen > 0, Words(f"在库 {stopped}，应答 {seen}", f"{stopped} stored, {seen} told")),
        holds("冻结的账号被规则拦下，解除后不再", "A rule stops the frozen account, and the released one no longer",
              frozen == refusals.GUARDED.code != free, listed((frozen, free), " → ")),
        same("确认领到的券都在库", "Every confirmed voucher is stored",
             len(acknowledged(story.claims, culture) - stored), 0),
        holds("冻结、作废的状态在库", "Frozen and void vouchers are so in the database",
              (states.get("frozen"), states.get("void")) == (1, 1),
              Words(f"冻结 {states.get('frozen')}，作废 {states.get('void')}",
                    f"{states.get('frozen')} frozen, {states.get('void')} void")),
        holds("每个处置都有人、有理由、有审计记录", "Each act has a person, a reason and an audit entry", not missing,
              ", ".join(missing) or str(len(_LOGGED))),
        holds("被拒的核销都有应有的理由", "Refused redemptions have the reason they deserve", not odd,
              "；".join(odd[:5])),
    ]  # fmt: skip


async def _counted(stage: Stage, batch_id: str, seen: int) -> int:
    """What the platform has written down as stopped; it writes such counts once a second, not with each answer."""
    give_up_s = time.monotonic() + _COUNTED_WITHIN_S
    while True:
        stopped = await number(stage.database_url, _STOPPED_SQL, batch_id, list(_GUARDS))
        if stopped >= seen or time.monotonic() > give_up_s:
            return stopped
        await asyncio.sleep(_POLL_S)


_GUARDS = (refusals.RATE_LIMITED.code, refusals.GUARDED.code, refusals.DEVICE_MISMATCH.code)
_SUSPENDED = (refusals.MERCHANT_SUSPENDED.code, refusals.GUARDED.code)
_FROZEN_BOT, _FREE_BOT = "machine, frozen", "machine, released"
_MACHINE = Words("连点的账号", "The account that taps")
_OPERATOR, _BUREAU, _DONE = (
    Words("平台运营人员", "The operator"), Words("主管部门", "The bureau"), Words("已记录", "on record")
)  # fmt: skip
_LOGGED = ("freeze_voucher", "release_voucher", "void_voucher", "suspend_merchants", "reinstate_merchants")
_STOPPED_SQL = "SELECT sum(attempts) FROM claim_attempt_count WHERE batch_id = $1 AND outcome = ANY ($2)"
_AUDIT = "SELECT DISTINCT action FROM audit_entry WHERE principal <> '' AND detail ->> 'reason' <> ''"
