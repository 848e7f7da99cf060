"""Every defect is really there, and only there: the same probes find nothing at the correct and the lawful vendors."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from loadtest.faulty_vendors.catalogue import all_defects
from loadtest.faulty_vendors.process import VendorProcess
from tests.vendor_probes import claiming, overseeing, planning, redeeming, refunding
from tests.vendor_probes.table import PROBES
from tests.vendor_probes.world import World

MODULES = (claiming, overseeing, planning, redeeming, refunding)
DEFECTS = [one.name for one in all_defects().values() if not one.lawful]
LAWFUL = [one.name for one in all_defects().values() if one.lawful]


@contextmanager
def vendor(name: str, folder: Path) -> Iterator[World]:
    """A running vendor."""
    process = VendorProcess(name, folder / name)
    try:
        with closing(World(*process.start())) as world:
            world.restart = process.restart
            yield world
    finally:
        process.stop()


@pytest.fixture(scope="module")
def correct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with vendor("correct", tmp_path_factory.mktemp("vendor")) as world:
        yield world


def test_every_defect_has_a_probe_and_every_probe_a_defect() -> None:
    assert sorted(PROBES) == sorted(DEFECTS)


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_correct_vendor_has_none_of_them(correct: World, defect: str) -> None:
    assert not PROBES[defect](correct)


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_vendor_with_a_defect_shows_it(short_tmp: Path, defect: str) -> None:
    with vendor(defect, short_tmp) as world:
        assert PROBES[defect](world)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWFUL)
def test_a_lawful_variant_has_none_of_them(short_tmp: Path, name: str) -> None:
    with vendor(name, short_tmp) as world:
        found = [defect for defect in DEFECTS if PROBES[defect](world)]
    assert found == []
