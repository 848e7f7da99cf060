"""Writes the sheet: selection.xlsx, selection.docx, selection.json."""

import json
from pathlib import Path

from loadtest.selection.document import document
from loadtest.selection.said import Language
from loadtest.selection.sheet import Sheet
from loadtest.selection.word_file import word_file
from loadtest.selection.workbook import workbook

WORKBOOK, WORD_FILE, DOCUMENT = "selection.xlsx", "selection.docx", "selection.json"


def write_sheet(sheet: Sheet, out: Path, language: Language) -> list[Path]:
    """The three files, each whole or not at all; a former sheet in ``out`` is replaced, the entries are not touched."""
    contents = {
        WORKBOOK: workbook(sheet, language), WORD_FILE: word_file(sheet, language),
        DOCUMENT: (json.dumps(document(sheet), ensure_ascii=False, indent=1) + "\n").encode(),
    }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        draft = out / f".{name}.draft"
        draft.write_bytes(content)
        draft.replace(out / name)
    return [out / name for name in contents]
