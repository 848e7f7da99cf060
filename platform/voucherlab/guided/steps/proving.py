"""The second half of step 7: the bench tests two vendors, shows the proof against the faulty one, and compares them."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from loadtest.bundle.comparing.writing import COMPARISON
from loadtest.bundle.files import REPORT, VERDICT
from loadtest.faulty_vendors.catalogue import known
from loadtest.verdicts import VERDICT_ZH, Verdict
from merchant_sim.actors.desk import Unexpected
from voucher_console.bench.runs import Run, Runs, read_json
from voucherlab.guided.bench import bench_folder, run_bench
from voucherlab.guided.showing import Cell, Check, Link, Mood, Wall, Words, yuan
from voucherlab.guided.stage import Stage
from voucherlab.guided.truth import holds
from voucherlab.guided.wording import heading

_DEFECT, _CASES = "double-redemption", ("redeeming-raced",)
_CORRECT, _FAULTY = "step7-correct", f"step7-{_DEFECT}"
RUNS = {_CORRECT: "faulty:correct", _FAULTY: f"faulty:{_DEFECT}"}
_VERDICTS = Words("检验两家平台", "Two vendors tested")
_WITNESS = Words("证据：同一张券，两台收银机同时扫", "The proof: one voucher, two tills at once")
_RAW = Words("原始请求（供工程师核对）", "The requests as they were sent, for engineers")
_PLAIN = Words("其他请求", "another request")
_MOST_SHOWN, _LONGEST = 8, 160


async def act(stage: Stage, wall: Wall) -> None:
    """Verify both as the console would, then compare what was found."""
    lines: list[tuple[Cell, ...]] = []
    moods: list[Mood] = []
    heads = (Words("平台", "Vendor"), Words("结论", "Verdict"), Words("说明", "What"))
    runs = Runs(bench_folder(stage))
    for name, vendor in RUNS.items():
        told = Words("合格平台", "a correct one") if name == _CORRECT else Words("有缺陷平台", "a faulty one")
        wall.say(f"检验{told.zh}", f"The bench tests {told.en}")
        run = await run_bench(stage, runs, name=name, vendor=vendor, only=_CASES)
        verdict = _verdict(run)
        if verdict is None:
            raise Unexpected(f"verify {vendor} ended without a verdict: {run.output()}")
        found = Verdict(verdict["overall"]["verdict"])
        what = Words("未发现问题", "nothing found")
        if name == _FAULTY:
            what = Words(known(_DEFECT).zh, known(_DEFECT).en)
        lines.append((told, _told(found), what))
        moods.append("bad" if found is Verdict.FAIL else "good")
        wall.table(_VERDICTS, heads, lines, moods)
        wall.link(_link(stage, run.evidence / REPORT, Words(f"检验报告：{told.zh}", f"Report: {told.en}")))
        _witnesses(wall, verdict)
    wall.say("两家逐条对照", "Both, side by side")
    said, folder = await asyncio.to_thread(runs.compare, tuple(RUNS))
    if not (folder / COMPARISON).is_file():
        raise Unexpected(f"compare made no page: {said}")
    wall.link(_link(stage, folder / COMPARISON, Words("逐条对照（不打分）", "Side by side, without scores")))


def _link(stage: Stage, file: Path, label: Words) -> Link:
    return Link(label, "guide", f"/files/{file.relative_to(stage.folder.absolute())}")


def _verdict(run: Run) -> dict[str, Any] | None:
    verdict: dict[str, Any] | None = read_json(run.evidence / VERDICT)
    return verdict


def _witnesses(wall: Wall, verdict: dict[str, Any]) -> None:
    """Of the first witness the requests that prove it, in words and, folded up, as they were sent."""
    failed = [case for case in verdict["cases"] if case["verdict"] == Verdict.FAIL.value]
    witnesses = [witness for case in failed for witness in case["witnesses"]]
    if not witnesses:
        return
    exchanges = witnesses[0]["exchanges"][:_MOST_SHOWN]
    heads = (Words("谁", "Who"), Words("做什么", "Does what"), Words("平台答复", "Answer"))
    lines = in_words(exchanges)
    wall.table(_WITNESS, heads, lines, ["bad"] * len(lines))
    raw: list[tuple[Cell, ...]] = [
        (f"{one['method']} {one['path']} {one.get('request_body', '')}"[:_LONGEST], str(one["status"]))
        for one in exchanges
    ]
    wall.table(_RAW, (Words("请求", "Request"), Words("状态码", "Status")), raw, folded=True)
    proved = _rules(failed)
    wall.table(
        Words("证据证明了什么", "What it proves"), (Words("被违反的规则", "The rule that was broken"),),
        [(words,) for words in proved], ["bad"] * len(proved),
    )  # fmt: skip


def in_words(exchanges: list[dict[str, Any]]) -> list[tuple[Cell, ...]]:
    """Each request as somebody at the tills would tell it: tills are numbered, amounts are in yuan."""
    tills: dict[str, int] = {}
    lines: list[tuple[Cell, ...]] = []
    for one in exchanges:
        nth = tills.setdefault(str(one["who"]), len(tills) + 1)
        try:
            order = json.loads(one.get("request_body") or "{}")
        except ValueError:
            order = {}  # a case may send what is no order on purpose
        code, total_fen = str(order.get("code", ""))[-4:], int(order.get("order_total_fen", 0))
        did = Words(
            f"扫券码尾号 {code}，订单 {yuan(total_fen)} 元",
            f"scans the code ending in {code}, order {yuan(total_fen)} yuan",
        )
        lines.append((Words(f"收银机 {nth}", f"till {nth}"), did if code else _PLAIN, _answer(one)))
    return lines


def _rules(cases: Iterable[dict[str, Any]]) -> list[Words]:
    """The rules that witnesses show broken, each once."""
    told = (Words(one["statement_zh"], one["statement_en"]) for case in cases for one in case["witnesses"])
    return list(dict.fromkeys(told))


def _caught_told(failed: list[dict[str, Any]]) -> Words:
    rules = len(_rules(failed))
    return Words(
        f"{len(failed)} 个检验项目不通过，其中违反规则 {rules} 条，条条有证据",
        f"{len(failed)} case failed, {rules} rules broken in it, each with a witness",
    )


def _answer(exchange: dict[str, Any]) -> Words:
    if exchange["outcome"] == "ok":
        return Words("核销成功", "redeemed")
    return heading(exchange["code"] or exchange["outcome"])


async def check(stage: Stage) -> list[Check]:
    """The correct vendor is not accused, the faulty one is caught by its own case with a witness, both are compared."""
    runs = Runs(bench_folder(stage))
    good, bad = (_verdict(runs.one(name)) for name in RUNS)
    accused = good is None or good["overall"]["verdict"] in {Verdict.FAIL.value, Verdict.INVALID.value}
    failed = [case for case in (bad or {"cases": []})["cases"] if case["verdict"] == Verdict.FAIL.value]
    caught = bool(failed) and all(case["witnesses"] for case in failed)
    return [
        holds("合格平台没有被误判", "The correct vendor is not accused", not accused,
              "" if good is None else _told(Verdict(good["overall"]["verdict"]))),
        holds("有缺陷平台被查出，有证据", "The faulty vendor is caught, with a witness", caught,
              _caught_told(failed)),
        holds("两家已逐条对照", "Both stand side by side",
              (runs.comparison(tuple(RUNS)) / COMPARISON).is_file()),
    ]  # fmt: skip


def _told(verdict: Verdict) -> Words:
    return Words(VERDICT_ZH[verdict], verdict.value)
