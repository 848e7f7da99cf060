"""When a dead service is started again."""

from voucherlab.restarts import next_delay_s


def test_the_first_restart_is_at_once_and_later_ones_back_off_to_five_seconds() -> None:
    assert [next_delay_s(failures) for failures in range(1, 9)] == [0.0, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert next_delay_s(10_000) == 5.0
