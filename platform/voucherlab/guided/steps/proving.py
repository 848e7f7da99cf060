"""The second half of step 7: the bench tests two vendors, shows the proof against the faulty one, and compares them."""

import json
from pathlib import Path
from typing import Any

from loadtest.bundle.comparing.writing import COMPARISON
from loadtest.bundle.files import REPORT, VERDICT
from loadtest.faulty_vendors.catalogue import known
from loadtest.verdicts import VERDICT_ZH, Verdict
from merchant_sim.actors.desk import Unexpected
from voucherlab.errors import log_tail
from voucherlab.guided.children import run_command
from voucherlab.guided.showing import Cell, Check, Link, Mood, Wall, Words
from voucherlab.guided.stage import Stage
from voucherlab.guided.truth import holds
from voucherlab.guided.wording import heading

_DEFECT, _CASES = "double-redemption", ("redeeming-raced",)
VENDORS = (("correct", "faulty:correct"), (_DEFECT, f"faulty:{_DEFECT}"))
_VERDICTS = Words("检验两家平台", "Two vendors tested")
_WITNESS = Words("证据：同一张券，两台收银机同时扫", "The proof: one voucher, two tills at once")
_COMPARED = "comparison"
_MOST_SHOWN, _LONGEST = 8, 160


async def act(stage: Stage, wall: Wall) -> None:
    """Verify both through the command line, then compare their bundles."""
    lines: list[tuple[Cell, ...]] = []
    moods: list[Mood] = []
    heads = (Words("平台", "Vendor"), Words("结论", "Verdict"), Words("说明", "What"))
    for name, vendor in VENDORS:
        told = Words("正确的平台", "a correct one") if name == "correct" else Words("有缺陷的平台", "a faulty one")
        wall.say(f"检验{told.zh}", f"The bench tests {told.en}")
        verdict = await _verify(stage, name, vendor)
        found = Verdict(verdict["overall"]["verdict"])
        what = Words("未发现问题", "nothing found")
        if name == _DEFECT:
            what = Words(known(_DEFECT).zh, known(_DEFECT).en)
        lines.append((told, _told(found), what))
        moods.append("bad" if found is Verdict.FAIL else "good")
        wall.table(_VERDICTS, heads, lines, moods)
        wall.link(Link(Words(f"检验报告：{told.zh}", f"Report: {told.en}"), "guide", f"/files/{name}/{REPORT}"))
        _witnesses(wall, verdict)
    wall.say("两家逐条对照", "Both, side by side")
    bundles = tuple(str(stage.folder / name) for name, _ in VENDORS)
    ended = await run_command(
        "compare", ("compare", *bundles, "--out", str(stage.folder / _COMPARED)), folder=stage.folder
    )
    if ended.exit_code != 0:
        raise Unexpected(f"compare ended with {ended.exit_code}: {log_tail(ended.log_file)}")
    wall.link(
        Link(Words("逐条对照（不打分）", "Side by side, without scores"), "guide", f"/files/{_COMPARED}/{COMPARISON}")
    )


async def _verify(stage: Stage, name: str, vendor: str) -> dict[str, Any]:
    only = tuple(word for case in _CASES for word in ("--only", case))
    words = ("verify", "--vendor", vendor, "--plan", "quick", *only, "--out", str(stage.folder / name))
    ended = await run_command(f"verify-{name}", words, folder=stage.folder)
    verdict = _read(stage.folder / name)
    if verdict is None:
        raise Unexpected(f"verify {vendor} ended with {ended.exit_code}: {log_tail(ended.log_file)}")
    return verdict


def _read(bundle: Path) -> dict[str, Any] | None:
    file = bundle / VERDICT
    if not file.is_file():
        return None
    verdict: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return verdict


def _witnesses(wall: Wall, verdict: dict[str, Any]) -> None:
    """Of the first witness the requests that prove it, as they were sent and answered."""
    witnesses = [
        witness for case in verdict["cases"] if case["verdict"] == Verdict.FAIL.value for witness in case["witnesses"]
    ]
    if not witnesses:
        return
    first = witnesses[0]
    heads = (Words("谁", "Who"), Words("请求", "Request"), Words("平台答复", "Answer"))
    lines: list[tuple[Cell, ...]] = [
        (str(one["who"]), f"{one['method']} {one['path']} {one.get('request_body', '')}"[:_LONGEST], _answer(one))
        for one in first["exchanges"][:_MOST_SHOWN]
    ]
    wall.table(_WITNESS, heads, lines, ["bad"] * len(lines))
    proved = dict.fromkeys(Words(one["statement_zh"], one["statement_en"]) for one in witnesses)
    wall.table(
        Words("证据证明了什么", "What it proves"), (Words("被违反的规则", "The rule that was broken"),),
        [(words,) for words in proved], ["bad"] * len(proved),
    )  # fmt: skip


def _answer(exchange: dict[str, Any]) -> Words:
    status = str(exchange["status"])
    if exchange["outcome"] == "ok":
        return Words(f"{status} 核销成功", f"{status} redeemed")
    told = heading(exchange["code"] or exchange["outcome"])
    return Words(f"{status} {told.zh}", f"{status} {told.en}")


async def check(stage: Stage) -> list[Check]:
    """The correct vendor is not accused, the faulty one is caught by its own case with a witness, both are compared."""
    good, bad = (_read(stage.folder / name) for name, _ in VENDORS)
    accused = good is None or good["overall"]["verdict"] in {Verdict.FAIL.value, Verdict.INVALID.value}
    failed = [case for case in (bad or {"cases": []})["cases"] if case["verdict"] == Verdict.FAIL.value]
    caught = bool(failed) and all(case["witnesses"] for case in failed)
    return [
        holds("正确的平台没有被冤枉", "The correct vendor is not accused", not accused,
              "" if good is None else _told(Verdict(good["overall"]["verdict"]))),
        holds("有缺陷的平台被抓到，有证据", "The faulty vendor is caught, with a witness", caught,
              Words(f"{len(failed)} 项不通过，项项有证据", f"{len(failed)} failed, each with a witness")),
        holds("两家已逐条对照", "Both stand side by side",
              (stage.folder / _COMPARED / COMPARISON).is_file()),
    ]  # fmt: skip


def _told(verdict: Verdict) -> Words:
    return Words(VERDICT_ZH[verdict], verdict.value)
