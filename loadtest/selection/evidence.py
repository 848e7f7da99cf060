"""The applicants' evidence bundles: verified before anything is read from them, and named when they are not whole."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loadtest.bundle.comparing.vendors import NotComparable, Vendor, read_checked
from loadtest.bundle.files import MANIFEST
from loadtest.bundle.verification import check_bundle
from loadtest.selection.model import Applicant
from loadtest.selection.reading import Entered
from loadtest.selection.said import Said, said
from loadtest.verdicts import Verdict
from voucher_contract.notice import DecidedBy, Notice

_PROBLEMS_SHOWN = 3


@dataclass(frozen=True)
class ClauseEvidence:
    """What one bundle says of a clause. ``verdict`` None: no automatic case looks at it, ``needs`` says what must."""

    verdict: Verdict | None
    levels: tuple[str, ...]
    needs: tuple[DecidedBy, ...]


@dataclass(frozen=True)
class Bundle:
    """One bundle as the file names it. With ``problems`` nothing of it is used. ``digest``: SHA-256 of its manifest."""

    path: str
    digest: str = ""
    vendor: Vendor | None = None
    problems: tuple[Said, ...] = ()

    @property
    def name(self) -> str:
        """The path as a paper shows it, without the steps up from the file's folder."""
        return re.sub(r"^(\.\./)+", "", self.path)

    @property
    def usable(self) -> bool:
        """Whether it is whole, of this notice, and signed as it must be."""
        return self.vendor is not None and not self.problems

    def clause(self, clause_id: str) -> ClauseEvidence:
        """Of a usable bundle. Raises KeyError for a clause it does not hold."""
        assert self.vendor is not None
        row: dict[str, Any] = self.vendor.clauses[clause_id]
        verdict = None if row["verdict"] is None else Verdict(row["verdict"])
        return ClauseEvidence(verdict, tuple(row["levels"]), tuple(row["needs"]))


def read_bundles(entered: Entered) -> dict[str, tuple[Bundle, ...]]:
    """Every applicant's bundles, in the file's order. A bundle named twice stands for nobody."""
    read = {one.id: _of(one, entered) for one in entered.file.applicants}
    times = Counter(bundle.digest for bundles in read.values() for bundle in bundles if bundle.digest)
    return {name: tuple(_once(bundle, times[bundle.digest]) for bundle in bundles) for name, bundles in read.items()}


def plans(bundles: Sequence[Bundle]) -> set[str]:
    """The plans that the usable bundles were made by: more than one cannot be laid beside each other."""
    return {one.vendor.record.plan_digest for one in bundles if one.usable and one.vendor is not None}


def _of(applicant: Applicant, entered: Entered) -> tuple[Bundle, ...]:
    return tuple(_read(path, entered) for path in applicant.bundles)


def _read(path: str, entered: Entered) -> Bundle:
    folder = entered.folder / path
    if not folder.is_dir():
        return Bundle(path, problems=(said("bundle.no_folder"),))
    checked = check_bundle(folder, entered.key)
    if checked.problems:
        shown = "; ".join(checked.problems[:_PROBLEMS_SHOWN])
        broken = said("bundle.broken", detail=shown, count=len(checked.problems))
        return Bundle(path, _digest(folder), problems=(broken,))
    try:
        vendor = read_checked(folder, checked)
    except NotComparable as error:
        unreadable = said("bundle.unreadable", detail=str(error).removeprefix(f"{folder}: "))
        return Bundle(path, _digest(folder), problems=(unreadable,))
    return Bundle(path, _digest(folder), vendor, _misfits(vendor, entered.notice))


def _misfits(vendor: Vendor, notice: Notice) -> tuple[Said, ...]:
    if vendor.record.notice_id != notice.notice.id:
        return (said("bundle.other_notice", notice=vendor.record.notice_id),)
    missing = [clause.id for clause in notice.clauses if clause.id not in vendor.clauses]
    return (said("bundle.clauses_missing", clauses=missing),) if missing else ()


def _once(bundle: Bundle, times: int) -> Bundle:
    return bundle if times <= 1 else replace(bundle, problems=(*bundle.problems, said("bundle.named_twice")))


def _digest(folder: Path) -> str:
    manifest = folder / MANIFEST
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else ""
