"""Which rows of a roster are good, and every cell that is not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from loadtest.faulty_vendors.roster.cells import Fault, group_of, rules
from loadtest.faulty_vendors.roster.columns import COLUMNS, Layout
from loadtest.faulty_vendors.roster.reading import Cell, Grid
from voucher_contract.models.common import DISTRICTS

OwnerOfTill = Callable[[str], str | None]


@dataclass
class Judged:
    """``good``: values by field. ``bad``: cells as the wire's ``BadCell``. ``rows`` that hold anything at all."""

    rows: int = 0
    good: list[dict[str, Any]] = field(default_factory=list)
    bad: list[dict[str, Any]] = field(default_factory=list)

    @property
    def bad_rows(self) -> int:
        """How many rows have a bad cell."""
        return len({cell["row"] for cell in self.bad})


class Judge:
    """One pass over one file. A credit code and a till belong to the first row that names them.

    ``owner`` gives the credit code of the merchant that has a till already.
    """

    def __init__(self, layout: Layout, owner: OwnerOfTill, *, check_credit_code: bool) -> None:
        self._layout = layout
        self._owner = owner
        self._rules = rules(check_credit_code=check_credit_code)
        self._codes: set[str] = set()
        self._tills: set[str] = set()

    def judge(self, grid: Grid) -> Judged:
        """Every row below the heading."""
        judged = Judged()
        for index in range(self._layout.heading + 1, len(grid)):
            texts = {name: _text(grid[index], place) for name, place in self._layout.places.items()}
            if not any(texts.values()):
                continue
            judged.rows += 1
            values, faults = self._row(texts)
            if not faults:
                judged.good.append(values)
            for name, fault in faults.items():
                cell = {"row": index + 1, "column": COLUMNS[name][0], "value": texts.get(name, "")[:100], **fault.told}
                judged.bad.append(cell)
        return judged

    def _row(self, texts: dict[str, str]) -> tuple[dict[str, Any], dict[str, Fault]]:
        values: dict[str, Any] = {}
        faults: dict[str, Fault] = {}
        for name, rule in self._rules.items():
            try:
                values[name] = rule(texts[name])
            except Fault as fault:
                faults[name] = fault
        self._across(texts, values, faults)
        return values, faults

    def _across(self, texts: dict[str, str], values: dict[str, Any], faults: dict[str, Fault]) -> None:
        """What only shows when cells, rows and the register are held against each other."""
        said = texts.get("district_name", "")
        if said and DISTRICTS.get(values.get("district", ""), said) != said:
            faults["district_name"] = Fault("district_mismatch", "区域名称与代码不符", "District name and code differ")
        group = group_of(values.get("industry_code", ""))
        if group is not None and values.get("category", group) != group:
            faults["industry_code"] = Fault(
                "code_outside_category", "行业代码不属于该业态", "The class is of another group"
            )
        code = values.get("uscc")
        if code in self._codes:
            faults["uscc"] = Fault(
                "duplicate_credit_code", "信用代码在文件中重复", "The code stands in the file before"
            )
        tills = set(values.get("tills", ()))
        if tills & self._tills or any(self._owner(till) not in {None, code} for till in tills):
            faults["tills"] = Fault("till_taken", "终端号已属于其他商户", "A till belongs to another merchant")
        self._codes |= {code} if code else set()
        self._tills |= tills


def _text(row: list[Cell], place: int) -> str:
    value = row[place] if place < len(row) else ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.strip()
