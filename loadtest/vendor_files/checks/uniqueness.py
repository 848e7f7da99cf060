"""Codes, ids and order numbers that may occur once."""

import numpy as np

from loadtest.vendor_files.columns import COLUMNS, TableName
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, Findings, by_group, file_check
from loadtest.vendor_files.joining import repeated


def _once(e: Evidence, table: TableName, *columns: str) -> Findings:
    rows = e.table(table)
    titles = "、".join(COLUMNS[table][column].zh for column in columns)
    groups = repeated(*(rows[column] for column in columns))
    judged = int(rows.known(*columns).sum())
    return by_group(table, groups, lambda group: f"{titles}相同的记录有 {len(group)} 条", judged=judged)


@file_check(
    "voucher-issued-once", clauses=("N3.2", "N3.3"), needs={"claims": ("voucher",)},
    zh="一张券只发给一次领取", en="A voucher belongs to one claim",
)  # fmt: skip
def voucher_issued_once(e: Evidence) -> Findings:
    """C3: one code, one claim."""
    return _once(e, "claims", "voucher")


@file_check(
    "claim-request-once", clauses=("N3.2", "N3.3"), needs={"claims": ("request", "voucher")},
    zh="一个领取请求号只得到一张券", en="One claim request got one voucher",
)  # fmt: skip
def claim_request_once(e: Evidence) -> Findings:
    """C11: one key, two vouchers. Rows of one and the same voucher are the business of voucher-issued-once.

    Whoever asks chooses the key, so two who chose alike contradict nothing: keys are compared within one account, or
    where accounts are not told, within one person.
    """
    claims = e.table("claims")
    who = e.claim_people
    if "account" in claims:
        who = claims["account"]
    if who is None:
        raise CannotJudge("领取明细没有账户或自然人列：请求号由各人自选，不同人的请求号可以相同")
    groups = [group for group in repeated(who, claims["request"]) if len(np.unique(claims["voucher"][group])) > 1]
    judged = int(claims.known("request").sum())
    return by_group("claims", groups, lambda group: f"同一人的同一请求号领到 {len(group)} 张券", judged=judged)


@file_check(
    "redemption-listed-once", clauses=("N3.3", "N3.4"), needs={"redemptions": ("redemption",)},
    zh="核销单号不重复", en="A redemption's number occurs once",
)  # fmt: skip
def redemption_listed_once(e: Evidence) -> Findings:
    """A number that occurs twice counts money twice."""
    return _once(e, "redemptions", "redemption")


@file_check(
    "refund-listed-once", clauses=("N3.3", "N3.4"), needs={"refunds": ("refund",)},
    zh="退款单号不重复", en="A refund's number occurs once",
)  # fmt: skip
def refund_listed_once(e: Evidence) -> Findings:
    """C13: each refund once."""
    return _once(e, "refunds", "refund")


@file_check(
    "merchant-listed-once", clauses=("N4.2.2b",), needs={"merchants": ("merchant",)},
    zh="商户名单中一户一行", en="A merchant is listed once",
)  # fmt: skip
def merchant_listed_once(e: Evidence) -> Findings:
    """Two lines for one shop leave its category and district open."""
    return _once(e, "merchants", "merchant")
