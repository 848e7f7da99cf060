"""Sheets on disk: made, checked and written by the command, saved whole, and by several at once without a loss."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.finished_runs import finished_run
from tests.selection_samples import applicant, papers, raw, write_file
from voucher_console.bench.entries import Change, about
from voucher_console.bench.selections import CannotSelect, Selections


def kept(bench: Path, name: str = "meeting") -> Selections:
    """A sheet of three with one bundle."""
    bundle = finished_run(bench, "run-a", "甲平台")
    applicants = [applicant(1, bundles=[bundle]), applicant(2), applicant(3)]
    write_file(bench / "selections" / name, raw(applicants=applicants, scores=papers(18, 16, 17)))
    return Selections(bench)


def test_a_new_sheet_lacks_the_times_of_receipt_and_is_not_made_twice(tmp_path: Path) -> None:
    selections = Selections(tmp_path)
    selections.start(name="meeting", applicants=2, judges=3, by="甲")
    assert [one.name for one in selections.all()] == ["meeting"]
    found, checked = selections.check("meeting", "zh")
    assert [fault["field"] for fault in checked.faults] == ["applicants.1.received_at", "applicants.2.received_at"]
    assert (checked.sheet, checked.tables, checked.of_entries) == (None, None, True)
    before = found.file.read_bytes()
    with pytest.raises(CannotSelect, match="not overwritten"):
        selections.start(name="meeting", applicants=5, judges=5, by="甲")
    assert found.file.read_bytes() == before


@pytest.mark.parametrize("name", ["比选会-2026年", "Vergabe_Ä", "выбор", "चयन-हिंदी", "2026"])
def test_a_sheet_is_called_in_any_language(tmp_path: Path, name: str) -> None:
    selections = Selections(tmp_path)
    selections.start(name=name, applicants=1, judges=1, by="甲")
    assert [one.name for one in selections.all()] == [name]
    assert selections.one(name).file.parent.parent == tmp_path / "selections"


@pytest.mark.parametrize(
    "name",
    ["", "../x", "a b", "-x", "x" * 65, "比" * 67, "..", "比/选", "比\\选", ".比选", "比选.", "_x", "ｆ：ｘ",
     "a\u0308", "比\u202e选", "比\u0000", "\u0301x", "\ud800"],
)  # fmt: skip
def test_a_sheet_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotSelect):
        Selections(tmp_path).start(name=name, applicants=3, judges=3, by="甲")
    with pytest.raises(CannotSelect):
        Selections(tmp_path).one(name)
    assert not (tmp_path / "selections").exists()


def test_the_bundle_of_a_run_is_evidence_and_the_files_are_made_from_what_is_saved(tmp_path: Path) -> None:
    selections = kept(tmp_path)
    _, checked = selections.check("meeting", "en")
    assert checked.sheet is not None
    assert checked.tables is not None
    assert checked.sheet["applicants"][0]["bundles"][0]["used"] is True
    assert checked.tables["ranking"]["rows"][0][0]["text"] == "place 1"
    made = selections.write("meeting", "zh")
    assert made["xlsx"][:2] == made["docx"][:2] == b"PK"
    assert [one.name for one in (tmp_path / "selections" / "meeting").iterdir()] == ["selection.toml"]
    selections.save("meeting", [Change(("scores", "j1", "a1", "points", "legality"), 28, 31)], by="甲")
    with pytest.raises(CannotSelect):
        selections.write("meeting", "zh")


def test_faults_of_the_scoring_rules_are_not_taken_for_faults_of_the_entries(tmp_path: Path) -> None:
    selections = kept(tmp_path)
    write_file(tmp_path / "selections" / "meeting", raw(rules={"file": "absent.toml", "sent": []}))
    _, checked = selections.check("meeting", "zh")
    assert (len(checked.faults), checked.of_entries) == (1, False)


def test_many_who_save_at_once_lose_nothing(tmp_path: Path) -> None:
    selections = kept(tmp_path)
    items = [
        Change(("scores", f"j{judge}", f"a{of}", "remark"), None, f"{judge}-{of}")
        for judge in (1, 2, 3)
        for of in (1, 2, 3)
    ]
    with ThreadPoolExecutor(9) as officers:
        found = list(officers.map(lambda change: Selections(tmp_path).save("meeting", [change], by="甲"), items))
    assert found == [()] * 9
    scores = tomllib.loads(selections.one("meeting").file.read_text(encoding="utf-8"))["scores"]
    assert sorted(one["remark"] for one in scores) == sorted(str(one.after) for one in items)


def test_of_many_who_change_the_same_field_at_once_one_is_saved_and_all_others_are_told(tmp_path: Path) -> None:
    selections = kept(tmp_path)
    changes = [Change(("applicants", "a1", "note"), None, f"第 {n} 位写的") for n in range(8)]
    with ThreadPoolExecutor(8) as officers:
        found = list(officers.map(lambda change: Selections(tmp_path).save("meeting", [change], by="甲"), changes))
    (saved,) = [change.after for change, conflicts in zip(changes, found, strict=True) if not conflicts]
    document = selections.one("meeting").document
    assert document is not None
    assert document["applicants"][0]["note"] == saved
    assert {conflicts[0].theirs for conflicts in found if conflicts} == {saved}


def test_a_change_beside_one_that_is_in_conflict_is_not_saved_either(tmp_path: Path) -> None:
    selections = kept(tmp_path)
    before = selections.one("meeting").file.read_bytes()
    changes = [Change(("applicants", "a1", "note"), None, "新"), Change(("applicants", "a2", "name"), "旧名", "新名")]
    (found,) = selections.save("meeting", changes, by="甲")
    assert found.change.where == ("applicants", "a2", "name")
    assert selections.one("meeting").file.read_bytes() == before


def test_who_was_changed_meanwhile_is_not_removed(tmp_path: Path) -> None:
    selections = kept(tmp_path)
    document = selections.one("meeting").document
    assert document is not None
    seen = about(document, "applicants", "a2")
    selections.save("meeting", [Change(("scores", "j1", "a2", "points", "services"), 17, 12)], by="甲")
    with pytest.raises(CannotSelect):
        selections.remove("meeting", "applicants", "a2", seen, by="甲")
    now = selections.one("meeting").document
    assert now is not None
    selections.remove("meeting", "applicants", "a2", about(now, "applicants", "a2"), by="甲")
    left = selections.one("meeting").document
    assert left is not None
    assert [one["id"] for one in left["applicants"]] == ["a1", "a3"]


@pytest.mark.parametrize(
    "content",
    [b"[meeting", b"[[judges]]\nname = 'x'\n", "notice = '公告'".encode("gbk")],
    ids=["no TOML", "no id", "not UTF-8"],
)
def test_what_a_text_editor_has_spoilt_meanwhile_is_said_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    selections = kept(tmp_path)
    file = selections.one("meeting").file
    file.write_bytes(content)
    with pytest.raises(CannotSelect, match="text editor"):
        selections.add("meeting", "judges", "j", {"name": "评委丁"}, by="甲")
    with pytest.raises(CannotSelect, match="text editor"):
        selections.save("meeting", [Change(("meeting", "place"), None, "三楼")], by="甲")
    with pytest.raises(CannotSelect, match="text editor"):
        selections.remove("meeting", "judges", "j1", [], by="甲")
    assert file.read_bytes() == content
