"""The sheet of the selection meeting: the example of an officer's entries, with the two runs of step 7 beside it."""

import asyncio
import re
from collections.abc import Mapping
from importlib.resources import files

from voucher_console.bench.selections import Selections
from voucherlab.guided.bench import bench_folder
from voucherlab.guided.showing import Link, Wall, Words
from voucherlab.guided.stage import Stage
from voucherlab.guided.steps import proving

_NAME = "比选表"  # under this name officers keep what they download, and find it in the console
_ENTERED = "selection.toml"
_EXAMPLE = files("loadtest.agreed.examples") / _ENTERED
_BUNDLES = re.compile(r'bundles = \["evidence-(\w+)"\]')
_KEY = re.compile(r"\[evidence\].*?\n\n", re.DOTALL)  # nobody signs the bundles of a demonstration
_LABELS = {
    "xlsx": Words("比选表（xlsx）", "Selection sheet, xlsx"),
    "docx": Words("比选表（docx）", "Selection sheet, docx"),
}


async def selection_sheet(stage: Stage, wall: Wall) -> None:
    """Fill in the example with the bundles of step 7, have the sheet written as the console does, offer its files."""
    wall.say("比选表：证据在旁，分数由评委自己打", "The selection sheet: evidence beside, scores by the judges")
    selections = Selections(bench_folder(stage))
    await asyncio.to_thread(_enter, selections, dict(zip(("a1", "a2"), proving.RUNS, strict=True)))
    written = await asyncio.to_thread(selections.write, _NAME, "zh")
    for kind, label in _LABELS.items():
        name = f"{_NAME}.{kind}"
        await asyncio.to_thread((stage.folder / name).write_bytes, written[kind])
        wall.link(Link(label, "guide", f"/files/{name}"))


def _enter(selections: Selections, runs: Mapping[str, str]) -> None:
    """Write what officers would: ``runs`` maps an applicant to the run of the bench that tested it."""
    folder = selections.folder / _NAME
    folder.mkdir(parents=True)
    (folder / _ENTERED).write_text(entered(_EXAMPLE.read_text(encoding="utf-8"), runs), encoding="utf-8")


def entered(example: str, runs: Mapping[str, str]) -> str:
    """The example with other evidence: the applicants not named have none, and nothing is signed."""

    def own(found: re.Match[str]) -> str:
        return f'bundles = ["../../runs/{runs[found[1]]}/evidence"]' if found[1] in runs else "bundles = []"

    return _BUNDLES.sub(own, _KEY.sub("", example))
