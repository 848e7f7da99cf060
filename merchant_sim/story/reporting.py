"""Fetching T+1 reports and keeping them as files."""

from datetime import date
from pathlib import Path

from merchant_sim.actors.desk import Desk
from voucher_contract import routes


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
