"""Ten thousand schedules of faults, in each of which nothing acknowledged is lost and everything comes right."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest
import structlog

from tests.simulation.play import play, play_all, silence

_AT_ONCE = 2
_CHUNK, _CHUNKS = 500, 20


@pytest.fixture(scope="module")
def players() -> Iterator[ProcessPoolExecutor]:
    """Processes that play side by side. Spawned, so that each has its own hash seed: a schedule must not care."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_AT_ONCE, mp_context=context, initializer=silence) as pool:
        yield pool


@pytest.mark.parametrize("chunk", range(_CHUNKS))
def test_whatever_breaks_no_acknowledged_claim_is_lost_and_none_is_oversold(
    players: ProcessPoolExecutor, chunk: int
) -> None:
    first = chunk * _CHUNK
    halves = [range(first + part, first + _CHUNK, _AT_ONCE) for part in range(_AT_ONCE)]
    failed = [played for half in players.map(play_all, halves) for played in half]
    assert not failed, "\n".join(played.told() for played in failed)


@pytest.mark.parametrize("seed", [3, 11])
def test_a_seed_is_the_same_schedule_in_every_process(players: ProcessPoolExecutor, seed: int) -> None:
    try:
        here, there = play(seed, noted=True), players.submit(play, seed, noted=True).result()
    finally:
        structlog.reset_defaults()
    assert here.notes == there.notes
    assert len(here.notes) > 20
