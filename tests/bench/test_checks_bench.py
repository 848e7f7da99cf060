"""The benchmark of the checks, small: its history is lawful, and its figures are those of the child alone."""

from loadtest.bench.checks import JUDGED, measure


def test_a_lawful_history_is_judged_without_an_alarm_and_within_limits() -> None:
    figures = measure(200_000)
    assert figures["operations"] == 200_000
    assert figures["within_limits"]
    assert 0 < figures["cpu_s"] < 10
    assert set(figures["seconds"]) == {"reading", *JUDGED}
    assert 20e6 < figures["peak_bytes"] < 400e6, "a child that judged nothing would need less"
