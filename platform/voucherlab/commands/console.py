"""`voucherlab console`: the officers' pages for any platform, as a process of its own."""

import importlib
from pathlib import Path
from typing import Annotated, Literal

import typer

from voucher_console.settings import ConsoleSettings
from voucherlab.console import say


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="console")(console)


def console(  # noqa: PLR0917 - a command's options are its parameters; typer passes them by name
    target: Annotated[str, typer.Option(help="Address of the platform. 目标平台地址。")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one. 0 为自动选择。")] = 8600,
    host: Annotated[str, typer.Option(help="Address to listen on. 监听地址。")] = "127.0.0.1",
    language: Annotated[Literal["zh", "en"], typer.Option(help="Of the first page. 首页语言。")] = "zh",
    bench_folder: Annotated[Path, typer.Option(help="Target files and runs. 被测平台文件与检验记录。")] = Path(
        "console-bench"
    ),
    ready_file: Annotated[Path | None, typer.Option(help="Written (JSON) once it answers.")] = None,
) -> None:
    """Open the officers' console until Ctrl-C. 打开管理台，Ctrl-C 停止。"""
    # Imported by name: NiceGUI makes a web application when it is imported, which no other command wants.
    run_console = importlib.import_module("voucher_console.process").run_console
    say(f"voucherlab console 管理台: http://{host}:{port or '…'}  →  {target}")
    run_console(ConsoleSettings(target.rstrip("/"), port, host, language, bench_folder, ready_file))
