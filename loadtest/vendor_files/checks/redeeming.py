"""Redemptions against the vouchers they use: once, after the claim, while valid."""

import numpy as np

from loadtest.vendor_files.cells.numbers import MISSING, Ints, present
from loadtest.vendor_files.cells.times import day_starts, local_days, shown
from loadtest.vendor_files.evidence import LONG_AGO, Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, Found, by_row, file_check
from loadtest.vendor_files.joining import repeated, taken
from loadtest.vendor_files.tables import Table

_MAX_PAIRS = 1_000


@file_check(
    "voucher-redeemed-once", clauses=("N3.2", "N4.2.4"), needs={"redemptions": ("voucher",)},
    zh="一张券不重复核销（依规退回后除外）", en="A voucher is redeemed once, unless a refund gave it back",
)  # fmt: skip
def voucher_redeemed_once(e: Evidence) -> Findings:
    """C12: two redemptions with no possible return between them."""
    vouchers = e.table("redemptions")["voucher"]
    return _uses(e, [vouchers], "同一张券核销了 {} 次，其间没有可以退回该券的全额退款")


@file_check(
    "order-uses-one-voucher", clauses=("N3.2", "N4.2.4"), needs={"redemptions": ("order_no",)},
    zh="一笔订单只用一张券", en="An order uses one voucher",
)  # fmt: skip
def order_uses_one_voucher(e: Evidence) -> Findings:
    """Order numbers are the merchant's own, so they are compared within a merchant where it is known."""
    redemptions = e.table("redemptions")
    columns = [redemptions[name] for name in ("order_no", "merchant") if name in redemptions]
    return _uses(e, columns, "同一订单号用了 {} 张券，其间没有全额退款")


def _uses(e: Evidence, columns: list[Ints], say: str) -> Findings:
    redemptions = e.table("redemptions")
    returns = _possible_returns(e)
    found: list[Found] = []
    count = 0
    for group in repeated(*columns):
        if len(group) - 1 <= _returns_within(redemptions, group, returns, e.tolerance_us):
            continue
        count += 1
        if len(found) < _MAX_PAIRS:
            found.append(Found(say.format(len(group)), tuple(("redemptions", row) for row in group.tolist())))
    judged = int(np.logical_and.reduce([present(column) for column in columns]).sum())
    return Findings(count, tuple(found), judged)


def _possible_returns(e: Evidence) -> Ints:
    """The latest instant at which a refund may have given each redemption's voucher back.

    MISSING: certainly never. LONG_AGO: at an unknown time. Under regime B never; a regime that was not agreed, or
    refunds that are not all there, leave every return possible.
    """
    redemptions = e.table("redemptions")
    regimes = taken(
        np.array([batch.refund_regime != "B" if batch.refund_regime else True for batch in e.batches], dtype=np.int64),
        e.redemption_batches,
    )  # fmt: skip
    may_return = regimes != 0
    if not e.has("refunds", "amount") or not e.table("refunds").complete:
        return np.where(may_return, LONG_AGO, MISSING)
    refunds, rows = e.table("refunds"), e.refund_redemptions
    known = present(rows) & refunds.known("amount")
    total, last = np.zeros(len(redemptions), np.int64), np.full(len(redemptions), LONG_AGO, np.int64)
    np.add.at(total, rows[known], refunds["amount"][known])
    if "refunded_at" in refunds and bool(refunds.known("refunded_at").all()):
        np.maximum.at(last, rows[known], refunds["refunded_at"][known])
    whole = (total > 0) & (~present(e.payable) | (total >= e.payable))
    return np.where(may_return & whole, last, MISSING)


def _returns_within(redemptions: Table, group: Ints, returns: Ints, tolerance: int) -> int:
    """How many of the group's redemptions may have been taken back before another of them followed."""
    ends = returns[group]
    possible = ends != MISSING
    if "redeemed_at" not in redemptions:
        return int(possible.sum())
    at = redemptions["redeemed_at"][group]
    last = int(at.max()) if bool(present(at).all()) else None
    before = possible & ((ends == LONG_AGO) | (last is None) | (ends <= (last or 0) + tolerance))
    return int(before.sum())


@file_check(
    "redeemed-was-claimed", clauses=("N3.2", "N3.3"), complete=("claims",),
    needs={"claims": ("voucher",), "redemptions": ("voucher",)},
    zh="核销的券都有领取记录", en="What was redeemed had been claimed",
)  # fmt: skip
def redeemed_was_claimed(e: Evidence) -> Findings:
    """C12: a redemption without its claim."""
    known = e.table("redemptions").known("voucher")
    bad = known & ~present(e.redemption_claims)
    return by_row("redemptions", bad, lambda _row: "领取明细中没有这张券", judged=int(known.sum()))


@file_check(
    "redeemed-after-claim", clauses=("N3.2", "N3.3"),
    needs={"claims": ("voucher", "claimed_at"), "redemptions": ("voucher", "redeemed_at")},
    zh="核销晚于领取", en="Redemption follows the claim",
)  # fmt: skip
def redeemed_after_claim(e: Evidence) -> Findings:
    """C12: redeemed before its claim."""
    claimed, at = taken(e.table("claims")["claimed_at"], e.redemption_claims), e.table("redemptions")["redeemed_at"]
    known = present(claimed) & present(at)
    return by_row(
        "redemptions", known & (at < claimed - e.tolerance_us), judged=int(known.sum()),
        say=lambda row: f"核销早于领取时间 {shown(int(claimed[row]), e.mapping.zone)}",
    )  # fmt: skip


@file_check(
    "voided-not-redeemed", clauses=("N3.2", "N4.2.4"), needs={"claims": ("voucher",), "redemptions": ("voucher",)},
    zh="作废的券没有核销", en="Void vouchers are not redeemed",
)  # fmt: skip
def voided_not_redeemed(e: Evidence) -> Findings:
    """After a voucher is void nothing redeems it; at an unknown time of voiding, none that no refund took back."""
    if not (e.has("claims", "state") or e.has("claims", "voided_at")):
        raise CannotJudge("领取明细没有状态或作废时间列")
    redemptions = e.table("redemptions")
    voided = taken(e.voided, e.redemption_claims)
    at = redemptions["redeemed_at"] if "redeemed_at" in redemptions else np.full(len(redemptions), MISSING)
    timed = present(voided) & (voided != LONG_AGO) & present(at) & (at > voided + e.tolerance_us)
    untimed = (voided == LONG_AGO) & ~present(_possible_returns(e))
    return by_row(
        "redemptions", timed | untimed, judged=int(present(e.redemption_claims).sum()),
        say=lambda row: (
            f"该券已于 {shown(int(voided[row]), e.mapping.zone)} 作废" if timed[row] else "该券状态为作废，却有核销记录"
        ),
    )  # fmt: skip


@file_check(
    "validity-kept", clauses=("N3.1", "N4.2.1b"), needs={"redemptions": ("redeemed_at",)},
    zh="核销在有效期内", en="Redemptions lie within the validity",
)  # fmt: skip
def validity_kept(e: Evidence) -> Findings:
    """C20. ``valid_days`` are judged leniently: until the end of the business day that many days after the claim."""
    at, batch = e.table("redemptions")["redeemed_at"], e.redemption_batches
    known = present(at) & present(batch)
    starts, ends = e.rule(batch, "valid_from"), _ends(e, batch)
    early, late = at < starts - e.tolerance_us, at >= ends + e.tolerance_us
    zone = e.mapping.zone
    return by_row(
        "redemptions", known & (early | late), judged=int(known.sum()),
        say=lambda row: (
            f"早于生效时间 {shown(int(starts[row]), zone)} 核销"
            if early[row]
            else f"晚于失效时间 {shown(int(ends[row]), zone)} 核销"
        ),
    )  # fmt: skip


def _ends(e: Evidence, batch: Ints) -> Ints:
    ends, days = e.rule(batch, "valid_until"), e.rule(batch, "valid_days")
    if not e.has("claims", "claimed_at"):
        return ends
    claimed = taken(e.table("claims")["claimed_at"], e.redemption_claims)
    bounded = present(days) & present(claimed)
    last = local_days(claimed[bounded], e.mapping.zone) + days[bounded] + 1
    ends[bounded] = np.minimum(ends[bounded], day_starts(last, e.mapping.zone))
    return ends


@file_check(
    "redemption-agrees-with-claim", clauses=("N3.3",), needs={"claims": ("voucher",), "redemptions": ("voucher",)},
    zh="核销记录的券种、持券人与领取记录一致", en="Redemption and claim name the same batch and holder",
)  # fmt: skip
def redemption_agrees_with_claim(e: Evidence) -> Findings:
    """The same voucher is of one batch and of one holder in both files."""
    claims, redemptions, rows = e.table("claims"), e.table("redemptions"), e.redemption_claims
    shared = [name for name in ("batch", "person", "account") if name in claims and name in redemptions]
    if not shared:
        raise CannotJudge("两份明细没有共同的券种、自然人或账户列")
    differ = {}
    for name in shared:
        there = taken(claims[name], rows)
        differ[name] = present(there) & present(redemptions[name]) & (there != redemptions[name])
    bad = np.logical_or.reduce(list(differ.values()))
    titles = {"batch": "券种", "person": "自然人", "account": "账户"}
    return by_row(
        "redemptions", bad, judged=int(present(rows).sum()),
        say=lambda row: "与领取记录不一致：" + "、".join(titles[name] for name in shared if differ[name][row]),
    )  # fmt: skip
