"""Step 2: a roster with bad rows comes in; the good rows are taken, every bad cell is named."""

from collections import Counter

from merchant_sim.actors import registry
from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS
from voucher_contract.models.merchants import Coverage
from voucherlab.guided.naming import district, suggestion
from voucherlab.guided.plan import CATEGORY_NAMES_EN
from voucherlab.guided.showing import Cell, Check, Link, Wall, Words
from voucherlab.guided.stage import Stage
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import counted

ROSTER, WITH_ERRORS = "商户名单.xlsx", "商户导入-错误列.xlsx"
_MISTAKES = Words("退回的行：哪一格、为什么", "Rows sent back: which cell, and why")
_COVERAGE = Words("参与商户：区域 × 行业（0 为空白，需招募）", "Merchants by district × industry; 0 is a gap to fill")


async def act(stage: Stage, wall: Wall) -> None:
    """Dry run, import, activate the tills, show the gaps."""
    wall.say("先试导入（不写入），再正式导入", "A dry run that writes nothing, then the import")
    facts = await registry.import_roster(
        stage.offices, stage.city, roster_file=stage.folder / ROSTER, error_file=stage.folder / WITH_ERRORS
    )
    stage.story.refusals["bad rows missed"] = None if facts.as_expected else f"{facts.missed} {facts.wrongly_named}"
    wall.figure("名单行数", "Rows", facts.rows)
    wall.figure("导入", "Imported", facts.imported)
    covered = await stage.offices.operator.do(routes.GET_COVERAGE, Coverage)
    stage.story.not_admitted = facts.imported - sum(cell.merchants for cell in covered.cells)
    wall.figure("其中未准入", "Not admitted, of these", stage.story.not_admitted)
    stage.story.bad_rows, stage.story.bad_cells = facts.bad_rows, len(facts.table)
    wall.figure("退回（行）", "Rows sent back", facts.bad_rows)
    wall.figure("其中错误（格）", "Wrong cells in them", len(facts.table))
    heads = (
        Words("行", "Row"), Words("列", "Column"), Words("填写的内容", "What it says"), Words("原因", "Reason"),
        Words("建议", "Suggestion"),
    )  # fmt: skip
    lines: list[tuple[Cell, ...]] = [
        (
            int(cell["row"] or 0), str(cell["column"]), str(cell["value"]),
            Words(str(cell["reason_zh"]), str(cell["reason_en"])), suggestion(str(cell["suggestion_zh"] or "")),
        )
        for cell in facts.table
    ]  # fmt: skip
    wall.table(_MISTAKES, heads, lines, ["refused"] * len(lines))
    wall.link(Link(Words("导入的名单", "The roster"), "guide", f"/files/{ROSTER}"))
    wall.link(Link(Words("带错误列的名单", "The roster with its error column"), "guide", f"/files/{WITH_ERRORS}"))
    wall.say("激活收银终端", "Tills are activated")
    stage.story.shops = await registry.activate_tills(stage.offices, stage.city)
    wall.figure("收银终端", "Tills", sum(len(shop.tokens) for shop in stage.story.shops.values()))
    _coverage(covered, wall, imported=facts.imported)


def _coverage(coverage: Coverage, wall: Wall, *, imported: int) -> None:
    cells: dict[tuple[str, str], int] = {(cell.district, cell.category): cell.merchants for cell in coverage.cells}
    heads = (
        Words("区域", "District"), *(Words(zh, CATEGORY_NAMES_EN[key]) for key, zh in CATEGORY_NAMES.items())
    )  # fmt: skip
    lines: list[tuple[Cell, ...]] = [
        (district(code), *(cells.get((code, category), 0) for category in CATEGORY_NAMES)) for code in DISTRICTS
    ]
    part = sum(cells.values())
    wall.table(
        _COVERAGE, heads, lines, note=Words(
            f"参与 {part:,} 家 = 导入 {imported:,} 家 − 未准入 {imported - part:,} 家（规模类型为“限下其他”）。",
            f"{part:,} take part = {imported:,} imported − {imported - part:,} not admitted (size class: other below "
            "quota).",
        ),
    )  # fmt: skip
    wall.figure("空白格", "Empty cells", coverage.empty_cells)


async def check(stage: Stage) -> list[Check]:
    """Exactly the good rows are in, with all their tills and with district and industry as in the roster."""
    url, merchants = stage.database_url, stage.city.merchants
    stored = {uscc: (district, category) for uscc, district, category in await rows(url, _MERCHANTS)}
    tills = Counter(dict(await rows(url, _TILLS)))
    missed = stage.story.refusals["bad rows missed"]
    bad_rows, bad_cells = stage.story.bad_rows, stage.story.bad_cells
    kept_out = await number(url, _NOT_ADMITTED)
    due_out = sum(not one.admitted for one in merchants)
    return [
        same(
            "正确的行全部入库，错误的行一行也没有", "All good rows are in, not one bad row is", len(stored),
            len(merchants), tell=lambda value: counted(value, "{} 家", "{} merchants"),
        ),
        holds(
            "信用代码、区域、行业与名单逐家一致", "Credit code, district and industry as in the roster, one by one",
            stored == {one.uscc: (one.district, one.industry) for one in merchants},
            counted(len(stored), "{} 家", "{} merchants"),
        ),
        holds(
            "未准入的商户 = 名单中规模类型为“限下其他”的", "Not admitted = other below quota in the roster",
            kept_out == due_out == stage.story.not_admitted, counted(kept_out, "{} 家", "{} merchants"),
        ),
        same(
            "终端归属正确", "Each till belongs to its merchant", dict(tills),
            {one.uscc: len(one.tills) for one in merchants},
            tell=lambda value: counted(sum(value.values()), "{} 台", "{} tills"),
        ),
        holds(
            "每个错误都指到了格", "Every fault was named at its cell", missed is None,
            missed or Words(f"{bad_rows} 行、{bad_cells} 格，格格指明",
                            f"{bad_rows} rows, {bad_cells} cells, all named"),
        ),
    ]  # fmt: skip


_MERCHANTS = "SELECT uscc, district, category FROM merchant"
_NOT_ADMITTED = "SELECT count(*) FROM merchant WHERE NOT admitted"
_TILLS = "SELECT uscc, count(*) FROM till JOIN merchant ON merchant.id = merchant_id GROUP BY 1"
