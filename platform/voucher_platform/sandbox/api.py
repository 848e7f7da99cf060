"""The sandbox over HTTP; composed only where the setting ``sandbox`` is on."""

from fastapi import APIRouter, Response

from voucher_contract import routes
from voucher_contract.models.system import SandboxClock, SandboxPeopleSpec
from voucher_platform.core.acting import Act
from voucher_platform.core.endpoints import endpoint
from voucher_platform.sandbox import operations

router = APIRouter()


@endpoint(router, routes.GET_CLOCK)
async def get_clock(act: Act) -> SandboxClock:
    """The business time."""
    return SandboxClock(now=act.core.clocks.now())


@endpoint(router, routes.SET_CLOCK)
async def set_clock(act: Act, body: SandboxClock) -> SandboxClock:
    """Move the business clock forward; the reply comes when every live process has taken it."""
    async with act.core.database.transaction() as connection:
        version = await operations.set_clock(connection, now=body.now, by=act.principal.name)
    await operations.wait_until_taken(act.core.database, clock_version=version)
    return SandboxClock(now=act.core.clocks.now())


@endpoint(router, routes.CREATE_PEOPLE)
async def create_people(act: Act, body: SandboxPeopleSpec) -> Response:
    """Up to ten thousand accounts, with their tokens. Written here: a second validation costs as much again."""
    made = await operations.create_people(
        act.core.database, people=body.people, settings=act.core.settings, by=act.principal.name,
        now=act.core.clocks.now(),
    )  # fmt: skip
    return Response(made.model_dump_json(), routes.CREATE_PEOPLE.status, media_type="application/json")
