"""The sandbox: the business clock forward, and people nobody is."""

from loadtest.faulty_vendors.books.clock import DAY_US, real_us, rfc3339, to_us
from loadtest.faulty_vendors.books.people import mark
from loadtest.faulty_vendors.desks.serving import Told, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused, invalid
from loadtest.faulty_vendors.wire.tokens import Principal
from voucher_contract import refusals, routes
from voucher_contract.models.common import DISTRICTS
from voucher_contract.models.system import SandboxPerson

_FARTHEST_US = 3_650 * DAY_US
_TOKEN_S = 30 * 86_400


@serves(routes.GET_CLOCK)
async def get_clock(vendor: Vendor, act: Act) -> Told:  # noqa: ARG001 - every desk is called alike
    """Business time."""
    return {"now": rfc3339(act.now)}


@serves(routes.SET_CLOCK)
async def set_clock(vendor: Vendor, act: Act) -> Told:
    """Forward only; the very time it was last set to is no step back."""
    wanted = to_us(act.body.now)
    act.object_id, act.detail = "clock", {"now": rfc3339(wanted)}
    if wanted == vendor.clock.last_set():
        return {"now": rfc3339(vendor.clock.now())}
    if wanted < vendor.clock.now() and not vendor.has("clock-moves-backward"):
        raise Refused(refusals.CLOCK_BACKWARD)
    if wanted > real_us() + _FARTHEST_US:
        raise invalid("body.now", "more than ten years ahead")
    vendor.clock.move(wanted)
    vendor.sweep()
    return {"now": rfc3339(wanted)}


@serves(routes.CREATE_PEOPLE)
async def create_people(vendor: Vendor, act: Act) -> Told:
    """Accounts with a token each. Their numbers are kept as keyed hashes only."""
    people: list[SandboxPerson] = act.body.people
    strange = next((one.home_district for one in people if one.home_district not in DISTRICTS), None)
    if strange is not None:
        raise invalid("body.people.home_district", f"no district of this city: {strange}")
    act.object_id, act.detail = "sandbox", {"accounts": len(people)}
    return {"people": [_enter(vendor, one) for one in people]}


def _enter(vendor: Vendor, one: SandboxPerson) -> Told:
    marks = [mark(vendor.secret, "id", one.id_number)]
    if one.card is not None:
        marks.append(mark(vendor.secret, "card", one.card))
    row = vendor.people.enter(
        account=one.account, marks=tuple(marks), device=one.device, home=one.home_district,
        new_person=lambda: one.id_number if vendor.has("personal-numbers-shown") else vendor.ids.new("per"),
    )  # fmt: skip
    token, _ = vendor.tokens.seal(Principal("consumer", row.account), _TOKEN_S)
    return {"account": row.account, "person_id": row.person, "token": token}
