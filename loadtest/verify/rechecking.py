"""The verdict of a finished run, made again from its evidence and held against what was written then."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import loadtest.witness_recheck as independent
from loadtest.agreed.reading import ConfigurationError
from loadtest.bundle.findings import find
from loadtest.bundle.verdict_file import verdict_document
from loadtest.bundle.writing import RECORD, VERDICT
from loadtest.cases.model import all_cases
from loadtest.verdicts import Verdict
from loadtest.verify.folder import RunFolder
from loadtest.verify.judging import judge_run
from loadtest.verify.recording import record_of
from voucher_contract.notice import load_notice

_RECHECK_TIMEOUT_S = 600


@dataclass(frozen=True)
class Rechecked:
    """``differences`` empty: the same verdict came out. ``witnesses`` were re-decided by the independent program."""

    verdict: Verdict
    cases: int
    witnesses: int
    differences: tuple[str, ...]


def recheck(path: Path) -> Rechecked:
    """Judge the evidence below ``path`` again. Raises ConfigurationError when there is no finished run."""
    if not (path / VERDICT).is_file() or not (path / RECORD).is_file():
        raise ConfigurationError(f"{path}: holds no finished run 目录中没有已完成的测试")
    stored = json.loads((path / VERDICT).read_text(encoding="utf-8"))
    folder = RunFolder(path)
    results = judge_run(folder)
    record = record_of(folder, results)
    again = _plain(verdict_document(find(record, load_notice(), all_cases(), stored["digests"]["evidence"])))
    differences = [*_differences(stored, again, "verdict"), *_bad_witnesses(path / VERDICT)]
    if _plain(json.loads((path / RECORD).read_text(encoding="utf-8"))) != _plain(record.as_json()):
        differences.append("record: curves or figures came out different 曲线或数字不一致")
    witnesses = sum(len(one.witnesses) for one in results)
    return Rechecked(Verdict(again["overall"]["verdict"]), len(results), witnesses, tuple(differences))


def _plain(document: Any) -> Any:
    """As it would be read back from a file."""
    return json.loads(json.dumps(document))


def _differences(stored: Any, again: Any, where: str) -> list[str]:
    """Where two JSON documents differ, by path."""
    if isinstance(stored, dict) and isinstance(again, dict):
        keys = sorted(stored.keys() | again.keys())
        return [line for key in keys for line in _differences(stored.get(key), again.get(key), f"{where}.{key}")]
    if isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        pairs = enumerate(zip(stored, again, strict=True))
        return [line for number, (one, other) in pairs for line in _differences(one, other, f"{where}[{number}]")]
    return [] if stored == again else [f"{where}: 原 {stored!r} 今 {again!r}"[:400]]


def _bad_witnesses(verdict_file: Path) -> list[str]:
    """What the re-checker, a program of its own in a process of its own, does not believe."""
    command = [sys.executable, "-I", str(independent.__file__), str(verdict_file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_RECHECK_TIMEOUT_S, check=False)
    if done.returncode == 0:
        return []
    return [f"witness: {line}" for line in (done.stdout + done.stderr).strip().splitlines()[-20:]]
