"""The merchant registry, by district and by industry, and its import."""

from typing import Literal

from pydantic import Field

from voucher_contract.models.common import AwareDatetime, Category, Count, District, Id, Name, SizeClass, Wire

MerchantStatus = Literal["admitted", "not_admitted", "suspended"]


class Merchant(Wire):
    """A participating shop. ``uscc`` is the unified social credit code (GB 32100)."""

    id: Id
    uscc: str
    name: Name
    district: District
    category: Category
    industry_code: str
    size_class: SizeClass
    address: str
    latitude: float
    longitude: float
    till_numbers: list[str]
    status: MerchantStatus


class MerchantPage(Wire):
    items: list[Merchant]
    next_cursor: str | None


class BadCell(Wire):
    """One fault in an imported file. ``row`` counts as the spreadsheet shows it (the header is row 1)."""

    row: int
    column: str
    value: str
    code: str
    reason_zh: str
    reason_en: str
    suggestion_zh: str | None


class ImportReport(Wire):
    """What an import found. A dry run changes nothing; otherwise the good rows are in and the bad ones are not."""

    id: Id
    dry_run: bool
    rows: Count
    good_rows: Count
    bad_rows: Count
    imported: Count
    updated: Count
    bad_cells: list[BadCell]
    created_at: AwareDatetime


class CoverageCell(Wire):
    district: District
    category: Category
    merchants: Count


class Coverage(Wire):
    """Admitted merchants by district × industry; empty cells are listed with 0."""

    cells: list[CoverageCell]
    empty_cells: Count


class MerchantSelector(Wire):
    """Whom a suspension meets: one merchant, a district, an industry, or a district's industry."""

    merchant_id: Id | None = None
    district: District | None = None
    category: Category | None = None
    reason: Name


class MerchantsChanged(Wire):
    merchant_ids: list[Id]


class TillTokenSpec(Wire):
    till_number: str = Field(pattern=r"^[A-Za-z0-9-]{4,32}$")


class TillToken(Wire):
    token: str
    merchant_id: Id
    till_number: str
    expires_at: AwareDatetime
