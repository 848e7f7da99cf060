"""The tables: all indicators with their formulas, and the clause's list by every dimension. Pure."""

from voucher_contract.models.round_report import RoundDimension, RoundReport
from voucher_platform.core.amounts import yuan_of
from voucher_platform.reports.document.blocks import Align, Table
from voucher_platform.reports.document.speaking import ABSENT, Speaking

LISTED: tuple[tuple[str, str, str], ...] = (
    ("released_vouchers", "投放（张）", "Offered"), ("issued_vouchers", "领取（张）", "Claimed"),
    ("issued_fen", "领取金额（元）", "Claimed (yuan)"), ("seekers", "抢券人数", "Tried"),
    ("claimants", "抢到人数", "Got one"), ("redeemers", "核销人数", "Redeemed by"),
    ("redemptions", "核销（笔）", "Redemptions"), ("redeemed_fen", "核销金额（元）", "Redeemed (yuan)"),
    ("redemption_rate_count_issued_gross", "核销率（张）", "Rate by count"),
    ("redemption_rate_amount_issued_gross", "核销率（额）", "Rate by amount"),
    ("platform_discount_fen", "平台配套（元）", "Platform's (yuan)"),
    ("merchant_discount_fen", "商家配套（元）", "Merchants' (yuan)"),
    ("leverage_gross", "拉动比（毛）", "Leverage gross"),
    ("leverage_net", "拉动比（净）", "Leverage net"), ("refund_voucher_fen", "退款券额（元）", "Refunded (yuan)"),
    ("merchants", "参与商家", "Merchants"),
)  # fmt: skip
"""The list of the notice (N4.2.6b), gross unless said otherwise; rates are of those claimed."""

_WIDTHS = {"redemptions": 1.3, "redeemers": 1.2, "merchants": 1.2}
"""Columns whose heading is one long word in English."""

DIMENSIONS: tuple[tuple[RoundDimension, str, str], ...] = (
    ("industry", "分行业", "By industry"), ("district", "分区域", "By district"),
    ("size_class", "分商家规模类型", "By size class"), ("batch", "分券种", "By batch"), ("day", "逐日", "By day"),
)  # fmt: skip


def indicators(report: RoundReport, say: Speaking) -> Table:
    """Every indicator of the whole round with its formula."""
    values = next(row.values for row in report.rows if row.dimension == "total")
    rows = tuple(
        (
            say(one.title_zh, one.title_en), say.value(one, values[one.indicator], decimals=4), say.unit(one),
            say(one.formula_zh, one.formula_en),
        )
        for one in report.definitions
    )  # fmt: skip
    columns = say("指标", "Indicator"), say("数值", "Value"), say("单位", "Unit"), say("计算公式", "Formula")
    note = say(
        "比值在本表中保留四位小数，在正文和其他各表中只显示两位。",
        "Ratios have four decimals here; sentences and the other tables show two of them.",
    )
    return Table("", columns, rows, aligns=("left", "right", "left", "left"), widths=(3.0, 1.6, 1.5, 5.9), note=note)


def by_dimension(report: RoundReport, dimension: RoundDimension, title: str, say: Speaking) -> Table | None:
    """The clause's list, one line a key; columns that do not exist in the dimension are left out."""
    rows = [row for row in report.rows if row.dimension == dimension]
    known = {one.indicator: one for one in report.definitions}
    shown = [one for one in LISTED if any(row.values[one[0]] is not None for row in rows)]
    if not rows:
        return None
    total = [row for row in report.rows if row.dimension == "total"]
    lines = tuple(
        (say(row.label_zh, row.label_en), *(say.value(known[name], row.values[name]) for name, _, _ in shown))
        for row in (*rows, *total)
    )
    numbers: list[Align] = ["right"] * len(shown)
    return Table(
        title, (title.removeprefix("分"), *(say(zh, en) for _, zh, en in shown)), lines, aligns=("left", *numbers),
        widths=(1.9, *(_WIDTHS.get(name, 1.4 if name.endswith("_fen") else 1.0) for name, _, _ in shown)),
        wide=True, across=True,
        note=_note(dimension, say) + _voided(report, dimension, say),
    )  # fmt: skip


def _note(dimension: RoundDimension, say: Speaking) -> str:
    people = say(
        "人数、商家数须去重，各行之和可大于合计。", "People and merchants are counted once; lines may add up to more."
    )
    if dimension == "industry":
        return people + say(
            "一个券种适用多个行业时，其领取数在每个行业各计一次。",
            " A batch of several industries counts its claims under each.",
        )
    if dimension in {"district", "size_class"}:
        return people + say(
            "未核销的券没有商家，因此没有区域和规模。",
            " A voucher not redeemed has no merchant, so no district and no size.",
        )
    return people


def _voided(report: RoundReport, dimension: RoundDimension, say: Speaking) -> str:
    """Why a line may show more claimed than offered."""
    voided = next(row.values["voided_vouchers"] for row in report.rows if row.dimension == "total")
    if not voided or dimension in {"district", "size_class"}:
        return ""
    return say(
        f"领取数含后来作废的 {voided:,} 张，其名额退回后可以补发，故领取可大于投放，不是超发。",
        f" Claims include {voided:,} voided since, whose places may be claimed again: claims may outnumber the offer.",
    )


def money(report: RoundReport, say: Speaking) -> Table:
    """The identity, line by line."""
    there = report.money
    lines = (
        (say("转入本轮", "Put into the round"), there.released_fen, "+"),
        (say("为恢复已结算退券补入", "Added to restore vouchers refunded after settlement"), there.covered_fen, "+"),
        (say("已回活动资金池", "Given back to the pot"), there.given_back_fen, "="),
        (say("待领取", "Waiting to be claimed"), there.reserved_fen, "="),
        (say("已领取待核销", "Held by people, not redeemed"), there.held_fen, "="),
        (say("已核销待结算", "Redeemed, not settled"), there.redeemed_unsettled_fen, "="),
        (say("已与商户结算", "Settled with merchants"), there.settled_fen, "="),
        (say("商户应退还", "Owed by merchants"), there.owed_by_merchants_fen, "="),
    )  # fmt: skip
    came = there.released_fen + there.covered_fen
    sums = (
        (say("转入合计", "Put in together"), yuan_of(came), ""),
        (say("去向合计", "Accounted for"), yuan_of(sum(fen for _, fen, side in lines if side == "=")), ""),
    )
    sides = {"+": say("来源", "in"), "=": say("去向", "where it is")}
    rows = (*((name, yuan_of(fen), sides[side]) for name, fen, side in lines), *sums)
    more = say(
        "“已回活动资金池”只是本轮券种退回的；活动收支表中的结余或退回，还包括从未编入券种的资金和其他轮次退回的资金。",
        " What was given back is of this round's batches only; the campaign's statement adds money that was never put"
        " into a batch, and what other rounds gave back.",
    )
    ok = say("恒等式成立，逐笔流水核对相符。", "The identity holds; the single transfers agree.")
    wrong = say("恒等式不成立或流水不符，须立即核查。", "The money does not add up: look into it at once.")
    return Table(
        "", (say("项目", "Item"), say("金额（元）", "Amount (yuan)"), say("方向", "Side")), rows,
        aligns=("left", "right", "left"), widths=(5, 2, 1.4), note=(ok if there.identity_ok else wrong) + more,
    )  # fmt: skip


def outcomes(report: RoundReport, say: Speaking) -> Table:
    """How attempts to claim ended."""
    kinds = {
        "granted": say("成功", "granted"), "refused": say("按规则拒绝", "refused by a rule"),
        "turned_away": say("繁忙劝退", "told to come again"),
    }  # fmt: skip
    rows = tuple(
        (say(one.title_zh, one.title_en), one.code, kinds[one.kind], f"{one.attempts:,}") for one in report.outcomes
    )
    columns = say("结果", "Outcome"), say("代码", "Code"), say("类别", "Kind"), say("次数", "Attempts")
    return Table(
        "", columns, rows or ((ABSENT,) * 4,), aligns=("left", "left", "left", "right"), widths=(4, 2, 2, 1.4),
        note=say(
            "抢券结果由平台按次累计；核销时的拒绝只当场告知收银员，平台不累计，故本报告没有。",
            "Attempts to claim are counted by the platform. Refusals at the till are told to the cashier and not"
            " counted.",
        ),
    )  # fmt: skip


def figures(report: RoundReport, say: Speaking) -> Table:
    """Every figure the analysis cites, by footnote."""
    rows = tuple(
        (
            str(one.number), say(one.title_zh, one.title_en), say(one.shown_zh, one.shown_en), one.id,
            say(one.formula_zh, one.formula_en),
        )
        for one in report.figures
    )  # fmt: skip
    columns = (
        "№",
        say("数字", "Figure"),
        say("数值", "Value"),
        say("编号", "Id"),
        say("来源与公式", "Source and formula"),
    )
    return Table(
        "", columns, rows, aligns=("right", "left", "right", "left", "left"), widths=(0.6, 3.1, 2.5, 3.0, 4.8),
        footnotes=True,
    )  # fmt: skip
