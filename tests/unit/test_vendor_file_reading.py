"""Cells, encodings, workbooks, and mistakes of the mapping told by their field."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from loadtest.agreed.reading import ConfigurationError
from loadtest.vendor_files.cells.decimals import decimal_cells
from loadtest.vendor_files.cells.money import fen_cells, fen_of
from loadtest.vendor_files.cells.numbers import MISSING
from loadtest.vendor_files.cells.times import day_starts, instant_of, local_days, local_hours, time_cells
from loadtest.vendor_files.judging import judge_files
from loadtest.vendor_files.masking import masked
from loadtest.verdicts import Verdict
from tests.vendor_exports import Exports, honest


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_yuan_become_fen_exactly_whatever_the_amount(fen: int) -> None:
    text = f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02}"
    assert fen_of(text, "yuan") == fen
    assert fen_of(f"{fen}", "fen") == fen


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("12.3", "yuan", 1_230), ("12", "yuan", 1_200), ("￥1,234.50元", "yuan", 123_450), ("12.340", "yuan", 1_234),
        ("12.345", "yuan", None), ("1e3", "yuan", None), ("十二", "yuan", None), ("12.5", "fen", None),
        ("12.0", "fen", None), ("3.5", "wan_yuan", 3_500_000), ("0.000001", "wan_yuan", 1), ("", "yuan", None),
    ],
)  # fmt: skip
def test_amounts_are_read_to_the_fen_or_not_at_all(text: str, unit: str, fen: int | None) -> None:
    assert fen_of(text, unit) == fen


def test_unreadable_amounts_are_named_by_their_place() -> None:
    values, bad = fen_cells(["1.00", "", "x", "2.00", "x"], "yuan")
    assert values.tolist() == [100, MISSING, MISSING, 200, MISSING]
    assert bad == [2, 4]


@given(st.datetimes(min_value=datetime(1992, 1, 1), max_value=datetime(2099, 12, 31)))  # noqa: DTZ001 - wall clock
def test_times_are_read_alike_by_the_quick_and_the_slow_way(wall: datetime) -> None:
    wall = wall.replace(microsecond=0)
    padded, _ = time_cells([f"{wall:%Y-%m-%d %H:%M:%S}"], "%Y-%m-%d %H:%M:%S", "Asia/Shanghai")
    loose, _ = time_cells(
        [f"{wall.year}-{wall.month}-{wall.day} {wall:%H:%M:%S}"], "%Y-%m-%d %H:%M:%S", "Asia/Shanghai"
    )
    iso, _ = time_cells([wall.isoformat() + "+08:00"], "iso", "UTC")
    assert padded.tolist() == loose.tolist() == iso.tolist()
    assert local_hours(padded, "Asia/Shanghai").tolist() == [wall.hour]
    days = local_days(padded, "Asia/Shanghai")
    assert 0 <= int(padded[0] - day_starts(days, "Asia/Shanghai")[0]) < 86_400 * 10**6


def test_impossible_times_are_not_read() -> None:
    cells = ["2026-02-30 00:00:00", "2026-02-28 24:00:00", "2026-13-01 00:00:00", "", "2026-02-28 23:59:59"]
    values, bad = time_cells(cells, "%Y-%m-%d %H:%M:%S", "UTC")
    assert bad == [0, 1, 2]
    assert values[3] == MISSING
    assert values[4] == instant_of(datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC))


def test_seconds_and_milliseconds_since_1970_are_read() -> None:
    assert time_cells(["1772416800"], "epoch_s", "UTC")[0].tolist() == [1_772_416_800_000_000]
    assert time_cells(["1772416800123"], "epoch_ms", "UTC")[0].tolist() == [1_772_416_800_123_000]


def test_a_report_number_keeps_the_digits_it_was_printed_with() -> None:
    values, steps, bad = decimal_cells(["70.2%", "3.50", "1,234", "-", "n/a"])
    assert values.tolist() == [702_000, 3_500_000, 1_234_000_000, MISSING, MISSING]
    assert steps.tolist()[:3] == [1_000, 10_000, 1_000_000]
    assert bad == [4]


@pytest.mark.parametrize(
    ("text", "shown"), [("13812341234", "138****1234"), ("U1001", "U****1"), ("王五", "****"), ("", "****")]
)  # fmt: skip
def test_names_and_numbers_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_gb18030_files_are_read_by_themselves(tmp_path: Path) -> None:
    mapping = honest(2).write(tmp_path / "files", encoding="gb18030")
    verdict = judge_files(tmp_path / "files", mapping, tmp_path / "out")
    assert {one.encoding for one in verdict.inputs} == {"gb18030"}
    assert verdict.verdict is Verdict.INCONCLUSIVE
    named = mapping.read_text(encoding="utf-8").replace(
        'files = "claims.csv"', 'files = "claims.csv"\nencoding = "utf-8"'
    )
    mapping.write_text(named, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"claims\.encoding: claims\.csv"):
        judge_files(tmp_path / "files", mapping, tmp_path / "out")


def _as_workbook(exports: Exports, path: Path, table: str) -> None:
    """One table as xlsx: amounts as numbers, times as Excel's dates, a title line above the header."""
    rows = getattr(exports, table)
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet("明细")
        sheet.write(0, 0, "核销明细（2026 年第一轮）")
        sheet.write_row(1, 0, list(rows[0]))
        for number, row in enumerate(rows, 2):
            for column, (name, text) in enumerate(row.items()):
                if name.endswith("时间"):
                    sheet.write_datetime(number, column, datetime.fromisoformat(text))
                elif text.replace(".", "").isdigit() and "." in text:
                    sheet.write_number(number, column, float(text))
                else:
                    sheet.write_string(number, column, text)


def test_a_workbook_is_judged_like_the_csv_and_lines_are_those_the_sheet_shows(tmp_path: Path) -> None:
    exports = honest(2)
    exports.redemptions[10]["实付"] = "0.05"
    mapping = exports.write(tmp_path / "files")
    _as_workbook(exports, tmp_path / "files" / "redemptions.xlsx", "redemptions")
    as_csv = judge_files(tmp_path / "files", mapping, tmp_path / "csv")
    text = mapping.read_text(encoding="utf-8")
    text = text.replace('files = "redemptions.csv"', 'files = "redemptions.xlsx"\nsheet = "明细"\nheader_row = 2')
    mapping.write_text(text, encoding="utf-8")
    as_xlsx = judge_files(tmp_path / "files", mapping, tmp_path / "xlsx")
    assert {check.check: (check.verdict, check.count, check.judged) for check in as_csv.checks} == {
        check.check: (check.verdict, check.count, check.judged) for check in as_xlsx.checks
    }
    found = next(check for check in as_xlsx.checks if check.check == "order-adds-up").contradictions[0].rows[0]
    assert (found.file, found.line) == ("redemptions.xlsx", 13)
    assert found.values["用户实付"] == "0.05 元"


def test_ids_that_excel_cut_to_fifteen_digits_are_not_taken_for_equal(tmp_path: Path) -> None:
    exports = honest(2)
    mapping = exports.write(tmp_path / "files")
    with xlsxwriter.Workbook(tmp_path / "files" / "claims.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(exports.claims[0]))
        for number, row in enumerate(exports.claims, 1):
            sheet.write_row(number, 0, list(row.values()))
            sheet.write_number(number, 0, 123_456_789_012_345_678 + number)
    text = mapping.read_text(encoding="utf-8").replace('files = "claims.csv"', 'files = "claims.xlsx"')
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"claims\.columns\.voucher: .* do not read"):
        judge_files(tmp_path / "files", mapping, tmp_path / "out")


MISTAKES = [
    ('money = "pound"\n', "", r"money"),
    ('time_format = "%Y/%q"\n', "", r"time_format: .*%q"),
    ('zone = "Asia/Guanghan"\n', "", r"zone: .*no such time zone"),
    ("", ('paid = "实付"', 'paid = "实付金额"'), r"redemptions\.paid|redemptions\.columns\.paid: no column .*实付金额"),
    ("", ('paid = "实付"', 'payed = "实付"'), r"redemptions\.columns: payed"),
    ("", ('files = "refunds.csv"', 'files = "refund-*.csv"'), r"refunds\.files: no file"),
    ("", ('files = "refunds.csv"', 'files = "../refunds.csv"'), r"refunds\.files: .*leads out"),
    ("", ('"餐饮" = "catering"', '"餐饮" = "restaurants"'), r"codes\.category: restaurants is no code"),
    ("", ('"正常" = "admitted"', '"开业" = "admitted"'), r"codes\.status: 正常 .* is not explained"),
    ("", ('id = "R200"', 'id = "R201"'), r"batch: R200 occurs in the files but is not listed"),
    ("", ("quota = 120", "quota = 0"), r"batch\.0\.quota"),
    ("", ('dimension = "维度", ', ""), r"t1: .*columns\.key needs columns\.dimension"),
    ("", ('redeemers = "核销人数"', 'redeemer = "核销人数"'), r"t1.*no such indicator.*redeemer"),
    ("", ('files = "claims.csv"', 'files = "claims.csv"\ntime_format = "epoch_s"'),
     r"claims\.columns\.claimed_at: .*time_format"),
    ("", ('files = "claims.csv"', 'files = "claims.csv"\nmoney = "fen"'), r"claims\.columns\.face: .*claims\.money"),
    ("", ('key = "行业"', 'key = "期间"'), r"t1\.columns\.key: '当日' is no industry"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "swap", "told"), MISTAKES)
def test_a_mistake_of_the_mapping_is_told_with_its_field_and_nothing_is_written(
    head: str, swap: tuple[str, str] | str, told: str, tmp_path: Path
) -> None:
    mapping = honest(2).write(tmp_path / "files")
    text = head + mapping.read_text(encoding="utf-8")
    if swap:
        assert swap[0] in text
        text = text.replace(*swap)
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        judge_files(tmp_path / "files", mapping, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    mapping = honest(2).write(tmp_path / "files")
    text = (
        mapping.read_text(encoding="utf-8").replace('paid = "实付"', 'paid = "实收"').replace("refunds.csv", "none.csv")
    )
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as told:
        judge_files(tmp_path / "files", mapping, tmp_path / "out")
    assert "实收" in str(told.value)
    assert "refunds.files" in str(told.value)


def test_a_few_unreadable_cells_refute_nothing_and_are_shown(tmp_path: Path) -> None:
    exports = honest(2)
    exports.redemptions[4]["实付"] = "见附件"
    mapping = exports.write(tmp_path / "files")
    verdict = judge_files(tmp_path / "files", mapping, tmp_path / "out")
    check = next(check for check in verdict.checks if check.check == "cells-readable")
    assert check.verdict is Verdict.INCONCLUSIVE
    assert check.count == 1
    assert check.contradictions[0].facts == {"file": "redemptions.csv", "line": 6}
    assert verdict.verdict is Verdict.INCONCLUSIVE
    assert "见附件" in (tmp_path / "out" / "文件核对.html").read_text(encoding="utf-8")
