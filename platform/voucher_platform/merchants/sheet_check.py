"""Bombs inside the XML of a workbook: entities, far cells, and long texts that many cells share.

A reader allocates the whole rectangle up to the farthest cell, and a copy of a shared text for each cell that names
it; so one far cell, or one long text named often, is enough to fill any memory.
"""

import re
from collections import Counter
from xml.parsers import expat

_MOST_COLUMNS = 256
_MOST_CHARACTERS = 64 * 1024 * 1024
_REFERENCE = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")


class UnsafeWorkbook(Exception):
    """The archive is broken, too large or not a workbook; the text says what (Chinese)."""


class FarCell(Exception):
    """A cell lies below the last row an import may have."""


class SheetCheck:
    """Reads every XML part of one workbook, then ``finish``. Raises ``UnsafeWorkbook`` or ``FarCell``."""

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self._text_lengths: list[int] = []
        self._named: Counter[str] = Counter()
        self._row = self._column = 0
        self._shared_cell = False
        self._text: list[str] = []

    def read(self, part: bytes) -> None:
        """Check one part by itself."""
        self._row = self._column = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text_found
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(part, True)
        except expat.ExpatError as error:
            raise UnsafeWorkbook("文件中的 XML 已损坏") from error

    def finish(self) -> None:
        """Check how much text the cells come to when every shared text is copied."""
        total = 0
        for index, cells in self._named.items():
            if not index.isdecimal() or int(index) >= len(self._text_lengths):
                raise UnsafeWorkbook("单元格引用了不存在的文本")
            total += self._text_lengths[int(index)] * cells
        if total > _MOST_CHARACTERS:
            raise UnsafeWorkbook("单元格文本过长")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._place(row=_number(attributes.get("r", str(self._row + 1))), column=0)
        elif kind == "c":
            self._place_cell(attributes.get("r"))
            self._shared_cell = attributes.get("t") == "s"
        elif kind in {"si", "v"}:
            self._text = []

    def _end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if kind == "si":
            self._text_lengths.append(sum(map(len, self._text)))
        elif kind == "v" and self._shared_cell:
            self._named["".join(self._text).strip()] += 1

    def _text_found(self, text: str) -> None:
        self._text.append(text)

    def _doctype(self, *_: object) -> None:
        raise UnsafeWorkbook("文件含有不允许的 XML 定义")

    def _place_cell(self, reference: str | None) -> None:
        """A cell without a reference stands right of the one before it."""
        if reference is None:
            self._place(row=self._row, column=self._column + 1)
            return
        found = _REFERENCE.match(reference)
        if found is None:
            raise UnsafeWorkbook("工作表的单元格编号有误")
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        self._place(row=int(found[2]), column=column)

    def _place(self, *, row: int, column: int) -> None:
        self._row, self._column = row, column
        if column > _MOST_COLUMNS:
            raise UnsafeWorkbook(f"工作表超过 {_MOST_COLUMNS} 列")
        if row > self._most_rows:
            raise FarCell


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise UnsafeWorkbook("工作表的行号有误")
    return int(text)
