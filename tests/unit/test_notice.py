"""The notice as data: what ships is whole, and a faulty file is refused in words."""

from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest

from voucher_contract.notice import NoticeError, load_notice, parse_notice

SHIPPED = (resources.files("voucher_contract") / "notices" / "guanghan-2025-12-12.toml").read_text("utf-8")


def test_the_shipped_notice_has_every_clause_once() -> None:
    ids = [clause.id for clause in load_notice().clauses]
    assert len(ids) == len(set(ids)) == 27
    assert {"N1.1", "N1.2", "N3.2", "N4.2.1c", "N4.2.6b", "N7"} <= set(ids)


def test_the_weights_are_those_of_the_selection() -> None:
    assert [weight.points for weight in load_notice().weights] == [30, 20, 30, 20]


def test_the_deadline_is_five_in_the_afternoon_in_china() -> None:
    heading = load_notice().notice
    assert heading.deadline_at.isoformat() == "2025-12-17T17:00:00+08:00"
    assert heading.meeting_at.utcoffset() == timedelta(hours=8)


def test_clauses_are_found_by_id_and_by_who_decides() -> None:
    notice = load_notice()
    assert notice.clause("N3.1").decided_by == ("bench",)
    assert "N6" not in {clause.id for clause in notice.decided_by("bench")}
    with pytest.raises(KeyError, match=r"no clause 'N9'"):
        notice.clause("N9")


def test_every_condition_of_section_four_and_every_paper_is_on_the_checklist() -> None:
    notice = load_notice()
    conditions = {clause.id for clause in notice.clauses if clause.id.startswith("N4.") or clause.id == "N5"}
    assert {item.clause for item in notice.entry} == conditions
    assert len([item for item in notice.entry if item.any_of == "licence"]) == 3, "any one of three licences"
    assert [item.id for item in notice.entry if item.only_branch] == ["branch_authorisation"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "N1.2"', 'id = "N1.1"', "clauses repeat N1.1"),
        ('id = "services"', 'id = "legality"', "weights repeat legality"),
        ("points = 20", "points = 21", "add up to 102, not to 100"),
        ("17:00:00+08:00", "17:00:00", "deadline_at"),
        ("2025-12-17T17", "2025-12-19T17", "deadline_at < meeting_at"),
        ('decided_by = ["bench"]', 'decided_by = ["computer"]', "decided_by"),
        ('decided_by = ["bench"]', "decided_by = []", "decided_by"),
        ('decided_by = ["bench"]', 'decided_by = ["bench", "bench"]', "decided_by repeat bench"),
        ("[selection]", "[selection", "not valid TOML"),
        ("[selection]", "surprise = 1\n[selection]", "surprise"),
        ('id = "N7"', 'id = "7"', "clauses.26.id"),
        ('clause = "N4.1"', 'clause = "N4.9"', "clauses that are not there: N4.9"),
        ('clauses = ["N3.5"', 'clauses = ["N3.9"', "clauses that are not there: N3.9"),
        ('id = "stamped"', 'id = "profile"', "entry repeat profile"),
    ],
)
def test_a_faulty_notice_is_refused_by_name_and_fault(old: str, new: str, words: str) -> None:
    with pytest.raises(NoticeError) as refused:
        parse_notice(SHIPPED.replace(old, new), source="my-notice.toml")
    assert str(refused.value).startswith("my-notice.toml: ")
    assert words in str(refused.value)


def test_another_notice_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "next.toml"
    path.write_text(SHIPPED.replace('id = "guanghan-2025-12-12"', 'id = "next-year"'), encoding="utf-8")
    assert load_notice(path).notice.id == "next-year"


def test_a_file_that_is_missing_or_not_utf8_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(NoticeError, match="cannot be read"):
        load_notice(tmp_path / "absent.toml")
    (tmp_path / "gbk.toml").write_bytes(SHIPPED.encode("gbk"))
    with pytest.raises(NoticeError, match="cannot be read"):
        load_notice(tmp_path / "gbk.toml")
