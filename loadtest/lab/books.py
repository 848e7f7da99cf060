"""A campaign's money, for cases: statements, transfers, settling, and what must happen before it can be closed."""

import asyncio
from typing import Any

from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab
from voucher_contract import routes

_LOOKS, _PAUSE_S = 40, 0.25
_PAGES = 50


async def money(lab: Lab, campaign_id: str) -> Exchange:
    """The statement, as the auditor sees it."""
    return await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)


async def transfers(lab: Lab, campaign_id: str) -> list[Exchange]:
    """All pages of the campaign's transfers. Raises CannotPlay."""
    pages: list[Exchange] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        query = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        page = await lab.do(routes.LIST_TRANSFERS, lab.auditor, query=query, campaign_id=campaign_id)
        pages.append(page)
        cursor = lab.got(page)["next_cursor"]
        if cursor is None:
            break
    return pages


async def settle(lab: Lab, campaign_id: str) -> Exchange:
    """One settlement."""
    return await lab.do(routes.SETTLE, lab.maker, campaign_id=campaign_id)


async def swept(lab: Lab, campaign_id: str, *, held_fen: int = 0) -> dict[str, Any]:
    """Look at the money until the sweep has freed what expired, at most ten seconds; the statement last seen.

    The contract gives the sweep no time, so a case must say "cannot tell" where it has not come by then.
    """
    statement: dict[str, Any] = {}
    for _ in range(_LOOKS):
        statement = lab.got(await money(lab, campaign_id))
        if statement["buckets"]["held_fen"] <= held_fen:
            break
        await asyncio.sleep(_PAUSE_S)
    return statement
