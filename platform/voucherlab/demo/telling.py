"""The summary as an officer reads it: Chinese first, money in yuan and in fen, where the files are."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from loadtest.verdicts import VERDICT_ZH, Verdict
from voucherlab.demo.summary import SUMMARY, Summary
from voucherlab.demo.verification import Verification

_BATCH_NAMES = {"catering": "餐饮满100减30", "daily": "百货满60减20", "appliances": "家电满1000减100"}


def tell(summary: Summary, out: Path) -> None:
    """Print it on stdout."""
    console = Console()
    console.print(_what_happened(summary))
    console.print(_checks(summary))
    console.print(_money(summary))
    if "verification" in summary:
        console.print(_verification(summary["verification"]))
    console.print(_where(out))


def tell_steps(steps: list[dict[str, Any]]) -> None:
    """Print the eight steps of the guided demonstration; of one that failed, each check that does not hold."""
    table = Table(title="演示导览 · Guided demonstration", title_justify="left")
    for heading in ("", "步骤 Step", "条款 Clauses", "数据库核对 Checks"):
        table.add_column(heading)
    marks = {"PASS": "[green]✓[/]", "FAIL": "[bold red]✗[/]"}
    for number, step in enumerate(steps, start=1):
        wrong = [f"✗ {check['zh']}: {check['detail']}" for check in step["checks"] if not check["ok"]]
        told = "\n".join(wrong) or str(len(step["checks"]))
        table.add_row(marks.get(step["verdict"], "–"), f"{number} {step['title_zh']}", step["clause"], escape(told))
    Console().print(table)


def yuan(fen: int) -> str:
    """`12,345.67 元`."""
    return f"{fen // 100:,}.{fen % 100:02d} 元"


def _what_happened(summary: Summary) -> Table:
    table = Table(title="广汉2026迎春消费券（模拟） · What happened", show_header=False, title_justify="left")
    quota = "，".join(f"{_BATCH_NAMES.get(name, name)} {number:,} 张" for name, number in summary["quota"].items())
    issued, acknowledged = summary["vouchers_issued"], summary["claims_acknowledged"]
    rush = summary["rush"]
    lines = [
        ("发放计划 Quota", quota),
        ("领取 Claimed", f"发放 {issued:,} 张，客户端确认 {acknowledged:,} 张"),
        ("未领到 Claims refused", _codes(summary["claim_refusals"])),
        ("核销 Redeemed", f"{summary['redemptions']:,} 笔"),
        ("拒绝核销 Redemptions refused", _codes(summary["redemption_refusals"])),
        ("退款 Refunds", f"{summary['refunds']:,} 笔"),
        ("过期 Expired", f"{summary['expired']:,} 张"),
        (
            "开抢 The rush",
            f"{rush['taps']:,} 次点击，应答中位 {rush['took_ms_median']} ms，p99 {rush['took_ms_p99']} ms",
        ),
        ("发出延迟 Sent late by", f"中位 median {rush['lag_ms_median']} ms，最大 max {rush['lag_ms_max']} ms"),
    ]
    for line in lines:
        table.add_row(*line)
    return table


def _codes(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    return f"{total:,} 次：" + "，".join(f"{code} {number:,}" for code, number in counts.items()) if counts else "0"


def _checks(summary: Summary) -> Table:
    table = Table(title="检查 · Checks (PostgreSQL 与客户端记录互相核对)", title_justify="left")
    for heading in ("", "项目 Check", "依据 Detail"):
        table.add_column(heading)
    for check in summary["checks"]:
        mark = "[green]✓[/]" if check["ok"] else "[bold red]✗[/]"
        table.add_row(mark, f"{check['zh']} {check['name']}", check["detail"])
    return table


def _money(summary: Summary) -> Panel:
    received, spent, returned = (summary[f"{name}_fen"] for name in ("received", "spent", "returned"))
    sign = "=" if received == spent + returned else "≠"
    text = (
        f"收到 {yuan(received)}  {sign}  支出 {yuan(spent)}  +  退回 {yuan(returned)}\n"
        f"received {received:,} fen  {sign}  spent {spent:,} fen  +  returned {returned:,} fen"
    )
    if summary["unsafe_settings"]:
        text += f"\n[bold red]不安全的设置 Unsafe settings: {', '.join(summary['unsafe_settings'])}[/]"
    if not summary["money_identity_ok"]:
        text += "\n[bold red]资金核对不通过！见上表 The money does not add up: see the checks above[/]"
    verdict = "[bold green]PASS 通过[/]" if summary["verdict"] == "PASS" else "[bold red]FAIL 不通过[/]"
    return Panel(text, title=f"资金恒等式 · Money — {verdict}", title_align="left")


def _verification(found: Verification) -> Table:
    own, faulty = found["reference"], found["faulty_vendor"]
    table = Table(title="检验 · Verification by the test bench", show_header=False, title_justify="left")
    counts = "，".join(f"{VERDICT_ZH[Verdict(name)]} {number}" for name, number in own["cases"].items())
    table.add_row("参考平台 Our own", own["verdict"], f"{counts}\n{own['report']}")
    caught = f"{faulty['defect_zh']}：{', '.join(faulty['failed'])}\n{faulty['witness_zh']}\n{faulty['report']}"
    table.add_row("有缺陷的平台 A faulty one", faulty["verdict"], caught)
    return table


def _where(out: Path) -> Table:
    table = Table(title="文件 · Files", show_header=False, title_justify="left")
    for name, what in (
        (SUMMARY, "全部数字与检查 all figures and checks"),
        ("reports/", "T+1 报表 T+1 reports: JSON, CSV, xlsx"),
        ("商户名单.xlsx", "导入的名单 the roster"),
        ("商户导入-错误列.xlsx", "退回的名单（带错误列） the roster with its error column"),
        ("records/", "客户端逐笔记录 the clients' own records"),
        ("verification/", "检验报告与证据 reports and evidence of the verification"),
    ):
        table.add_row(str(out / name), what)
    return table
