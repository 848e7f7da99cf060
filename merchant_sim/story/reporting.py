"""Fetching reports and keeping them as files."""

from datetime import date
from pathlib import Path

from merchant_sim.actors.desk import Desk
from voucher_contract import refusals, routes


async def save_report(desk: Desk, campaign_id: str, day: date, *, forms: tuple[str, ...], folder: Path) -> list[Path]:
    """The T+1 report of ``day`` in each form (json, csv, xlsx); returns the files, JSON first."""
    saved = []
    for form in forms:
        query = {"day": day.isoformat(), "format": form}
        content = await desk.fetch(routes.GET_T1_REPORT, query=query, campaign_id=campaign_id)
        path = folder / f"T+1-{day.isoformat()}.{form}"
        path.write_bytes(content)
        saved.append(path)
    return saved


async def save_round_report(desk: Desk, round_id: str, folder: Path) -> list[Path]:
    """The report of a round as a page and in print; nothing from a platform that writes none. Raises Unexpected."""
    outcome = await desk.try_to(routes.GET_ROUND_REPORT, query={"format": "json"}, round_id=round_id)
    if outcome.code == refusals.NO_SUCH_ROUTE.code:
        return []
    saved = []
    for form in ("html", "pdf"):
        path = folder / f"轮次报告.{form}"
        path.write_bytes(await desk.fetch(routes.GET_ROUND_REPORT, query={"format": form}, round_id=round_id))
        saved.append(path)
    return saved
