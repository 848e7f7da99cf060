"""The text of a scrape and what "ready" means, from values alone."""

import httpx

from tests.scrapes import Scrape, read_scrape
from voucher_contract.routes import CLAIM
from voucher_platform.claims.backlog import Backlog
from voucher_platform.core import figures
from voucher_platform.core.meters import Meters
from voucher_platform.operating.rules import Missing, Shared, Stock, missing_parts, scrape_text

NOTHING = Shared()


def scraped(shared: Shared = NOTHING, now: float = 0.0, **processes: Meters) -> Scrape:
    text = scrape_text({name: meters.cells for name, meters in processes.items()}, shared, now)
    return read_scrape(httpx.Response(200, content=text))


def test_every_outcome_of_a_claim_is_there_before_it_happens() -> None:
    rows = scraped(api=Meters()).all("voucherlab_claims_total", process="api")
    named = {dict(labels)["outcome"] for labels in rows}
    assert {"issued", "replayed", "pending", "internal"} | {one.code for one in CLAIM.all_refusals} <= named
    assert set(rows.values()) == {0.0}, "a rate can only be taken from a row that was nought"


def test_a_histogram_rises_to_its_count() -> None:
    meters = Meters()
    for seconds in (0.003, 0.003, 0.7, 60.0):
        meters.observer(figures.CLAIM_SECONDS)(seconds)
    shown = scraped(api=meters)
    assert shown.one("voucherlab_claim_seconds_bucket", process="api", le="0.005") == 2
    assert shown.one("voucherlab_claim_seconds_bucket", process="api", le="5.0") == 3
    assert shown.one("voucherlab_claim_seconds_bucket", process="api", le="+Inf") == 4
    assert shown.one("voucherlab_claim_seconds_count", process="api") == 4
    assert round(shown.one("voucherlab_claim_seconds_sum", process="api"), 3) == 60.706


def test_processes_stand_apart_and_gauges_nobody_noted_are_missing() -> None:
    one, two = Meters(), Meters()
    one.add(figures.SHED, 2)
    two.add(figures.SHED, 3)
    two.put(figures.GATE_OPEN, 1)
    shown = scraped(one=one, two=two)
    assert shown.by("process", "voucherlab_claims_shed_total") == {"one": 2, "two": 3}
    assert shown.by("process", "voucherlab_gate_open") == {"two": 1}


def test_the_age_of_a_pulse_grows_while_its_process_hangs() -> None:
    meters = Meters()
    meters.put(figures.PULSE_AT, 1_000.0)
    assert scraped(now=1_007.5, api=meters).one("voucherlab_pulse_age_seconds", process="api") == 7.5


def test_stock_and_journal_are_told_once_and_not_by_process() -> None:
    shown = scraped(Shared(7, [Stock("bat_1", 100, 90, 5)], 3, Backlog(12, 1.5)))
    assert shown.one("voucherlab_epoch") == 7
    assert [shown.one(f"voucherlab_batch_{name}", batch="bat_1") for name in ("quota", "issued", "voided")] == [
        100, 90, 5,
    ]  # fmt: skip
    assert shown.one("voucherlab_batch_remaining", batch="bat_1") == 15
    assert shown.one("voucherlab_batches_left_out") == 3
    assert (shown.one("voucherlab_journal_entries"), shown.one("voucherlab_journal_oldest_seconds")) == (12, 1.5)


def test_a_store_that_is_away_shows_no_old_numbers() -> None:
    shown = scraped(Shared())
    assert shown.by("store", "voucherlab_store_up") == {}
    assert len(shown.all("voucherlab_store_up")) == 2
    assert not {name for name, _ in shown.samples} & {"voucherlab_epoch", "voucherlab_journal_entries"}


def test_ready_means_that_nothing_is_missing() -> None:
    assert missing_parts(pulse_age=0.3, shut_for=None, limiter_age=None) == []
    assert missing_parts(pulse_age=0.3, shut_for=None, limiter_age=60.0) == []
    assert missing_parts(pulse_age=2.5, shut_for="database_away", limiter_age=0.1) == [
        Missing("database", "silent"), Missing("hot_store", "database_away"), Missing("limiter", "silent"),
    ]  # fmt: skip
