"""Writes a judgement: verdict.json for machines, 文件核对.html for readers, 矛盾明细.xlsx for those who check rows."""

import json
from pathlib import Path

from loadtest.vendor_files.judged import FilesVerdict
from loadtest.vendor_files.sheets.page import page
from loadtest.vendor_files.sheets.workbook import write_workbook

VERDICT_FILE, PAGE_FILE, ROWS_FILE = "verdict.json", "文件核对.html", "矛盾明细.xlsx"


def write_all(verdict: FilesVerdict, out_dir: Path) -> None:
    """All three into a folder that only its owner can enter. Raises OSError."""
    out_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(verdict.as_json(), ensure_ascii=False, indent=1, default=_plain)
    _write(out_dir / VERDICT_FILE, text + "\n")
    _write(out_dir / PAGE_FILE, page(verdict))
    write_workbook(verdict, out_dir / ROWS_FILE)


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _plain(value: object) -> object:
    """A numpy number among the facts as a plain one."""
    item = getattr(value, "item", None)
    if item is None:
        raise TypeError(f"{type(value).__name__} does not belong in a verdict")
    plain: object = item()
    return plain
