"""One function an operation of the contract: it judges, then puts rows; the application seals them as one act."""

import importlib
import pkgutil

from loadtest.faulty_vendors.desks.serving import DESKS, Desk
from loadtest.faulty_vendors.offering import OFFERED


def all_desks() -> dict[str, Desk]:
    """The desk of every route that is offered, by the route's name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    missing = OFFERED.keys() - DESKS.keys()
    assert not missing, f"nobody answers {missing}"
    return DESKS
