"""Cases of the merchants' registry: what goes in by file, and what is sent back."""

import asyncio
from collections.abc import Sequence

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every, folded
from loadtest.lab.rosters import Row, new_row, pages, roster_xlsx, send
from loadtest.lab.staff import CannotPlay, roster_csv
from merchant_sim.roster import COLUMNS
from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS
from voucher_contract.routes import XLSX

_CODE, _DISTRICT, _INDUSTRY, _SIZE, _TILLS, _NAME = (
    "统一社会信用代码", "区域代码", "行业代码", "规模类型", "终端号", "商户名称",
)  # fmt: skip

_LOOKS, _PAUSE_S = 24, 0.25


def _listed(lab: Lab, listed: Sequence[Exchange], row: Row, times: int, *words: str) -> None:
    zh, en = words
    shown = every(listed, f"/value/items/*/uscc={row[_CODE]}", "count")
    lab.expect(shown, "eq", times, zh, en, spec="S-67")


def _counts(lab: Lab, report: Exchange, **counts: int) -> None:
    lab.expect_ok(report, "名单已受理", "the roster was judged", spec="S-67")
    for name, number in counts.items():
        lab.expect_value(report, f"/{name}", number, f"{name} 应为 {number}", f"{name} is {number}", spec="S-67")


@play("merchants-dry-run")
async def dry_run(lab: Lab) -> None:
    """A dry run, said or not, judges the file and changes nothing."""
    row = new_row(lab)
    for said in (None, "true"):
        report = await send(lab, [row], dry_run=said)
        lab.expect_value(report, "/dry_run", True, "默认试导入", "a dry run unless said", spec="S-67")
        _counts(lab, report, rows=1, good_rows=1, bad_rows=0, imported=0)
    _listed(lab, await pages(lab), row, 0, "试导入后名单不变", "a dry run changes nothing")
    report = await send(lab, [row])
    _counts(lab, report, rows=1, good_rows=1, imported=1)
    _listed(lab, await pages(lab), row, 1, "正式导入后可查", "really imported, it is listed")


@play("merchants-shown-as-sent")
async def shown_as_sent(lab: Lab) -> None:
    """District, industry, size class and tills are kept as the roster has them."""
    row = new_row(lab, "culture_sport", "510681117", 行业代码="8760", 规模类型="规上服务")
    lab.got(await send(lab, [row]))
    listed = await pages(lab)
    expected = {
        "name": row[_NAME], "district": "510681117", "category": "culture_sport", "industry_code": "8760",
        "size_class": "above_scale_service", "status": "admitted",
    }  # fmt: skip
    for field, value in expected.items():
        shown = every(listed, f"/value/items/*/uscc={row[_CODE]}/{field}")
        lab.expect(shown, "eq", [value], f"{field} 与名单一致", f"{field} is the roster's", spec="S-68")
    tills = every(listed, f"/value/items/*/uscc={row[_CODE]}/till_numbers/*")
    lab.expect(tills, "eq", sorted(str(row[_TILLS]).split("、")), "终端号与名单一致", "its tills", spec="S-68")


@play("merchants-bad-rows")
async def bad_rows(lab: Lab) -> None:
    """Good rows go in, bad ones do not, and every bad row is named as the spreadsheet shows it."""
    good, other = new_row(lab), new_row(lab)
    bad = [
        new_row(lab, **{_DISTRICT: "510699999", "区域名称": ""}), new_row(lab, **{_INDUSTRY: "5211"}),
        new_row(lab, **{_SIZE: "很大"}), new_row(lab, **{_NAME: ""}), new_row(lab, **{_TILLS: good[_TILLS]}),
    ]  # fmt: skip
    report = await send(lab, [good, *bad, other])
    _counts(lab, report, rows=7, good_rows=2, bad_rows=5, imported=2)
    rows = every([report], "/value/bad_cells/*/row")
    words = "错误行逐一指出（表头为第1行）", "the bad rows are named; the header is row 1"
    lab.expect(rows, "eq", ["3", "4", "5", "6", "7"], *words, spec="S-67")
    listed = await pages(lab)
    for row in (good, other):
        _listed(lab, listed, row, 1, "正确行已入库", "a good row is in")
    for row in bad:
        _listed(lab, listed, row, 0, "错误行未入库", "a bad row is not")


@play("merchants-bad-cells-named")
async def bad_cells_named(lab: Lab) -> None:
    """A fault is told by column, with the value that was found and a reason in Chinese."""
    row = new_row(lab, **{_DISTRICT: "510699999", "区域名称": ""})
    report = await send(lab, [row])
    columns = every([report], f"/value/bad_cells/*/column={_DISTRICT}", "count")
    lab.expect(columns, "ge", 1, "指出列名", "its column is named", spec="S-67")
    values = every([report], "/value/bad_cells/*/value=510699999", "count")
    lab.expect(values, "ge", 1, "指出错误值", "its value is shown", spec="S-67")
    silent = every([report], "/value/bad_cells/*/reason_zh=", "count")
    lab.expect(silent, "eq", 0, "每处错误有中文原因", "every fault has its reason", spec="S-67")


@play("merchants-credit-code")
async def credit_code(lab: Lab) -> None:
    """A credit code with a wrong check character, a letter that no code has, or a place too few is not admitted."""
    row = new_row(lab)
    code = str(row[_CODE])
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    rows = [{**new_row(lab), _CODE: changed} for changed in (wrong, "I" + code[1:], code[:-1])]
    report = await send(lab, rows)
    _counts(lab, report, rows=3, bad_rows=3, imported=0)
    listed = await pages(lab)
    for one in rows:
        _listed(lab, listed, one, 0, "校验不通过的信用代码未入库", "an invalid credit code is not in")


@play("merchants-file-kinds")
async def file_kinds(lab: Lab) -> None:
    """CSV in UTF-8 and in GB 18030, and xlsx."""
    utf8, gb18030, workbook = new_row(lab), new_row(lab), new_row(lab)
    chinese = roster_csv([gb18030]).decode("utf-8-sig").encode("gb18030")
    sent = [
        await send(lab, [utf8]), await send(lab, chinese), await send(lab, roster_xlsx([workbook]), media_type=XLSX)
    ]  # fmt: skip
    for report in sent:
        _counts(lab, report, rows=1, good_rows=1, imported=1)
    listed = await pages(lab)
    for row, kind in ((utf8, "UTF-8 CSV"), (gb18030, "GB18030 CSV"), (workbook, "xlsx")):
        name = every(listed, f"/value/items/*/uscc={row[_CODE]}/name")
        lab.expect(name, "eq", [row[_NAME]], f"{kind} 中文名称无误", f"Chinese names from {kind}", spec="S-67")


@play("merchants-unusable-files")
async def unusable_files(lab: Lab) -> None:
    """A file that is none, and one without a required column."""
    broken = await send(lab, b"PK\x03\x04 this is no workbook", media_type=XLSX)
    lab.expect_refused(broken, "unreadable_file", "损坏的文件被拒绝", "a broken file is refused", spec="S-67")
    row = new_row(lab)
    text = roster_csv([row]).decode("utf-8-sig").replace(_CODE, "无关的列", 1)
    lacking = await send(lab, text.encode("utf-8-sig"))
    lab.expect_refused(lacking, "missing_columns", "缺少必需列被拒绝", "a missing column is refused", spec="S-67")
    _listed(lab, await pages(lab), row, 0, "被拒文件没有入库", "a refused file changes nothing")


@play("merchants-error-file")
async def error_file(lab: Lab) -> None:
    """The file comes back with a column that tells what is wrong."""
    good, bad = new_row(lab), new_row(lab, **{_SIZE: "很大"})
    report = lab.got(await send(lab, [good, bad]))
    file = await lab.do(routes.GET_IMPORT_FILE, lab.operator, import_id=report["id"])
    lab.expect_ok(file, "可取回带错误列的名单", "the file comes back", spec="S-67")
    texts = [str(good[_CODE]), str(bad[_CODE]), "很大"]
    missing = folded([file], "texts_missing_in_file", texts=texts)
    lab.expect(missing, "eq", [], "原有内容都在", "all that was sent is there", spec="S-67")
    beside = folded([file], "words_beside", text=str(bad[_CODE]), columns=len(COLUMNS))
    lab.expect(beside, "ge", 1, "错误行附有错误说明", "the bad row tells its fault", spec="S-67")


@play("merchants-updated")
async def updated(lab: Lab) -> None:
    """The same credit code again updates its merchant and makes no second one."""
    row = new_row(lab)
    lab.got(await send(lab, [row]))
    changed = {**row, _NAME: f"{row[_NAME]}新名"}
    report = await send(lab, [changed])
    _counts(lab, report, imported=0, updated=1)
    name = every(await pages(lab), f"/value/items/*/uscc={row[_CODE]}/name")
    lab.expect(name, "eq", [changed[_NAME]], "同一信用代码只有一家且已更新", "one merchant, updated", spec="S-67")


@play("merchants-tills")
async def tills(lab: Lab) -> None:
    """A till belongs to one merchant: not by file, not by activation."""
    shop, other = await lab.own_shop(), await lab.own_shop()
    row = new_row(lab, **{_TILLS: shop.till_numbers[0]})
    report = await send(lab, [row])
    _counts(lab, report, bad_rows=1, imported=0)
    _listed(lab, await pages(lab), row, 0, "占用他店终端的行未入库", "a row with another's till is not in")
    body = {"till_number": shop.till_numbers[0]}
    asked = await lab.do(routes.ISSUE_TILL_TOKEN, lab.operator, body=body, merchant_id=other.merchant_id)
    words = "不能以他店终端激活", "another's till is not activated"
    lab.expect_refused(asked, "till_not_of_merchant", *words, spec="S-68")


@play("merchants-coverage")
async def coverage(lab: Lab) -> None:
    """Admitted merchants by district and industry are those of the list, empty cells shown as 0."""
    listed, counted = await _at_rest(lab)
    cells = folded(
        [*listed, counted], "coverage_differences", districts=list(DISTRICTS), categories=list(CATEGORY_NAMES)
    )
    lab.expect(cells, "eq", [], "区域×行业各格与名单一致，空格为0", "every cell is the list's", spec="S-68")


async def _at_rest(lab: Lab) -> tuple[list[Exchange], Exchange]:
    """List and coverage of one state: asked for in turn until both say twice what they said. Raises CannotPlay.

    Twice each, since other cases suspend merchants and reinstate them: a suspension that ends between two equal lists
    shows in the coverage between them, but not in the next one.
    """
    listed, counted = await pages(lab), await lab.do(routes.GET_COVERAGE, lab.auditor)
    for _ in range(_LOOKS):
        listed_again, counted_again = await pages(lab), await lab.do(routes.GET_COVERAGE, lab.auditor)
        if _values([*listed, counted]) == _values([*listed_again, counted_again]):
            return listed_again, counted_again
        listed, counted = listed_again, counted_again
        await asyncio.sleep(_PAUSE_S)
    raise CannotPlay("商户名单一直在变化，无法与覆盖表比对")


def _values(exchanges: Sequence[Exchange]) -> list[object]:
    return [one.value for one in exchanges]
