"""Reads bundles that may be laid beside each other, and refuses those that may not."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from loadtest.bundle.files import RECORD, VERDICT
from loadtest.bundle.record import RunRecord
from loadtest.bundle.verification import SIGNATURE_ZH, Checked, check_bundle
from loadtest.verdicts import Verdict
from voucher_contract.notice import DecidedBy, Notice, load_notice


class NotComparable(ValueError):
    """Bundles that must not stand in one table; the text names them and says why."""


@dataclass(frozen=True)
class Vendor:
    """One bundle: its record, its verdict file by clause and case, and who signed it."""

    folder: Path
    record: RunRecord
    checked: Checked
    overall: Verdict
    clauses: dict[str, dict[str, Any]]
    cases: dict[str, dict[str, Any]]

    @property
    def name(self) -> str:
        """What the table calls it."""
        return self.record.target.name

    @property
    def signature_zh(self) -> str:
        """Who stands behind the bundle."""
        return SIGNATURE_ZH[self.checked.signature]

    def clause(self, clause_id: str) -> tuple[Verdict | None, str, tuple[DecidedBy, ...]]:
        """Verdict, levels in words, and what else must decide."""
        row = self.clauses[clause_id]
        verdict = None if row["verdict"] is None else Verdict(row["verdict"])
        return verdict, "、".join(row["levels"]), tuple(row["needs"])


def read_vendors(folders: Sequence[Path]) -> tuple[Notice, list[Vendor]]:
    """The vendors by name, which is no order of merit. Raises NotComparable."""
    if len(folders) < 2:
        raise NotComparable("a comparison needs at least two bundles 至少需要两个证据包")
    vendors = sorted((_read(folder) for folder in folders), key=lambda one: one.name)
    plans = {one.record.plan_digest for one in vendors}
    if len(plans) > 1:
        listed = "; ".join(f"{one.name}: {one.record.plan_digest[:16]}…" for one in vendors)
        raise NotComparable(f"tested by different plans, so they cannot be compared 测试计划不同，不能对照: {listed}")
    repeated = [name for name, times in Counter(one.name for one in vendors).items() if times > 1]
    if repeated:
        raise NotComparable(f"two bundles of one vendor 同一平台有两个证据包: {', '.join(repeated)}")
    return _notice(vendors), vendors


def _notice(vendors: Sequence[Vendor]) -> Notice:
    notice = load_notice()
    for one in vendors:
        if one.record.notice_id != notice.notice.id:
            raise NotComparable(f"{one.name}: of notice {one.record.notice_id}, not {notice.notice.id} 公告不同")
        missing = [clause.id for clause in notice.clauses if clause.id not in one.clauses]
        if missing:
            raise NotComparable(f"{one.name}: its verdict lacks clauses {', '.join(missing)} 结论缺少条款")
    return notice


def _read(folder: Path) -> Vendor:
    checked = check_bundle(folder)
    if checked.problems:
        raise NotComparable(f"{folder}: fails verification 证据包校验不通过: {'; '.join(checked.problems[:5])}")
    return read_checked(folder, checked)


def read_checked(folder: Path, checked: Checked) -> Vendor:
    """A bundle that was found whole. Raises NotComparable when it cannot be read all the same."""
    try:
        record = RunRecord.read(folder / RECORD)
        verdict = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
        clauses = {one["id"]: one for one in verdict["clauses"]}
        cases = {one["id"]: one for one in verdict["cases"]}
        return Vendor(folder, record, checked, Verdict(verdict["overall"]["verdict"]), clauses, cases)
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise NotComparable(f"{folder}: no bundle that can be read 无法读取证据包: {error}") from error
