"""Signs that want a person's look: never a finding. Each rule has a line, and a line is a figure that is printed."""

from voucher_platform.reports.analysis.figures import Book, Figure
from voucher_platform.reports.analysis.saying import Said, say
from voucher_platform.reports.analysis.thin import is_thin, too_few

_LINES: dict[str, tuple[float, str, str]] = {
    "at_threshold": (0.5, "恰好等于门槛的订单占比", "Orders exactly at the threshold"),
    "at_night": (0.1, "零点至六点核销占比", "Redemptions between midnight and six"),
    "one_merchant": (0.3, "单一商家核销金额占比", "Voucher money of a single merchant"),
    "refunds": (0.1, "按券额计的退款率", "Refund rate by voucher money"),
}


def line_of(rule: str) -> Figure:
    """The share above which a rule speaks, as a figure."""
    share, zh, en = _LINES[rule]
    formula = (
        "本报告的提示线，可按需调整；不是认定标准",
        "a line of this report, to be set as wished; it proves nothing",
    )
    return Figure(f"line.{rule}", (f"提示线：{zh}", f"Line: {en}"), "percent", share, formula)


def write_signs(book: Book) -> list[Said]:
    """Sentences on signs, worded as what they are; and that there were none, where there were none."""
    redemptions = book.indicator("redemptions")
    if redemptions is None or redemptions.number == 0:
        return []
    found = [*_threshold(book, redemptions), *_night(book, redemptions), *_merchant(book), *_refunds(book)]
    lines = {rule: line_of(rule) for rule in _LINES}
    if not found:
        return say(
            "signs",
            "未见高于提示线的异常迹象。提示线为：恰好等于门槛的订单占 {at_threshold}，零点至六点核销占 {at_night}，"
            "单一商家占 {one_merchant}，退款率 {refunds}。",
            "No sign is above its line. The lines are: orders exactly at the threshold {at_threshold}, between midnight"
            " and"
            " six {at_night}, a single merchant {one_merchant}, refund rate {refunds}.",
            table=lines,
        ) + too_few("signs", redemptions)  # fmt: skip
    return found + say(
        "signs", "以上只是提示，须人工核查订单与现场后才能认定，不得直接作为处理依据。",
        "These are hints: only a look at the orders and the shop can establish anything.", caution=True,
    ) + too_few("signs", redemptions)  # fmt: skip


def _above(share: Figure | None, rule: str) -> bool:
    return share is not None and share.number > _LINES[rule][0]


def _threshold(book: Book, redemptions: Figure) -> list[Said]:
    count = book.counted(
        "at_threshold", ("应付金额恰好等于门槛的核销", "Orders exactly at the threshold"), "redemptions",
        book.report.signs.at_threshold,
        ("redemption.payable_fen = batch.threshold_fen 的", "rows where redemption.payable_fen = batch.threshold_fen"),
    )  # fmt: skip
    share = book.share("at_threshold_share", ("恰好等于门槛占比", "Share exactly at the threshold"), count, redemptions)
    if not _above(share, "at_threshold"):
        return []
    return say(
        "signs", "应付金额恰好等于门槛的核销有 {count}，占 {share}，高于提示线 {line}。",
        "{count} had a payable total exactly at the threshold, {share}, above the line of {line}.",
        caution=True, count=count, share=share, line=line_of("at_threshold"),
    )  # fmt: skip


def _night(book: Book, redemptions: Figure) -> list[Said]:
    count = book.counted(
        "at_night", ("零点至六点的核销", "Redemptions between midnight and six"), "redemptions",
        book.report.signs.at_night,
        ("redemption.redeemed_at 在当地零点至六点的行数", "rows with redemption.redeemed_at from midnight to six"),
    )  # fmt: skip
    share = book.share("at_night_share", ("零点至六点核销占比", "Share between midnight and six"), count, redemptions)
    if not _above(share, "at_night"):
        return []
    return say(
        "signs", "零点至六点的核销有 {count}，占 {share}，高于提示线 {line}。",
        "{count} fell between midnight and six, {share}, above the line of {line}.",
        caution=True, count=count, share=share, line=line_of("at_night"),
    )  # fmt: skip


def _merchant(book: Book) -> list[Said]:
    """The largest merchant; with a single one a share of everything says nothing."""
    shops, largest = book.indicator("merchants"), book.report.signs.merchants[:1]
    if shops is None or shops.number < 2 or not largest:
        return []
    (one,) = largest
    money = book.counted(
        f"merchant.{one.merchant_id}.redeemed_fen", (f"{one.name}：核销金额", f"{one.name}: voucher money"), "fen",
        one.redeemed_fen, ("该商家的 redemption.voucher_fen 合计", "Σ redemption.voucher_fen of the merchant"),
    )  # fmt: skip
    share = book.share(
        "largest_merchant_share", ("最大商家核销金额占比", "Share of the largest merchant"), money,
        book.indicator("redeemed_fen"),
    )  # fmt: skip
    if not _above(share, "one_merchant"):
        return []
    return say(
        "signs", "商家“{name}”核销 {money}，占 {share}，高于提示线 {line}。",
        "The merchant “{name}” redeemed {money}, {share}, above the line of {line}.",
        caution=True, names={"name": (one.name, one.name)}, money=money, share=share, line=line_of("one_merchant"),
    )  # fmt: skip


def _refunds(book: Book) -> list[Said]:
    rate = book.indicator("refund_rate_amount")
    if not _above(rate, "refunds") or is_thin(book.indicator("redemptions")):
        return []
    return say(
        "signs", "按券额计的退款率 {rate} 高于提示线 {line}。",
        "The refund rate by voucher money, {rate}, is above the line of {line}.",
        caution=True, rate=rate, line=line_of("refunds"),
    )  # fmt: skip
