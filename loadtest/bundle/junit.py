"""JUnit XML of a run, for build servers: one suite a subject of the registry's clauses, one test a case."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from loadtest.bundle.clauses import Weighed
from loadtest.bundle.findings import Findings
from loadtest.verdicts import VERDICT_ZH, Verdict

_SKIPPED = frozenset({Verdict.NOT_RUN, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE})
# What XML 1.0 cannot hold, whatever a vendor replied.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KIND_ZH = {"functional": "功能用例", "step": "负载下的正确性", "figure": "速率与时延"}


def junit_xml(findings: Findings) -> bytes:
    """FAIL is a failure, INVALID an error, what could not be decided is skipped; a remark goes to system-out."""
    record = findings.record
    root = ET.Element("testsuites", name=f"voucherlab {record.target.name}")
    for kind, title in _KIND_ZH.items():
        members = [one for one in findings.weighed if one.case.kind == kind]
        if members:
            root.append(_suite(title, members, record.started_at.isoformat()))
    _count(root, findings.weighed)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _suite(title: str, members: Sequence[Weighed], started: str) -> ET.Element:
    suite = ET.Element("testsuite", name=title, timestamp=started)
    _count(suite, members)
    for one in members:
        suite.append(_test(one))
    return suite


def _count(element: ET.Element, members: Sequence[Weighed]) -> None:
    verdicts = [one.counts_as for one in members]
    element.set("tests", str(len(verdicts)))
    element.set("failures", str(verdicts.count(Verdict.FAIL)))
    element.set("errors", str(verdicts.count(Verdict.INVALID)))
    element.set("skipped", str(sum(one in _SKIPPED for one in verdicts)))
    element.set("time", f"{sum(one.result.seconds for one in members):.3f}")


def _test(one: Weighed) -> ET.Element:
    clauses = "-".join(clause.replace(".", "_") for clause in one.case.clauses)
    test = ET.Element(
        "testcase",
        name=f"{one.case.id} {one.case.title_zh}",
        classname=f"notice.{clauses}",
        time=f"{one.result.seconds:.3f}",
    )
    message = _legal(one.result.reason_zh or VERDICT_ZH[one.counts_as])
    if one.counts_as is Verdict.FAIL:
        failure = ET.SubElement(test, "failure", type=one.counts_as.value, message=message)
        failure.text = _legal(f"应：{one.result.expected_zh}\n实：{one.result.actual_zh}\n{one.result.reason_en}")
    elif one.counts_as is Verdict.INVALID:
        ET.SubElement(test, "error", type=one.counts_as.value, message=message)
    elif one.counts_as in _SKIPPED:
        ET.SubElement(test, "skipped", message=f"{one.counts_as.value}: {message}")
    elif one.counts_as is Verdict.WARN:
        ET.SubElement(test, "system-out").text = message
    return test


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
