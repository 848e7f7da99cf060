"""Runs of the bench: each a folder with what was asked, what was said, and the evidence. A restart finds them again."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voucher_console.bench.children import Child, is_alive, start_child, stop_child

SHIPPED_PLANS = ("quick", "standard", "full")
OWN_REFERENCE = "reference"
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_VENDOR = re.compile(r"^(faulty|favor_stock)(:[a-z0-9-]{1,64})?$")
_STARTED, _ABORTED, _OUTPUT, _EVIDENCE = "started.json", "aborted.json", "output.txt", "evidence"
_TAIL_BYTES = 16_384


class CannotRun(ValueError):
    """What was asked for cannot be started; ``zh`` and ``en`` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True)
class Aborted:
    """Who broke a run off, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Run:
    """One run. ``verdict``: from verdict.json once it is there; without it a run that has ended was broken off, by a
    person if ``aborted`` says so.
    """

    name: str
    folder: Path
    target: str
    plan: str
    by: str
    started_at: datetime
    child: Child
    running: bool
    verdict: str | None
    aborted: Aborted | None

    @property
    def evidence(self) -> Path:
        """The bench's own folder."""
        return self.folder / _EVIDENCE

    def output(self) -> str:
        """The end of what the bench has said so far."""
        return tail(self.folder / _OUTPUT)


class Runs:
    """All runs below ``folder/runs``; target files lie in ``folder/targets``, own plans in ``folder/plans``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        # Its thread is there before the console lowers its own priority (see `process`), and what a thread starts has
        # that thread's: a load generator that gave way would measure itself.
        self._starter = ThreadPoolExecutor(1, "bench-starter")
        self._starter.submit(int).result()

    def targets(self) -> list[str]:
        """The target files somebody has put there, by name."""
        return sorted(file.name for file in (self.folder / "targets").glob("*.toml"))

    def plans(self) -> list[str]:
        """The plans that come with the bench, and those somebody has put there."""
        return [*SHIPPED_PLANS, *sorted(file.name for file in (self.folder / "plans").glob("*.toml"))]

    def start(self, *, name: str, target: str, plan: str, only: Sequence[str], by: str) -> Run:
        """Start the bench on its own; it goes on when the console dies. Raises CannotRun."""
        if not _NAME.match(name):
            raise CannotRun("名称只能用字母、数字、- 和 _", "A name has letters, digits, - and _ only")
        words = [*self._target_words(target), "--plan", self._plan_word(plan)]
        for one in only:
            words += ["--only", one]
        folder = self.folder / "runs" / name
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise CannotRun("已有同名的测试，请换一个名称", "There is a run of this name: choose another") from None
        command = (sys.executable, "-m", "voucherlab", "verify", *words, "--out", str(folder / _EVIDENCE))
        self._start(folder, command, {"target": target, "plan": plan, "by": by})
        return self.one(name)

    def _start(self, folder: Path, command: Sequence[str], about: Mapping[str, str]) -> None:
        process, child = self._starter.submit(start_child, command, folder / _OUTPUT).result()
        self._children[child.pid] = process
        text = {**about, "at": datetime.now(UTC).isoformat(), "pid": child.pid, "ticks": child.ticks}
        (folder / _STARTED).write_text(json.dumps(text, ensure_ascii=False) + "\n", encoding="utf-8")

    def _target_words(self, target: str) -> list[str]:
        if target == OWN_REFERENCE:
            return ["--reference"]
        if _VENDOR.match(target):
            return ["--vendor", target]
        if target in self.targets():
            return ["--target", str(self.folder / "targets" / target)]
        raise CannotRun("没有这个被测平台文件", "There is no such target file")

    def _plan_word(self, plan: str) -> str:
        if plan in SHIPPED_PLANS:
            return plan
        if plan in self.plans():
            return str(self.folder / "plans" / plan)
        raise CannotRun("没有这个测试计划", "There is no such plan")

    def all(self) -> list[Run]:
        """Every run, the newest first."""
        names = [file.parent.name for file in (self.folder / "runs").glob(f"*/{_STARTED}")]
        return sorted((self.one(name) for name in names), key=lambda one: one.started_at, reverse=True)

    def one(self, name: str) -> Run:
        """A run by its name. Raises CannotRun."""
        folder = self.folder / "runs" / name
        if not _NAME.match(name) or not (folder / _STARTED).is_file():
            raise CannotRun("没有这次检验", "There is no such run")
        started = json.loads((folder / _STARTED).read_text(encoding="utf-8"))
        child = Child(int(started["pid"]), int(started["ticks"]))
        verdict, aborted = read_json(folder / _EVIDENCE / "verdict.json"), read_json(folder / _ABORTED)
        return Run(
            name=name, folder=folder, target=started["target"], plan=started["plan"], by=started["by"],
            started_at=datetime.fromisoformat(started["at"]), child=child, running=self._running(child),
            verdict=str(verdict["overall"]["verdict"]) if verdict else None,
            aborted=Aborted(aborted["by"], datetime.fromisoformat(aborted["at"])) if aborted else None,
        )  # fmt: skip

    def _running(self, child: Child) -> bool:
        process = self._children.get(child.pid)
        if process is not None and process.poll() is not None:
            del self._children[child.pid]
        return is_alive(child)

    def abort(self, name: str, *, by: str) -> None:
        """Break a run off, and note who did; one that has ended by itself stays as it is. What it has found so far
        stays. Raises CannotRun.
        """
        run = self.one(name)
        if not run.running:
            raise CannotRun("这次测试已经结束", "This run has ended already")
        # Noted first: a console that dies while it waits has still said whose doing it was.
        text = {"by": by, "at": datetime.now(UTC).isoformat()}
        (run.folder / _ABORTED).write_text(json.dumps(text, ensure_ascii=False) + "\n", encoding="utf-8")
        stop_child(run.child)

    def judge_again(self, name: str) -> str:
        """`voucherlab recheck` on a finished run; what it says. Raises CannotRun."""
        return self._say("recheck", str(self.one(name).evidence))

    def compare(self, names: Sequence[str]) -> tuple[str, Path]:
        """`voucherlab compare` on finished runs: what it says, and the folder of its page. Raises CannotRun."""
        folders, out = [str(self.one(name).evidence) for name in names], self.comparison(names)
        return self._say("compare", *folders, "--out", str(out)), out

    def comparison(self, names: Sequence[str]) -> Path:
        """The folder of the comparison of these runs, once it is made."""
        return self.folder / "comparisons" / "-".join(sorted(names))

    def _say(self, *words: str) -> str:
        command = (sys.executable, "-m", "voucherlab", *words)
        done = subprocess.run(command, check=False, capture_output=True, timeout=600)
        return (done.stdout + done.stderr).decode("utf-8", "replace")


def read_json(file: Path) -> Any:
    """The JSON of a file; None when it is not there, or is just being written."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def tail(file: Path) -> str:
    """The end of a text file; empty when there is none."""
    if not file.is_file():
        return ""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - _TAIL_BYTES))
        return opened.read().decode("utf-8", "replace")
