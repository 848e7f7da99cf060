"""What the checks look at: the tables, the batches' rules as arrays, and the joins between tables."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loadtest.vendor_files.cells.codes import CODES
from loadtest.vendor_files.cells.numbers import MISSING, Ints, present
from loadtest.vendor_files.cells.times import US_PER_S, instant_of
from loadtest.vendor_files.columns import PERSON_KINDS, TableName
from loadtest.vendor_files.joining import first_row_of, merged, taken
from loadtest.vendor_files.mapping import Batch, Mapping
from loadtest.vendor_files.tables import Loaded, Table


@dataclass(frozen=True)
class Evidence:
    """Files and rules together. Batches are numbered as the mapping lists them."""

    loaded: Loaded
    mapping: Mapping

    def table(self, name: TableName) -> Table:
        """A table that the check needs."""
        return self.loaded.tables[name]

    def has(self, name: TableName, *columns: str) -> bool:
        """Whether the mapping names these columns."""
        table = self.loaded.tables.get(name)
        return table is not None and all(column in table for column in columns)

    @property
    def batches(self) -> tuple[Batch, ...]:
        """The batches by number."""
        return self.mapping.batch

    @cached_property
    def tolerance_us(self) -> int:
        """Within it no time is judged."""
        return round(self.mapping.tolerance_s * US_PER_S)

    def rule(self, batch: Ints, name: str) -> Ints:
        """A field of each row's batch: fen, counts, or instants in microseconds; MISSING where it has none."""
        values = [_number(getattr(one, name)) for one in self.batches]
        return taken(np.array(values, dtype=np.int64), batch)

    @cached_property
    def claim_of_voucher(self) -> Ints:
        """The first claim row of each voucher, by the voucher's number; MISSING for none."""
        return first_row_of(self.table("claims")["voucher"], len(self.loaded.spaces["voucher"]))

    @cached_property
    def redemption_claims(self) -> Ints:
        """The claim row of each redemption's voucher; MISSING where it is not known."""
        redemptions = self.table("redemptions")
        if not (self.has("claims", "voucher") and "voucher" in redemptions):
            return np.full(len(redemptions), MISSING, dtype=np.int64)
        return taken(self.claim_of_voucher, redemptions["voucher"])

    @cached_property
    def redemption_batches(self) -> Ints:
        """Each redemption's batch: its own column, else that of its claim."""
        redemptions = self.table("redemptions")
        own = redemptions["batch"] if "batch" in redemptions else np.full(len(redemptions), MISSING, dtype=np.int64)
        if not self.has("claims", "batch"):
            return own
        return np.where(present(own), own, taken(self.table("claims")["batch"], self.redemption_claims))

    @cached_property
    def redemption_merchants(self) -> Ints:
        """The roster row of each redemption's merchant; MISSING where the roster does not hold it."""
        rows = first_row_of(self.table("merchants")["merchant"], len(self.loaded.spaces["merchant"]))
        return taken(rows, self.table("redemptions")["merchant"])

    @cached_property
    def refund_redemptions(self) -> Ints:
        """The redemption row of each refund, by the redemption's id, else by the order's; MISSING for none."""
        refunds, redemptions = self.table("refunds"), self.table("redemptions")
        rows = np.full(len(refunds), MISSING, dtype=np.int64)
        for name in ("order_no", "redemption"):
            if name in refunds and name in redemptions:
                found = taken(first_row_of(redemptions[name], len(self.loaded.spaces[_SPACE[name]])), refunds[name])
                rows = np.where(present(found), found, rows)
        return rows

    @cached_property
    def payable(self) -> Ints:
        """Each redemption's payable amount: its own column, else total less merchant discount; MISSING if unknown."""
        redemptions = self.table("redemptions")
        if "payable" in redemptions:
            return redemptions["payable"]
        if "order_total" in redemptions and "merchant_discount" in redemptions:
            known = redemptions.known("order_total", "merchant_discount")
            return np.where(known, redemptions["order_total"] - redemptions["merchant_discount"], MISSING)
        return np.full(len(redemptions), MISSING, dtype=np.int64)

    @cached_property
    def claim_people(self) -> Ints | None:
        """The natural person of each claim, as agreed: rows are one person that share an agreed identifier.

        None when no column tells persons apart.
        """
        claims = self.table("claims")
        terms = self.mapping.agreed.terms
        kinds = {"person", *(terms.one_person_by if terms else ())}
        identifiers = [claims[kind] for kind in PERSON_KINDS if kind in kinds and kind in claims]
        return merged(identifiers) if identifiers else None

    @cached_property
    def voided(self) -> Ints:
        """When each claim's voucher was voided: MISSING never, LONG_AGO at an unknown time."""
        claims = self.table("claims")
        at = claims["voided_at"].copy() if "voided_at" in claims else np.full(len(claims), MISSING, dtype=np.int64)
        if "state" in claims:
            void = claims["state"] == CODES["state"].index("void")
            at[void & ~present(at)] = LONG_AGO
        return at


LONG_AGO = MISSING + 1
"""An instant before all others, for what happened at an unknown time and must never raise a false alarm."""
_SPACE = {"order_no": "order", "redemption": "redemption"}


def _number(value: object) -> int:
    if value is None:
        return MISSING
    return value if isinstance(value, int) else instant_of(value)  # type: ignore[arg-type]
