"""All scenarios by their names in a plan."""

from loadtest.scenarios.claims import OPENING_RUSH, RETRY_STORM, SOLD_OUT_STORM, STEADY_PEAK
from loadtest.scenarios.days import MIXED_DAY, SOAK
from loadtest.scenarios.model import Scenario
from loadtest.scenarios.persons import BOTS_FROM_FEW_DEVICES, MANY_ACCOUNTS_OF_ONE_PERSON, ONE_PERSON_MANY_SOCKETS
from loadtest.scenarios.spending import REDEMPTION_RUSH, REFUNDS_UNDER_LOAD

SCENARIOS: dict[str, Scenario] = {
    one.name: one
    for one in (
        OPENING_RUSH, STEADY_PEAK, SOLD_OUT_STORM, RETRY_STORM, ONE_PERSON_MANY_SOCKETS, MANY_ACCOUNTS_OF_ONE_PERSON,
        BOTS_FROM_FEW_DEVICES, REDEMPTION_RUSH, REFUNDS_UNDER_LOAD, MIXED_DAY, SOAK,
    )
}  # fmt: skip
