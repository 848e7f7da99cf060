"""Redemptions against the roster: admitted, not suspended, of the voucher's categories and districts."""

import numpy as np

from loadtest.vendor_files.cells.codes import CODES, code_zh
from loadtest.vendor_files.cells.numbers import MISSING, Ints, Mask, present
from loadtest.vendor_files.cells.times import shown
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import Findings, by_row, file_check
from loadtest.vendor_files.joining import taken


@file_check(
    "merchant-on-roster", clauses=("N4.2.1c", "N4.2.2b"), complete=("merchants",),
    needs={"redemptions": ("merchant",), "merchants": ("merchant",)},
    zh="核销商户都在名单内", en="Redeeming merchants are on the roster",
)  # fmt: skip
def merchant_on_roster(e: Evidence) -> Findings:
    """A shop that nobody admitted."""
    known = e.table("redemptions").known("merchant")
    bad = known & ~present(e.redemption_merchants)
    return by_row("redemptions", bad, lambda _row: "商户不在名单内", judged=int(known.sum()))


@file_check(
    "merchant-admitted", clauses=("N4.2.2b",),
    needs={"redemptions": ("merchant",), "merchants": ("merchant", "status")},
    zh="核销商户均已准入", en="Redeeming merchants are admitted",
)  # fmt: skip
def merchant_admitted(e: Evidence) -> Findings:
    """The roster says "not admitted"."""
    status = taken(e.table("merchants")["status"], e.redemption_merchants)
    bad = status == CODES["status"].index("not_admitted")
    return by_row("redemptions", bad, lambda _row: "名单注明该商户未准入", judged=int(present(status).sum()))


@file_check(
    "suspended-merchant-idle", clauses=("N3.2", "N4.2.2b"),
    needs={"redemptions": ("merchant", "redeemed_at"), "merchants": ("merchant", "suspended_from")},
    zh="暂停期间没有核销", en="Nothing is redeemed at a suspended merchant",
)  # fmt: skip
def suspended_merchant_idle(e: Evidence) -> Findings:
    """A shop suspended from an instant that the roster states."""
    merchants, at = e.table("merchants"), e.table("redemptions")["redeemed_at"]
    begins = taken(merchants["suspended_from"], e.redemption_merchants)
    ends = np.full(len(at), MISSING, dtype=np.int64)
    if "suspended_until" in merchants:
        ends = taken(merchants["suspended_until"], e.redemption_merchants)
    known = present(begins) & present(at)
    inside = (at >= begins + e.tolerance_us) & (~present(ends) | (at < ends - e.tolerance_us))
    return by_row(
        "redemptions", known & inside, judged=int(present(at).sum()),
        say=lambda row: f"商户自 {shown(int(begins[row]), e.mapping.zone)} 起暂停",
    )  # fmt: skip


@file_check(
    "category-covered", clauses=("N4.2.1c",),
    needs={"redemptions": ("merchant",), "merchants": ("merchant", "category")},
    zh="核销商户的行业在券种适用范围内", en="The voucher covers the merchant's category",
)  # fmt: skip
def category_covered(e: Evidence) -> Findings:
    """C20: redeemed by category, by the vendor's own roster."""
    return _covered(e, "category", [frozenset(batch.categories) for batch in e.batches], "行业")


@file_check(
    "district-covered", clauses=("N4.2.2b",),
    needs={"redemptions": ("merchant",), "merchants": ("merchant", "district")},
    zh="核销商户的区域在券种适用范围内", en="The voucher covers the merchant's district",
)  # fmt: skip
def district_covered(e: Evidence) -> Findings:
    """C20: no districts named means the whole city."""
    every = frozenset(CODES["district"])
    return _covered(e, "district", [frozenset(batch.districts) or every for batch in e.batches], "区域")


def _covered(e: Evidence, name: str, allowed: list[frozenset[str]], title: str) -> Findings:
    here = taken(e.table("merchants")[name], e.redemption_merchants)
    batch = e.redemption_batches
    known = present(here) & present(batch)
    table = np.array([[code in batch_allows for code in CODES[name]] for batch_allows in allowed], dtype=bool)
    bad = _forbidden(table, batch, here, known)
    return by_row(
        "redemptions", bad, judged=int(known.sum()),
        say=lambda row: f"商户{title}为{code_zh(name, int(here[row]))}，不在该券种范围内",
    )  # fmt: skip


def _forbidden(allowed: Mask, batch: Ints, code: Ints, known: Mask) -> Mask:
    bad = np.zeros(len(batch), dtype=bool)
    bad[known] = ~allowed[batch[known], code[known]]
    return bad
