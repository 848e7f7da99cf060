"""Importing rosters: good ones, spoiled ones, and files that are no roster at all."""

import io
import secrets
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from merchant_sim.city import build_city
from merchant_sim.roster import COLUMNS, RosterRow, roster_rows, write_csv, write_xlsx
from merchant_sim.spoil import spoil
from tests.integration.conftest import Api
from voucher_contract.routes import CSV, XLSX

pytestmark = pytest.mark.asyncio
PATH = "/v1/merchants/imports"


def city_rows(merchants: int = 40, seed: int = 3) -> list[RosterRow]:
    return roster_rows(build_city(seed, 0, merchants=merchants))


def as_xlsx(tmp_path: Path, rows: list[RosterRow]) -> bytes:
    write_xlsx(tmp_path / "roster.xlsx", rows)
    return (tmp_path / "roster.xlsx").read_bytes()


def sheet(rows: list[list[Any]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        for line, row in enumerate(rows):
            page.write_row(line, 0, row)
    return target.getvalue()


async def send(
    api: Api, content: bytes, *, dry: bool = False, media: str = XLSX, status: int = 201, key: str | None = None
) -> Any:
    path = f"{PATH}?dry_run={'true' if dry else 'false'}"
    reply = await api.send("POST", path, role="operator", content=content, media_type=media, key=key)
    assert reply.status_code == status, reply.text
    return reply.json()


async def merchants_in(api: Api) -> int:
    async with api.core.database.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM merchant"))).scalar_one())


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_spoiled_cell_is_found_and_every_good_row_is_taken(api: Api, tmp_path: Path, seed: int) -> None:
    spoiled = spoil(roster_rows(build_city(seed, 0)), seed)
    content = as_xlsx(tmp_path, list(spoiled.rows))
    report = await send(api, content)
    found = {(cell["row"], cell["column"]) for cell in report["bad_cells"]}
    assert found == {(cell.sheet_row, cell.column) for cell in spoiled.bad_cells}
    assert (report["rows"], report["good_rows"], report["bad_rows"]) == (252, 240, 12)
    assert (report["imported"], report["updated"], await merchants_in(api)) == (240, 0, 240)
    assert all(cell["reason_zh"] and cell["reason_en"] for cell in report["bad_cells"])


async def test_odd_spellings_are_tidied(api: Api, tmp_path: Path) -> None:
    spoiled = spoil(city_rows(), 1)
    await send(api, as_xlsx(tmp_path, list(spoiled.rows)))
    async with api.core.database.reading() as connection:
        rows = (await connection.execute(text("SELECT uscc, name, district, industry_code FROM merchant"))).all()
        tills = set((await connection.execute(text("SELECT till_number FROM till"))).scalars())
    stored = {value for row in rows for value in row} | tills
    meant = {cell.meant for cell in spoiled.odd_cells if cell.column not in {"纬度", "终端号"}}
    assert meant <= stored
    assert {till for cell in spoiled.odd_cells if cell.column == "终端号" for till in cell.meant.split("、")} <= tills


async def test_a_dry_run_is_the_default_and_changes_nothing(api: Api, tmp_path: Path) -> None:
    content = as_xlsx(tmp_path, city_rows())
    reply = await api.send("POST", PATH, role="bureau", content=content, media_type=XLSX)
    assert (reply.json()["dry_run"], reply.json()["good_rows"], reply.json()["imported"]) == (True, 40, 0)
    assert await merchants_in(api) == 0


async def test_importing_again_updates_and_the_same_key_replays(api: Api, tmp_path: Path) -> None:
    rows = city_rows()
    first = await send(api, as_xlsx(tmp_path, rows), key="k" * 20)
    assert await send(api, as_xlsx(tmp_path, rows), key="k" * 20) == first
    assert (await send(api, as_xlsx(tmp_path, rows), dry=True, key="k" * 20, status=422))["code"] == "key_reused"
    rows[0] = {**rows[0], "商户名称": "模拟新名字", "终端号": "NEW-0001"}
    second = await send(api, as_xlsx(tmp_path, rows))
    assert (second["imported"], second["updated"]) == (0, 40)
    async with api.core.database.reading() as connection:
        query = "SELECT m.name, t.till_number FROM merchant m JOIN till t ON t.merchant_id = m.id WHERE m.uscc = :uscc"
        found = (await connection.execute(text(query), {"uscc": rows[0]["统一社会信用代码"]})).all()
    assert [tuple(row) for row in found] == [("模拟新名字", "NEW-0001")]


async def test_a_till_of_another_merchant_is_refused(api: Api, tmp_path: Path) -> None:
    rows = city_rows()
    await send(api, as_xlsx(tmp_path, rows[:1]))
    report = await send(api, as_xlsx(tmp_path, [{**rows[1], "终端号": rows[0]["终端号"]}]))
    assert [(cell["column"], cell["code"]) for cell in report["bad_cells"]] == [("终端号", "till_of_other_merchant")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gbk", "gb18030", "utf-16"])
async def test_a_csv_is_read_in_any_usual_encoding(api: Api, tmp_path: Path, encoding: str) -> None:
    write_csv(tmp_path / "roster.csv", city_rows())
    content = (tmp_path / "roster.csv").read_text("utf-8-sig").encode(encoding)
    report = await send(api, content, media=CSV)
    assert (report["imported"], report["bad_rows"]) == (40, 0)
    async with api.core.database.reading() as connection:
        names = set((await connection.execute(text("SELECT name FROM merchant"))).scalars())
    assert names == {row["商户名称"] for row in city_rows()}


async def test_the_file_comes_back_with_an_error_column_and_no_formulas(api: Api, tmp_path: Path) -> None:
    rows = city_rows()
    rows[4] = {**rows[4], "规模类型": '=HYPERLINK("http://x","点我")', "纬度": "@SUM(1)"}
    report = await send(api, as_xlsx(tmp_path, rows), dry=True)
    reply = await api.send("GET", f"{PATH}/{report['id']}/file", role="operator")
    assert reply.headers["content-type"] == XLSX
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    heading, *lines = CalamineWorkbook.from_filelike(io.BytesIO(reply.content)).get_sheet_by_index(0).to_python()
    assert heading == [*COLUMNS, "错误"]
    assert [line[:-1] for line in lines] == [list(row.values()) for row in rows]
    assert [index for index, line in enumerate(lines) if line[-1]] == [4]
    assert "规模类型" in str(lines[4][-1])
    assert "纬度" in str(lines[4][-1])


async def test_title_rows_aliases_numbers_and_blank_rows_are_understood(api: Api) -> None:
    row = city_rows()[0]
    named = [{"统一社会信用代码": "信用代码*", "行业业态": "业态（必填）"}.get(name, name) for name in COLUMNS]
    values = [int(row[n]) if n in {"区域代码", "行业代码"} else row[n] for n in COLUMNS]
    report = await send(api, sheet([["广汉市参与商户名单"], named, [""] * 11, values]))
    assert (report["rows"], report["imported"], report["bad_cells"]) == (1, 1, [])


async def test_missing_columns_are_named(api: Api) -> None:
    problem = await send(api, sheet([["商户名称", "地址"], ["甲", "乙"]]), status=422)
    assert problem["code"] == "missing_columns"
    assert {error["field"] for error in problem["errors"]} >= {"统一社会信用代码", "终端号"}
    assert "商户名称" not in problem["detail"]


def packed(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", part)
    return target.getvalue()


WHOLE = sheet([list(COLUMNS)])
UNREADABLE = {
    "nothing": b"",
    "blanks": b" \r\n ",
    "an old .xls renamed": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000),
    "a web page renamed": b"<html><table><tr><td>1</td></tr></table></html>",
    "a CSV sent as xlsx": ",".join(COLUMNS).encode(),
    "half a file": WHOLE[: len(WHOLE) // 2],
    "an archive without a workbook": packed(hello=b"<a/>"),
    "a zip bomb": packed(xl__workbook=b"<a/>", xl__worksheets__sheet1=b" " * 60_000_000),
    "broken XML": packed(xl__workbook=b"<a><b></a>"),
    "entities": packed(xl__workbook=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    "a cell far to the right": packed(xl__workbook=b"<a/>", s=b'<row r="1"><c r="XFD1"/></row>'),
    "cells without end": packed(xl__workbook=b"<a/>", s=b"<row>" + b"<c/>" * 300 + b"</row>"),
    "one long text in every cell": packed(
        xl__workbook=b"<a/>", t=b"<sst><si><t>" + b"x" * 1_000_000 + b"</t></si></sst>",
        s=b"<a>" + b'<row><c t="s"><v>0</v></c></row>' * 100 + b"</a>",
    ),
    "noise": b"PK\x03\x04" + secrets.token_bytes(500),
}  # fmt: skip


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_is_no_roster_is_refused_with_a_reason(api: Api, content: bytes) -> None:
    problem = await send(api, content, status=422)
    assert problem["code"] == "unreadable_file"
    assert problem["detail"]
    assert await merchants_in(api) == 0


async def test_too_many_rows_and_too_many_bytes_are_refused(api: Api) -> None:
    heading = ",".join(COLUMNS).encode() + b"\n"
    assert (await send(api, heading + b"x,\n" * 20_001, media=CSV, status=422))["code"] == "too_many_rows"
    far = packed(xl__workbook=b"<a/>", s=b'<row r="1048576"><c r="A1048576"/></row>')
    assert (await send(api, far, status=422))["code"] == "too_many_rows"
    assert (await send(api, b"x" * (8 * 1024 * 1024 + 1), media=CSV, status=413))["code"] == "body_too_large"
    assert (await send(api, b"{}", media="application/json", status=415))["code"] == "unsupported_media_type"


async def test_binary_noise_as_csv_is_refused(api: Api) -> None:
    assert (await send(api, b"a\x00b,c", media=CSV, status=422))["code"] == "unreadable_file"
    assert (await send(api, b"\xff\xff\xff\xff", media=CSV, status=422))["code"] == "unreadable_file"
    assert (await send(api, b"a,b\n1,2\n", media=CSV, status=422))["code"] == "missing_columns"
