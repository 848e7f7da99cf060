"""Roster files, and the ground truth about their bad rows."""

import csv
import unicodedata
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from merchant_sim.check_digits import uscc_is_valid
from merchant_sim.city import City, build_city
from merchant_sim.districts import DISTRICTS_BY_CODE, within_city
from merchant_sim.industries import INDUSTRIES_BY_NAME
from merchant_sim.merchants import SIZE_CLASSES
from merchant_sim.roster import COLUMNS, CsvEncoding, RosterRow, roster_rows, write_csv, write_xlsx
from merchant_sim.spoil import FAULTS, spoil


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(3, 0)


def tidy(value: object) -> str:
    return unicodedata.normalize("NFKC", str(value)).strip()


def wrong_columns(row: RosterRow, codes: set[str], tills: set[str]) -> set[str]:
    """Judge a row on its own rules, written apart from the code that spoils rows."""
    text = {column: tidy(row[column]) for column in COLUMNS}
    own_tills = {till.strip() for till in text["终端号"].replace(";", "、").split("、")}
    place = DISTRICTS_BY_CODE.get(text["区域代码"])
    group = INDUSTRIES_BY_NAME.get(text["行业业态"])
    wrong = set()
    if not uscc_is_valid(text["统一社会信用代码"].upper()) or text["统一社会信用代码"].upper() in codes:
        wrong.add("统一社会信用代码")
    if not text["商户名称"]:
        wrong.add("商户名称")
    if place is None:
        wrong.add("区域代码")
    elif place.name != text["区域名称"]:
        wrong.add("区域名称")
    if group is None:
        wrong.add("行业业态")
    elif text["行业代码"] not in group.codes:
        wrong.add("行业代码")
    if text["规模类型"] not in SIZE_CLASSES:
        wrong.add("规模类型")
    if own_tills & tills:
        wrong.add("终端号")
    codes.add(text["统一社会信用代码"].upper())
    tills |= own_tills
    return wrong | wrong_position(text["纬度"], text["经度"])


def wrong_position(latitude: str, longitude: str) -> set[str]:
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        return {"纬度"}
    wrong = {"纬度"} if not within_city(north, 104.28) else set()
    return wrong | ({"经度"} if not within_city(30.98, east) else set())


@pytest.mark.parametrize("seed", range(6))
def test_exactly_the_cells_named_bad_are_bad(seed: int) -> None:
    spoiled = spoil(roster_rows(build_city(seed, 0)), seed)
    codes: set[str] = set()
    tills: set[str] = set()
    found = {(index, column) for index, row in enumerate(spoiled.rows) for column in wrong_columns(row, codes, tills)}
    assert found == {(cell.row_index, cell.column) for cell in spoiled.bad_cells}


def test_twelve_bad_rows_stand_beside_all_good_ones(city: City) -> None:
    spoiled = spoil(roster_rows(city), 1)
    assert len(spoiled.rows) == 252
    assert spoiled.good_rows == 240
    assert {cell.fault for cell in spoiled.bad_cells} == set(FAULTS)


def test_odd_spellings_mean_what_the_truth_says(city: City) -> None:
    spoiled = spoil(roster_rows(city), 1)
    assert len(spoiled.odd_cells) == 6
    for cell in spoiled.odd_cells:
        raw = str(spoiled.rows[cell.row_index][cell.column])
        assert raw != cell.meant
        assert tidy(raw).upper().replace(" ;", "、").replace("、 ", "、") == cell.meant.upper()


def test_spoiling_changes_neither_its_input_nor_its_mind(city: City) -> None:
    rows = roster_rows(city)
    assert spoil(rows, 9) == spoil(rows, 9)
    assert spoil(rows, 9) != spoil(rows, 10)
    assert rows == roster_rows(city)


def test_spoiling_too_few_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 12"):
        spoil(roster_rows(build_city(1, 0, merchants=11)), 1)


def test_an_xlsx_reads_back_as_it_was_written(city: City, tmp_path: Path) -> None:
    rows = roster_rows(city)
    write_xlsx(tmp_path / "roster.xlsx", rows)
    heading, *lines = CalamineWorkbook.from_path(tmp_path / "roster.xlsx").get_sheet_by_index(0).to_python()
    assert tuple(heading) == COLUMNS
    assert [dict(zip(COLUMNS, line, strict=True)) for line in lines] == rows


def test_the_same_roster_gives_the_same_bytes(city: City, tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        write_xlsx(tmp_path / name, roster_rows(city))
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_a_csv_reads_back_in_its_encoding(city: City, tmp_path: Path, encoding: CsvEncoding) -> None:
    spoiled = spoil(roster_rows(city), 2).rows
    path = tmp_path / "roster.csv"
    write_csv(path, spoiled, encoding=encoding)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    with path.open(encoding=encoding, newline="") as file:
        read = list(csv.DictReader(file))
    assert read == [{column: str(value) for column, value in row.items()} for row in spoiled]
