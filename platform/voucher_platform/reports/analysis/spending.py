"""What is said of money: leverage gross and net, who gave what, and where the round's public money is."""

from voucher_contract.models.round_report import RoundMoney
from voucher_platform.reports.analysis.figures import Book, Figure
from voucher_platform.reports.analysis.saying import Said, say
from voucher_platform.reports.analysis.thin import too_few

_TITLES: dict[str, tuple[str, str, str]] = {
    "released_fen": ("转入本轮的财政资金", "Public money put into the round", "free → reserved"),
    "covered_fen": ("为恢复已结算退券补入", "Put in to restore vouchers refunded after settlement", "free → held"),
    "given_back_fen": ("已回到活动资金池", "Given back to the campaign's pot", "→ free"),
    "reserved_fen": ("待领取", "Waiting to be claimed", "reserved"),
    "held_fen": ("已领取待核销", "Held by people, not redeemed", "held"),
    "redeemed_unsettled_fen": ("已核销待结算", "Redeemed, not settled", "redeemed"),
    "settled_fen": ("已与商户结算", "Settled with merchants", "settled"),
    "owed_by_merchants_fen": ("商户应退还", "Owed by merchants", "owed"),
}  # fmt: skip


def money_figures(book: Book) -> dict[str, Figure]:
    """A figure for each amount of the round's money."""
    money: RoundMoney = book.report.money
    figures = {}
    for name, (zh, en, account) in _TITLES.items():
        formula = (
            f"本轮券种账户 {account} 的 ledger_transfer 合计",
            f"Σ ledger_transfer of the round's accounts, {account}",
        )
        figures[name] = Figure(f"money.{name}", (zh, en), "fen", getattr(money, name), formula)
    return figures


def write_money(book: Book) -> list[Said]:
    """Sentences on the identity, what was spent and what was not."""
    figures = money_figures(book)
    names = ("reserved_fen", "held_fen", "redeemed_unsettled_fen", "settled_fen", "owed_by_merchants_fen")
    shown = {
        name.removesuffix("_fen"): figures[name] for name in ("released_fen", "covered_fen", "given_back_fen", *names)
    }
    ok = book.report.money.identity_ok
    zh = (
        "资金恒等式：转入 {released} 加补入 {covered}，应等于已回资金池 {given_back}、待领取 {reserved}、已领取待核销"
        " {held}、"
        "已核销待结算 {redeemed_unsettled}、已结算 {settled} 与商户应退还 {owed_by_merchants} 之和；"
    )
    en = (
        "Identity: {released} put in and {covered} added should equal {given_back} given back, {reserved} waiting to be"
        " claimed, {held} held by people, {redeemed_unsettled} redeemed and not settled, {settled} settled and"
        " {owed_by_merchants} owed by merchants; "
    )
    end = ("逐笔流水核对相符。", "the single transfers agree.") if ok else (
        "逐笔流水核对不符，须立即核查。", "the single transfers DO NOT agree: look into it at once."
    )  # fmt: skip
    said = say("money", zh + end[0], en + end[1], caution=not ok, table=shown)
    return said + _given_back(figures["given_back_fen"]) + _spent(book, figures)


def _given_back(given_back: Figure) -> list[Said]:
    """Whoever lays the campaign's statement beside the report finds more there, and reads here why."""
    if given_back.number == 0:
        return []
    return say(
        "money", "已回资金池的 {given_back} 只是本轮券种退回的；活动收支表中的结余或退回，还包括从未编入券种的资金和"
        "其他轮次退回的资金。",
        "The {given_back} given back came from this round's batches only; what the campaign's statement shows as left"
        " over or returned also holds money that was never put into a batch, and what other rounds gave back.",
        given_back=given_back,
    )  # fmt: skip


def _spent(book: Book, figures: dict[str, Figure]) -> list[Said]:
    released, spent = figures["released_fen"], book.indicator("public_spent_fen")
    share = book.share("spent_share", ("财政资金支出占转入", "Public money spent, of put in"), spent, released)
    unspent = book.difference("unspent_fen", ("尚未支出的财政资金", "Public money not spent"), released, spent)
    said = say(
        "money", "财政资金实际支出 {spent}，占转入的 {share}；尚未支出 {unspent}。",
        "{spent} of public money was spent, {share} of what was put in; {unspent} was not.",
        spent=spent, share=share, unspent=unspent,
    )  # fmt: skip
    waiting = figures["reserved_fen"].number + figures["held_fen"].number
    if book.report.complete and waiting:
        said += say(
            "money", "本轮有效期已过，仍有 {reserved} 待领取额度和 {held} 持有额度，待过期处理与活动结束时收回。",
            "The round's vouchers are past their validity; {reserved} reserved and {held} held come back by expiry and"
            " when the"
            " campaign is closed.",
            reserved=figures["reserved_fen"], held=figures["held_fen"],
        )  # fmt: skip
    return said


def write_leverage(book: Book) -> list[Said]:
    """Sentences on leverage, always gross and net, and that neither is incremental."""
    gross, net = book.indicator("leverage_gross"), book.indicator("leverage_net")
    if gross is None:
        return say(
            "leverage",
            "尚无核销，拉动比无从计算。",
            "Nothing was redeemed, so there is no leverage to tell.",
            caution=True,
        )
    said = say(
        "leverage", "订单总额 {orders}，核销金额 {money}，拉动比（毛）为 {gross}。",
        "Orders of {orders} used {money} of voucher money: a gross leverage of {gross}.",
        orders=book.indicator("order_total_fen"), money=book.indicator("redeemed_fen"), gross=gross,
    )  # fmt: skip
    said += say(
        "leverage", "扣除退款后订单总额 {orders}、核销金额 {money}，拉动比（净）为 {net}。",
        "Net of refunds, orders of {orders} used {money}: a net leverage of {net}.",
        orders=book.indicator("order_net_fen"), money=book.indicator("redeemed_net_fen"), net=net,
    )  # fmt: skip
    said += say(
        "leverage", "两个拉动比都不是增量：没有对照组，不能说明没有消费券时这些消费是否也会发生。",
        "Neither is incremental: without a control group nobody knows what would have been spent without vouchers.",
        caution=True,
    )  # fmt: skip
    return said + _givers(book) + too_few("leverage", book.indicator("redemptions"))


def _givers(book: Book) -> list[Said]:
    return say(
        "leverage", "用户实付 {paid}，商家配套优惠 {merchants}，平台配套优惠 {platform}，笔均订单 {average}。",
        "Users paid {paid}; merchants added discounts of {merchants} and the platform of {platform}; the average order"
        " was"
        " {average}.",
        paid=book.indicator("paid_fen"), merchants=book.indicator("merchant_discount_fen"),
        platform=book.indicator("platform_discount_fen"), average=book.indicator("average_order_fen"),
    )  # fmt: skip
