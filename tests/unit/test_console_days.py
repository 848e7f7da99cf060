"""Days of a report and standings of a batch, by the platform's clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from voucher_console.pages.overview_batches import standing
from voucher_console.report_days import days_of, possible_days
from voucher_contract.models.campaigns import Batch, Transfer

NOON = datetime(2027, 1, 3, 4, 0, tzinfo=UTC)  # noon in Beijing


def moved(kind: str, at: datetime) -> Transfer:
    own: dict[str, Any] = {"kind": kind, "business_at": at}
    return Transfer.model_construct(**own)


def batch(**changes: Any) -> Batch:
    own: dict[str, Any] = {
        "state": "live", "remaining": 5, "claim_opens_at": NOON - timedelta(days=2),
        "claim_closes_at": NOON + timedelta(hours=1), "valid_until": NOON + timedelta(days=2),
    }  # fmt: skip
    own |= changes
    return Batch.model_construct(**own)


def test_the_preset_is_the_last_day_that_is_over_and_has_something() -> None:
    days = days_of([moved("redeem", NOON - timedelta(days=n)) for n in (0, 3, 5)], now=NOON)
    assert days.busy == (date(2026, 12, 29), date(2026, 12, 31), date(2027, 1, 3))
    assert days.preset == date(2026, 12, 31)


def test_a_day_begins_at_midnight_in_beijing() -> None:
    before = datetime(2027, 1, 1, 15, 59, 59, tzinfo=UTC)
    days = days_of([moved("redeem", before), moved("redeem", before + timedelta(seconds=1))], now=NOON)
    assert days.busy == (date(2027, 1, 1), date(2027, 1, 2))


def test_money_that_moves_no_voucher_makes_no_day() -> None:
    days = days_of([moved("deposit", NOON - timedelta(days=1)), moved("settle", NOON)], now=NOON)
    assert (days.busy, days.preset) == ((), date(2027, 1, 2))


def test_the_running_day_is_the_preset_where_it_is_the_only_one() -> None:
    assert days_of([moved("reserve", NOON)], now=NOON).preset == date(2027, 1, 3)


def test_of_a_large_campaign_every_day_of_its_batches_up_to_today_may_have_something() -> None:
    days = possible_days([batch()], now=NOON)
    assert days.busy == (date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3))
    assert not days.seen, "the page does not say that they have"
    assert days_of([moved("redeem", NOON)], now=NOON).seen


def test_a_batch_stands_where_its_officers_and_its_clock_have_put_it() -> None:
    hour = timedelta(hours=1)
    told = [
        standing(one, NOON).zh
        for one in (
            batch(), batch(remaining=0), batch(state="paused"), batch(claim_opens_at=NOON + hour),
            batch(claim_closes_at=NOON), batch(valid_until=NOON), batch(state="stopped", valid_until=NOON),
        )
    ]  # fmt: skip
    assert told == ["发放中", "已领完", "已暂停", "未到领取时间", "领取已结束", "已过有效期", "已停止"]
