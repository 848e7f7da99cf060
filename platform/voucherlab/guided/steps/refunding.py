"""Step 5: orders are taken back, whole and in part, and every fen is followed to where it went."""

from voucher_contract import refusals, routes
from voucher_contract.models.campaigns import MoneyStatement
from voucher_contract.models.redemptions import Refund
from voucherlab.guided import plan
from voucherlab.guided.showing import Cell, Check, Mood, Wall, Words, in_yuan, yuan
from voucherlab.guided.stage import Order, Stage
from voucherlab.guided.tills import take_back
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import counted, refusal

_REFUNDS = Words("退款：退给谁多少", "Refunds: who gets how much")
_HEADS = (
    Words("情形", "Case"), Words("退款（元）", "Refunded, yuan"), Words("退消费者", "To the consumer"),
    Words("券的部分", "Of the voucher"), Words("随券退回（已领未用）", "Back with the voucher: held"),
    Words("回可安排", "Back to free money"), Words("券", "The voucher"),
)  # fmt: skip
_MONEY = Words("钱在哪里（元）", "Where the money is, yuan")
_BUCKETS = (
    ("received_fen", Words("财政拨付", "received")), ("free_fen", Words("可安排", "free")),
    ("reserved_fen", Words("待领取", "reserved")), ("held_fen", Words("已领未用", "held")),
    ("redeemed_unsettled_fen", Words("已核销未结算", "redeemed, not settled")),
    ("settled_fen", Words("已结算", "settled")), ("owed_by_merchants_fen", Words("商户应还", "owed by merchants")),
    ("return_in_transit_fen", Words("退回途中", "on its way back")), ("returned_fen", Words("已退回", "returned")),
)  # fmt: skip


async def act(stage: Stage, wall: Wall) -> None:
    """One whole refund that gives the voucher back, one that does not, three odd parts, one that asks too much."""
    before = await _statement(stage)
    home, food, goods = (_first(stage, batch) for batch in ("appliances", "catering", "daily"))
    lines: list[tuple[Cell, ...]] = []
    moods: list[Mood] = []
    made: list[Refund] = []
    for zh, en, order, amount_fen in (
        ("家电整单退（约定：退券）", "Appliances, whole order: voucher given back", home, home.total_fen),
        ("餐饮整单退（约定：券作废）", "Catering, whole order: voucher used up", food, food.total_fen),
        ("百货部分退，第 1 次", "Daily goods, part 1", goods, goods.total_fen // 3),
        ("百货部分退，第 2 次", "Daily goods, part 2", goods, goods.total_fen // 3),
        ("百货退得超过余额", "Daily goods, more than is left", goods, goods.total_fen),
        ("百货退剩余的", "Daily goods, the rest", goods, goods.total_fen - 2 * (goods.total_fen // 3)),
    ):
        wall.say(zh, en)
        refund, outcome = await take_back(stage, order, amount_fen)
        if refund is None:
            stage.story.refusals["refund"] = outcome.code
        else:
            made.append(refund)
        lines.append(_line(Words(zh, en), amount_fen, refund, outcome.code))
        moods.append("good" if refund else "refused")
        wall.table(_REFUNDS, _HEADS, lines, moods)
    wall.table(_REFUNDS, _HEADS, [*lines, _sums(made)], [*moods, ""])
    wall.figure("随券退回（已领未用）", "Back with the voucher: held", in_yuan(sum(_back(one)[0] for one in made)))
    wall.figure("回可安排", "Back to free money", in_yuan(sum(_back(one)[1] for one in made)))
    await _money(stage, wall, before)


def _first(stage: Stage, batch: str) -> Order:
    return next(one for one in stage.story.orders if one.batch == batch and one.redemption)


def _line(what: Words, amount_fen: int, refund: Refund | None, code: str | None) -> tuple[Cell, ...]:
    if refund is None:
        return (what, yuan(amount_fen), "—", "—", "—", "—", refusal(code))
    voucher = Words("退还持券人", "given back") if refund.voucher_returned else Words("不退还", "stays used")
    parts = (refund.user_fen, refund.voucher_fen, *_back(refund))
    return (what, yuan(amount_fen), *(yuan(fen) for fen in parts), voucher)


def _back(refund: Refund) -> tuple[int, int]:
    """Public money that stays held for the holder of the voucher, and what may be spent on others, in fen."""
    return (refund.fund_fen, 0) if refund.voucher_returned else (0, refund.fund_fen)


def _sums(made: list[Refund]) -> tuple[Cell, ...]:
    parts = zip(*((one.amount_fen, one.user_fen, one.voucher_fen, *_back(one)) for one in made), strict=True)
    return (Words("合计", "All"), *(yuan(sum(fens)) for fens in parts), "")


async def _statement(stage: Stage) -> dict[str, int]:
    money = await stage.offices.auditor.do(routes.GET_MONEY, MoneyStatement, campaign_id=stage.story.campaign_id)
    return dict(money.buckets.model_dump())


async def _money(stage: Stage, wall: Wall, before: dict[str, int]) -> None:
    after = await _statement(stage)
    heads = (Words("去处", "Where"), Words("退款前", "Before"), Words("退款后", "After"), Words("变化", "Change"))
    lines: list[tuple[Cell, ...]] = [
        (name, yuan(before[key]), yuan(after[key]), yuan(after[key] - before[key])) for key, name in _BUCKETS
    ]
    wall.table(_MONEY, heads, lines)
    wall.figure("拨付", "Received", in_yuan(after["received_fen"]))
    rest_fen = sum(fen for key, fen in after.items() if key != "received_fen")
    wall.figure("各去处之和", "Sum of all the others", in_yuan(rest_fen))
    wall.say("收 = 各去处之和，一分不差", "Received = the sum of all others, to the fen")


async def check(stage: Stage) -> list[Check]:
    """Parts add up, by the running total; money moved is what the refunds say; one voucher is its holder's again."""
    url, story = stage.database_url, stage.story
    uneven = await number(url, _UNEVEN, story.campaign_id)
    drift = await number(url, _DRIFT, story.campaign_id)
    refunds = await rows(url, _REFUNDED, story.campaign_id)
    to_held, to_free = [await number(url, _MOVED, story.campaign_id, kind) for kind in ("held", "free")]
    home = _first(stage, "appliances")
    state = await rows(url, "SELECT state FROM voucher WHERE id = $1", home.voucher_id)
    total = await number(url, _TOTAL, story.campaign_id)
    return [
        same("在库的退款笔数", "Refunds stored", await number(url, _OURS, story.campaign_id), 5,
             tell=lambda value: counted(value, "{} 笔", "{} refunds")),
        same("每笔退款：消费者 + 券 + 平台 = 退款额", "Each refund: consumer + voucher + platform = amount", uneven, 0,
             tell=lambda value: counted(value, "不符 {} 笔", "{} uneven")),
        same("分次退款合计与整单一致，无尾差", "Refunds in parts end where the whole order would", drift, 0,
             tell=lambda value: counted(value, "有尾差 {} 笔", "{} astray")),
        same("流水里随券退回的钱 = 退券各笔之和", "Money held again = refunds that gave the voucher back",
             to_held, sum(fen for fen, returned in refunds if returned), tell=in_yuan),
        same("流水里回到可安排的钱 = 其余各笔之和", "Money free again = all other refunds",
             to_free, sum(fen for fen, returned in refunds if not returned), tell=in_yuan),
        same("家电券已还给持券人", "The appliance voucher is its holder's again",
             [one for (one,) in state], ["issued"], tell=_usable),
        holds("退得过多被拒绝", "Asking too much back was refused",
              story.refusals.get("refund") == refusals.REFUND_TOO_LARGE.code, refusal(story.refusals.get("refund"))),
        same("拨付 = 各账户余额之和", "Deposit = sum of all balances", total, plan.DEPOSIT_FEN, tell=in_yuan),
    ]  # fmt: skip


def _usable(states: list[str]) -> Cell:
    return Words("可再使用", "may be used") if states == ["issued"] else ", ".join(states)


_UNEVEN = """
SELECT count(*) FROM refund JOIN redemption ON redemption.id = redemption_id
WHERE campaign_id = $1 AND refund.amount_fen <> refund.user_fen + refund.voucher_fen + refund.platform_fen
"""
# An order whose refunds reach its payable total must have given back exactly what was paid and what the voucher was.
_DRIFT = """
SELECT count(*) FROM redemption
  JOIN (SELECT redemption_id, sum(amount_fen) AS amount, sum(user_fen) AS to_user, sum(voucher_fen) AS of_voucher
        FROM refund GROUP BY 1) back ON back.redemption_id = redemption.id
WHERE campaign_id = $1
  AND (amount <> refunded_fen
    OR (amount = payable_fen AND (to_user <> paid_fen OR of_voucher <> redemption.voucher_fen)))
"""
_REFUNDED = """
SELECT refund.fund_fen, refund.voucher_returned FROM refund JOIN redemption ON redemption.id = redemption_id
WHERE campaign_id = $1
"""
# Only what this talk sent: somebody may have used the till page beside it.
_OURS = """
SELECT count(*) FROM refund JOIN redemption ON redemption.id = redemption_id
WHERE campaign_id = $1 AND order_no LIKE 'guided-order-%'
"""
_MOVED = """
SELECT sum(amount_fen) FROM ledger_transfer moved JOIN ledger_account into_account ON into_account.id = credit_account
WHERE moved.campaign_id = $1 AND moved.kind = 'refund' AND into_account.kind = $2
"""
_TOTAL = "SELECT sum(balance_fen) FROM ledger_account WHERE campaign_id = $1 AND kind <> 'source'"
