"""selection.toml as an officer hands it in: every mistake is named by its field, in both languages."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from loadtest.selection.faults import SelectionFaults
from loadtest.selection.reading import FILE, read_selection
from loadtest.selection.said import keys, said
from loadtest.selection.starting import start, template
from tests.selection_samples import applicant, before_deadline, checklist, notice, paper, raw, write_file
from voucher_contract.notice import DEFAULT_NOTICE

SELECTION = Path("loadtest/selection")


def faults_of(folder: Path, **changes: Any) -> dict[str, str]:
    """The faults of a changed file, by field, in Chinese."""
    write_file(folder, raw(**changes))
    with pytest.raises(SelectionFaults) as refused:
        read_selection(folder)
    assert all(fault.what.text("en") != fault.what.text("zh") for fault in refused.value.faults)
    return {fault.field: fault.what.text("zh") for fault in refused.value.faults}


def with_paper(**points: Any) -> dict[str, Any]:
    """A file whose first score differs."""
    return {"scores": [{**paper(1, 1), "points": points}]}


def test_the_folder_and_the_file_are_read_alike(tmp_path: Path) -> None:
    path = write_file(tmp_path, raw())
    assert read_selection(tmp_path).file == read_selection(path).file
    assert read_selection(path).folder == tmp_path


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"notice": "next-year"}, "notice", f"next-year，而载入的公告是 {DEFAULT_NOTICE}"),
        ({"surprise": 1}, "surprise", "没有这个栏目"),
        ({"applicants": [{"id": "a1", "name": "甲"}], "scores": []}, "applicants.1.received_at", "必填"),
        ({"applicants": [applicant(1, name=" ")], "scores": []}, "applicants.1.name", "不能为空"),
        ({"applicants": [applicant(1, name="甲\u0007")], "scores": []}, "applicants.1.name", "看不见的字符"),
        ({"applicants": [applicant(1, name="甲\u202e乙")], "scores": []}, "applicants.1.name", "看不见的字符"),
        ({"applicants": [applicant(1, name="长" * 201)], "scores": []}, "applicants.1.name", "至多 200 个字"),
        ({"applicants": [applicant(1, id="甲")], "scores": []}, "applicants.1.id", "格式不符"),
        (
            {"applicants": [applicant(1, received_at="2025-12-16T09:00:00")], "scores": []},
            "applicants.1.received_at", "时区",
        ),
        ({"applicants": [applicant(1, received_at="昨天")], "scores": []}, "applicants.1.received_at", "应为时间"),
        ({"applicants": [applicant(1), applicant(1, name="乙")], "scores": []}, "applicants.2.id", "“a1”重复"),
        ({"applicants": [applicant(1), applicant(2, name="报名单位1")], "scores": []}, "applicants.2.name", "重复"),
        ({"applicants": [applicant(1, checklist=checklist(stampd="yes"))], "scores": []},
         "applicants.1.checklist.stampd", "没有“stampd”"),
        ({"applicants": [applicant(1, checklist={"stamped": {"answer": "yes"}})], "scores": []},
         "applicants.1.checklist.stamped", "核对人"),
        ({"applicants": [applicant(1, checklist={"stamped": {"answer": "maybe"}})], "scores": []},
         "applicants.1.checklist.stamped.answer", "只能是"),
        ({"judges": [{"id": "j1", "name": "评委一"}, {"id": "j1", "name": "评委二"}], "scores": []},
         "judges.2.id", "重复"),
        (with_paper(legality=30.5), "scores.1.points.legality", "30.5 分超过该项满分 30 分"),
        (with_paper(services=20.01), "scores.1.points.services", "超过该项满分 20 分"),
        (with_paper(legality=-1), "scores.1.points.legality", "不能小于 0"),
        (with_paper(legality=1.005), "scores.1.points.legality", "至多两位小数"),
        (with_paper(legality="28"), "scores.1.points.legality", "应为数字"),
        (with_paper(legality=True), "scores.1.points.legality", "应为数字"),
        (with_paper(legality=float("nan")), "scores.1.points.legality", "数字"),
        (with_paper(looks=3), "scores.1.points.looks", "没有“looks”"),
        ({"scores": [paper(1, 1), paper(1, 1)]}, "scores.1", "填了两次"),
        ({"scores": [paper(9, 1)]}, "scores.1.judge", "没有编号为“j9”"),
        ({"scores": [paper(1, 9)]}, "scores.1.applicant", "没有编号为“a9”"),
        ({"evidence": {"public_key": "absent.pub"}}, "evidence.public_key", "公钥文件不存在"),
        ({"notice_file": "absent.toml"}, "notice_file", "公告文件无法使用"),
        ({"rules": {"file": "rules.toml", "sent": [
            {"applicant": "a9", "sent_at": before_deadline(days=1), "sha256": "ab" * 32, "proof": "x"}]}},
         "rules.sent.1.applicant", "a9"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_field(tmp_path: Path, changes: dict[str, Any], field: str, words: str) -> None:
    found = faults_of(tmp_path, **changes)
    assert field in found, found
    assert words in found[field]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(faults_of(tmp_path, **with_paper(legality=31, services=21, looks=1))) == 3


@pytest.mark.parametrize(
    ("content", "zh", "en"),
    [
        (None, "没有这个文件", "there is no such file"),
        (b"a = 1\nb = =", "第 2 行第 5 列", "line 2, column 5"),
        (b"[meeting", "结尾处不是有效的 TOML", "the end of the file is not valid TOML"),
        ("notice = '公告'".encode("gbk"), "不是 UTF-8", "not UTF-8"),
        (b"#" * 1_000_001, "至多 1000000 字节", "at most 1000000 bytes"),
    ],
    ids=["missing", "no TOML", "cut off", "another encoding", "too large"],
)
def test_a_file_that_cannot_be_read_says_why_once_in_each_language(
    tmp_path: Path, content: bytes | None, zh: str, en: str
) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SelectionFaults) as refused:
        read_selection(tmp_path)
    (fault,) = refused.value.faults
    assert zh in fault.what.text("zh")
    assert en in fault.what.text("en")
    line = fault.line()
    assert line.count(zh) == line.count(en) == 1
    assert str(tmp_path) not in line, "the file is named once, before its faults"


def test_a_full_width_space_is_an_ordinary_letter(tmp_path: Path) -> None:
    write_file(tmp_path, raw(applicants=[applicant(1, name="甲\u3000公司")], scores=[]))
    assert read_selection(tmp_path).file.applicants[0].name == "甲\u3000公司"


def test_a_new_file_lacks_only_the_times_of_receipt(tmp_path: Path) -> None:
    path = start(tmp_path / "new", notice(), applicants=3, judges=5)
    with pytest.raises(SelectionFaults) as refused:
        read_selection(path)
    assert [fault.field for fault in refused.value.faults] == [f"applicants.{n}.received_at" for n in (1, 2, 3)]
    path.write_text(path.read_text(encoding="utf-8").replace("# received_at", "received_at"), encoding="utf-8")
    made = read_selection(path).file
    assert [one.id for one in made.judges] == ["j1", "j2", "j3", "j4", "j5"]
    assert all(one.checklist.keys() == {item.id for item in notice().entry} for one in made.applicants)
    assert {check.answer for one in made.applicants for check in one.checklist.values()} == {"unclear"}
    assert made.scores == ()


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = write_file(tmp_path, raw())
    before = path.read_bytes()
    with pytest.raises(SelectionFaults, match="没有覆盖"):
        start(tmp_path, notice(), applicants=3, judges=5)
    assert path.read_bytes() == before


def test_the_remarks_of_a_new_file_become_scores_when_their_marks_are_taken_away() -> None:
    text = template(notice(), applicants=2, judges=2)
    papers = re.findall(r"^# \[\[scores\]\]\n(?:# .*\n)+", text, re.MULTILINE)
    assert len(papers) == 4
    filled = re.sub(r"= (?=,|\})", "= 1", papers[0].replace("# ", ""))
    (score,) = tomllib.loads(filled)["scores"]
    assert score["points"] == {one.id: 1 for one in notice().weights}


def test_every_sentence_is_there_in_both_languages_and_english_holds_no_chinese() -> None:
    words = tomllib.loads((SELECTION / "words.toml").read_text(encoding="utf-8"))
    for part, sentences in words.items():
        for name, both in sentences.items():
            assert both.keys() == {"zh", "en"}, f"{part}.{name}"
            fields = [set(re.findall(r"\{(\w+)\}", both[language])) for language in ("zh", "en")]
            assert fields[0] == fields[1] or part == "as_is", f"{part}.{name} fills in different values"
            assert not re.search(r"[\u3400-\u9fff]", both["en"]), f"{part}.{name}"


def test_every_sentence_that_is_said_exists_and_none_is_left_over() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SELECTION.glob("*.py")))
    named = set(re.findall(r"[\"']([a-z_]+\.[a-zA-Z_]+)[\"']", code)) - {"evidence.public_key"}
    parts = {key.partition(".")[0] for key in keys()}
    assert {key for key in named if key.partition(".")[0] in parts} <= keys()
    built = set(re.findall(r"f\"([a-z_]+)\.\{", code))
    unused = {key for key in keys() - named if key.partition(".")[0] not in built | {"fault"}}
    assert not unused, "nobody says these"


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    assert said("fault.repeated", value="{zh}").text("zh") == "“{zh}”重复"
