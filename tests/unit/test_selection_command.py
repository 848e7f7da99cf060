"""`voucherlab selection` as the console and an officer call it."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from tests.selection_samples import applicant, paper, raw, write_file
from voucherlab.cli import app


def run(*words: object) -> Result:
    """The command's result."""
    return CliRunner().invoke(app, ["selection", *(str(word) for word in words)])


def told(*words: object) -> Any:
    """What it says as JSON on stdout."""
    return json.loads(run(*words, "--json").stdout)


def test_new_check_and_write_lead_from_an_empty_folder_to_the_sheet(tmp_path: Path) -> None:
    made = told("new", tmp_path, "--applicants", 3, "--judges", 3)
    assert (made["ok"], made["file"]) == (True, str(tmp_path / "selection.toml"))
    refused = run("check", tmp_path, "--json")
    assert refused.exit_code == 2
    faults = json.loads(refused.stdout)["faults"]
    assert [fault["field"] for fault in faults] == [f"applicants.{n}.received_at" for n in (1, 2, 3)]
    assert {tuple(fault) for fault in faults} == {("field", "zh", "en")}
    write_file(tmp_path, raw())
    checked = told("check", tmp_path)
    assert checked["sheet"]["counts"] == {"received": 3, "in_time": 3, "valid": 3, "ranked": 3}
    assert not (tmp_path / "selection.xlsx").exists()
    written = told("write", tmp_path, "--out", tmp_path / "out", "--language", "en")
    assert [Path(path).name for path in written["files"]] == ["selection.xlsx", "selection.docx", "selection.json"]
    assert all(Path(path).stat().st_size > 1_000 for path in written["files"])


def test_a_second_new_does_not_overwrite_what_was_entered(tmp_path: Path) -> None:
    path = write_file(tmp_path, raw())
    before = path.read_bytes()
    assert run("new", tmp_path).exit_code == 2
    assert path.read_bytes() == before


def test_a_mistake_is_a_line_by_its_field_and_exit_2(tmp_path: Path) -> None:
    write_file(tmp_path, raw(scores=[paper(1, 1, legality=31)]))
    result = run("write", tmp_path)
    assert result.exit_code == 2
    assert "scores.1.points.legality: 31 分超过该项满分 30 分 31 points are more than the item's 30" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["selection.toml"]


def test_a_broken_bundle_is_exit_1_and_the_sheet_names_it(tmp_path: Path) -> None:
    write_file(tmp_path, raw(applicants=[applicant(1, bundles=["absent"]), applicant(2), applicant(3)]))
    result = run("write", tmp_path)
    assert result.exit_code == 1
    assert "报名单位1的证据包 absent 未采用：找不到该目录" in result.stderr
    assert (tmp_path / "selection.docx").is_file()
    assert told("check", tmp_path)["broken_bundle"] is True


def test_a_key_that_cannot_be_read_is_named_by_its_option(tmp_path: Path) -> None:
    write_file(tmp_path, raw())
    result = run("check", tmp_path, "--public-key", tmp_path / "absent.pub", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["faults"][0]["field"] == "--public-key"


def test_check_tells_the_tables_of_the_sheet_in_the_language_asked_for(tmp_path: Path) -> None:
    write_file(tmp_path, raw())
    assert "tables" not in told("check", tmp_path)
    for language, place, level in (("zh", "第 1 名", "级别"), ("en", "place 1", "Level")):
        tables = told("check", tmp_path, "--tables", language)["tables"]
        assert tables["ranking"]["rows"][0][0]["text"] == place
        assert level in tables["evidence"]["headings"]
        assert [one["applicant"] for one in tables["scores"]] == ["报名单位1", "报名单位2", "报名单位3"]


def test_without_a_comparison_the_tables_hold_no_score_and_no_place(tmp_path: Path) -> None:
    write_file(tmp_path, raw(applicants=[applicant(1), applicant(2)], scores=[paper(1, 1), paper(1, 2)]))
    tables = told("check", tmp_path, "--tables", "zh")["tables"]
    assert tables["scores"] == []
    assert tables["ranking"].startswith("有效报名 2 家，不超过 2 家")
    assert len(tables["entry"]["rows"]) > 20
    assert "26.5" not in json.dumps(tables)
