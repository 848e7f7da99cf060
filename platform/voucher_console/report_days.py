"""Which business days a campaign's T+1 report has anything to tell of. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from voucher_console.figures import day_of
from voucher_contract.models.campaigns import Batch, Transfer

# Money in and money out of the campaign: the report's figures are of vouchers, and these move none.
_NO_VOUCHERS = frozenset({
    "deposit", "settle", "recover", "repay", "return", "return_confirmed", "unreserve",
})  # fmt: skip


@dataclass(frozen=True)
class ReportDays:
    """``busy``: days on which something happened, oldest first. ``today``: the business day that is running.

    ``seen``: something did happen on each of them; without it, it may have.
    """

    busy: tuple[date, ...]
    today: date
    seen: bool = True

    @property
    def preset(self) -> date:
        """The last day that is over and on which something happened; the running one where there is no other."""
        over = [one for one in self.busy if one < self.today]
        return over[-1] if over else self.busy[-1] if self.busy else self.today - timedelta(days=1)


def days_of(transfers: Iterable[Transfer], *, now: datetime) -> ReportDays:
    """From a campaign's transfers: nothing is issued, redeemed or given back without one."""
    busy = {day_of(one.business_at) for one in transfers if one.kind not in _NO_VOUCHERS}
    return ReportDays(tuple(sorted(busy)), day_of(now))


def possible_days(batches: Sequence[Batch], *, now: datetime) -> ReportDays:
    """Where a campaign has too many transfers to read: days on which its vouchers could be claimed or used."""
    today, found = day_of(now), set[date]()
    for one in batches:
        day, last = day_of(one.claim_opens_at), min(day_of(one.valid_until), today)
        while day <= last:
            found.add(day)
            day += timedelta(days=1)
    return ReportDays(tuple(sorted(found)), today, seen=False)
