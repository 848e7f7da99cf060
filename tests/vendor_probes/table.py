"""The table of probes: one for every defect, by the defect's name."""

from collections.abc import Callable

from tests.vendor_probes.world import World

Probe = Callable[[World], bool]
PROBES: dict[str, Probe] = {}


def probe(*defects: str) -> Callable[[Probe], Probe]:
    """Registers a function that tells whether the vendor deviates as ``defects`` do."""

    def register(function: Probe) -> Probe:
        for defect in defects:
            assert defect not in PROBES, f"{defect} has a probe"
            PROBES[defect] = function
        return function

    return register
