"""What stands on the terminal at the end: the verdict, what failed and by which request, where the report lies."""

from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from loadtest.bundle.clauses import Weighed
from loadtest.bundle.findings import Findings
from loadtest.evidence.result import Witness
from loadtest.verdicts import VERDICT_ZH, Verdict

_COLOURS = {
    Verdict.PASS: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red", Verdict.INVALID: "bold magenta",
    Verdict.INCONCLUSIVE: "yellow",
}  # fmt: skip
_MOST_SHOWN, _MOST_EXCHANGES = 8, 4
_LONGEST = 300


def tell_findings(findings: Findings, report: Path) -> None:
    """Print on stdout: Chinese first, English beside."""
    console = Console(highlight=False)
    _tell_cases(console, "不通过 Failed", findings.failed)
    _tell_cases(console, "提示 Remarks", findings.remarked)
    _tell_cases(console, "无法判定 Undecided", findings.open_ones)
    colour = _COLOURS.get(findings.overall, "white")
    counts = "，".join(f"{VERDICT_ZH[verdict]} {number}" for verdict, number in findings.counts().items() if number)
    text = f"[{colour}]{findings.overall.value} {VERDICT_ZH[findings.overall]}[/]\n{counts}\n报告 report: {report}"
    console.print(Panel(text, title=findings.record.target.name, title_align="left"))


def _tell_cases(console: Console, title: str, cases: tuple[Weighed, ...]) -> None:
    if not cases:
        return
    console.print(f"\n[bold]{title}（{len(cases)}）[/]")
    for one in cases[:_MOST_SHOWN]:
        console.print(f"[bold]✗ {one.case.title_zh}[/]  {one.case.id}  {', '.join(one.case.clauses)}")
        console.print(f"    {_plain((one.result.actual_zh or one.result.reason_zh)[:_LONGEST])}", soft_wrap=True)
        for witness in one.result.witnesses[:1]:
            for line in _lines(witness):
                console.print(f"    [dim]{_plain(line[:_LONGEST])}[/]", soft_wrap=True)
    if len(cases) > _MOST_SHOWN:
        console.print(f"  … 另有 {len(cases) - _MOST_SHOWN} 项，见报告 and more in the report")


def _lines(witness: Witness) -> list[str]:
    """The witness in a few lines: its statement, and its requests with what came back."""
    lines = [f"证据 witness: {witness.statement_zh}"]
    telling = [one for one in witness.exchanges if one["outcome"] != "unknown"] or witness.exchanges
    for exchange in telling[:_MOST_EXCHANGES]:
        body = str(exchange.get("request_body", ""))
        answer = exchange["code"] or exchange["outcome"]
        lines.append(
            f"  {exchange['who']}  {exchange['method']} {exchange['path']} {body}  →  {exchange['status']} {answer}"
        )
    lines += [
        f"  {record['kind']} 人 {record['person']}  键 {record['key']}  →  {record['status']} {record['code']}"
        f" {record['result_id']}  {record['request_id']}"
        for record in witness.records[:_MOST_EXCHANGES]
    ]
    hidden = len(witness.exchanges) + len(witness.records) - _MOST_EXCHANGES
    return [*lines, f"  … 另有 {hidden} 条，见报告"] if hidden > 0 else lines


def _plain(text: str) -> str:
    """A vendor's words are never read as markup."""
    return text.replace("[", r"\[")
