"""A scrape as Prometheus reads it."""

from collections import defaultdict
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Scrape:
    """Every sample: its name and labels, and its value."""

    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]
    families: dict[str, str]

    def one(self, name: str, **labels: str) -> float:
        """The one sample with exactly these labels."""
        return self.samples[name, frozenset(labels.items())]

    def all(self, name: str, **labels: str) -> dict[frozenset[tuple[str, str]], float]:
        """Every sample of that name with at least these labels."""
        wanted = set(labels.items())
        return {found: value for (at, found), value in self.samples.items() if at == name and wanted <= found}

    def total(self, name: str, **labels: str) -> float:
        """Their sum, over all processes."""
        return sum(self.all(name, **labels).values())

    def by(self, label: str, name: str, **labels: str) -> dict[str, float]:
        """Their sums by the value of ``label``, without those that are nought."""
        sums: dict[str, float] = defaultdict(float)
        for found, value in self.all(name, **labels).items():
            sums[dict(found)[label]] += value
        return {value: amount for value, amount in sums.items() if amount}


def read_scrape(reply: httpx.Response) -> Scrape:
    """What a reply of ``/metrics`` holds."""
    assert reply.status_code == 200, reply.text
    samples, families = {}, {}
    for family in text_string_to_metric_families(reply.text):
        families[family.name] = family.type
        for sample in family.samples:
            labels = frozenset(sample.labels.items())
            assert (sample.name, labels) not in samples, f"{sample.name} {sample.labels} stands there twice"
            samples[sample.name, labels] = sample.value
    return Scrape(samples, families)
