"""The arithmetic of an order: payable = total − merchant discount = voucher + platform discount + paid."""

import numpy as np

from loadtest.vendor_files.cells.numbers import MISSING, Ints, present
from loadtest.vendor_files.columns import COLUMNS
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, by_row, file_check, together

_MONEY = ("order_total", "merchant_discount", "platform_discount", "payable", "voucher_amount", "paid")


@file_check(
    "voucher-pays-its-face", clauses=("N4.2.4",), needs={"redemptions": ("voucher_amount",)},
    zh="券抵扣金额等于面额", en="The voucher pays its face",
)  # fmt: skip
def voucher_pays_its_face(e: Evidence) -> Findings:
    """C20: the voucher always pays its whole face."""
    amount, face = e.table("redemptions")["voucher_amount"], e.rule(e.redemption_batches, "face_fen")
    known = present(amount) & present(face)
    return by_row(
        "redemptions", known & (amount != face), judged=int(known.sum()),
        say=lambda row: f"抵扣 {amount[row]} 分，面额为 {face[row]} 分",
    )  # fmt: skip


@file_check(
    "order-adds-up", clauses=("N3.3", "N4.2.4"), needs={"redemptions": ()},
    zh="订单金额分项相加一致", en="An order's amounts add up",
)  # fmt: skip
def order_adds_up(e: Evidence) -> Findings:
    """Both equations, each where all its columns are there."""
    looks = []
    if e.has("redemptions", "payable", "order_total", "merchant_discount"):
        looks.append(_sum(e, "payable", {"order_total": 1, "merchant_discount": -1}))
    if e.has("redemptions", "paid", "voucher_amount", "platform_discount"):
        if e.has("redemptions", "payable"):
            looks.append(_sum(e, "payable", {"voucher_amount": 1, "platform_discount": 1, "paid": 1}))
        elif e.has("redemptions", "order_total", "merchant_discount"):
            whole = {"merchant_discount": 1, "voucher_amount": 1, "platform_discount": 1, "paid": 1}
            looks.append(_sum(e, "order_total", whole))
    if not looks:
        raise CannotJudge("核销明细的金额列不足以核对：需要应付、订单总额与各项优惠、实付")
    return together(*looks)


def _sum(e: Evidence, whole: str, parts: dict[str, int]) -> Findings:
    redemptions = e.table("redemptions")
    known = redemptions.known(whole, *parts)
    total = np.zeros(len(redemptions), dtype=np.int64)
    for name, sign in parts.items():
        total += np.where(known, redemptions[name] * sign, 0)
    titles = " ".join(f"{'−' if sign < 0 else '+'} {_zh(name)}" for name, sign in parts.items()).removeprefix("+ ")
    return by_row(
        "redemptions", known & (redemptions[whole] != total), judged=int(known.sum()),
        say=lambda row: f"{_zh(whole)} {redemptions[whole][row]} 分 ≠ {titles} = {total[row]} 分",
    )  # fmt: skip


def _zh(name: str) -> str:
    return COLUMNS["redemptions"][name].zh


@file_check(
    "no-negative-amount", clauses=("N3.3", "N4.2.4"), needs={"redemptions": ()},
    zh="核销金额没有负数", en="No amount is negative",
)  # fmt: skip
def no_negative_amount(e: Evidence) -> Findings:
    """A negative part hides money in another."""
    redemptions = e.table("redemptions")
    named = [name for name in _MONEY if name in redemptions]
    if not named:
        raise CannotJudge("核销明细没有金额列")
    negative = {name: present(redemptions[name]) & (redemptions[name] < 0) for name in named}
    return by_row(
        "redemptions", np.logical_or.reduce(list(negative.values())), judged=len(redemptions),
        say=lambda row: "负数金额：" + "、".join(_zh(name) for name in named if negative[name][row]),
    )  # fmt: skip


@file_check(
    "user-pays-something", clauses=("N3.2", "N4.2.4"), needs={"redemptions": ("paid",)}, basis="terms",
    zh="用户实付不低于约定下限", en="The user pays at least what was agreed",
)  # fmt: skip
def user_pays_something(e: Evidence) -> Findings:
    """At least 1 fen, or what the terms say."""
    least = e.mapping.agreed.least_paid_fen
    if least is None:
        raise CannotJudge("没有约定用户最低实付（agreed.least_paid_fen）")
    paid = e.table("redemptions")["paid"]
    known = present(paid)
    return by_row(
        "redemptions", known & (paid < least), lambda row: f"实付 {paid[row]} 分，低于 {least} 分",
        judged=int(known.sum()),
    )  # fmt: skip


@file_check(
    "threshold-kept", clauses=("N4.2.1c", "N4.2.4"), needs={"redemptions": ()},
    zh="订单达到使用门槛", en="Orders reach the threshold",
)  # fmt: skip
def threshold_kept(e: Evidence) -> Findings:
    """C20: after the merchant's own promotion. Where that is not told, the order's total is an upper bound."""
    redemptions = e.table("redemptions")
    highest = _most_payable(e)
    if "excluded_goods" in redemptions:
        highest = np.where(redemptions.known("excluded_goods"), highest - redemptions["excluded_goods"], highest)
    threshold = e.rule(e.redemption_batches, "threshold_fen")
    known = present(_most_payable(e)) & present(threshold)
    return by_row(
        "redemptions", known & (highest < threshold), judged=int(known.sum()),
        say=lambda row: f"计入门槛的金额至多 {highest[row]} 分，门槛为 {threshold[row]} 分",
    )  # fmt: skip


def _most_payable(e: Evidence) -> Ints:
    redemptions = e.table("redemptions")
    if "order_total" in redemptions:
        total = redemptions["order_total"]
        return np.where(present(e.payable), e.payable, np.where(present(total), total, MISSING))
    if not present(e.payable).any():
        raise CannotJudge("核销明细没有订单总额或应付金额列")
    return e.payable
