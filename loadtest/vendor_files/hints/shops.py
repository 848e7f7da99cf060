"""Shops that stand out: many redemptions, orders at the threshold, equal amounts, night hours, quick use, refunds."""

import numpy as np

from loadtest.vendor_files.cells.numbers import Ints, Mask, present
from loadtest.vendor_files.cells.times import US_PER_S, local_hours
from loadtest.vendor_files.columns import TableName
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.hints.looking import Suspicion, pattern
from loadtest.vendor_files.joining import taken

_MERCHANT: dict[TableName, tuple[str, ...]] = {"redemptions": ("merchant",)}
_TIMED: dict[TableName, tuple[str, ...]] = {"redemptions": ("merchant", "redeemed_at")}


def _counts(e: Evidence, only: Mask | None = None) -> Ints:
    merchant = e.table("redemptions")["merchant"]
    known = present(merchant) if only is None else present(merchant) & only
    return np.bincount(merchant[known], minlength=len(e.loaded.spaces["merchant"])).astype(np.int64)


def _rows(e: Evidence, shop: int, only: Mask | None = None) -> Ints:
    mine = e.table("redemptions")["merchant"] == shop
    return np.flatnonzero(mine if only is None else mine & only)


def _large_share(e: Evidence, fits: Mask, share: float, statement: str) -> list[Suspicion]:
    """Shops of some size, most of whose redemptions fit."""
    all_of, fitting = _counts(e), _counts(e, fits)
    large = (all_of >= e.mapping.hints.least_redemptions) & (fitting >= share * all_of)
    return [
        Suspicion(
            "merchant", shop, statement.format(fitting[shop], all_of[shop]), "redemptions", _rows(e, shop, fits),
            {"redemptions": int(all_of[shop]), "fitting": int(fitting[shop])},
        )
        for shop in np.flatnonzero(large).tolist()
    ]  # fmt: skip


@pattern(
    "shop-far-over-peers", zh="核销笔数远高于同行业", needs=_MERCHANT, settings=("least_redemptions", "peers_times")
)
def far_over_peers(e: Evidence) -> list[Suspicion]:
    """Against the median of the shops of its industry that redeemed at all; without a roster, of all shops."""
    counts, hints = _counts(e), e.mapping.hints
    industry = np.zeros(len(counts), dtype=np.int64)
    if e.has("merchants", "merchant", "category"):
        roster = e.table("merchants")
        known = roster.known("merchant")
        industry[roster["merchant"][known]] = roster["category"][known]
    found = []
    for shop in np.flatnonzero(counts >= hints.least_redemptions).tolist():
        peers = counts[(industry == industry[shop]) & (counts > 0)]
        median = float(np.median(peers))
        if len(peers) >= _LEAST_PEERS and counts[shop] > hints.peers_times * median:
            statement = f"核销 {counts[shop]} 笔，同行业 {len(peers)} 家的中位数为 {median:g} 笔"
            figures = {"redemptions": int(counts[shop]), "median_of_peers": median, "peers": len(peers)}
            found.append(Suspicion("merchant", shop, statement, "redemptions", _rows(e, shop), figures))
    return found


_LEAST_PEERS = 5


@pattern(
    "orders-at-threshold", zh="订单金额刚好达到门槛", needs=_MERCHANT,
    settings=("least_redemptions", "threshold_slack_fen", "threshold_share"),
)  # fmt: skip
def orders_at_threshold(e: Evidence) -> list[Suspicion]:
    """Orders made to fit the voucher."""
    return _large_share(e, at_threshold(e), e.mapping.hints.threshold_share, "{1} 笔核销中 {0} 笔的金额刚好达到门槛")


def at_threshold(e: Evidence) -> Mask:
    """Redemptions whose payable amount is the threshold, or hardly more."""
    threshold = e.rule(e.redemption_batches, "threshold_fen")
    known = present(e.payable) & present(threshold)
    over = e.payable - threshold
    mask: Mask = known & (over >= 0) & (over <= e.mapping.hints.threshold_slack_fen)
    return mask


@pattern(
    "equal-amounts", zh="同一金额反复出现", needs=_MERCHANT, settings=("least_redemptions", "equal_amount_share"),
)  # fmt: skip
def equal_amounts(e: Evidence) -> list[Suspicion]:
    """One amount makes most of a shop's orders."""
    merchant, payable, hints = e.table("redemptions")["merchant"], e.payable, e.mapping.hints
    found = []
    for shop in np.flatnonzero(_counts(e) >= hints.least_redemptions).tolist():
        rows = np.flatnonzero((merchant == shop) & present(payable))
        amounts, times = np.unique(payable[rows], return_counts=True)
        if len(rows) and times.max() >= hints.equal_amount_share * len(rows):
            amount = int(amounts[times.argmax()])
            statement = f"{len(rows)} 笔订单中 {times.max()} 笔同为 {amount / 100:.2f} 元"
            figures = {"amount_fen": amount, "times": int(times.max()), "orders": len(rows)}
            mine = rows[payable[rows] == amount]
            found.append(Suspicion("merchant", shop, statement, "redemptions", mine, figures))
    return found


@pattern(
    "shop-share-of-batch", zh="单店占一个券种核销的比例过高", needs=_MERCHANT,
    settings=("least_redemptions", "shop_share_of_batch"),
)  # fmt: skip
def share_of_batch(e: Evidence) -> list[Suspicion]:
    """Where one shop takes a large part of one batch."""
    merchant, batch, hints = e.table("redemptions")["merchant"], e.redemption_batches, e.mapping.hints
    found = []
    for number, one in enumerate(e.batches):
        mine = (batch == number) & present(merchant)
        counts = np.bincount(merchant[mine], minlength=1)
        if np.count_nonzero(counts) < _LEAST_PEERS:
            continue
        large = (counts >= hints.least_redemptions) & (counts >= hints.shop_share_of_batch * mine.sum())
        for shop in np.flatnonzero(large).tolist():
            statement = f"券种“{one.name or one.id}”的 {mine.sum()} 笔核销中占 {counts[shop]} 笔"
            figures = {"batch": one.id, "redemptions": int(counts[shop]), "of": int(mine.sum())}
            found.append(Suspicion("merchant", shop, statement, "redemptions", _rows(e, shop, mine), figures))
    return found


@pattern(
    "odd-hours", zh="非营业时间核销", needs=_TIMED,
    settings=("least_redemptions", "night_from_hour", "night_until_hour", "night_share"),
)  # fmt: skip
def odd_hours(e: Evidence) -> list[Suspicion]:
    """At night by the wall clock of the mapping's zone."""
    hints = e.mapping.hints
    hour = local_hours(e.table("redemptions")["redeemed_at"], e.mapping.zone)
    first, last = hints.night_from_hour, hints.night_until_hour
    night = (hour >= first) | (hour < last) if first > last else (hour >= first) & (hour < last)
    return _large_share(e, present(hour) & night, hints.night_share, "{1} 笔核销中 {0} 笔在夜间")


@pattern(
    "used-within-minutes", zh="领取后几分钟内即核销", needs=_TIMED | {"claims": ("voucher", "claimed_at")},
    settings=("least_redemptions", "quick_minutes", "quick_share"),
)  # fmt: skip
def used_within_minutes(e: Evidence) -> list[Suspicion]:
    """Who buys something real needs longer than to claim and be scanned."""
    claimed = taken(e.table("claims")["claimed_at"], e.redemption_claims)
    at, hints = e.table("redemptions")["redeemed_at"], e.mapping.hints
    quick = present(claimed) & present(at) & (at - claimed <= hints.quick_minutes * 60 * US_PER_S)
    said = f"{{1}} 笔核销中 {{0}} 笔距领取不超过 {hints.quick_minutes:g} 分钟"
    return _large_share(e, quick, hints.quick_share, said)


@pattern(
    "many-refunds", zh="核销后退款比例过高", needs=_MERCHANT | {"refunds": ()},
    settings=("least_redemptions", "refund_share"),
)  # fmt: skip
def many_refunds(e: Evidence) -> list[Suspicion]:
    """Orders that were made for the voucher and taken back."""
    rows = e.refund_redemptions
    refunded = np.zeros(len(e.table("redemptions")), dtype=bool)
    refunded[rows[present(rows)]] = True
    return _large_share(e, refunded, e.mapping.hints.refund_share, "{1} 笔核销中 {0} 笔其后退款")
