"""The running maximum against the plain way of finding it."""

from random import Random

import numpy as np
import pytest

from loadtest.checks.rising import RisingMaximum


@pytest.mark.parametrize("seed", range(20))
def test_the_greatest_is_found_after_every_step(seed: int) -> None:
    rng = Random(seed)
    values = [rng.randint(-9, 9) for _ in range(rng.randint(1, 900))]
    running, plain, taken = RisingMaximum(np.array(values)), list(values), set()
    for place in rng.sample(range(len(values)), len(values)):
        running.raise_from(place)
        taken.add(place)
        plain = [value + (at >= place) for at, value in enumerate(plain)]
        assert running.highest() == max(plain[at] for at in taken)


def test_what_was_never_raised_does_not_count() -> None:
    running = RisingMaximum(np.array([5, 900]))
    running.raise_from(0)
    assert running.highest() == 6
