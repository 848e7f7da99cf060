"""The simulator is worth what it finds: each planted bug is found within a few hundred seeds, none without a bug."""

from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.planted import BUGS, Planted, planted
from tests.simulation.play import play, silence

_WITHIN = 600


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    silence()
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Planted) -> None:
    with planted(bug):
        found = next((played for seed in range(_WITHIN) if (played := play(seed)).faults), None)
    assert found is not None, f"{bug.name}: none of {_WITHIN} schedules showed it"
    print(f"{bug.name}: {found.told()}")
    assert not play(found.seed).faults, f"seed {found.seed} fails without the bug, too"
