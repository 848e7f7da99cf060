"""Judging a roster: which rows are good, and every cell that is not, with no look at any database but what is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from voucher_contract import refusals
from voucher_contract.models.merchants import BadCell
from voucher_platform.core.problems import Refused
from voucher_platform.merchants import cell_rules
from voucher_platform.merchants import columns as c
from voucher_platform.merchants.cell_rules import CityBox, Fault
from voucher_platform.merchants.faults import MerchantLine, bad_cell
from voucher_platform.merchants.reading import MOST_ROWS, Cell, Grid

_HEADING_WITHIN = 10
_LONGEST_NAME, _LONGEST_ADDRESS = 100, 200


@dataclass(frozen=True)
class Layout:
    """Where the heading stands (index of its row) and in which place each column."""

    heading: int
    places: dict[str, int]


@dataclass
class Judgement:
    """The rows of a file that hold anything, the good ones as lines, and all bad cells."""

    rows: int = 0
    lines: list[MerchantLine] = field(default_factory=list)
    bad_cells: list[BadCell] = field(default_factory=list)

    @property
    def bad_rows(self) -> int:
        """How many rows have a bad cell."""
        return len({cell.row for cell in self.bad_cells})


def find_layout(grid: Grid) -> Layout:
    """The heading: the row among the first ten that names most columns. Refuses ``missing_columns``, naming them."""
    best = Layout(0, {})
    for index, row in enumerate(grid[:_HEADING_WITHIN]):
        places: dict[str, int] = {}
        for place, cell in enumerate(row):
            column = c.column_named(str(cell))
            if column is not None:
                places.setdefault(column, place)
        if len(places) > len(best.places):
            best = Layout(index, places)
    missing = [column for column in c.REQUIRED if column not in best.places]
    if missing:
        errors = [{"field": column, "message": "缺少此列 / column missing"} for column in missing]
        raise Refused(refusals.MISSING_COLUMNS, "缺少: " + "、".join(missing), errors=errors)
    return best


def judge_roster(grid: Grid, layout: Layout, *, till_owners: Mapping[str, str], city: CityBox) -> Judgement:
    """Judge every row below the heading. ``till_owners``: credit code of the merchant that owns a till already.

    A credit code or till belongs to the first row that names it, good or bad; so what is right does not hang on the
    order in which faults are mended. Refuses ``too_many_rows``.
    """
    judgement = Judgement()
    seen_codes: set[str] = set()
    till_rows: dict[str, str] = {}
    for index in range(layout.heading + 1, len(grid)):
        raw = {column: _raw(grid[index], place) for column, place in layout.places.items()}
        if not any(text.strip() for text in raw.values()):
            continue
        judgement.rows += 1
        if judgement.rows > MOST_ROWS:
            raise Refused(refusals.TOO_MANY_ROWS, f"最多 {MOST_ROWS} 行")
        row = _RowJudge(raw, index + 1, city)
        row.judge()
        row.judge_uniqueness(seen_codes, till_rows, till_owners)
        if row.bad:
            judgement.bad_cells += row.bad
        else:
            judgement.lines.append(row.line())
    return judgement


def _raw(row: list[Cell], place: int) -> str:
    """A cell as text; a whole number loses the ``.0`` that spreadsheets give it."""
    if place >= len(row):
        return ""
    cell = row[place]
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return cell


class _RowJudge:
    """One row while it is judged: the values found so far and the cells found bad."""

    def __init__(self, raw: dict[str, str], number: int, city: CityBox) -> None:
        self._raw = raw
        self._number = number
        self._city = city
        self._found: dict[str, str | float | tuple[str, ...]] = {}
        self.bad: list[BadCell] = []

    def judge(self) -> None:
        """Every rule that needs this row alone."""
        text = {column: c.code_text(value) for column, value in self._raw.items()}
        name, address = c.prose(self._raw[c.NAME]), c.prose(self._raw[c.ADDRESS])
        city = self._city
        latitudes, longitudes = (city.south, city.north), (city.west, city.east)
        self._take(c.USCC, cell_rules.credit_code(text[c.USCC].upper()))
        self._take(c.NAME, cell_rules.text_up_to(name, _LONGEST_NAME))
        self._take(c.DISTRICT, cell_rules.district(text[c.DISTRICT], text.get(c.DISTRICT_NAME, "")))
        self._note(c.DISTRICT_NAME, cell_rules.district_name(text.get(c.DISTRICT_NAME, ""), text[c.DISTRICT]))
        self._take(c.CATEGORY, cell_rules.category(text[c.CATEGORY]))
        group = self._found.get(c.CATEGORY)
        self._take(c.INDUSTRY, cell_rules.industry_code(text[c.INDUSTRY], str(group) if group else None))
        self._take(c.SIZE_CLASS, cell_rules.size_class(text[c.SIZE_CLASS]))
        self._take(c.ADDRESS, cell_rules.text_up_to(address, _LONGEST_ADDRESS))
        self._take(c.LATITUDE, cell_rules.degrees(text[c.LATITUDE], *latitudes, longitudes))
        self._take(c.LONGITUDE, cell_rules.degrees(text[c.LONGITUDE], *longitudes, latitudes))
        self._take(c.TILLS, cell_rules.tills(c.till_numbers(self._raw[c.TILLS])))

    def judge_uniqueness(self, codes: set[str], till_rows: dict[str, str], owners: Mapping[str, str]) -> None:
        """No code and no till twice in the file, no till of another merchant; then both are taken."""
        code = self._found.get(c.USCC)
        if isinstance(code, str):
            if code in codes:
                self._note(c.USCC, Fault("duplicate_credit_code", "每家商户一行，请删除重复行"))
            codes.add(code)
        tills = self._found.get(c.TILLS)
        if isinstance(tills, tuple):
            self._judge_tills(tills, str(code), till_rows, owners)

    def _judge_tills(
        self, tills: tuple[str, ...], code: str, till_rows: dict[str, str], owners: Mapping[str, str]
    ) -> None:
        row = str(self._number)
        taken = [till for till in tills if till in till_rows]
        foreign = [till for till in tills if owners.get(till, code) != code]
        if taken:
            self._note(c.TILLS, Fault("duplicate_till", f"{taken[0]} 已在第 {till_rows[taken[0]]} 行"))
        elif foreign:
            self._note(c.TILLS, Fault("till_of_other_merchant", f"{foreign[0]} 已登记给 {owners[foreign[0]]}"))
        for till in tills:
            till_rows.setdefault(till, row)

    def _take(self, column: str, result: str | float | tuple[str, ...] | Fault) -> None:
        if not self._raw[column].strip():
            result = Fault("empty")
        if isinstance(result, Fault):
            self._note(column, result)
        else:
            self._found[column] = result

    def _note(self, column: str, fault: Fault | None) -> None:
        if fault is not None:
            self.bad.append(bad_cell(self._number, column, self._raw[column], fault.code, fault.suggestion_zh))

    def line(self) -> MerchantLine:
        """The row's values; only for a row without bad cells."""
        found = self._found
        latitude, longitude, tills = found[c.LATITUDE], found[c.LONGITUDE], found[c.TILLS]
        assert isinstance(latitude, float), "judged"
        assert isinstance(longitude, float), "judged"
        assert isinstance(tills, tuple), "judged"
        return MerchantLine(
            str(found[c.USCC]), str(found[c.NAME]), str(found[c.DISTRICT]), str(found[c.CATEGORY]),
            str(found[c.INDUSTRY]), str(found[c.SIZE_CLASS]), str(found[c.ADDRESS]), latitude, longitude, tills,
        )  # fmt: skip
