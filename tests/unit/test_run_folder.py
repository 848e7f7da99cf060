"""A run that was broken off is gone on with; evidence of two runs never mixes."""

from pathlib import Path

import pytest

from loadtest.agreed.reading import ConfigurationError
from loadtest.verify.folder import RUN, open_folder

IDENTITY = {"plan_digest": "a" * 64, "target": "参考平台", "cases_digest": "b" * 64}


def test_a_new_folder_begins_a_run(tmp_path: Path) -> None:
    folder, resumed = open_folder(tmp_path / "out", IDENTITY)
    assert not resumed
    assert folder.read(RUN) == {**IDENTITY, "state": "begun"}


def test_the_same_run_is_gone_on_with(tmp_path: Path) -> None:
    open_folder(tmp_path, IDENTITY)
    _, resumed = open_folder(tmp_path, IDENTITY)
    assert resumed


@pytest.mark.parametrize("name", IDENTITY)
def test_a_run_that_differs_is_refused_by_name(tmp_path: Path, name: str) -> None:
    open_folder(tmp_path, IDENTITY)
    with pytest.raises(ConfigurationError, match=f"another {name}"):
        open_folder(tmp_path, {**IDENTITY, name: "other"})


def test_a_finished_run_is_not_written_over(tmp_path: Path) -> None:
    folder, _ = open_folder(tmp_path, IDENTITY)
    folder.write(RUN, {**IDENTITY, "state": "finished"})
    with pytest.raises(ConfigurationError, match="finished run"):
        open_folder(tmp_path, IDENTITY)


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "照片.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="holds other files"):
        open_folder(tmp_path, IDENTITY)


def test_only_finished_repetitions_of_a_step_count(tmp_path: Path) -> None:
    folder, _ = open_folder(tmp_path, IDENTITY)
    folder.write("steps/opening_rush-1/done.json", {})
    folder.write("steps/opening_rush-2/step.json", {})
    assert {name: len(found) for name, found in folder.step_folders().items()} == {"opening_rush": 1}
