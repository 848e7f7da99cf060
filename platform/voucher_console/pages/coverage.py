"""商户覆盖: admitted merchants by district and industry; a cell with none is a gap and says so."""

from nicegui import ui

from voucher_console.figures import count
from voucher_console.page import STAFF, Page
from voucher_console.parts.states import say
from voucher_console.parts.tables import Cell, Column, show_state, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES
from voucher_contract.models.merchants import Coverage, Merchant

_MOST = 2_000


async def build(view: View) -> None:
    """The matrix with sums, gaps marked by a word."""
    w = view.w
    coverage: Coverage = await view.get(routes.GET_COVERAGE)
    number: dict[tuple[str, str], int] = {(cell.district, cell.category): cell.merchants for cell in coverage.cells}
    districts = list(dict.fromkeys(cell.district for cell in coverage.cells))
    categories = [name for name in CATEGORY_NAMES if any(cell.category == name for cell in coverage.cells)]
    total = sum(number.values())
    say(w(
        f"参与商户 {count(total)} 家；{len(districts)} 个区域 × {len(categories)} 个行业中"
            f"有 {coverage.empty_cells} 格空缺。",
        f"{count(total)} merchants take part; {coverage.empty_cells} cells of {len(districts)} districts × "
        f"{len(categories)} industries are empty.",
    ), classes="next-step")  # fmt: skip

    def cell(district: str, category: str) -> Cell:
        merchants = number.get((district, category), 0)
        return count(merchants) if merchants else lambda: show_state(w("空缺", "gap"), "bad")

    columns = [
        Column(w("区域", "District")), *(Column(view.named(one), numeric=True) for one in categories),
        Column(w("合计", "All"), numeric=True),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            view.named(one),
            *(cell(one, two) for two in categories),
            count(sum(number.get((one, two), 0) for two in categories)),
        ]
        for one in districts
    ]
    sums = [count(sum(number.get((one, two), 0) for one in districts)) for two in categories]
    show_table(w("按区域与行业", "By district and industry"), columns, [*rows, [w("合计", "All"), *sums, count(total)]])
    await _show_rest(view)


async def _show_rest(view: View) -> None:
    """Imported, but counted nowhere above: how many, and the way to them."""
    w = view.w
    for status in ("not_admitted", "suspended"):
        merchants: list[Merchant] = await view.every(routes.LIST_MERCHANTS, query={"status": status}, most=_MOST)
        if merchants:
            number = count(len(merchants)) + ("+" if len(merchants) == _MOST else "")
            name = w(f"{view.named(status)} {number} 家，不计入参与商户：查看名单",
                     f"{view.named(status)}: {number}, not counted as taking part. Show them")  # fmt: skip
            with ui.element("p"):
                view.link(name, f"/merchants?status={status}")


PAGE = Page(
    path="/coverage", title=Text("商户覆盖", "Merchant coverage"), menu=Text("商户覆盖", "Coverage"), roles=STAFF,
    build=build,
    help=Text(
        "哪个区域的哪个行业还没有参与商户，一目了然；标“空缺”的格子需要补充商户。",
        "Where an industry has no merchant in a district: cells marked “gap” need merchants.",
    ),
)  # fmt: skip
