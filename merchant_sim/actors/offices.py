"""The desks a round needs: two officers of the bureau, the auditor, the platform's operator."""

from dataclasses import dataclass

import httpx

from merchant_sim.actors.desk import Desk, Login, Unexpected, sign_in


@dataclass(frozen=True)
class Offices:
    """``maker`` and ``checker`` are two people of the bureau: who submits a round may not approve it."""

    maker: Desk
    checker: Desk
    auditor: Desk
    operator: Desk


async def open_offices(http: httpx.AsyncClient, staff: list[Login], *, run_name: str) -> Offices:
    """Sign everybody in. Raises Unexpected when a role is missing or a sign-in fails."""
    bureau = [one for one in staff if one.role == "bureau"]
    if len(bureau) < 2:
        raise Unexpected("the staff list needs two members of the bureau: maker and checker")
    chosen = [bureau[0], bureau[1], *(_first(staff, role) for role in ("auditor", "operator"))]
    return Offices(*[await sign_in(http, login, run_name=run_name) for login in chosen])


def _first(staff: list[Login], role: str) -> Login:
    found = next((one for one in staff if one.role == role), None)
    if found is None:
        raise Unexpected(f"the staff list has nobody of role {role}")
    return found
