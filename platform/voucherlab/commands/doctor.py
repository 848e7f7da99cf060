"""`voucherlab doctor`: what is used, whether it works, and what is wrong, in words."""

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from voucherlab.commands.serve import DEFAULT_DATA, DataOption
from voucherlab.doctor import examine

_MARKS = {"ok": "✓", "note": "·", "problem": "✗"}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="doctor")(doctor)


def doctor(
    data: DataOption = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON on stdout.")] = False,
) -> None:
    """Say which servers are used and what is wrong. 检查环境：用的是哪些服务，有什么问题。"""
    findings = examine(data, os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL"))
    problems = [finding for finding in findings if finding.level == "problem"]
    if as_json:
        report = {"ok": not problems, "findings": [asdict(finding) for finding in findings]}
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            typer.echo(f"{_MARKS[finding.level]} {finding.subject}: {finding.english}\n    {finding.chinese}")
        typer.echo(f"{len(problems)} problem(s) · {len(problems)} 个问题")
    raise typer.Exit(1 if problems else 0)
