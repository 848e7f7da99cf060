"""The sheet of the selection meeting: the example of an officer's entries, with the two bundles of step 7 beside it."""

import asyncio
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from merchant_sim.actors.desk import Unexpected
from voucherlab.errors import log_tail
from voucherlab.guided.children import run_command
from voucherlab.guided.showing import Link, Wall, Words
from voucherlab.guided.stage import Stage
from voucherlab.guided.steps import proving

_COMMAND, _FOLDER, _ENTERED = "selection", "selection", "selection.toml"
_NAME = "比选表"  # under this name officers keep what they download
_EXAMPLE = files("loadtest.agreed.examples") / _ENTERED
_BUNDLES = re.compile(r'bundles = \["evidence-(\w+)"\]')
_KEY = re.compile(r"\[evidence\].*?\n\n", re.DOTALL)  # nobody signs the bundles of a demonstration
_LABELS = {
    ".xlsx": Words("比选表（xlsx）", "Selection sheet, xlsx"),
    ".docx": Words("比选表（docx）", "Selection sheet, docx"),
}


async def selection_sheet(stage: Stage, wall: Wall) -> None:
    """Fill in the example with the bundles of step 7, have the command line write the sheet, offer its files."""
    wall.say("比选表：证据在旁，分数由评委自己打", "The selection sheet: evidence beside, scores by the judges")
    folder = stage.folder / _FOLDER
    await asyncio.to_thread(_enter, folder, {"a1": proving.VENDORS[0][0], "a2": proving.VENDORS[1][0]})
    ended = await run_command(_COMMAND, (_COMMAND, "write", str(folder)), folder=stage.folder)
    if ended.exit_code != 0:
        raise Unexpected(f"{_COMMAND} ended with {ended.exit_code}: {log_tail(ended.log_file)}")
    for suffix, label in _LABELS.items():
        name = f"{_NAME}{suffix}"
        await asyncio.to_thread((folder / f"{_COMMAND}{suffix}").rename, folder / name)
        wall.link(Link(label, "guide", f"/files/{_FOLDER}/{name}"))


def _enter(folder: Path, bundles: Mapping[str, str]) -> None:
    """Write what officers would: ``bundles`` maps an applicant to the folder of its evidence, beside ``folder``."""
    folder.mkdir()
    (folder / _ENTERED).write_text(entered(_EXAMPLE.read_text(encoding="utf-8"), bundles), encoding="utf-8")


def entered(example: str, bundles: Mapping[str, str]) -> str:
    """The example with other evidence: the applicants not named have none, and nothing is signed."""

    def own(found: re.Match[str]) -> str:
        return f'bundles = ["../{bundles[found[1]]}"]' if found[1] in bundles else "bundles = []"

    return _BUNDLES.sub(own, _KEY.sub("", example))
