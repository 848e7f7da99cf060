"""The tally of a self-test, while it runs and when it is gone on with."""

from pathlib import Path

from loadtest.verify.plans import plan_named
from voucherlab.verifying.kill_matrix import matrix_for


def test_a_defect_that_was_not_tried_yet_is_not_among_the_found(tmp_path: Path) -> None:
    file = tmp_path / "matrix.json"
    matrix = matrix_for(plan_named("selftest"), file)
    assert [matrix.tried[name] for name in ("oversold", "doubled", "untried")] == [0, 0, 0]
    matrix.tried["oversold"], matrix.found["oversold"] = 2, 2
    matrix.tried["doubled"], matrix.found["doubled"] = 2, 1
    matrix.write(file)
    for told in (matrix.as_json(), matrix_for(plan_named("selftest"), file).as_json()):
        assert (told["defects"], told["killed"], told["missed"]) == (["doubled", "oversold"], ["oversold"], ["doubled"])
        assert told["rates"] == {"doubled": {"found": 1, "tried": 2}, "oversold": {"found": 2, "tried": 2}}
