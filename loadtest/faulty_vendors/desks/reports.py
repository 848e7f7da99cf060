"""The T+1 report over HTTP, in three forms."""

from datetime import date, timedelta

from loadtest.faulty_vendors.books.clock import day_of
from loadtest.faulty_vendors.books.rows import CampaignRow
from loadtest.faulty_vendors.desks.serving import Told, found, serves
from loadtest.faulty_vendors.t1.files import as_csv, as_xlsx
from loadtest.faulty_vendors.t1.report import make_report
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Answer, invalid
from voucher_contract import routes
from voucher_contract.routes import CSV, XLSX

_FORMS = {"application/json": "json", CSV: "csv", XLSX: "xlsx"}
_FIRST_DAY = date(2000, 1, 1)


@serves(routes.GET_T1_REPORT)
async def get_t1_report(vendor: Vendor, act: Act) -> Told | Answer:
    """One business day and everything up to its end; without ``day`` the day before now."""
    form = act.choice("format", tuple(_FORMS.values())) or _accepted(act.accept)
    today = day_of(act.now)
    day = _asked_day(act) or today - timedelta(days=1)
    if not _FIRST_DAY <= day <= today:
        raise invalid("query.day", f"a day from {_FIRST_DAY} to {today}")
    campaign = found(vendor, CampaignRow, act.path["campaign_id"])
    vendor.sweep()
    report = make_report(vendor, campaign.id, day, act.now)
    if form == "json":
        return report
    kind, content = (CSV, as_csv(report)) if form == "csv" else (XLSX, as_xlsx(report))
    name = {"Content-Disposition": f'attachment; filename="t1-{day}.{form}"'}
    return Answer(200, content, f"{kind}; charset=utf-8" if form == "csv" else kind, name)


def _accepted(accept: str) -> str:
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return next((_FORMS[kind] for kind in kinds if kind in _FORMS), "json")


def _asked_day(act: Act) -> date | None:
    text = act.query.get("day")
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("query.day", "not a day") from None
