"""`voucherlab selection`: the sheet for the selection meeting, from what officers and judges enter and evidence."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from loadtest.selection.document import document
from loadtest.selection.faults import SelectionFaults
from loadtest.selection.reading import read_selection
from loadtest.selection.sheet import Sheet, lay_out
from loadtest.selection.starting import start
from loadtest.selection.tables import tables
from loadtest.selection.writing import write_sheet
from loadtest.verdicts import EXIT_USAGE
from voucher_contract.notice import NoticeError, load_notice
from voucherlab.commands.verify import exit_codes
from voucherlab.console import say

EXIT_BROKEN_BUNDLE = 1


class Language(StrEnum):
    """The languages of the sheet."""

    ZH = "zh"
    EN = "en"


WhereArgument = Annotated[Path, typer.Argument(help="Folder with selection.toml, or that file. 比选表目录或文件。")]
KeyOption = Annotated[Path | None, typer.Option(help="The bureau's public key (PEM). 主管部门公钥。")]
JsonOption = Annotated[bool, typer.Option("--json", help="The result as JSON on stdout. 以 JSON 输出。")]
LanguageOption = Annotated[Language, typer.Option(help="zh or en. 语言。")]

_group = typer.Typer(
    no_args_is_help=True,
    help="The sheet for the selection meeting; judges score, the program adds. 比选表：评委打分，软件只汇总。",
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(_group, name="selection")


@_group.command(name="new")
def new(
    folder: Annotated[Path, typer.Argument(help="Folder for selection.toml. 新目录。")],
    applicants: Annotated[int, typer.Option(min=1, max=10, help="How many applied. 报名家数。")] = 3,
    judges: Annotated[int, typer.Option(min=1, max=10, help="How many judges. 评委人数。")] = 5,
    notice_file: Annotated[Path | None, typer.Option(help="Another notice (TOML). 另一份公告。")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a selection.toml to fill in, with the notice's checklist. 新建录入文件；已有的不覆盖。"""
    with _told(as_json):
        try:
            notice = load_notice(notice_file)
        except NoticeError as error:
            raise typer.BadParameter(str(error), param_hint="--notice-file") from error
        path = start(folder, notice, applicants=applicants, judges=judges)
        _result(as_json, {"file": str(path)}, [f"已新建 written: {path}"])


@_group.command(name="check")
def check(
    where: WhereArgument,
    public_key: KeyOption = None,
    as_json: JsonOption = False,
    in_words: Annotated[Language | None, typer.Option("--tables", help="With --json: the tables too. 附表格。")] = None,
) -> None:
    """Check what was entered and the bundles; write nothing. 检查录入和证据包，不写文件。

    Exits 2 for a mistake in the file, named by field; 1 where a bundle cannot be used.
    """
    with _told(as_json):
        sheet = lay_out(read_selection(where, public_key))
        result = {"sheet": document(sheet), "broken_bundle": sheet.broken}
        if in_words is not None:
            result["tables"] = tables(sheet, in_words.value)
        _result(as_json, result, _told_of(sheet))
        _end(sheet)


@_group.command(name="write")
def write(
    where: WhereArgument,
    out: Annotated[Path | None, typer.Option(help="Folder for the sheet; beside the file. 输出目录。")] = None,
    language: LanguageOption = Language.ZH,
    public_key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write selection.xlsx, selection.docx and selection.json. 生成比选表。

    Exits 1 where a bundle could not be used: the sheet is written and names it.
    """
    with _told(as_json):
        entered = read_selection(where, public_key)
        sheet = lay_out(entered)
        files = write_sheet(sheet, out or entered.folder, language.value)
        lines = [*_told_of(sheet), *(f"已生成 written: {path}" for path in files)]
        _result(as_json, {"files": [str(path) for path in files], "broken_bundle": sheet.broken}, lines)
        _end(sheet)


@contextmanager
def _told(as_json: bool) -> Iterator[None]:
    """Faults of the entered files by field: as JSON on stdout for the console, else a line each on stderr; exit 2."""
    with exit_codes():
        try:
            yield
        except SelectionFaults as error:
            faults = [fault.as_json() for fault in error.faults]
            if as_json:
                typer.echo(json.dumps({"ok": False, "file": str(error.path), "faults": faults}, ensure_ascii=False))
            say(f"voucherlab: {error.path}")
            for fault in error.faults:
                say(f"  {fault.line()}")
            raise typer.Exit(EXIT_USAGE) from None


def _result(as_json: bool, result: dict[str, Any], lines: list[str]) -> None:
    if as_json:
        typer.echo(json.dumps({"ok": True, **result}, ensure_ascii=False))
        return
    for line in lines:
        say(line)


def _told_of(sheet: Sheet) -> list[str]:
    both = [f"  {one.text('zh')}\n    {one.text('en')}" for one in sheet.remarks]
    counts = (
        f"收到 received {len(sheet.standings)}，按时 in time {len(sheet.in_time)}，有效 valid {len(sheet.admitted)}"
    )
    if sheet.compared:
        return [*both, f"{counts}，已排名 ranked {len(sheet.ranked)}"]
    return [*both, counts, sheet.not_compared().text("zh"), sheet.not_compared().text("en")]


def _end(sheet: Sheet) -> None:
    if sheet.broken:
        raise typer.Exit(EXIT_BROKEN_BUNDLE)
