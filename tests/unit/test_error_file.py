"""The roster given back: nothing cut, headings in sight, rows with errors found by a filter."""

import io
import re
import zipfile

from voucher_platform.core.cell_sizes import row_height, width_of
from voucher_platform.merchants.error_file import write_error_file

_NAME = "广汉市三星堆镇模拟餐饮服务有限公司"
_WRONG = "统一社会信用代码：校验位不对；" * 6


def sheet_xml() -> str:
    """The sheet of a roster with a title above its headings, and an error in its second row."""
    grid: list[list[str | float]] = [["商户名册"], ["商户名称", "纬度"], [_NAME, 30.97], ["=1+1", 31.0]]
    content = write_error_file({"grid": grid, "heading": 1, "errors": {"4": _WRONG}})
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_a_chinese_letter_is_two_wide_and_the_longest_line_counts() -> None:
    assert width_of("ab\n商户x") == 5
    assert row_height(["商户" * 10], [22]) == 2 * row_height(["商户"], [22])
    assert row_height(["", "x\ny\nz"], [10, 10]) == 3 * row_height([""], [10])


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    widths = [float(found) for found in re.findall(r'<col [^>]*width="([\d.]+)"', sheet_xml())]
    assert len(widths) == 3
    assert widths[0] >= width_of(_NAME)
    assert widths[1] < widths[0] < widths[2]


def test_headings_stay_in_sight_and_a_filter_finds_the_errors() -> None:
    xml = sheet_xml()
    assert re.search(r'<pane ySplit="2"[^>]*state="frozen"', xml)
    assert '<autoFilter ref="A2:C4"/>' in xml


def test_a_row_is_as_high_as_its_error_is_long_and_no_cell_is_a_formula() -> None:
    xml = sheet_xml()
    height = re.search(r'<row r="4"[^>]* ht="([\d.]+)"', xml)
    assert height is not None
    assert float(height.group(1)) == row_height([_WRONG], [60]) > row_height([""], [60])
    assert "<f>" not in xml
