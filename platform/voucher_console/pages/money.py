"""资金: where every fen is, as an equation, and the transfers behind it."""

from nicegui import ui

from voucher_console.figures import count, moment, yuan
from voucher_console.page import OVERSIGHT, Page
from voucher_console.pages.money_acts import show_money_acts
from voucher_console.pages.paging import newest_first, order_told, part_asked, show_pager
from voucher_console.parts.pickers import picked_campaign
from voucher_console.parts.states import say, show_empty
from voucher_console.parts.tables import Column, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, MoneyBuckets, MoneyStatement, TransferPage

PARTS: tuple[tuple[str, Text], ...] = (
    ("free_fen", Text("未动用", "Free")),
    ("reserved_fen", Text("已预留未领取", "Reserved, not claimed")),
    ("held_fen", Text("已领取未核销", "Claimed, not redeemed")),
    ("redeemed_unsettled_fen", Text("已核销待结算", "Redeemed, not settled")),
    ("settled_fen", Text("已结算给商户", "Settled with merchants")),
    ("owed_by_merchants_fen", Text("商户应还", "Owed by merchants")),
    ("return_in_transit_fen", Text("退回途中", "Return in transit")),
    ("returned_fen", Text("已退回财政", "Returned")),
)
"""The right side of the equation, in the order money takes (S-59)."""

_OF_PARTS = {name.removesuffix("_fen"): text for name, text in PARTS}
_ACCOUNTS = {
    "source": Text("财政拨付账户", "Paying account"), "redeemed": _OF_PARTS["redeemed_unsettled"],
    "owed": _OF_PARTS["owed_by_merchants"], "in_transit": _OF_PARTS["return_in_transit"],
    **{name: _OF_PARTS[name] for name in ("free", "reserved", "held", "settled", "returned")},
}  # fmt: skip


_SUMS = frozenset({"deposit", "settle", "recover", "repay", "return", "return_confirmed", "unreserve", "refund_owed"})
"""Transfers of an amount, not of so many vouchers."""
_OWN_OBJECT = frozenset({"confirm_return"})
_MOST_ENTRIES, _NUMBERS_FRESH_S = 10_000, 5.0


def parts_sum(buckets: MoneyBuckets) -> int:
    """The right side added up."""
    return sum(int(getattr(buckets, name)) for name, _ in PARTS)


async def build(view: View) -> None:
    """One campaign's statement, acts, batches, transfers."""
    campaign = await picked_campaign(view)
    if campaign is None:
        return
    statement: MoneyStatement = await view.get(routes.GET_MONEY, campaign_id=campaign.id)
    _show_equation(view, statement)
    if view.session.role == "bureau":
        show_money_acts(view, campaign, statement.buckets)
    batches: list[Batch] = await view.every(routes.LIST_BATCHES)
    names = {one.id: one.name for one in batches}
    _show_batches(view, statement, names)
    await _show_transfers(view, campaign.id, names, await _bank_numbers(view))


def _show_equation(view: View, statement: MoneyStatement) -> None:
    w, buckets = view.w, statement.buckets
    with ui.element("section").classes("equation").props(f'aria-label="{w("资金恒等式", "Money identity")}"'):
        _term(w("财政已拨付", "Received"), buckets.received_fen, "total")
        for number, (name, text) in enumerate(PARTS):
            with ui.element("div").classes("with-operator"):  # never an operator at a line's end
                say("=" if number == 0 else "+", "span", "operator")
                _term(w.of(text), int(getattr(buckets, name)), "part")
    right = parts_sum(buckets)
    sums = f"{yuan(buckets.received_fen)} {'=' if right == buckets.received_fen else '≠'} {yuan(right)}"
    if statement.identity_ok and right == buckets.received_fen:
        say(
            w(
                f"恒等式成立，分毫不差：{sums}。平台已逐笔重算一致。",
                f"The identity holds to the fen: {sums}. The platform recomputed it row by row.",
            ),
            classes="next-step",
        )
        return
    with ui.element("div").classes("problem").props("role=alert"):
        say(w(f"恒等式不成立：{sums}", f"The identity does not hold: {sums}"), classes="problem-title")
        for fault in statement.faults:
            say(fault)


def _term(name: str, fen: int, kind: str) -> None:
    with ui.element("div").classes(f"term {kind}"):
        say(name, "span", "term-name")
        say(yuan(fen), "span", "term-value")


def _show_batches(view: View, statement: MoneyStatement, names: dict[str, str]) -> None:
    w = view.w
    if not statement.batches:
        show_empty(w("本活动还没有券种。", "This campaign has no batch yet."))
        return
    columns = [
        Column(w("券种", "Batch")), Column(w("已预留", "Reserved"), numeric=True),
        Column(w("已领取未核销", "Claimed, not redeemed"), numeric=True),
        Column(w("已核销待结算", "Redeemed, not settled"), numeric=True), Column(w("已结算", "Settled"), numeric=True),
        Column(w("商户应还", "Owed by merchants"), numeric=True),
    ]  # fmt: skip
    rows = [
        [names.get(one.batch_id, one.batch_id), yuan(one.reserved_fen), yuan(one.held_fen),
         yuan(one.redeemed_unsettled_fen), yuan(one.settled_fen), yuan(one.owed_by_merchants_fen)]
        for one in statement.batches
    ]  # fmt: skip
    show_table(w("各券种的资金", "Money of each batch"), columns, rows)


async def _bank_numbers(view: View) -> dict[str, str]:
    """Of deposits, repayments and returns: our number → the bank's. The audit log keeps both where one was typed in.

    Another platform may keep them elsewhere; its references are shown as they come. Raises Refused.
    """

    async def fetch() -> dict[str, str]:
        found: dict[str, str] = {}
        newest = newest_first(await view.console.target())
        for one in await view.every(routes.LIST_AUDIT, query=newest, most=_MOST_ENTRIES):
            bank = one.detail.get("bank_reference")
            own = one.detail.get("deposit_id") or (one.object_id if one.action in _OWN_OBJECT else one.detail.get("id"))
            if isinstance(bank, str) and isinstance(own, str):
                found[own] = bank
        return found

    seen = await view.console.feeds.share(("bank_numbers", view.session.role), fetch, max_age_s=_NUMBERS_FRESH_S)
    return dict(seen.value or {})


async def _show_transfers(view: View, campaign_id: str, names: dict[str, str], bank_numbers: dict[str, str]) -> None:
    w, target = view.w, await view.console.target()
    query = {**part_asked(view), **newest_first(target)}
    page: TransferPage = await view.get(routes.LIST_TRANSFERS, query=query, campaign_id=campaign_id)
    if not page.items:
        show_empty(w("还没有资金流水。", "No transfer yet."))
        return
    columns = [
        Column(w("序号", "No."), numeric=True), Column(w("业务时间", "Business time")), Column(w("类别", "Kind")),
        Column(w("金额", "Amount"), numeric=True), Column(w("张数", "Vouchers"), numeric=True), Column(w("从", "From")),
        Column(w("到", "To")), Column(w("凭据", "Reference")),
    ]  # fmt: skip
    rows = [
        [str(one.id), moment(one.business_at), view.named(one.kind), yuan(one.amount_fen),
         "—" if one.kind in _SUMS else count(one.count),
         _account_named(view, one.debit, names), _account_named(view, one.credit, names),
         _reference(view, one.reference, bank_numbers)]
        for one in page.items
    ]  # fmt: skip
    order = order_told(w, target)
    show_table(w(f"资金流水，{order}（只增不改）", f"Transfers, {order} (append-only)"), columns, rows)
    show_pager(view, page.next_cursor)


def _reference(view: View, own: str, bank_numbers: dict[str, str]) -> str:
    return view.w(f"银行流水 {bank_numbers[own]}", f"bank {bank_numbers[own]}") if own in bank_numbers else own


def _account_named(view: View, account: str, batches: dict[str, str]) -> str:
    """An account in words where it is named as ours are (``reserved:BATCH``); another platform's as it is."""
    kind, _, owner = account.partition(":")
    if kind not in _ACCOUNTS:
        return account
    words = view.w.of(_ACCOUNTS[kind])
    return f"{words} · {batches[owner]}" if owner in batches else words


PAGE = Page(
    path="/money", title=Text("资金", "Money"), menu=Text("资金", "Money"), roles=OVERSIGHT, build=build,
    help=Text(
        "每一分财政资金现在在哪里；左边等于右边之和，差一分都会报警。",
        "Where every fen of public money is; the left equals the sum of the right, or this page says so.",
    ),
)  # fmt: skip
