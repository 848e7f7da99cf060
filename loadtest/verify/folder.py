"""The folder of a run: where each thing lies, and whether a run that was broken off can be gone on with."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtest.agreed.reading import ConfigurationError

RUN = "run.json"
PLAN = "plan.json"
PREFLIGHT = "preflight.json"
NOT_PLAYED = "not_played.json"
OBJECTION = "objection.json"


@dataclass(frozen=True)
class RunFolder:
    """``functional/CASE.json`` are played cases, ``steps/NAME-N/`` folders of steps, ``run.json`` who and when."""

    path: Path

    @property
    def functional(self) -> Path:
        """Where played cases are kept."""
        return self.path / "functional"

    def step(self, name: str, repeat: int) -> Path:
        """The folder of one repetition of a step, counted from 1."""
        return self.path / "steps" / f"{name}-{repeat}"

    def step_folders(self) -> dict[str, list[Path]]:
        """The finished repetitions of each step that was played."""
        found: dict[str, list[Path]] = {}
        for mark in sorted((self.path / "steps").glob("*/done.json")):
            found.setdefault(mark.parent.name.rpartition("-")[0], []).append(mark.parent)
        return found

    def write(self, name: str, content: Any) -> None:
        """Write JSON whole or not at all, so that a run that is cut off is never half a file."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".tmp")
        draft.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        draft.replace(target)

    def read(self, name: str) -> Any:
        """The JSON of a file, None where there is none. Raises ValueError when it is not JSON."""
        file = self.path / name
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def open_folder(path: Path, identity: dict[str, str]) -> tuple[RunFolder, bool]:
    """A new run's folder, or that of the same run (same plan digest, target and cases) which was broken off.

    Returns whether it is gone on with. Raises ConfigurationError when the folder holds anything else: evidence of one
    run is never mixed with another's.
    """
    folder = RunFolder(path)
    run = folder.read(RUN)
    if run is None:
        if path.exists() and any(path.iterdir()):
            raise ConfigurationError(f"--out {path}: holds other files 目录非空，请另选目录")
        folder.functional.mkdir(parents=True)
        folder.write(RUN, {**identity, "state": "begun"})
        return folder, False
    different = [name for name, value in identity.items() if run.get(name) != value]
    if different:
        raise ConfigurationError(f"--out {path}: holds a run with another {', '.join(different)} 目录中是另一次测试")
    if run["state"] == "finished":
        raise ConfigurationError(f"--out {path}: holds a finished run; recheck it or choose another 该次测试已完成")
    return folder, True
