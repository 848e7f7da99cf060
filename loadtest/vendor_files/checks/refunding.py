"""Refunds against the orders they take back: sums, times, numbers."""

import numpy as np

from loadtest.vendor_files.cells.numbers import Ints, present
from loadtest.vendor_files.cells.times import US_PER_DAY, shown
from loadtest.vendor_files.columns import COLUMNS
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, Found, by_row, file_check, together
from loadtest.vendor_files.joining import taken


@file_check(
    "refund-has-its-redemption", clauses=("N3.3",), complete=("redemptions",),
    needs={"refunds": (), "redemptions": ()},
    zh="退款都有对应的核销", en="A refund takes back a redemption",
)  # fmt: skip
def refund_has_its_redemption(e: Evidence) -> Findings:
    """A refund of an order that the redemptions do not hold."""
    named = _reference(e)
    known = present(named)
    bad = known & ~present(e.refund_redemptions)
    return by_row("refunds", bad, lambda _row: "核销明细中没有对应的核销", judged=int(known.sum()))


def _reference(e: Evidence) -> Ints:
    for name in ("redemption", "order_no"):
        if e.has("refunds", name) and e.has("redemptions", name):
            return e.table("refunds")[name]
    raise CannotJudge("退款与核销没有共同的核销单号或订单号列")


@file_check(
    "refunds-within-paid", clauses=("N4.2.4",), needs={"refunds": (), "redemptions": ()},
    zh="退款合计不超过原订单各项金额", en="Refunds never exceed what was paid, part by part",
)  # fmt: skip
def refunds_within_paid(e: Evidence) -> Findings:
    """C13: in total, to the user, of the voucher, of the platform's discount, to public money."""
    _reference(e)
    redemptions = e.table("redemptions")
    bounds = {"amount": e.payable}
    for part, whole in (("user_part", "paid"), ("voucher_part", "voucher_amount"), ("fund_part", "voucher_amount"),
                        ("platform_part", "platform_discount")):  # fmt: skip
        if whole in redemptions:
            bounds[part] = redemptions[whole]
    looks = [_sum_within(e, part, bound) for part, bound in bounds.items() if e.has("refunds", part)]
    if not looks:
        raise CannotJudge("退款明细没有可与原订单比较的金额列")
    return together(*looks)


def _sum_within(e: Evidence, part: str, bound: Ints) -> Findings:
    """A reversed and redeemed-again voucher has another redemption, so sums are by redemption."""
    refunds, rows = e.table("refunds"), e.refund_redemptions
    known = present(rows) & refunds.known(part)
    total = np.zeros(len(bound), dtype=np.int64)
    np.add.at(total, rows[known], refunds[part][known])
    over = np.flatnonzero(present(bound) & (total > bound))
    title = COLUMNS["refunds"][part].zh
    found = []
    for row in over[:1_000].tolist():
        mine = np.flatnonzero(known & (rows == row)).tolist()
        statement = f"{title}合计 {total[row]} 分，超过原订单的 {bound[row]} 分"
        found.append(Found(statement, (("redemptions", row), *(("refunds", one) for one in mine))))
    return Findings(len(over), tuple(found), int(known.sum()))


@file_check(
    "refund-amount-positive", clauses=("N3.3", "N4.2.4"), needs={"refunds": ("amount",)},
    zh="退款金额为正，各部分不为负", en="A refund is positive and no part of it negative",
)  # fmt: skip
def refund_amount_positive(e: Evidence) -> Findings:
    """A negative refund is a payment in disguise."""
    refunds = e.table("refunds")
    bad = refunds.known("amount") & (refunds["amount"] <= 0)
    for part in ("user_part", "voucher_part", "platform_part", "fund_part"):
        if part in refunds:
            bad |= refunds.known(part) & (refunds[part] < 0)
    return by_row("refunds", bad, lambda _row: "退款金额不为正，或某一部分为负", judged=len(refunds))


@file_check(
    "refund-parts-add-up", clauses=("N3.3", "N4.2.4"),
    needs={"refunds": ("amount", "user_part", "voucher_part", "platform_part")},
    zh="退款各部分相加等于退款金额", en="A refund's parts add up",
)  # fmt: skip
def refund_parts_add_up(e: Evidence) -> Findings:
    """S-54: the three parts sum to the amount."""
    refunds = e.table("refunds")
    known = refunds.known("amount", "user_part", "voucher_part", "platform_part")
    total = refunds["user_part"] + refunds["voucher_part"] + refunds["platform_part"]
    return by_row(
        "refunds", known & (refunds["amount"] != total), judged=int(known.sum()),
        say=lambda row: f"退款 {refunds['amount'][row]} 分 ≠ 各部分之和 {total[row]} 分",
    )  # fmt: skip


@file_check(
    "refund-in-time", clauses=("N4.2.4",), needs={"refunds": ("refunded_at",), "redemptions": ("redeemed_at",)},
    zh="退款晚于核销且未超过退款期限", en="A refund follows its redemption and keeps its time limit",
)  # fmt: skip
def refund_in_time(e: Evidence) -> Findings:
    """S-55, leniently to the end of the last day of 24 hours."""
    rows, at = e.refund_redemptions, e.table("refunds")["refunded_at"]
    redeemed = taken(e.table("redemptions")["redeemed_at"], rows)
    days = taken(e.rule(e.redemption_batches, "refund_days"), rows)
    known = present(redeemed) & present(at)
    early = known & (at < redeemed - e.tolerance_us)
    never = known & (days == 0)
    late = known & present(days) & (days > 0) & (at >= redeemed + (days + 1) * US_PER_DAY)
    return by_row(
        "refunds", early | late | never, judged=int(known.sum()),
        say=lambda row: _when(e, early[row], never[row], int(redeemed[row]), int(days[row])),
    )  # fmt: skip


def _when(e: Evidence, early: bool, never: bool, redeemed: int, days: int) -> str:
    told = shown(redeemed, e.mapping.zone)
    if early:
        return f"退款早于核销时间 {told}"
    return f"核销于 {told}，该券种不可退款" if never else f"核销于 {told}，超过 {days} 天的退款期限"


@file_check(
    "refunds-not-too-many", clauses=("N4.2.4",), needs={"refunds": (), "redemptions": ()}, basis="terms",
    zh="每笔订单退款次数不超过约定", en="No more refunds an order than agreed",
)  # fmt: skip
def refunds_not_too_many(e: Evidence) -> Findings:
    """S-55, where a number was agreed."""
    most = e.mapping.agreed.most_refunds_per_order
    if most is None:
        raise CannotJudge("没有约定每笔订单的退款次数（agreed.most_refunds_per_order）")
    _reference(e)
    rows = e.refund_redemptions
    counts = np.bincount(rows[present(rows)], minlength=len(e.table("redemptions")))
    return by_row(
        "redemptions", counts > most, judged=int(present(rows).sum()),
        say=lambda row: f"退款 {counts[row]} 次，超过约定的 {most} 次",
    )  # fmt: skip
