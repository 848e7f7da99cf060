"""Claims against the batch's quota, window and limit per person."""

import numpy as np

from loadtest.vendor_files.cells.numbers import MISSING, Ints, present
from loadtest.vendor_files.cells.times import shown
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, by_row, file_check
from loadtest.vendor_files.joining import level_excess, one_key

_END_OF_TIME = np.iinfo(np.int64).max


@file_check(
    "quota-kept", clauses=("N4.2.1b", "N4.2.4"), needs={"claims": ("batch",)},
    zh="任何时刻已发未作废的张数不超过数量上限", en="No more vouchers outstanding than the quota",
)  # fmt: skip
def quota_kept(e: Evidence) -> Findings:
    """C2. The contradicting rows are those that were issued beyond the quota."""
    claims = e.table("claims")
    return _over(e, claims["batch"], present(claims["batch"]), "quota", "数量上限")


@file_check(
    "person-limit-kept", clauses=("N3.2",), needs={"claims": ("batch",)},
    zh="每人持有张数不超过每人限领", en="Nobody holds more than the limit per person",
)  # fmt: skip
def person_limit_kept(e: Evidence) -> Findings:
    """C4, by the natural person as agreed."""
    people = e.claim_people
    if people is None:
        raise CannotJudge("领取明细没有区分自然人的列（person，或事先约定的证件号、银行卡等）")
    claims = e.table("claims")
    return _over(e, one_key(claims["batch"], people), present(claims["batch"]), "per_person_limit", "每人限领")


def _over(e: Evidence, group: Ints, known: np.ndarray, rule: str, rule_zh: str) -> Findings:
    """Claims that lift their group above the batch's rule; a voucher void at an unknown time never counted."""
    claims, voided = e.table("claims"), e.voided
    claimed = claims["claimed_at"] if "claimed_at" in claims else np.full(len(claims), MISSING, dtype=np.int64)
    claimed = np.where(present(claimed), claimed, _END_OF_TIME)
    held, released = np.flatnonzero(known), np.flatnonzero(known & present(voided))
    limit = e.rule(claims["batch"], rule)
    rows = np.concatenate([held, released])
    at = np.concatenate([claimed[held], voided[released]])
    step = np.concatenate([np.ones(len(held), np.int64), -np.ones(len(released), np.int64)])
    over, level = level_excess(group[rows], at, step, limit[rows])
    bad, reached = np.zeros(len(claims), dtype=bool), np.zeros(len(claims), dtype=np.int64)
    bad[rows[over]] = True
    reached[held] = level[: len(held)]
    return by_row(
        "claims", bad, lambda row: f"领取后持有 {reached[row]} 张，超过{rule_zh} {limit[row]} 张", judged=len(held),
        facts=lambda row: {rule: int(limit[row]), "level": int(reached[row])},
    )  # fmt: skip


@file_check(
    "claim-window-kept", clauses=("N3.1", "N4.2.1b"), needs={"claims": ("batch", "claimed_at")},
    zh="领取时间在领取窗口内", en="Claims lie within the window",
)  # fmt: skip
def claim_window_kept(e: Evidence) -> Findings:
    """C10: nothing before the opening, nothing after the close, by the vendor's own clock."""
    claims = e.table("claims")
    opens, closes = e.rule(claims["batch"], "claim_opens_at"), e.rule(claims["batch"], "claim_closes_at")
    known, at = claims.known("batch", "claimed_at"), claims["claimed_at"]
    early, late = at < opens - e.tolerance_us, at >= closes + e.tolerance_us
    zone = e.mapping.zone
    return by_row(
        "claims", known & (early | late), judged=int(known.sum()),
        say=lambda row: (
            f"早于开始时间 {shown(int(opens[row]), zone)} 领取"
            if early[row]
            else f"晚于结束时间 {shown(int(closes[row]), zone)} 领取"
        ),
    )  # fmt: skip


@file_check(
    "face-as-configured", clauses=("N4.2.1b", "N4.2.4"), needs={"claims": ("batch", "face")},
    zh="券面额与配置一致", en="Faces are as configured",
)  # fmt: skip
def face_as_configured(e: Evidence) -> Findings:
    """A voucher is worth what its batch says."""
    claims = e.table("claims")
    known, face = claims.known("batch", "face"), e.rule(claims["batch"], "face_fen")
    return by_row(
        "claims", known & (claims["face"] != face), judged=int(known.sum()),
        say=lambda row: f"面额 {claims['face'][row]} 分，配置为 {face[row]} 分",
    )  # fmt: skip
