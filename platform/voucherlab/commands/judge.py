"""`voucherlab judge`: level 1, a vendor's exported files; and the task cards of level 0."""

import traceback
from pathlib import Path
from typing import Annotated

import typer

from loadtest.agreed.reading import ConfigurationError
from loadtest.vendor_files.judged import FilesVerdict
from loadtest.vendor_files.judging import judge_files
from loadtest.vendor_files.sheets.task_cards import write_task_cards
from loadtest.vendor_files.sheets.writing import PAGE_FILE
from loadtest.verdicts import EXIT_OUR_FAULT, EXIT_USAGE, VERDICT_ZH, Verdict, exit_code
from voucherlab.console import say

_DEFAULT_OUT = Path("judge-out")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="judge")(judge)


def judge(
    files: Annotated[Path | None, typer.Option(help="Folder of exported files. 导出文件目录。")] = None,
    mapping: Annotated[Path | None, typer.Option(help="mapping.toml. 对照文件。")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the judgement. 输出目录。")] = _DEFAULT_OUT,
    task_cards: Annotated[Path | None, typer.Option(help="Write task cards (xlsx). 输出任务卡。")] = None,
) -> None:
    """Judge a vendor's exported files: they can refute, never confirm. 核对平台方导出文件：可推翻，不能证实。

    Exits 1 where they contradict themselves, 4 where they do not, 2 for a mistake of the mapping.
    """
    code = 0
    try:
        if task_cards is not None:
            write_task_cards(task_cards)
            say(f"任务卡 task cards: {task_cards}")
        if task_cards is None or files is not None or mapping is not None:
            code = _judged(files, mapping, out)
    except ConfigurationError as error:
        say(f"voucherlab: {error}")
        raise typer.Exit(EXIT_USAGE) from None
    except Exception as error:
        # A fault of ours must not look like a refuted vendor, which is what Python's own exit code 1 would say.
        traceback.print_exc()
        raise typer.Exit(EXIT_OUR_FAULT) from error
    raise typer.Exit(code)


def _judged(files: Path | None, mapping: Path | None, out: Path) -> int:
    if files is None or mapping is None:
        raise ConfigurationError("--files and --mapping are both needed 需要 --files 与 --mapping")
    if not files.is_dir():
        raise ConfigurationError(f"--files: {files} is no folder 不是目录")
    verdict = judge_files(files, mapping, out)
    _tell(verdict, out)
    return exit_code(verdict.verdict)


def _tell(verdict: FilesVerdict, out: Path) -> None:
    for check in verdict.checks:
        if check.verdict is Verdict.FAIL:
            typer.echo(f"{VERDICT_ZH[check.verdict]}  {check.check}  {check.title_zh}：{check.reason_zh}")
            for one in check.contradictions[:3]:
                where = "；".join(f"{row.file} 第 {row.line} 行" for row in one.rows[:4])
                typer.echo(f"    {one.statement_zh}  [{where}]")
    still = sum(check.verdict is Verdict.INCONCLUSIVE for check in verdict.checks)
    left = sum(check.verdict is Verdict.NOT_RUN for check in verdict.checks)
    say(f"未被推翻 not refuted: {still}　未核对 not run: {left}　线索 hints: {len(verdict.hints)}")
    say(f"文件可以推翻，不能证实 files can refute, never confirm → {out / PAGE_FILE}")
