"""What is said of redeeming: how much was used, at which rate by count and by amount, when, and what was refunded."""

from voucher_platform.reports.analysis.figures import Book, Figure
from voucher_platform.reports.analysis.saying import Said, say
from voucher_platform.reports.analysis.thin import too_few


def write_redeeming(book: Book) -> list[Said]:
    """Sentences on redeeming; where nothing was redeemed, that and nothing else."""
    redemptions = book.indicator("redemptions")
    if redemptions is None or redemptions.number == 0:
        return say("redeeming", "截至报告生成时，尚无核销。", "Nothing had been redeemed when this report was made.")
    return _amount(book, redemptions) + _rates(book) + _batches(book) + _days(book)


def _amount(book: Book, redemptions: Figure) -> list[Said]:
    return say(
        "redeeming", "共核销 {count}，核销金额 {money}，核销用户 {people}，参与核销的商家 {shops}。",
        "{count} used {money} of voucher money, made by {people} at {shops}.",
        count=redemptions, money=book.indicator("redeemed_fen"), people=book.indicator("redeemers"),
        shops=book.indicator("merchants"),
    )  # fmt: skip


def _rates(book: Book) -> list[Said]:
    """By count and by amount, of issued and of released, gross and net: always said which, with both terms."""
    said = say(
        "redeeming",
        "核销率按张数计（不扣退款）：占已领取 {of_issued}（{count} ÷ {issued}），占投放 {of_released}（{count} ÷"
        " {released}）。",
        "Redemption rate by count, gross of refunds: {of_issued} of those claimed ({count} ÷ {issued}), {of_released}"
        " of those"
        " offered ({count} ÷ {released}).",
        of_issued=book.indicator("redemption_rate_count_issued_gross"), count=book.indicator("redemptions"),
        issued=book.indicator("issued_vouchers"), of_released=book.indicator("redemption_rate_count_released_gross"),
        released=book.indicator("released_vouchers"),
    )  # fmt: skip
    said += say(
        "redeeming",
        "按金额计（不扣退款）：占已领取 {of_issued}（{money} ÷ {issued}），占投放 {of_released}（{money} ÷"
        " {released}）。",
        "By amount, gross of refunds: {of_issued} of those claimed ({money} ÷ {issued}), {of_released} of those offered"
        " ({money} ÷ {released}).",
        of_issued=book.indicator("redemption_rate_amount_issued_gross"), money=book.indicator("redeemed_fen"),
        issued=book.indicator("issued_fen"), of_released=book.indicator("redemption_rate_amount_released_gross"),
        released=book.indicator("released_fen"),
    )  # fmt: skip
    said += say(
        "redeeming", "扣除退款后，占已领取的核销率按张数计为 {count}，按金额计为 {money}。",
        "Net of refunds, the rate of those claimed is {count} by count and {money} by amount.",
        count=book.indicator("redemption_rate_count_issued_net"),
        money=book.indicator("redemption_rate_amount_issued_net"),
    )  # fmt: skip
    return said + too_few("redeeming", book.indicator("issued_vouchers"))


def _batches(book: Book) -> list[Said]:
    name = "redemption_rate_count_issued_gross"
    rates = [(row, rate) for row in book.rows("batch") if (rate := book.indicator(name, "batch", row.key))]
    if len(rates) < 2:
        return []
    best, worst = max(rates, key=lambda one: one[1].number), min(rates, key=lambda one: one[1].number)
    if best[1].number == worst[1].number:
        return []
    names = {"best": (best[0].label_zh, best[0].label_en), "worst": (worst[0].label_zh, worst[0].label_en)}
    said = say(
        "redeeming", "按张数计占已领取的核销率，最高的券种是“{best}”（{high}），最低的是“{worst}”（{low}）。",
        "By count of those claimed, the batch redeemed most is “{best}” ({high}), the one redeemed least “{worst}”"
        " ({low}).",
        names=names, high=best[1], low=worst[1],
    )  # fmt: skip
    fewest = min(
        (book.indicator("issued_vouchers", "batch", row.key) for row in (best[0], worst[0])),
        key=lambda figure: figure.number if figure else 0,
    )
    return said + too_few("redeeming", fewest)


def _days(book: Book) -> list[Said]:
    """The strongest day, and how much of everything fell on it."""
    counts = [(row, count) for row in book.rows("day") if (count := book.indicator("redemptions", "day", row.key))]
    used = [one for one in counts if one[1].number]
    if len(used) < 2:
        return []
    row, most = max(used, key=lambda one: one[1].number)
    day = book.counted(
        "busiest_day", ("核销最多的一天", "The busiest day"), "date", row.key,
        ("按日核销笔数最多的业务日", "the business day with most redemptions"),
    )  # fmt: skip
    share = book.share(
        "busiest_day_share", ("核销最多一天的笔数占比", "Share of the busiest day"), most, book.indicator("redemptions")
    )
    days = book.counted(
        "days_with_redemptions", ("有核销的天数", "Days with redemptions"), "days", len(used),
        ("按日核销笔数大于零的业务日数", "business days with a redemption"),
    )  # fmt: skip
    return say(
        "redeeming", "核销分布在 {days}，以 {day} 最多，当日 {most}，占全部核销笔数的 {share}。",
        "Redemptions fell on {days}; the busiest was {day} with {most}, {share} of all.",
        days=days, day=day, most=most, share=share,
    )  # fmt: skip


def write_refunds(book: Book) -> list[Said]:
    """Sentences on refunds of redeemed vouchers."""
    count = book.indicator("refund_count")
    if count is None or count.number == 0:
        return say("refunds", "未发生核销退款。", "No redeemed voucher was refunded.") if _used(book) else []
    said = say(
        "refunds", "核销退款 {count}，退回订单金额 {order}，其中券额 {voucher}、退给用户 {user}，回到财政资金 {fund}。",
        "{count} took back {order} of orders: {voucher} of voucher money and {user} to users; {fund} went back to"
        " public"
        " money.",
        count=count, order=book.indicator("refund_order_fen"), voucher=book.indicator("refund_voucher_fen"),
        user=book.indicator("refund_user_fen"), fund=book.indicator("refund_fund_fen"),
    )  # fmt: skip
    said += say(
        "refunds", "按券额计的退款率为 {rate}，全额退款 {whole}，退回持券人的券 {returned}。",
        "The refund rate by voucher money is {rate}; {whole} refunded whole, {returned} given back to their holders.",
        rate=book.indicator("refund_rate_amount"), whole=book.indicator("whole_refunds"),
        returned=book.indicator("vouchers_returned"),
    )  # fmt: skip
    return said + too_few("refunds", book.indicator("redemptions"))


def _used(book: Book) -> bool:
    redemptions = book.indicator("redemptions")
    return redemptions is not None and redemptions.number > 0
