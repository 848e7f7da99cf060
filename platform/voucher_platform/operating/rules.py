"""From numbers to the text of a scrape, and from what is known to "ready": without asking anybody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from voucher_platform.claims.backlog import Backlog
from voucher_platform.core.figures import FIGURES, PLACES, PULSE_AT, Figure

DATABASE_SILENT_SECONDS = 2.0
LIMITER_SILENT_SECONDS = 5.0


@dataclass(frozen=True)
class Stock:
    """One batch as SQL has it."""

    batch_id: str
    quota: int
    issued: int
    voided: int

    @property
    def remaining(self) -> int:
        """Vouchers that can still be claimed."""
        return self.quota - self.issued + self.voided


@dataclass(frozen=True)
class Shared:
    """What belongs to no process. A store that did not answer has left its part ``None``."""

    epoch: int | None = None
    stocks: Sequence[Stock] = ()
    left_out: int | None = None
    backlog: Backlog | None = None


@dataclass(frozen=True)
class Missing:
    """A part without which claims are not judged, and why, in words from a closed list."""

    part: str
    reason: str


def missing_parts(*, pulse_age: float, shut_for: str | None, limiter_age: float | None) -> list[Missing]:
    """What is missing: ages are seconds since the database last answered and since the limiter last failed.

    ``shut_for`` is why the gate is shut, ``limiter_age`` is ``None`` where claims go on without their limiter.
    """
    missing = []
    if pulse_age > DATABASE_SILENT_SECONDS:
        missing.append(Missing("database", "silent"))
    if shut_for is not None:
        missing.append(Missing("hot_store", shut_for))
    if limiter_age is not None and limiter_age < LIMITER_SILENT_SECONDS:
        missing.append(Missing("limiter", "silent"))
    return missing


def scrape_text(processes: Mapping[str, Sequence[float]], shared: Shared, now: float) -> bytes:
    """The Prometheus text of all ``processes`` (their cells by name) and of what they share. ``now``: Unix time."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rows([*_own(processes, now), *_common(shared)]))
    return generate_latest(registry)


class _Rows(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _own(processes: Mapping[str, Sequence[float]], now: float) -> Iterator[Metric]:
    for figure in FIGURES:
        yield _family(figure, processes)
    age = GaugeMetricFamily(
        "voucherlab_pulse_age_seconds", "Seconds since PostgreSQL last answered the process's poll.", labels=["process"]
    )
    for process, cells in processes.items():
        beaten_at = cells[PLACES[PULSE_AT.name, ""]]
        if not isnan(beaten_at):
            age.add_metric([process], max(0.0, now - beaten_at))
    yield age


def _family(figure: Figure, processes: Mapping[str, Sequence[float]]) -> Metric:
    labels = ["process", *([figure.label] if figure.label else [])]
    family: Any = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}[
        figure.kind
    ](figure.name, figure.help, labels=labels)
    for process, cells in processes.items():
        for value in figure.values:
            at = PLACES[figure.name, value]
            row = [process, *([value] if figure.label else [])]
            if figure.kind == "histogram":
                family.add_metric(row, *_buckets(figure, cells[at : at + figure.width]))
            elif not isnan(cells[at]):
                family.add_metric(row, cells[at])
    return family  # type: ignore[no-any-return]  # one of the three


def _buckets(figure: Figure, cells: Sequence[float]) -> tuple[list[tuple[str, float]], float]:
    names, rising, buckets = [*map(str, figure.bounds), "+Inf"], 0.0, []
    for name, count in zip(names, cells[:-1], strict=True):
        rising += count
        buckets.append((name, rising))
    return buckets, cells[-1]


def _common(shared: Shared) -> Iterator[Metric]:
    up = GaugeMetricFamily("voucherlab_store_up", "1 if the store answered this scrape.", labels=["store"])
    up.add_metric(["postgresql"], shared.epoch is not None)
    up.add_metric(["hot_store"], shared.backlog is not None)
    yield up
    if shared.epoch is not None:
        yield GaugeMetricFamily("voucherlab_epoch", "Epoch of the hot store in SQL.", shared.epoch)
    if shared.backlog is not None:
        yield GaugeMetricFamily("voucherlab_journal_entries", "Wins in the journal.", shared.backlog.entries)
        yield GaugeMetricFamily(
            "voucherlab_journal_oldest_seconds", "Age of the journal's oldest win.", shared.backlog.oldest_seconds
        )
    if shared.left_out is not None:
        yield from _stock(shared.stocks, shared.left_out)


def _stock(stocks: Sequence[Stock], left_out: int) -> Iterator[Metric]:
    columns = {
        "quota": "Vouchers there may be.",
        "issued": "Vouchers issued, those made void included.",
        "voided": "Vouchers made void.",
        "remaining": "Vouchers that can still be claimed.",
    }
    for name, told in columns.items():
        family = GaugeMetricFamily(f"voucherlab_batch_{name}", f"{told} Batches open for claims.", labels=["batch"])
        for stock in stocks:
            family.add_metric([stock.batch_id], getattr(stock, name))
        yield family
    yield GaugeMetricFamily("voucherlab_batches_left_out", "Batches open for claims that have no rows here.", left_out)
