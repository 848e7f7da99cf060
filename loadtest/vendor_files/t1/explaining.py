"""Which definition makes their number true: the rows handed to the definitions that the cases over HTTP use too."""

from datetime import UTC, datetime, timedelta

import numpy as np

from loadtest.cases.t1_definitions import Explanation, definitions_that_fit
from loadtest.cases.t1_figures import NO_ISSUING, Period
from loadtest.cases.t1_rows import BatchFacts, Claim, MerchantFacts, Redemption, Refund, Rows
from loadtest.vendor_files.cells.codes import CODES
from loadtest.vendor_files.cells.numbers import MISSING, Ints, present
from loadtest.vendor_files.cells.times import US_PER_DAY, US_PER_S, day_starts
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.joining import taken
from loadtest.vendor_files.t1.lines import Line
from loadtest.vendor_files.tables import Table

MOST_ROWS = 300_000
"""Above it nothing is explained: the definitions walk rows one by one, for people who want to know why."""
DISPUTABLE = frozenset({
    "accounts", "seekers_or_claimants", "refunds_by_sale", "whole_refunds_undone", "gross_or_net",
    "released_or_issued", "count_or_amount", "voided_left_out", "after_promotion",
})  # fmt: skip
"""Definitions that the notice leaves open. The others (a day cut elsewhere, another unit, refunds left out) err."""


class Explainer:
    """Explains lines of a report. The rows are made once, when first needed."""

    def __init__(self, evidence: Evidence) -> None:
        self._e = evidence
        self._rows: Rows | None = None

    def explain(self, line: Line) -> list[Explanation]:
        """The definitions under which the printed number is right; none where too many rows would be walked."""
        if sum(len(table) for table in self._e.loaded.tables.values()) > MOST_ROWS:
            return []
        if self._rows is None:
            self._rows = _rows(self._e)
        issuing = line.dimension not in NO_ISSUING
        of_line = self._rows.of_line(line.dimension, _key(self._e, line))
        value = line.value / 1_000_000
        return definitions_that_fit(
            value, line.indicator, of_line, _period(self._e, line), issuing=issuing, whole=self._rows
        )  # fmt: skip


def _key(e: Evidence, line: Line) -> str:
    if line.dimension == "batch":
        return e.batches[line.key].id
    if line.dimension == "round":
        return list(dict.fromkeys(batch.round for batch in e.batches))[line.key]
    table = {"industry": "category", "district": "district", "size_class": "size_class"}.get(line.dimension)
    return CODES[table][line.key] if table else ""


def _period(e: Evidence, line: Line) -> Period:
    terms = e.mapping.agreed.terms
    hour, minute = (int(part) for part in (terms.day_ends_at if terms else "24:00").split(":"))
    early_us = US_PER_DAY - (hour * 3_600 + minute * 60) * US_PER_S
    days = np.array([line.day, line.day + 1], dtype=np.int64)
    starts, ends = (_moment(int(at)) for at in day_starts(days, e.mapping.zone) - early_us)
    return Period(starts if line.period == "day" else None, ends, ends)


def _rows(e: Evidence) -> Rows:
    batches = tuple(BatchFacts(one.id, one.round, one.face_fen, one.categories) for one in e.batches)
    return Rows(
        batches, _merchants(e), attempts=None, claims=_claims(e), redemptions=_redemptions(e), refunds=_refunds(e)
    )  # fmt: skip


def _merchants(e: Evidence) -> tuple[MerchantFacts, ...]:
    if not e.has("merchants", "merchant", "category", "district", "size_class"):
        return ()
    table = e.table("merchants")
    codes = [
        [CODES[name][code] if code != MISSING else "" for code in table[name].tolist()]
        for name in ("category", "district", "size_class")
    ]
    return tuple(MerchantFacts(*facts) for facts in zip(map(str, table["merchant"].tolist()), *codes, strict=True))


def _claims(e: Evidence) -> tuple[Claim, ...]:
    if not e.has("claims", "voucher", "batch", "claimed_at"):
        return ()
    table = e.table("claims")
    people = e.claim_people if e.claim_people is not None else np.arange(len(table))
    accounts = _or_nothing(table, "account")
    accounts = np.where(present(accounts), accounts, people)
    columns = (table["voucher"], table["batch"], people, accounts, table["claimed_at"], present(e.voided))
    return tuple(
        Claim(str(voucher), e.batches[batch].id, str(person), str(account), _moment(at), _NEVER, void=void)
        for voucher, batch, person, account, at, void in zip(*(c.tolist() for c in columns), strict=True)
        if MISSING not in {batch, at}
    )


def _redemptions(e: Evidence) -> tuple[Redemption, ...]:
    if not e.has("redemptions", "redeemed_at"):
        return ()
    table = e.table("redemptions")
    people = taken(e.claim_people, e.redemption_claims) if e.claim_people is not None else np.arange(len(table))
    ids = (_or_nothing(table, "voucher"), e.redemption_batches, people, _or_nothing(table, "merchant"))
    money = (np.maximum(_or_nothing(table, name), 0) for name in _MONEY)
    columns = [column.tolist() for column in (table["redeemed_at"], *ids, *money)]
    found = []
    for row, (at, voucher, batch, person, merchant, *amounts) in enumerate(zip(*columns, strict=True)):
        if MISSING not in {at, batch}:
            who = (e.batches[batch].id, str(person), str(person), str(merchant))
            found.append(Redemption(str(row), str(voucher), *who, _moment(at), *amounts))
    return tuple(found)


def _refunds(e: Evidence) -> tuple[Refund, ...]:
    if not e.has("refunds", "refunded_at"):
        return ()
    table = e.table("refunds")
    yes = CODES["yes_no"].index("yes")
    parts = (np.maximum(_or_nothing(table, name), 0) for name in _PARTS)
    columns = [column.tolist() for column in (e.refund_redemptions, table["refunded_at"], *parts)]
    returned = (_or_nothing(table, "voucher_returned") == yes).tolist()
    found = []
    for back, row, at, *amounts in zip(returned, *columns, strict=True):
        if MISSING not in {row, at}:
            amount, user, voucher, platform, fund = amounts
            found.append(Refund(str(row), _moment(at), amount, user, voucher, platform, fund, back))
    return tuple(found)


def _or_nothing(table: Table, name: str) -> Ints:
    return table[name] if name in table else np.full(len(table), MISSING, dtype=np.int64)


_MONEY = ("order_total", "merchant_discount", "platform_discount", "voucher_amount", "paid")
_PARTS = ("amount", "user_part", "voucher_part", "platform_part", "fund_part")
_NEVER = datetime.max.replace(tzinfo=UTC)


def _moment(instant: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
