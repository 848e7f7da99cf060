"""A short memory of the live figures, so that a screen can draw them over time. Lost with the process: no record."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

_MOST_SAMPLES = 240
_MOST_CAMPAIGNS = 20


@dataclass(frozen=True)
class Sample:
    """The figures at one moment; ``redeemed`` is None where the target does not tell it."""

    at: datetime
    issued: int
    redeemed: int | None


@dataclass
class Trail:
    """Samples of one campaign, oldest first."""

    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=_MOST_SAMPLES))

    def add(self, sample: Sample) -> None:
        """Note a sample; one of the same moment, seen by another screen, is noted once."""
        if not self.samples or self.samples[-1].at < sample.at:
            self.samples.append(sample)

    def issued_per_s(self) -> list[float | None]:
        """Vouchers issued per second between samples; None at the first."""
        rates: list[float | None] = [None]
        for before, after in zip(self.samples, list(self.samples)[1:], strict=False):
            seconds = (after.at - before.at).total_seconds()
            rates.append(round((after.issued - before.issued) / seconds, 1) if seconds > 0 else None)
        return rates[: len(self.samples)]


@dataclass
class Trails:
    """The trails of the campaigns that screens show."""

    _by_campaign: dict[str, Trail] = field(default_factory=dict)

    def of(self, campaign_id: str) -> Trail:
        """The campaign's trail, begun when it is first asked for."""
        if campaign_id not in self._by_campaign and len(self._by_campaign) >= _MOST_CAMPAIGNS:
            self._by_campaign.pop(next(iter(self._by_campaign)))
        return self._by_campaign.setdefault(campaign_id, Trail())
