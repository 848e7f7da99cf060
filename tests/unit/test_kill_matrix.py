"""A long self-test is made in several goes: their counts add up, and only goes of the same cases do."""

import json
from pathlib import Path

import pytest

from loadtest.agreed.reading import ConfigurationError
from loadtest.verify.plans import plan_named
from voucherlab.verifying.kill_matrix import matrix_for


def test_a_second_go_adds_to_the_first(tmp_path: Path) -> None:
    file, plan = tmp_path / "matrix.json", plan_named("selftest")
    first = matrix_for(plan, file)
    first.repetitions, first.seconds = 3, 12.5
    first.tried["code-shared"], first.found["code-shared"] = 2, 1
    first.finders["code-shared"] = {"claiming-codes"}
    first.lawful_trials["correct"] = 3
    first.lawful_steps["correct/soak"] = 1
    first.false_alarms.append({"vendor": "correct", "case": "claiming-codes", "actual": "x"})
    first.write(file)
    second = matrix_for(plan, file)
    assert second.as_json() == first.as_json()
    second.tried["code-shared"] += 1
    second.found["code-shared"] += 1
    result = second.as_json()
    assert result["rates"] == {"code-shared": {"found": 2, "tried": 3}}
    assert result["missed"] == ["code-shared"], "once missed is missed, whatever came later"


def test_figures_of_other_cases_are_not_added_up(tmp_path: Path) -> None:
    file = tmp_path / "matrix.json"
    matrix_for(plan_named("selftest"), None).write(file)
    with pytest.raises(ConfigurationError, match="other cases"):
        matrix_for(plan_named("quick"), file)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"of": {}, "repetitions": "many"})])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "matrix.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no result of a self-test"):
        matrix_for(plan_named("selftest"), file)
