"""An expectation that does not hold says which other definition makes the figure true."""

from loadtest.evidence.expectation import Expectation, judge

EXPECTED = Expectation(12, "eq", 9, "发放张数", "vouchers issued", explained={"按抢券次数": 12, "按账号": 10})


def test_a_wrong_figure_names_the_definition_that_gives_it() -> None:
    judged = judge(EXPECTED, ())
    assert judged.holds is False
    assert judged.why == "与另一口径相符：按抢券次数"


def test_a_right_figure_needs_no_explanation() -> None:
    assert judge(Expectation(9, "eq", 9, "发放张数", "vouchers issued", explained={"按账号": 9}), ()).why == ""


def test_explanations_survive_storing() -> None:
    assert Expectation.from_json(EXPECTED.as_json()) == EXPECTED
