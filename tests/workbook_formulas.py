"""The formulas of a workbook, worked out anew from its cells: what an officer's program would show."""

import re
import zipfile
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_REF = re.compile(r"(?:'([^']+)'!)?(\$?[A-Z]+\$?\d+)(?::(\$?[A-Z]+\$?\d+))?")


class Text(str):
    """A text that spoils whatever is reckoned with it."""

    __slots__ = ()

    def __truediv__(self, other: object) -> "Text":
        return self


class Formulas:
    """All cells of all sheets; ``set`` changes one as a person would."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(BytesIO(content)) as book:
            shared = [
                "".join(node.itertext())
                for node in ET.fromstring(book.read("xl/sharedStrings.xml")).findall("m:si", _NS)
            ]
            listed = ET.fromstring(book.read("xl/workbook.xml")).findall("m:sheets/m:sheet", _NS)
            names = [str(one.get("name")) for one in listed]
            pages = [ET.fromstring(book.read(f"xl/worksheets/sheet{n}.xml")) for n in range(1, len(names) + 1)]
        self.values: dict[tuple[str, str], Any] = {}
        self.formulas: dict[tuple[str, str], str] = {}
        for name, page in zip(names, pages, strict=True):
            for cell in page.iterfind(".//m:c", _NS):
                self._read(name, cell, shared)

    def _read(self, sheet: str, cell: ET.Element, shared: list[str]) -> None:
        at, kind = (sheet, str(cell.get("r"))), cell.get("t")
        formula, value = cell.findtext("m:f", None, _NS), cell.findtext("m:v", None, _NS)
        if formula is not None:
            self.formulas[at] = formula
        if value is not None:  # a formula that gives an empty text has an empty value without a kind
            text = shared[int(value)] if kind == "s" else value
            self.values[at] = Text(text) if kind in {"s", "str"} or not text else float(text)

    def set(self, sheet: str, cell: str, value: float) -> None:
        """Type a number over a cell."""
        self.values[sheet, cell] = value

    def worked_out(self, sheet: str, cell: str) -> Any:
        """The cell's value by its formula, or what stands in it."""
        formula = self.formulas.get((sheet, cell))
        if formula is None:
            return self.values.get((sheet, cell), Text(""))
        spoken = re.sub(r"(?<![<>=])=(?!=)", "==", _REF.sub(lambda found: self._reference(sheet, found), formula))
        found = eval(spoken, dict(_FUNCTIONS), {"cell": self.worked_out, "span": self._span})
        return Text(found) if isinstance(found, str) else found

    def _reference(self, sheet: str, found: re.Match[str]) -> str:
        where, first, last = found[1] or sheet, found[2].replace("$", ""), found[3]
        return f"span({where!r}, {first!r}, {last.replace('$', '')!r})" if last else f"cell({where!r}, {first!r})"

    def _span(self, sheet: str, first: str, last: str) -> list[Any]:
        (left, top), (right, bottom) = _place(first), _place(last)
        return [
            self.worked_out(sheet, f"{chr(column)}{row}")
            for column in range(left, right + 1)
            for row in range(top, bottom + 1)
        ]


def _place(cell: str) -> tuple[int, int]:
    return ord(cell[0]), int(cell[1:])


def _numbers(values: list[Any]) -> list[float]:
    return [one for one in values if isinstance(one, float | int)]


def _average(values: list[Any]) -> float:
    found = _numbers(values)
    return sum(found) / len(found) if found else 0.0


_FUNCTIONS: dict[str, Any] = {
    "IF": lambda condition, yes, no: yes if condition else no,
    "COUNT": lambda values: len(_numbers(values)),
    "SUM": lambda values: sum(_numbers(values)),
    "AVERAGE": _average,
    "ROUND": round,
    "ISNUMBER": lambda value: isinstance(value, float | int),
    "RANK": lambda value, values: 1 + sum(one > value for one in _numbers(values)) if not isinstance(value, str) else 0,
    "COUNTIF": lambda values, value: sum(one == value for one in values),
}
