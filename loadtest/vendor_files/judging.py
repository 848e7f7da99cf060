"""Judges a vendor's exported files: what they contradict, and where to look."""

import hashlib
from pathlib import Path

from loadtest.agreed.reading import read_agreed
from loadtest.vendor_files.columns import TABLE_ZH
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge, FileCheck, Findings, all_checks
from loadtest.vendor_files.hints.looking import look
from loadtest.vendor_files.judged import NOT_REFUTED_EN, NOT_REFUTED_ZH, CheckVerdict, FilesVerdict
from loadtest.vendor_files.loading import load
from loadtest.vendor_files.mapping import Mapping
from loadtest.vendor_files.sheets.writing import write_all
from loadtest.vendor_files.showing import show
from loadtest.verdicts import Verdict, worst


def judge_files(files_dir: Path, mapping_path: Path, out_dir: Path) -> FilesVerdict:
    """Judge the files of a folder and write verdict.json, the page and the workbook into ``out_dir``.

    Raises ConfigurationError for every mistake of the mapping, named by its field, before anything is written.
    """
    mapping = read_agreed(mapping_path, Mapping)
    verdict = judge_loaded(Evidence(load(files_dir, mapping), mapping), _digest(mapping_path))
    write_all(verdict, out_dir)
    return verdict


def judge_loaded(e: Evidence, mapping_sha256: str) -> FilesVerdict:
    """All checks and hints on what was read."""
    checks = tuple(_judged(e, check) for check in all_checks().values())
    hints, not_run = look(e)
    # Files confirm nothing, so the best there is stays open, whatever was left out.
    refuted = worst(check.verdict for check in checks) is Verdict.FAIL
    overall = Verdict.FAIL if refuted else Verdict.INCONCLUSIVE
    return FilesVerdict(e.mapping.vendor, overall, e.loaded.inputs, mapping_sha256, checks, hints, not_run)


def _judged(e: Evidence, check: FileCheck) -> CheckVerdict:
    missing = _missing(e, check)
    if missing:
        return _verdict(check, Verdict.NOT_RUN, missing, "files or columns are missing")
    try:
        findings = check.judge(e)
    except CannotJudge as reason:
        return _verdict(check, Verdict.NOT_RUN, str(reason), "the files or the agreed terms do not suffice")
    if not findings.judged:
        return _verdict(check, Verdict.NOT_RUN, "没有可核对的记录", "no record to judge")
    shown = tuple(show(e, found) for found in findings.found)
    if not findings.count:
        return _verdict(check, Verdict.INCONCLUSIVE, NOT_REFUTED_ZH, NOT_REFUTED_EN, findings)
    if check.basis == "good_practice":
        told = (f"{findings.count} 处，请核对导出", f"{findings.count} to look at in the export")
        verdict = _verdict(check, Verdict.INCONCLUSIVE, *told, findings)
    else:
        told = (f"发现 {findings.count} 处矛盾", f"{findings.count} contradictions")
        verdict = _verdict(check, Verdict.FAIL, *told, findings)
    return CheckVerdict(**{**vars(verdict), "contradictions": shown})


def _missing(e: Evidence, check: FileCheck) -> str:
    """What the check needs and does not have, in words; empty when it can run."""
    lacks = []
    for table, columns in check.needs.items():
        if table not in e.loaded.tables:
            lacks.append(f"没有{TABLE_ZH[table]}")
            continue
        lacks += [f"{TABLE_ZH[table]}没有 {column} 列" for column in columns if not e.has(table, column)]
    lacks += [
        f"{TABLE_ZH[table]}不完整（complete = false）"
        for table in check.complete
        if table in e.loaded.tables and not e.table(table).complete
    ]
    return "；".join(lacks)


def _verdict(
    check: FileCheck, verdict: Verdict, reason_zh: str, reason_en: str, findings: Findings | None = None
) -> CheckVerdict:  # fmt: skip
    return CheckVerdict(
        check.id, check.clauses, check.basis, check.title_zh, check.title_en, verdict, reason_zh, reason_en,
        findings.judged if findings else 0, findings.count if findings else 0,
        notes_zh=findings.notes_zh if findings else (),
    )  # fmt: skip


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
