"""Bad rows beside the good ones, as real rosters have them, with the truth about which cell is wrong.

Each bad row would be good but for one fault. Some good rows are only spelled oddly (full-width digits,
stray spaces, lower case): an import should tidy those up, not refuse them.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from merchant_sim.check_digits import USCC_ALPHABET
from merchant_sim.districts import DISTRICTS
from merchant_sim.industries import INDUSTRIES, INDUSTRIES_BY_NAME
from merchant_sim.merchants import build_merchants
from merchant_sim.roster import TILL_SEPARATOR, RosterRow, row_of
from merchant_sim.streams import stream

FIRST_SPOILED_NO = 400_001  # Far above any roster's own numbers: a bad row clashes only where it is meant to.


@dataclass(frozen=True, slots=True)
class BadCell:
    """One wrong cell. `row_index` counts from 0; `fault` is a key of FAULTS."""

    row_index: int
    column: str
    fault: str

    @property
    def sheet_row(self) -> int:
        """The row as a spreadsheet shows it: the heading is row 1."""
        return self.row_index + 2


@dataclass(frozen=True, slots=True)
class OddCell:
    """One cell that is spelled oddly but means `meant`."""

    row_index: int
    column: str
    meant: str


@dataclass(frozen=True, slots=True)
class SpoiledRoster:
    """Rows with bad ones among them, and the truth. `good_rows` counts the rows an import should take."""

    rows: tuple[RosterRow, ...]
    bad_cells: tuple[BadCell, ...]
    odd_cells: tuple[OddCell, ...]

    @property
    def good_rows(self) -> int:
        """How many rows have no wrong cell."""
        return len(self.rows) - len({cell.row_index for cell in self.bad_cells})


Fault = Callable[[RosterRow, Sequence[RosterRow], random.Random], tuple[str, ...]]


def _wrong_check_digit(row: RosterRow, _good: Sequence[RosterRow], rng: random.Random) -> tuple[str, ...]:
    code = str(row["统一社会信用代码"])
    row["统一社会信用代码"] = code[:-1] + rng.choice([char for char in USCC_ALPHABET if char != code[-1]])
    return ("统一社会信用代码",)


def _unknown_district(row: RosterRow, _good: Sequence[RosterRow], _rng: random.Random) -> tuple[str, ...]:
    row["区域代码"] = "510681199"
    return ("区域代码",)


def _district_mismatch(row: RosterRow, _good: Sequence[RosterRow], rng: random.Random) -> tuple[str, ...]:
    row["区域名称"] = rng.choice([place.name for place in DISTRICTS if place.code != row["区域代码"]])
    return ("区域名称",)


def _unknown_industry(row: RosterRow, _good: Sequence[RosterRow], _rng: random.Random) -> tuple[str, ...]:
    row["行业业态"] = "美容美发"
    return ("行业业态",)


def _code_outside_group(row: RosterRow, _good: Sequence[RosterRow], rng: random.Random) -> tuple[str, ...]:
    own = INDUSTRIES_BY_NAME[str(row["行业业态"])].codes
    row["行业代码"] = rng.choice([code for group in INDUSTRIES for code in group.codes if code not in own])
    return ("行业代码",)


def _unknown_size_class(row: RosterRow, _good: Sequence[RosterRow], _rng: random.Random) -> tuple[str, ...]:
    row["规模类型"] = "大型企业"
    return ("规模类型",)


def _duplicate_code(row: RosterRow, good: Sequence[RosterRow], rng: random.Random) -> tuple[str, ...]:
    row["统一社会信用代码"] = rng.choice(good)["统一社会信用代码"]
    return ("统一社会信用代码",)


def _missing_name(row: RosterRow, _good: Sequence[RosterRow], _rng: random.Random) -> tuple[str, ...]:
    row["商户名称"] = ""
    return ("商户名称",)


def _latitude_as_text(row: RosterRow, _good: Sequence[RosterRow], _rng: random.Random) -> tuple[str, ...]:
    row["纬度"] = "北纬三十度"
    return ("纬度",)


def _outside_city(row: RosterRow, _good: Sequence[RosterRow], rng: random.Random) -> tuple[str, ...]:
    row["纬度"] = round(rng.uniform(39.5, 40.0), 6)
    return ("纬度",)


def _swapped_position(row: RosterRow, _good: Sequence[RosterRow], _rng: random.Random) -> tuple[str, ...]:
    row["纬度"], row["经度"] = row["经度"], row["纬度"]
    return ("纬度", "经度")


def _till_used_twice(row: RosterRow, good: Sequence[RosterRow], rng: random.Random) -> tuple[str, ...]:
    row["终端号"] = rng.choice(good)["终端号"]
    return ("终端号",)


FAULTS: dict[str, Fault] = {
    "wrong_check_digit": _wrong_check_digit,
    "unknown_district": _unknown_district,
    "district_mismatch": _district_mismatch,
    "unknown_industry": _unknown_industry,
    "code_outside_group": _code_outside_group,
    "unknown_size_class": _unknown_size_class,
    "duplicate_code": _duplicate_code,
    "missing_name": _missing_name,
    "latitude_as_text": _latitude_as_text,
    "outside_city": _outside_city,
    "swapped_position": _swapped_position,
    "till_used_twice": _till_used_twice,
}

_FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in "0123456789ABCDEFGHJKLMNPQRTUWXY"}


def _odd_spellings(row: RosterRow) -> dict[str, str]:
    """Return odd spellings of several cells of a row, each of which an import should understand."""
    return {
        "区域代码": str(row["区域代码"]).translate(_FULL_WIDTH),
        "统一社会信用代码": f" {str(row['统一社会信用代码']).lower()} ",
        "行业代码": f"{row['行业代码']}\u3000".translate(_FULL_WIDTH),
        "商户名称": f"\u3000{row['商户名称']} ",
        "纬度": f" {row['纬度']} ".translate(_FULL_WIDTH),
        "终端号": str(row["终端号"]).replace(TILL_SEPARATOR, " ； ") + " ",
    }


def spoil(rows: Sequence[RosterRow], seed: int) -> SpoiledRoster:
    """Return `rows` with one bad row for each of FAULTS among them and six good rows spelled oddly.

    Bad rows go into the second half, good rows that they copy a code or till from stand in the first: so
    the second use of a code is the wrong one. Raises ValueError for fewer than 12 rows.
    """
    if len(rows) < len(FAULTS):
        raise ValueError(f"spoil needs at least {len(FAULTS)} good rows, got {len(rows)}")
    rng = stream(seed, "spoil")
    good = [dict(row) for row in rows]
    half = len(good) // 2
    meant = _respell(good, rng.sample(range(half), 6))
    strangers = build_merchants(
        seed, len(FAULTS), part="spoil-merchants", first_no=FIRST_SPOILED_NO, admitted_only=True
    )
    clean_first_half = [row for index, row in enumerate(rows[:half]) if index not in meant]
    mixed: list[tuple[RosterRow, str, tuple[str, ...]]] = [(row, "", ()) for row in good]
    for (fault, make_bad), stranger in zip(FAULTS.items(), strangers, strict=True):
        row = row_of(stranger)
        columns = make_bad(row, clean_first_half, rng)
        mixed.insert(rng.randrange(half, len(mixed) + 1), (row, fault, columns))
    bad = [BadCell(at, name, fault) for at, (_, fault, names) in enumerate(mixed) for name in names]
    odd = [OddCell(at, column, text) for at, (column, text) in sorted(meant.items())]
    return SpoiledRoster(tuple(row for row, _, _ in mixed), tuple(bad), tuple(odd))


def _respell(good: list[RosterRow], chosen: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Respell one cell in each of the chosen rows; return what each was meant to be, by row."""
    meant: dict[int, tuple[str, str]] = {}
    for place, index in enumerate(chosen):
        spellings = list(_odd_spellings(good[index]).items())
        column, spelling = spellings[place % len(spellings)]
        meant[index] = (column, str(good[index][column]))
        good[index][column] = spelling
    return meant
