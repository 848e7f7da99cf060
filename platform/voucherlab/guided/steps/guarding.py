"""Step 6: bots and a burst of redemptions stopped, seen, frozen, and by a person confirmed or released."""

from datetime import timedelta

from merchant_sim.actors import officers
from merchant_sim.actors.desk import Unexpected
from merchant_sim.actors.given_taps import Answer
from merchant_sim.merchants import Merchant
from voucher_contract import refusals, routes
from voucher_contract.models.campaigns import Reason
from voucher_contract.models.merchants import MerchantsChanged, MerchantSelector
from voucher_contract.models.vouchers import VoucherChanged
from voucherlab.guided import alerts, plan
from voucherlab.guided.crowd import acknowledged, play
from voucherlab.guided.showing import Cell, Check, Mood, Wall, Words
from voucherlab.guided.stage import Order, Stage
from voucherlab.guided.steps import machines
from voucherlab.guided.tills import send_order, shops
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import counted, listed, refusal

_FROZEN, _BURST = 3, 24  # a streak of as many orders at the very threshold is what the rules look for
_LAST_LOOK_S = 1.0
_TITLE = Words(
    "外挂连点与同一地址的一批账号：每 0.2 秒的应答（之后单独再点的 2 次不在图中）",
    "A machine that taps, and many accounts behind one address: answers each fifth of a second, without two later taps",
)
_ACTS = Words("发现、冻结、核实或放行：都是人来定", "Seen, frozen, confirmed or released: a person decides")
_HEADS = (Words("谁", "Who"), Words("做什么", "Does what"), Words("结果", "Result"))
_SUSPECT, _CLEARED = "演示：疑似外挂领取，冻结核查", "演示：核查为本人领取，放行"
_VIOLATION = "演示：一个账号三秒连点 400 次，核实为外挂，确认违规"
_HONEST_SHOP = "演示：现场核查为学校集体观影，每人一张 50 元票，订单与小票逐笔相符，放行"


async def act(stage: Stage, wall: Wall) -> None:
    """The fourth batch opens; two kinds of bots come; vouchers and a merchant are stopped; people decide on each."""
    await officers.set_clock(stage.offices, plan.moment(stage.first_day, 1, plan.OPENS_AT) + timedelta(seconds=1))
    wall.say("文体券开始领取，外挂也来了", "The culture batch opens, and the bots come too")
    bot, farm = machines.bot_taps(stage), machines.farm_taps(stage)
    answers = await play(stage, wall, [*bot, *farm], title=_TITLE)
    stage.story.claims += answers
    machines.show_counts(stage, wall)
    await _officers(stage, wall, [one for one in answers if one.account != bot[0].account])


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
    await _vouchers(stage, acts, held[:_FROZEN])
    await _merchant(stage, acts, wall, held[_FROZEN:])


async def _blocked(stage: Stage, acts: _Acts, wall: Wall) -> None:
    """Whoever the in-time rules froze stays so, and for good when a person finds that it was a machine."""
    alerts.show(wall, await alerts.wait_for_alerts(stage))
    acts.tell(
        _MACHINE, Words("再点一次", "taps again"), await machines.tap_again(stage, machines.FROZEN_BOT), "refused"
    )
    await _decide(stage, acts, wall)
    confirmed = Words("确认违规后再点（仍冻结）", "taps after that, still frozen")
    acts.tell(_MACHINE, confirmed, await machines.tap_again(stage, machines.CONFIRMED_BOT), "refused")
    machines.show_counts(stage, wall)


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
        Words(f"几秒内连续核销 {_BURST} 笔，金额都恰好 50 元，疑似刷单",
              f"{_BURST} orders in seconds, each exactly 50 yuan"),
        Words(f"通过 {_BURST - stopped}，拦截 {stopped}", f"{_BURST - stopped} accepted, {stopped} stopped"), "bad",
    )  # fmt: skip
    alerts.show(wall, await alerts.wait_for_alerts(stage))
    await stage.offices.operator.do(
        routes.SUSPEND_MERCHANTS,
        MerchantsChanged,
        MerchantSelector(merchant_id=merchant_id, reason="演示：疑似刷单，暂停核查"),
    )
    acts.tell(_OPERATOR, Words("暂停该商户", "suspends the shop"), _DONE, "good")
    acts.till(Words("该商户再核销", "of that shop tries again"), await _buy(stage, held[_BURST], shop, due=_SUSPENDED))
    await stage.offices.checker.do(
        routes.REINSTATE_MERCHANTS, MerchantsChanged, MerchantSelector(merchant_id=merchant_id, reason=_HONEST_SHOP)
    )
    visited = Words(
        "现场核查：学校集体观影，逐笔相符，恢复该商户", "visits the shop: a school at the cinema; reinstates it"
    )
    acts.tell(_BUREAU, visited, _DONE, "good")
    await _decide(stage, acts, wall)
    acts.till(Words("恢复后核销", "of that shop, reinstated"), await _buy(stage, held[_BURST], shop))
    await alerts.wait_for_alerts(stage, patience_s=_LAST_LOOK_S)  # that order may be one too many, to the same rule
    await _decide(stage, acts, wall)


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


async def _decide(stage: Stage, acts: _Acts, wall: Wall) -> None:
    """The machine's alert is a violation; any other is looked into and released, with the reason that fits."""
    found = alerts.still_open(await alerts.read_alerts(stage))
    bots = [one for one in found if one.name == _MACHINES_RULE]
    for some, route, reason, zh, en in (
        (bots, routes.CONFIRM_ALERT, _VIOLATION, "确认违规 {} 条，继续冻结", "confirms {}: stays frozen"),
        ([one for one in found if one.subject_kind == "merchant"], routes.RELEASE_ALERT, _HONEST_SHOP,
         "放行商户预警 {} 条", "releases {} of the shop"),
        ([one for one in found if one not in bots and one.subject_kind != "merchant"], routes.RELEASE_ALERT,
         _CLEARED, "放行 {} 条", "releases {}"),
    ):  # fmt: skip
        if some:
            decided = await alerts.decide(stage, some, route, reason)
            acts.tell(_BUREAU, counted(decided, f"逐条核查预警，{zh}", f"looks into alerts, {en}"), _DONE, "good")
    alerts.show(wall, await alerts.read_alerts(stage))


async def check(stage: Stage) -> list[Check]:
    """The machine has one voucher; what was stopped is counted; each act is in the audit log with its person."""
    url, story = stage.database_url, stage.story
    culture = story.batches["culture"].id
    bot = stage.city.people[0].accounts[0].account
    got = await number(url, "SELECT count(*) FROM voucher WHERE batch_id = $1 AND account_id = $2", culture, bot)
    seen, bot_told = (
        machines.stopped_told(stage, culture),
        [story.refusals.get(when) for when in (machines.FROZEN_BOT, machines.CONFIRMED_BOT)],
    )
    decided = set(await rows(url, _DECIDED))
    stopped = await machines.stopped_stored(stage, culture, seen)
    stored = {one for (one,) in await rows(url, "SELECT id FROM voucher WHERE batch_id = $1", culture)}
    states = dict(await rows(url, "SELECT state, count(*) FROM voucher WHERE batch_id = $1 GROUP BY 1", culture))
    acts = {action for (action,) in await rows(url, _AUDIT)}
    missing = [one for one in _LOGGED if one not in acts]
    odd = [f"{one.what.zh}: {one.code}" for one in story.orders if one.due and not one.as_due]
    return [
        same("连点 400 次的外挂只有 1 张券", "The machine that tapped 400 times has one voucher", got, 1,
             tell=lambda value: counted(value, "{} 张", "{}")),
        holds("拦下的次数在库，与应答一致", "What was stopped is counted as it was answered",
              stopped == seen > 0, Words(f"在库 {stopped:,}，应答 {seen:,}", f"{stopped:,} stored, {seen:,} told")),
        holds("外挂账号当场冻结，人工确认违规后仍冻结",
              "The machine is frozen at once, and after a person confirmed it",
              bot_told == [refusals.GUARDED.code] * 2 and ("person", "confirmed") in decided,
              Words("前后两次再点都被拦下", "stopped both before and after")
              if set(bot_told) == {refusals.GUARDED.code} else listed(bot_told, " → ")),
        holds("疑似刷单的商户经核查无异常，放行", "The shop with the burst was looked into and released",
              ("merchant", "released") in decided and not any(state == "open" for _, state in decided),
              Words("已放行，没有待核查的预警", "released, no alert waits")
              if ("merchant", "released") in decided else Words("未放行", "not released")),
        same("确认领到的券都在库", "Every confirmed voucher is stored",
             len(acknowledged(story.claims, culture) - stored), 0,
             tell=lambda value: counted(value, "缺 {} 张", "{} missing")),
        holds("冻结、作废的状态在库", "Frozen and void vouchers are so in the database",
              (states.get("frozen"), states.get("void")) == (1, 1),
              Words(f"冻结 {states.get('frozen')}，作废 {states.get('void')}",
                    f"{states.get('frozen')} frozen, {states.get('void')} void")),
        holds("每个处置都有人、有理由、有审计记录", "Each act has a person, a reason and an audit entry", not missing,
              ", ".join(missing) or counted(len(_LOGGED), "{} 类处置，缺记录 0 类", "{} kinds of act, 0 without")),
        holds("被拒的核销都有应有的理由", "Refused redemptions have the reason they deserve", not odd,
              "；".join(odd[:5]) or Words("不符 0 笔", "0 for another reason")),
    ]  # fmt: skip


_SUSPENDED = (refusals.MERCHANT_SUSPENDED.code, refusals.GUARDED.code)
_MACHINES_RULE = "claim_velocity"
_MACHINE = Words("连点的账号", "The account that taps")
_OPERATOR, _BUREAU, _DONE = (
    Words("平台运营人员", "The operator"), Words("主管部门", "The bureau"), Words("已记录", "on record")
)  # fmt: skip
_LOGGED = (
    "freeze_voucher",
    "release_voucher",
    "void_voucher",
    "suspend_merchants",
    "reinstate_merchants",
    "risk_alert_confirmed",
    "risk_alert_released",
)
_DECIDED = "SELECT subject_kind, state FROM risk_alert"
_AUDIT = "SELECT DISTINCT action FROM audit_entry WHERE principal <> '' AND detail ->> 'reason' <> ''"
