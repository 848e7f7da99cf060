"""Claims, redemptions, refunds and whole refunds as events of a report, with their places in its dimensions.

Raises CannotJudge where a row lacks what an event needs: a figure that leaves rows out proves nothing.
"""

import numpy as np

from loadtest.vendor_files.cells.numbers import Ints, present
from loadtest.vendor_files.cells.times import US_PER_DAY, US_PER_S, local_days
from loadtest.vendor_files.columns import COLUMNS, TABLE_ZH, TableName
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge
from loadtest.vendor_files.joining import taken
from loadtest.vendor_files.t1.cubes import Events
from loadtest.vendor_files.t1.keys import Keys
from voucher_contract.models.reports import Dimension

Places = dict[Dimension, tuple[Ints, Ints]]
_MERCHANT_COLUMNS: dict[Dimension, str] = {"industry": "category", "district": "district", "size_class": "size_class"}


def column(e: Evidence, table: TableName, name: str) -> Ints:
    """A column without a gap, of a table without missing rows. Raises CannotJudge."""
    if not e.has(table, name):
        raise CannotJudge(f"{TABLE_ZH[table]}没有{COLUMNS[table][name].zh}列")
    if not e.table(table).complete:
        raise CannotJudge(f"{TABLE_ZH[table]}不完整（complete = false）")
    values = e.table(table)[name]
    if not present(values).all():
        raise CannotJudge(f"{TABLE_ZH[table]}的{COLUMNS[table][name].zh}列有空白或无法读出的单元格")
    return values


def business_days(e: Evidence, instants: Ints) -> Ints:
    """The business day of each instant: what happens after the agreed end of the day belongs to the next."""
    terms = e.mapping.agreed.terms
    hour, minute = (int(part) for part in (terms.day_ends_at if terms else "24:00").split(":"))
    return local_days(instants + US_PER_DAY - (hour * 3_600 + minute * 60) * US_PER_S, e.mapping.zone)


def claims(e: Evidence, keys: Keys) -> Events:
    """One event a claim. By industry a claim stands in every category of its batch, as the contract counts."""
    batch = column(e, "claims", "batch")
    places = _of_batches(e, keys, batch)
    categories = [[keys.number("industry", code) for code in one.categories] for one in e.batches]
    rows = [np.flatnonzero(batch == number) for number, codes in enumerate(categories) for _ in codes]
    key = [np.int64(code) for codes in categories for code in codes]
    places["industry"] = (
        np.concatenate(rows), np.concatenate([np.full(len(row), code) for row, code in zip(rows, key, strict=True)])
    )  # fmt: skip
    return Events(business_days(e, column(e, "claims", "claimed_at")), places)


def redemptions(e: Evidence, keys: Keys) -> Events:
    """One event a redemption; industry, district and size are the merchant's on the roster."""
    days = business_days(e, column(e, "redemptions", "redeemed_at"))
    places = _of_batches(e, keys, e.redemption_batches)
    if e.has("redemptions", "merchant") and e.has("merchants", "merchant"):
        for dimension, name in _MERCHANT_COLUMNS.items():
            if e.has("merchants", name):
                _keep(places, dimension, taken(e.table("merchants")[name], e.redemption_merchants))
    return Events(days, places)


def refunds(e: Evidence, of_redemptions: Events) -> Events:
    """One event a refund, on the day of the refund, where its redemption stands."""
    rows = e.refund_redemptions
    if not present(rows).all():
        raise CannotJudge("有退款找不到对应的核销")
    return _moved(e, of_redemptions, rows, column(e, "refunds", "refunded_at"))


def whole_refunds(e: Evidence, of_redemptions: Events) -> tuple[Events, Ints]:
    """One event a redemption that was taken back whole, on the day of its last refund; and which redemptions."""
    amount, at, rows = column(e, "refunds", "amount"), column(e, "refunds", "refunded_at"), e.refund_redemptions
    if not (present(rows).all() and present(e.payable).all()):
        raise CannotJudge("有退款找不到对应的核销，或核销没有应付金额")
    total, last = np.zeros(len(e.payable), np.int64), np.full(len(e.payable), np.iinfo(np.int64).min, np.int64)
    np.add.at(total, rows, amount)
    np.maximum.at(last, rows, at)
    whole = np.flatnonzero((total > 0) & (total >= e.payable))
    return _moved(e, of_redemptions, whole, last[whole]), whole


def _moved(e: Evidence, of_redemptions: Events, rows: Ints, at: Ints) -> Events:
    """Events that stand where the redemptions ``rows`` stand, at instants of their own."""
    places: Places = {}
    for dimension, (of, key) in of_redemptions.places.items():
        by_row = np.empty(len(of_redemptions.days), dtype=np.int64)
        by_row[of] = key
        places[dimension] = (np.arange(len(rows)), by_row[rows])
    return Events(business_days(e, at), places)


def _of_batches(e: Evidence, keys: Keys, batch: Ints) -> Places:
    places: Places = {"total": (np.arange(len(batch)), np.zeros(len(batch), np.int64))}
    _keep(places, "batch", batch)
    rounds = np.array([keys.number("round", one.round) for one in e.batches], dtype=np.int64)
    _keep(places, "round", taken(rounds, batch))
    return places


def _keep(places: Places, dimension: Dimension, key: Ints) -> None:
    """A dimension counts only when every event has its key."""
    if present(key).all():
        places[dimension] = (np.arange(len(key)), key)
