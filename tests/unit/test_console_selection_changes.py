"""Every change of a sheet leaves its line beside it, by whom, and before the sheet itself; nothing else leaves one."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.selection_samples import raw, write_file
from voucher_console.bench.entries import Change, about
from voucher_console.bench.selection_changes import FILE, MOST_SHOWN, Noted, newest
from voucher_console.bench.selections import CannotSelect, Selections
from voucher_console.figures import moment_of

_SCORE = ("scores", "j1", "a1", "points", "legality")


@pytest.fixture
def selections(tmp_path: Path) -> Selections:
    """One sheet, of three applicants and three judges."""
    write_file(tmp_path / "selections" / "meeting", raw())
    return Selections(tmp_path)


def noted(selections: Selections) -> list[Noted]:
    """The newest first."""
    found, rest = newest(selections.folder / "meeting")
    assert rest == 0
    return found


def document(selections: Selections) -> dict[str, Any]:
    """What is saved."""
    found = selections.one("meeting").document
    assert found is not None
    return found


def test_a_changed_score_says_who_changed_it_from_what_to_what(selections: Selections) -> None:
    received = moment_of("2025-12-16T09:30:05")
    changes = [
        Change(_SCORE, 28, 29.5), Change(("applicants", "a2", "received_by"), "收件人", "收件人"),
        Change(("meeting", "held_at"), None, received),
    ]  # fmt: skip
    selections.save("meeting", changes, by="李四")
    time, score = noted(selections)
    assert (score.by, score.kind, score.where, score.names) == ("李四", "change", _SCORE, ("报名单位1", "评委1"))
    assert (score.before, score.after) == (28, 29.5)
    assert datetime.now(UTC) - score.at < timedelta(minutes=5)
    assert (time.where, time.before, time.after) == (("meeting", "held_at"), None, received.isoformat())
    assert (selections.folder / "meeting" / FILE).read_text(encoding="utf-8").count("\n") == 2


def test_a_new_sheet_one_added_and_one_removed_with_its_scores(tmp_path: Path, selections: Selections) -> None:
    selections.start(name="other", applicants=2, judges=5, by="张三")
    (started,), _ = newest(tmp_path / "selections" / "other")
    assert (started.by, started.kind, started.after) == ("张三", "start", {"applicants": 2, "judges": 5})
    added = selections.add("meeting", "judges", "j", {"name": "评委丁"}, by="张三")
    selections.remove("meeting", "judges", "j1", about(document(selections), "judges", "j1"), by="李四")
    gone, came = noted(selections)
    assert (came.by, came.kind, came.where, came.names) == ("张三", "add", ("judges", added), ("评委丁",))
    assert (came.before, came.after) == (None, {"id": added, "name": "评委丁"})
    assert (gone.by, gone.kind, gone.where, gone.names, gone.after) == (
        "李四", "remove", ("judges", "j1"), ("评委1",), None
    )  # fmt: skip
    assert gone.before["scores"] == [one for one in raw()["scores"] if one["judge"] == "j1"]
    assert gone.before["names"] == {f"a{n}": f"报名单位{n}" for n in (1, 2, 3)}


def test_what_is_not_saved_or_changes_nothing_leaves_no_line_and_the_sheet_as_it_is(selections: Selections) -> None:
    before = selections.one("meeting").file.read_bytes()
    assert selections.save("meeting", [Change(_SCORE, 20, 30)], by="李四"), "somebody else has written 28 there"
    assert selections.save("meeting", [Change(_SCORE, 20, 28)], by="李四") == ()
    with pytest.raises(CannotSelect, match="removed"):
        selections.save("meeting", [Change(("judges", "j9", "name"), None, "无此人")], by="李四")
    with pytest.raises(CannotSelect, match="changed the entry"):
        selections.remove("meeting", "judges", "j1", [], by="李四")
    assert noted(selections) == []
    assert selections.one("meeting").file.read_bytes() == before


def test_many_who_save_at_once_each_have_their_line(selections: Selections) -> None:
    def save(number: int) -> object:
        change = Change(("scores", f"j{number % 3 + 1}", f"a{number // 3 + 1}", "remark"), None, f"备注{number}")
        return selections.save("meeting", [change], by=f"第{number}人")

    with ThreadPoolExecutor(9) as officers:
        assert list(officers.map(save, range(9))) == [()] * 9
    assert sorted((one.by, one.after) for one in noted(selections)) == [(f"第{n}人", f"备注{n}") for n in range(9)]


def test_where_the_line_cannot_be_kept_the_sheet_is_not_changed(selections: Selections) -> None:
    before = selections.one("meeting").file.read_bytes()
    (selections.folder / "meeting" / FILE).mkdir()
    with pytest.raises(IsADirectoryError):
        selections.save("meeting", [Change(_SCORE, 28, 30)], by="李四")
    assert selections.one("meeting").file.read_bytes() == before


def test_a_line_that_a_crash_has_broken_off_spoils_no_other(selections: Selections) -> None:
    selections.save("meeting", [Change(_SCORE, 28, 29)], by="李四")
    with (selections.folder / "meeting" / FILE).open("a", encoding="utf-8") as file:
        file.write('{"at": "2026-01-0')
    selections.save("meeting", [Change(_SCORE, 29, 30)], by="王五")
    assert [(one.by, one.after) for one in noted(selections)] == [("王五", 30), ("李四", 29)]


def test_of_many_lines_the_newest_are_read_and_the_others_counted(selections: Selections) -> None:
    for points in (29, 30):
        selections.save("meeting", [Change(_SCORE, points - 1, points)], by="李四")
    file = selections.folder / "meeting" / FILE
    line = json.loads(file.read_text(encoding="utf-8").splitlines()[0])
    older = "".join(json.dumps({**line, "by": f"第{n}人"}) + "\n" for n in range(MOST_SHOWN))
    file.write_text(older + file.read_text(encoding="utf-8"), encoding="utf-8")
    found, rest = newest(selections.folder / "meeting")
    assert (len(found), rest) == (MOST_SHOWN, 2)
    assert [one.after for one in found[:2]] == [30, 29]
