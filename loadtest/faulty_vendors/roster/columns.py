"""The columns of a roster, and where a file has them."""

from dataclasses import dataclass

from loadtest.faulty_vendors.roster.reading import Grid
from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals

COLUMNS: dict[str, tuple[str, ...]] = {
    "uscc": ("统一社会信用代码", "社会信用代码", "信用代码"),
    "name": ("商户名称", "企业名称", "门店名称"),
    "district": ("区域代码", "镇街代码"),
    "category": ("行业业态", "业态", "行业"),
    "industry_code": ("行业代码", "国民经济行业代码"),
    "size_class": ("规模类型", "规模", "企业规模"),
    "address": ("地址", "经营地址", "门店地址"),
    "latitude": ("纬度",),
    "longitude": ("经度",),
    "tills": ("终端号", "终端编号", "收银终端号"),
    "district_name": ("区域名称", "镇街名称", "镇街"),
}
"""Field → the headings it may have; the first is the usual one."""
_OPTIONAL = frozenset({"district_name"})
_FIELD = {heading: name for name, headings in COLUMNS.items() for heading in headings}
_WITHIN_ROWS = 10


@dataclass(frozen=True)
class Layout:
    """The index of the heading's row, and of each field's column."""

    heading: int
    places: dict[str, int]


def find_layout(grid: Grid) -> Layout:
    """The row among the first ten that names most columns. Refuses ``missing_columns``."""
    layouts = [Layout(index, _places(row)) for index, row in enumerate(grid[:_WITHIN_ROWS])]
    best = max(layouts, key=lambda one: len(one.places), default=Layout(0, {}))
    missing = [COLUMNS[name][0] for name in COLUMNS if name not in best.places and name not in _OPTIONAL]
    if missing:
        errors = [{"field": heading, "message": "缺少此列"} for heading in missing]
        raise Refused(refusals.MISSING_COLUMNS, "缺少：" + "、".join(missing), errors=errors)
    return best


def _places(row: list[str | float]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(row):
        name = _FIELD.get(str(cell).strip().rstrip("*").strip())
        if name is not None:
            places.setdefault(name, place)
    return places
