"""How a refund splits and what it does to the voucher, as agreed: running totals, regimes A, A′, B, C."""

import numpy as np

from loadtest.vendor_files.cells.codes import CODES
from loadtest.vendor_files.cells.numbers import Ints, Mask, present
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, by_row, file_check
from loadtest.vendor_files.joining import taken

_PARTS = {"user_part": "退给用户", "platform_part": "平台优惠部分", "voucher_part": "券额部分"}


@file_check(
    "refund-split-as-agreed", clauses=("N4.2.4",), basis="terms",
    needs={"refunds": ("amount", "refunded_at"), "redemptions": ("voucher_amount", "paid", "platform_discount")},
    zh="退款按累计比例拆分（四舍五入、余数归最后一笔）", en="Refunds split by the running total",
)  # fmt: skip
def refund_split_as_agreed(e: Evidence) -> Findings:
    """S-54. Refunds of one order at one instant without numbers have no known order and are judged by none."""
    if e.mapping.agreed.refund_split is None:
        raise CannotJudge("没有约定退款拆分口径（agreed.refund_split）")
    parts = [name for name in _PARTS if e.has("refunds", name)]
    if not parts:
        raise CannotJudge("退款明细没有拆分列")
    expected, known = _expected(e)
    refunds = e.table("refunds")
    wrong = {name: known & refunds.known(name) & (refunds[name] != expected[name]) for name in parts}
    return by_row(
        "refunds", np.logical_or.reduce(list(wrong.values())), judged=int(known.sum()),
        say=lambda row: "；".join(
            f"{_PARTS[name]} {refunds[name][row]} 分，按约定应为 {expected[name][row]} 分"
            for name in parts
            if wrong[name][row]
        ),
    )  # fmt: skip


def _expected(e: Evidence) -> tuple[dict[str, Ints], Mask]:
    """Each refund's parts by the running totals before and after it, and for which refunds they are certain."""
    redemptions, refunds, rows = e.table("redemptions"), e.table("refunds"), e.refund_redemptions
    order = [taken(redemptions[name], rows) for name in ("paid", "platform_discount", "voucher_amount")]
    before, sure = _running_totals(e)
    known = sure & refunds.known("amount") & np.logical_and.reduce([present(part) for part in order])
    known &= np.where(known, sum(order) > 0, False) & np.where(known, order[1] + order[2] > 0, False)
    first, second = _split(before, order, known), _split(before + np.where(known, refunds["amount"], 0), order, known)
    return {name: second[name] - first[name] for name in _PARTS}, known


def _running_totals(e: Evidence) -> tuple[Ints, Mask]:
    """What had been taken back of its order before each refund; sure where the order of refunds is."""
    refunds, rows = e.table("refunds"), e.refund_redemptions
    number = refunds["number"] if "number" in refunds else np.zeros(len(refunds), dtype=np.int64)
    at = refunds["refunded_at"]
    order = np.lexsort((number, at, rows))
    amount = np.where(refunds.known("amount"), refunds["amount"], 0)[order]
    row, when, count = rows[order], at[order], number[order]
    new = np.r_[True, np.diff(row) != 0][: len(order)]
    sums = np.cumsum(amount) - amount
    base = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    tied = np.zeros(len(order), dtype=bool)
    same = (np.diff(row) == 0) & (np.diff(when) == 0) & (np.diff(count) == 0)
    tied[1:] |= same
    tied[:-1] |= same
    before, sure = np.empty(len(order), dtype=np.int64), np.empty(len(order), dtype=bool)
    before[order], sure[order] = sums - sums[base], present(row) & present(when) & ~tied
    return before, sure & ~np.isin(rows, rows[~refunds.known("amount")])


def _split(total: Ints, order: list[Ints], known: Mask) -> dict[str, Ints]:
    """S-54: how the first ``total`` fen of an order split."""
    paid, platform, voucher = (np.where(known, part, 1) for part in order)
    payable, covered = paid + platform + voucher, platform + voucher
    user = (2 * total * paid + payable) // (2 * payable)
    of_platform = (total - user) * platform // covered
    return {"user_part": user, "platform_part": of_platform, "voucher_part": total - user - of_platform}


@file_check(
    "refund-regime-kept", clauses=("N4.2.4",), basis="terms",
    needs={"refunds": ("amount",), "redemptions": ()},
    zh="券的退回与财政资金的退回符合退款规则", en="Vouchers and public money come back as the regime says",
)  # fmt: skip
def refund_regime_kept(e: Evidence) -> Findings:
    """S-56. A voucher whose time is over need not come back, so only what must not come back is certain."""
    rows = e.refund_redemptions
    batch = taken(e.redemption_batches, rows)
    if not any(one.refund_regime for one in e.batches):
        raise CannotJudge("没有约定退款规则（batch.refund_regime）")
    if not (e.has("refunds", "voucher_returned") or e.has("refunds", "fund_part", "voucher_part")):
        raise CannotJudge("退款明细没有券是否退回，也没有退回财政的金额")
    regime = taken(np.array([_REGIMES.index(one.refund_regime) for one in e.batches], dtype=np.int64), batch)
    faults = _faults(e, regime, taken(e.payable, rows))
    bad = np.logical_or.reduce(list(faults.values()))
    return by_row(
        "refunds", bad, judged=int((regime > 0).sum()),
        say=lambda row: "；".join(text for text, mask in faults.items() if mask[row]),
    )  # fmt: skip


_REGIMES = (None, "A", "A_PRIME", "B", "C")


def _faults(e: Evidence, regime: Ints, payable: Ints) -> dict[str, Mask]:
    refunds = e.table("refunds")
    agreed = regime > 0
    partial = present(payable) & refunds.known("amount") & (refunds["amount"] < payable)
    faults: dict[str, Mask] = {}
    if "voucher_returned" in refunds:
        returned = refunds["voucher_returned"] == CODES["yes_no"].index("yes")
        faults["该券种退款后券不退回，却退回了"] = agreed & returned & (regime == _REGIMES.index("B"))
        faults["部分退款不退回券，却退回了"] = agreed & returned & partial
    if "fund_part" in refunds and "voucher_part" in refunds:
        known = refunds.known("fund_part", "voucher_part")
        nothing = (regime == _REGIMES.index("A")) & partial
        faults["部分退款不退回财政资金，却退了"] = known & nothing & (refunds["fund_part"] != 0)
        rest = agreed & ~nothing & (present(payable) | (regime != _REGIMES.index("A")))
        faults["退回财政的金额不等于券额部分"] = known & rest & (refunds["fund_part"] != refunds["voucher_part"])
    return faults
