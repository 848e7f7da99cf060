"""A selection.toml changed field by field: the rest of it stays, and two who change it are told apart."""

import tomllib
from datetime import datetime
from typing import Any

import pytest

from loadtest.selection.model import SelectionFile
from loadtest.selection.starting import template
from tests.selection_samples import notice, raw
from voucher_console.bench.entries import (
    Change,
    Document,
    Gone,
    NotEditable,
    Where,
    about,
    add,
    changed,
    conflicts,
    held,
    parse,
    put,
    remove,
    where_of,
)

_NEW = template(notice(), applicants=3, judges=2)
_POINTS: Where = ("scores", "j2", "a1", "points", "legality")


def after(text: str, where: Where, value: Any) -> str:
    """The text with that field changed."""

    def change(document: Document) -> None:
        put(document, where, value)

    return changed(text, change)


def test_a_field_is_changed_and_every_remark_stays() -> None:
    received = datetime.fromisoformat("2025-12-16T09:30:00+08:00")
    text = after(_NEW, ("applicants", "a2", "received_at"), received)
    assert tomllib.loads(text)["applicants"][1]["received_at"] == received
    assert [line for line in _NEW.splitlines() if line not in text.splitlines()] == []
    assert len(text.splitlines()) == len(_NEW.splitlines()) + 1


def test_what_is_written_is_what_the_bench_reads() -> None:
    text = _NEW
    for entry in ("a1", "a2", "a3"):
        text = after(text, ("applicants", entry, "received_at"), datetime.fromisoformat("2025-12-16T09:30:00+08:00"))
        text = after(text, ("scores", "j1", entry, "points", "services"), 16.5)
    text = after(text, ("applicants", "a1", "bundles"), ["../../runs/run-1/evidence"])
    text = after(text, ("applicants", "a1", "checklist", "profile", "answer"), "yes")
    text = after(text, ("applicants", "a1", "checklist", "profile", "checked_by"), "核对人")
    text = after(text, ("meeting", "place"), "三楼会议室")
    file = SelectionFile.model_validate(tomllib.loads(text))
    assert file.applicants[0].checklist["profile"].checked_by == "核对人"
    assert file.applicants[0].bundles == ("../../runs/run-1/evidence",)
    assert [(one.judge, one.applicant, one.points) for one in file.scores] == [
        ("j1", entry, {"services": 16.5}) for entry in ("a1", "a2", "a3")
    ]
    assert file.meeting.place == "三楼会议室"


def test_nothing_takes_a_field_away_and_an_empty_item_with_it() -> None:
    document = parse(_NEW)
    for name in ("answer", "note"):
        put(document, ("applicants", "a1", "checklist", "profile", name), None)
    assert "profile" not in document["applicants"][0]["checklist"]
    put(document, _POINTS, 20)
    put(document, _POINTS, None)
    assert held(document, _POINTS) is None
    put(document, ("meeting", "place"), None)
    assert held(document, ("meeting", "place")) is None


@pytest.mark.parametrize("theirs", [("applicants", "a1", "note"), ("applicants", "a2", "name"), _POINTS])
def test_two_who_change_different_fields_do_not_disturb_each_other(theirs: Where) -> None:
    document = parse(after(_NEW, theirs, 17 if theirs is _POINTS else "别人写的"))
    mine = Change(("applicants", "a1", "name"), "报名单位甲", "甲公司")
    assert conflicts(document, [mine]) == ()


def test_a_field_that_somebody_else_has_changed_is_a_conflict_unless_both_wrote_the_same() -> None:
    where = ("applicants", "a1", "name")
    document = parse(after(_NEW, where, "乙公司"))
    (found,) = conflicts(document, [Change(where, "报名单位甲", "甲公司")])
    assert (found.theirs, found.change.after) == ("乙公司", "甲公司")
    assert conflicts(document, [Change(where, "报名单位甲", "乙公司")]) == ()
    (emptied,) = conflicts(parse(after(_NEW, where, None)), [Change(where, "报名单位甲", "甲公司")])
    assert emptied.theirs is None


def test_scores_of_a_judge_or_applicant_who_is_gone_do_not_bring_them_back() -> None:
    for kind, name in (("judges", "j2"), ("applicants", "a1")):
        document = parse(_NEW)
        remove(document, kind, name)
        with pytest.raises(Gone):
            conflicts(document, [Change(_POINTS, None, 20)])
        with pytest.raises(Gone):
            put(document, _POINTS, 20)
    with pytest.raises(Gone):
        put(parse(_NEW), ("applicants", "a9", "name"), "甲公司")


def test_who_is_removed_goes_with_scores_and_proofs_and_nobody_else_does() -> None:
    sent = [{"applicant": name, "proof": "x"} for name in ("a1", "a2")]
    document: dict[str, Any] = {**raw(), "rules": {"file": "rules.toml", "sent": sent}}
    others = [one for one in document["scores"] if one["applicant"] != "a2"]
    assert len(about(document, "applicants", "a2")) == 4
    remove(document, "applicants", "a2")
    assert [one["id"] for one in document["applicants"]] == ["a1", "a3"]
    assert document["scores"] == others
    assert document["rules"]["sent"] == [{"applicant": "a1", "proof": "x"}]
    remove(document, "judges", "j1")
    assert {one["judge"] for one in document["scores"]} == {"j2", "j3"}


def test_a_new_one_gets_an_id_that_nobody_has() -> None:
    document = parse(_NEW)
    remove(document, "applicants", "a2")
    assert add(document, "applicants", "a", {"name": "丁公司"}) == "a2"
    assert add(document, "applicants", "a", {"name": "戊公司"}) == "a4"
    empty: dict[str, Any] = {}
    assert add(empty, "judges", "j", {"name": "评委"}) == "j1"
    assert empty == {"judges": [{"id": "j1", "name": "评委"}]}


def test_a_fault_is_found_by_its_position() -> None:
    document = {**raw(), "applicants": list(reversed(raw()["applicants"]))}
    assert where_of(document, "applicants.1.received_at") == ("applicants", "a3", "received_at")
    assert where_of(document, "scores.2.points.legality") == ("scores", "j2", "a1", "points", "legality")
    assert where_of(document, "meeting.place") == ("meeting", "place")
    assert where_of(document, "applicants.9.name") == ("applicants", "9", "name")


@pytest.mark.parametrize(
    "text",
    ["[meeting", "applicants = 3", "[[applicants]]\nname = '甲'", "[[judges]]\nid = 'j1'\n[[judges]]\nid = 'j1'"],
    ids=["no TOML", "no list", "no id", "one id twice"],
)
def test_entries_that_cannot_be_told_apart_are_left_to_a_text_editor(text: str) -> None:
    with pytest.raises(NotEditable):
        parse(text)


def test_tables_that_are_written_among_each_other_keep_every_value() -> None:
    text = "notice = 'x'\n[[judges]]\nid = 'j1'\n[[applicants]]\nid = 'a1'\n[[judges]]\nid = 'j2'\n"
    document = tomllib.loads(after(text, ("judges", "j2", "name"), "评委二"))
    assert document["judges"] == [{"id": "j1"}, {"id": "j2", "name": "评委二"}]
    assert document["applicants"] == [{"id": "a1"}]
