"""The sheet of the selection meeting, where the command line can make one: the one place that knows how."""

from merchant_sim.actors.desk import Unexpected
from voucherlab.errors import log_tail
from voucherlab.guided.children import has_command, run_command
from voucherlab.guided.showing import Link, Wall, Words
from voucherlab.guided.stage import Stage

_COMMAND = "selection"
_LABELS = {
    ".xlsx": Words("比选表（xlsx）", "Selection sheet, xlsx"),
    ".docx": Words("比选表（docx）", "Selection sheet, docx"),
}


async def selection_sheet(stage: Stage, wall: Wall) -> None:
    """Make the sheet from the two bundles of step 7 and offer its files; nothing where there is no such command."""
    if not has_command(_COMMAND):
        return
    wall.say("比选表：证据在旁，分数由评委自己打", "The selection sheet: evidence beside, scores by the judges")
    out = stage.folder / "selection"
    bundles = tuple(str(path.parent) for path in sorted(stage.folder.glob("*/verdict.json")))
    ended = await run_command(_COMMAND, (_COMMAND, *bundles, "--out", str(out)), folder=stage.folder)
    if ended.exit_code != 0:
        raise Unexpected(f"{_COMMAND} ended with {ended.exit_code}: {log_tail(ended.log_file)}")
    for path in sorted(out.iterdir()):
        if path.suffix in _LABELS:
            wall.link(Link(_LABELS[path.suffix], "guide", f"/files/selection/{path.name}"))
