"""A whole bundle from a run's folder: page, verdict file, workbook, JUnit, and what a hostile reply may not do."""

import json
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from python_calamine import CalamineWorkbook

from loadtest.bundle.files import JUNIT, MADE_HERE, MATRIX, RECORD, REPORT, VERDICT
from loadtest.bundle.findings import Findings
from loadtest.bundle.record import RunRecord
from loadtest.bundle.signing import files_below
from loadtest.bundle.verdict_file import verdict_schema
from loadtest.bundle.verification import verify_bundle
from loadtest.bundle.writing import write_bundle
from loadtest.cases.model import all_cases
from loadtest.evidence.result import CaseResult
from loadtest.verdicts import Verdict
from tests.bundle_samples import attempt, clocked, exchange, failure, record_of, run_folder, some_cases, step_of
from voucher_contract.notice import load_notice

FAILED, UNSURE, SPOILT, NOT_ASKED = some_cases(4)
HOSTILE = "<script>alert(1)</script><img src=http://evil.test/x onerror=alert(2)>"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Findings]:
    hostile = exchange(reply_body=HOSTILE.encode(), reply_headers={"x-request-id": "req-77", "x-evil": HOSTILE})
    quoting = exchange(number=4, request_body=b'{"name": "it\'s $HOME `id`"}', operation="create_campaign")
    record = record_of(
        failure(FAILED, hostile, quoting, actual_zh=f'=HYPERLINK("http://evil.test") {HOSTILE}\x00\x0b'),
        CaseResult(UNSURE, Verdict.INCONCLUSIVE, "前置步骤未成功", "a preparing step failed"),
        CaseResult(SPOILT, Verdict.INVALID, "测试程序自身出错", "a fault of the bench"),
        CaseResult(NOT_ASKED, Verdict.NOT_APPLICABLE, "平台未声明能力", "no capability"),
    )  # fmt: skip
    folder = run_folder(tmp_path_factory.mktemp("bundle") / "run")
    return folder, write_bundle(folder, record)


def page_of(bundle: tuple[Path, Findings]) -> str:
    return (bundle[0] / REPORT).read_text(encoding="utf-8")


def test_the_bundle_is_whole_and_holds_every_file(bundle: tuple[Path, Findings]) -> None:
    folder, findings = bundle
    assert verify_bundle(folder) == []
    assert set(files_below(folder)) >= MADE_HERE
    assert findings.overall is Verdict.FAIL


def test_protections_that_are_off_are_named_in_every_form_and_only_then(tmp_path: Path) -> None:
    named = "postgresql.synchronous_commit=off"
    for name, off in (("safe", ()), ("unsafe", (named,))):
        folder = run_folder(tmp_path / name)
        write_bundle(folder, record_of(unsafe_settings=off))
        verdict = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(verdict_schema()).validate(verdict)
        assert verdict["unsafe_settings"] == list(off)
        page = (folder / REPORT).read_text(encoding="utf-8")
        assert page.count(named) == 2 * len(off), "once in Chinese, once in English"
        assert ("平台自报已关闭的保护" in page) == bool(off)
        rows = CalamineWorkbook.from_path(folder / MATRIX).get_sheet_by_index(0).to_python()
        assert {row[0]: row[1] for row in rows}["平台自报已关闭的保护"] == (named if off else "无")


def test_the_record_is_read_back_as_it_was(bundle: tuple[Path, Findings]) -> None:
    folder, findings = bundle
    assert RunRecord.read(folder / RECORD) == findings.record


def test_the_verdict_file_fits_its_schema_and_says_the_same(bundle: tuple[Path, Findings]) -> None:
    folder, findings = bundle
    verdict = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(verdict_schema()).validate(verdict)
    assert verdict["overall"] == {
        "verdict": "FAIL", "zh": "不通过", "exit_code": 1, "preliminary": True, "objection_until": None,
    }  # fmt: skip
    assert {one["id"] for one in verdict["cases"]} == set(all_cases())
    assert [one["id"] for one in verdict["clauses"]] == [one.id for one in load_notice().clauses]
    assert verdict["digests"]["evidence"] == findings.evidence_digest


def test_a_verdict_word_that_does_not_exist_breaks_the_schema(bundle: tuple[Path, Findings]) -> None:
    verdict = json.loads((bundle[0] / VERDICT).read_text(encoding="utf-8"))
    verdict["overall"]["verdict"] = "GREEN"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(verdict_schema()).validate(verdict)


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_needs_no_script_and_no_network(bundle: tuple[Path, Findings]) -> None:
    page = page_of(bundle)
    elements = Elements(page).found
    assert not {tag for tag, _ in elements} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    outward = [
        attrs for _, attrs in elements for name in ("src", "href") if not (attrs.get(name) or "#").startswith("#")
    ]
    assert not outward
    assert "@import" not in page
    assert "url(" not in page
    assert not [attrs for _, attrs in elements if any(name.startswith("on") for name in attrs)]


def test_a_reply_full_of_markup_is_shown_and_never_obeyed(bundle: tuple[Path, Findings]) -> None:
    page = page_of(bundle)
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_every_link_of_the_page_leads_to_a_part_of_it(bundle: tuple[Path, Findings]) -> None:
    elements = Elements(page_of(bundle)).found
    targets = {attrs["id"] for _, attrs in elements if "id" in attrs}
    links = {str(attrs["href"])[1:] for tag, attrs in elements if tag == "a"}
    assert links
    assert links <= targets


def test_the_sections_that_are_there_are_numbered_without_a_gap(tmp_path: Path) -> None:
    """Whatever was not part of the test takes no number; the contents say the same numbers as the headings."""
    knee = {
        "last_passed_per_s": 100, "first_failed_per_s": None, "broken": [], "confirmed": False, "why_not": None,
        "tried": [100],
    }  # fmt: skip
    for name, changes in (("bare", {"steps": ()}), ("steps", {}), ("whole", {"knee": knee})):
        folder = run_folder(tmp_path / name)
        write_bundle(folder, record_of(**changes))
        page = (folder / REPORT).read_text(encoding="utf-8")
        numbers = re.findall(r"<h2>(.)、", page)
        assert "".join(numbers) == "一二三四五六七八九"[: {"bare": 7, "steps": 8, "whole": 9}[name]]
        assert re.findall(r'<a href="#[a-z-]+">(.)、', page) == numbers
        assert page.count("<h2>") == len(numbers) + 1, "the English summary alone has no number"


def test_the_page_tells_officer_and_vendor_what_they_look_for(bundle: tuple[Path, Findings]) -> None:
    page = page_of(bundle)
    for words in (
        "初步结论：不通过", "未签署", "req-77", "$TOKEN", "--data-binary", "NOT_SENT", "开抢前后", "没有测什么",
        "重启后不丢券", "发送滞后", "English summary",
        bundle[1].evidence_digest, "须人工评审", "测试无效（测试方原因）",
    ):  # fmt: skip
        assert words in page, words


def test_a_command_to_copy_is_safe_in_a_shell(bundle: tuple[Path, Findings]) -> None:
    import subprocess

    from loadtest.bundle.reproducing import shown_exchanges

    failed = next(one for one in bundle[1].weighed if one.case.id == FAILED)
    shown = shown_exchanges(failed.result.witnesses[0])[1]
    told = shown.curl.replace("curl ", "printf '%s\\n' ", 1)
    done = subprocess.run(["bash", "-c", told], capture_output=True, text=True, check=True, env={"TOKEN": "T"})
    assert '{"name": "it\'s $HOME `id`"}' in done.stdout.splitlines()
    assert "Authorization: Bearer T" in done.stdout.splitlines()


def test_the_workbook_holds_every_clause_and_case_and_no_formula(bundle: tuple[Path, Findings]) -> None:
    book = CalamineWorkbook.from_filelike(BytesIO((bundle[0] / MATRIX).read_bytes()))
    assert book.sheet_names == ["概要", "条款矩阵", "用例", "负载步骤", "未测试"]
    clauses = book.get_sheet_by_name("条款矩阵").to_python()
    assert [row[0] for row in clauses[1:]] == [one.id for one in load_notice().clauses]
    cases = {row[0]: row for row in book.get_sheet_by_name("用例").to_python()[1:]}
    assert cases.keys() == all_cases().keys()
    assert str(cases[FAILED][9]).startswith("=HYPERLINK"), "a vendor's text stays a text"


def test_junit_counts_what_it_holds(bundle: tuple[Path, Findings]) -> None:
    root = ET.fromstring((bundle[0] / JUNIT).read_bytes())
    assert root.tag == "testsuites"
    for suite in [root, *root.iter("testsuite")]:
        assert int(suite.get("tests", "-1")) == len(list(suite.iter("testcase")))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name, "-1")) == len(list(suite.iter(tag)))
    tests = {str(one.get("name")).split()[0]: one for one in root.iter("testcase")}
    assert tests.keys() == all_cases().keys()
    assert tests[FAILED].find("failure") is not None
    assert tests[SPOILT].find("error") is not None
    assert tests[UNSURE].find("skipped") is not None


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        folder = run_folder(tmp_path / name)
        write_bundle(folder, record_of())
        made.append({file: (folder / file).read_bytes() for file in files_below(folder)})
    assert made[0] == made[1]


def test_a_bundle_written_twice_is_still_whole(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    first = write_bundle(folder, record_of())
    assert write_bundle(folder, record_of()) == first
    assert verify_bundle(folder) == []


def test_an_invalid_step_says_whose_fault_it_was(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    step = step_of(clocked(attempt(0)), status="invalid", why_zh="发送滞后 p99 超过 10 毫秒")
    write_bundle(folder, record_of(steps=(step,)))
    assert "本步骤无效（测试方原因）：发送滞后 p99 超过 10 毫秒" in (folder / REPORT).read_text(encoding="utf-8")


def test_a_settled_verdict_is_no_longer_preliminary(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    write_bundle(folder, record_of(settled=True))
    assert json.loads((folder / VERDICT).read_bytes())["overall"]["preliminary"] is False
    assert "最终结论：通过" in (folder / REPORT).read_text(encoding="utf-8")
