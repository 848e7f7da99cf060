"""mapping.toml: how to read one vendor's exported files, and the rules of the batches they are judged by."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, field_validator, model_validator

from loadtest.agreed.plan import Terms
from loadtest.agreed.reading import Strict
from loadtest.vendor_files.cells.time_format import known_zone, wrong_parts
from loadtest.vendor_files.columns import COLUMNS, T1_FIXED, TableName
from loadtest.vendor_files.hints.settings import HintSettings
from voucher_contract.indicators import INDICATORS
from voucher_contract.models.common import Category, District, Fen, PositiveFen, RefundRegime

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Encoding = Literal["auto", "utf-8", "gb18030"]
Money = Literal["yuan", "fen", "wan_yuan"]
CodeName = Literal[
    "category", "district", "size_class", "state", "status", "yes_no", "indicator", "period", "dimension"
]  # fmt: skip


class Where(Strict):
    """Only rows whose ``column`` holds one of ``values`` count: exports often list failures beside successes."""

    column: ColumnName
    values: tuple[str, ...] = Field(min_length=1)


class Source(Strict):
    """Files of one kind. ``files``: a name or pattern inside the folder; several files are read as one table.

    ``money``, ``time_format`` and ``zone`` override the file-wide ones. ``complete`` false: the vendor says that rows
    are missing; then nothing is concluded from a row that is not there. A row in which some cell is ``total_label`` is
    no record but the file's own sum of the rows above it.
    """

    files: Word
    encoding: Encoding = "auto"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    sheet: Word | None = None
    header_row: int = Field(default=1, ge=1, le=100)
    columns: dict[str, ColumnName]
    where: Where | None = None
    complete: bool = True
    total_label: Word | None = "合计"
    money: Money | None = None
    time_format: Word | None = None
    zone: Word | None = None

    @field_validator("time_format")
    @classmethod
    def _format_is_known(cls, value: str | None) -> str | None:
        return None if value is None else _known_format(value)

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, value: str | None) -> str | None:
        return None if value is None else _zone(value)


class T1Source(Source):
    """T+1 figures. Long: columns ``indicator`` and ``value``. Wide: ``indicators`` names a column for each indicator.

    What no column says is said by ``fixed`` (``period = "day"``, ``dimension = "total"``), the day by
    ``day_in_file_name``: a regular expression with one group.
    """

    indicators: dict[str, ColumnName] = Field(default={})
    fixed: dict[str, Word] = Field(default={})
    day_in_file_name: Word | None = None

    @model_validator(mode="after")
    def _is_one_of_two_shapes(self) -> Self:
        unknown = sorted(set(self.indicators) - set(INDICATORS))
        if unknown:
            raise ValueError(f"indicators: no such indicator 没有这些指标: {', '.join(unknown)}")
        wrong = sorted(set(self.fixed) - set(T1_FIXED))
        if wrong:
            raise ValueError(f"fixed: only {', '.join(T1_FIXED)} can be fixed 不能固定: {', '.join(wrong)}")
        long = {"indicator", "value"} <= self.columns.keys()
        if long == bool(self.indicators):
            raise ValueError("give either columns.indicator and columns.value, or indicators 长表与宽表二选一")
        if "key" in self.columns and not {"dimension"} & (self.columns.keys() | self.fixed.keys()):
            raise ValueError("columns.key needs columns.dimension or fixed.dimension 缺少维度")
        if "day" not in self.columns and self.day_in_file_name is None:
            raise ValueError("columns.day or day_in_file_name is needed 缺少日期")
        return self


class Batch(Strict):
    """A batch as the bureau set it down: what its vouchers are judged by. ``quota`` is the highest it ever had.

    Empty ``districts``: the whole city. ``valid_days`` counts business days after the claim's.
    """

    id: Word
    name: str = ""
    round: str = ""
    face_fen: PositiveFen
    threshold_fen: PositiveFen
    quota: int = Field(ge=1, le=10_000_000)
    categories: tuple[Category, ...] = Field(min_length=1)
    districts: tuple[District, ...] = ()
    claim_opens_at: AwareDatetime
    claim_closes_at: AwareDatetime
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    valid_days: int | None = Field(default=None, ge=1, le=366)
    per_person_limit: int = Field(ge=1, le=100)
    refund_regime: RefundRegime | None = None
    refund_days: int | None = Field(default=None, ge=0, le=366)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.claim_opens_at < self.claim_closes_at:
            raise ValueError("need claim_opens_at < claim_closes_at 领取时间先后颠倒")
        if not self.valid_from < self.valid_until:
            raise ValueError("need valid_from < valid_until 有效期先后颠倒")
        return self


class Agreed(Strict):
    """What was fixed before anybody was judged. What is not set here is not judged.

    ``terms``: definitions of the T+1 figures and of one person. ``refund_split`` running_total: the user's part is the
    running total × paid ÷ payable, half up (S-54 of the contract).
    """

    terms: Terms | None = None
    refund_split: Literal["running_total"] | None = None
    most_refunds_per_order: int | None = Field(default=None, ge=1, le=10_000)
    least_paid_fen: Fen | None = None


class Mapping(Strict):
    """The whole file. ``tolerance_s``: how far rounding may have moved a time; within it no window is judged."""

    vendor: Word
    zone: Word = "Asia/Shanghai"
    time_format: Word = "%Y-%m-%d %H:%M:%S"
    money: Money = "yuan"
    tolerance_s: float = Field(default=1.0, ge=0, le=3_600)
    batch: tuple[Batch, ...] = Field(min_length=1)
    agreed: Agreed = Agreed()
    codes: dict[CodeName, dict[str, str]] = Field(default={})
    claims: Source | None = None
    redemptions: Source | None = None
    refunds: Source | None = None
    merchants: Source | None = None
    t1: T1Source | None = None
    hints: HintSettings = HintSettings()

    @field_validator("time_format")
    @classmethod
    def _format_is_known(cls, value: str) -> str:
        return _known_format(value)

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        return _zone(value)

    @model_validator(mode="after")
    def _columns_are_known(self) -> Self:
        ids = [batch.id for batch in self.batch]
        if len(set(ids)) != len(ids):
            raise ValueError("batch: two batches have one id 券种编号重复")
        sources = self.sources()
        if not sources:
            raise ValueError("name at least one of claims, redemptions, refunds, merchants, t1 至少给出一类文件")
        for table, source in sources.items():
            known = COLUMNS[table]
            unknown = sorted(set(source.columns) - known.keys())
            if unknown:
                raise ValueError(
                    f"{table}.columns: {', '.join(unknown)} 不是可用的列；可用 one of: {', '.join(known)}"
                )  # fmt: skip
            if not source.columns and not (isinstance(source, T1Source) and source.indicators):
                raise ValueError(f"{table}.columns: no column is named 没有列出任何列")
        return self

    def sources(self) -> dict[TableName, Source]:
        """The files that are named, by table."""
        named: dict[TableName, Source | None] = {
            "claims": self.claims, "redemptions": self.redemptions, "refunds": self.refunds,
            "merchants": self.merchants, "t1": self.t1,
        }  # fmt: skip
        return {table: source for table, source in named.items() if source is not None}


def _known_format(value: str) -> str:
    wrong = wrong_parts(value)
    if wrong:
        raise ValueError(
            f"{', '.join(wrong)}: use iso, epoch_s, epoch_ms, or %Y %m %d %H %M %S %f, each at most once, with a date"
            f" 时间格式不可用；例 {datetime(2026, 1, 2, 15, 4, 5):%Y-%m-%d %H:%M:%S} = %Y-%m-%d %H:%M:%S"  # noqa: DTZ001 - an example
        )
    return value


def _zone(value: str) -> str:
    if not known_zone(value):
        raise ValueError(f"{value}: no such time zone 没有这个时区；例 Asia/Shanghai")
    return value
