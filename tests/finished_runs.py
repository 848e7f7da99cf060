"""Finished runs as the console finds them: a sealed bundle in the folder of a run that somebody started."""

import json
from pathlib import Path
from typing import Any

from tests.selection_samples import bundle


def finished_run(bench: Path, name: str, platform: str, *results: Any) -> str:
    """A run of a platform of that name; the path of its bundle as a selection of the same bench names it."""
    bundle(bench / "runs" / name / "evidence", platform, *results)
    started = {
        "target": f"{name}.toml", "plan": "quick", "by": "经办人", "at": "2025-12-15T09:00:00+08:00",
        "pid": 0, "ticks": 0,
    }  # fmt: skip
    (bench / "runs" / name / "started.json").write_text(json.dumps(started), encoding="utf-8")
    return f"../../runs/{name}/evidence"
