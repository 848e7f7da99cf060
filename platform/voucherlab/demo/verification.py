"""The bench in short, at the end of the demo: our own platform is verified, and a faulty one is caught."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loadtest.agreed.target import Credentials, Target
from loadtest.bundle.files import REPORT
from loadtest.bundle.findings import Findings
from loadtest.faulty_vendors.catalogue import known
from loadtest.verdicts import Verdict
from loadtest.verify.plans import plan_named
from loadtest.verify.running import Order, verify
from voucherlab.platform_process import ReadyPlatform
from voucherlab.verifying.own_targets import REFERENCE_NAME, faulty_vendor

FOLDER = "verification"
_PLAN = "quick"
_DEFECT, _CASE = "double-redemption", "redeeming-raced"

Verification = dict[str, dict[str, Any]]


def verify_briefly(ready: ReadyPlatform, out: Path) -> Verification:
    """Evidence and reports go below ``out``; what is returned stands in summary.json."""
    return {"reference": _own(ready, out / FOLDER / "reference"), "faulty_vendor": _faulty(out / FOLDER / _DEFECT)}


def as_it_should_be(verification: Verification) -> bool:
    """Ours is not accused and the bench made no mistake; the faulty one is caught by its own case."""
    spoilt = {Verdict.FAIL.value, Verdict.INVALID.value}
    return verification["reference"]["verdict"] not in spoilt and _CASE in verification["faulty_vendor"]["failed"]


def _own(ready: ReadyPlatform, out: Path) -> dict[str, Any]:
    credentials = Credentials(staff_file=str(ready.staff_file))
    target = Target(name=REFERENCE_NAME, base_url=ready.base_url, credentials=credentials)
    return _told(asyncio.run(verify(Order(target, plan_named(_PLAN), out))), out)


def _faulty(out: Path) -> dict[str, Any]:
    with TemporaryDirectory(prefix="voucherlab-demo-vendor-") as folder, faulty_vendor(_DEFECT, Path(folder)) as live:
        findings = asyncio.run(verify(Order(live.target, plan_named(_PLAN), out, (_CASE,))))
    failed = findings.failed
    witness = failed[0].result.witnesses[0].statement_zh if failed and failed[0].result.witnesses else ""
    return {**_told(findings, out), "defect": _DEFECT, "defect_zh": known(_DEFECT).zh, "witness_zh": witness}


def _told(findings: Findings, out: Path) -> dict[str, Any]:
    return {
        "verdict": findings.overall.value, "failed": [one.case.id for one in findings.failed],
        "cases": {verdict.value: number for verdict, number in findings.counts().items() if number},
        "report": str(Path(FOLDER) / out.name / REPORT),
    }  # fmt: skip
