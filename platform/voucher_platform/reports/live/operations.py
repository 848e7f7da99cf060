"""Reading the live figures of a campaign."""

import json

from voucher_contract import refusals
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database
from voucher_platform.core.problems import Refused
from voucher_platform.reports.live.queries import LIVE
from voucher_platform.reports.live.rules import Counted, live_figures


async def read_live_figures(database: Database, clocks: Clocks, *, campaign_id: str) -> bytes:
    """``LiveFigures`` of this instant as JSON: one statement, so one snapshot, on a connection that is at hand.

    Written once for all who are given it. Raises ``not_found`` where there is no such campaign.
    """
    now = clocks.now()
    async with database.glancing() as connection:
        row = (await connection.execute(LIVE, {"campaign": campaign_id})).one()
    if row.campaign_name is None:
        raise Refused(refusals.NOT_FOUND)
    counted = Counted(
        batches=json.loads(row.batches), places=json.loads(row.places), attempts=json.loads(row.attempts),
        seekers=row.seekers, refunds=row.refunds, refunded_fund_fen=row.refunded_fund_fen,
    )  # fmt: skip
    figures = live_figures(counted, campaign_id=campaign_id, server_time=now, real_time=now - clocks.offset)
    return figures.model_dump_json().encode()
