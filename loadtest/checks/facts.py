"""What a step's history is measured against: quotas, limits, windows, shops, final reads, reports. Data only.

Times are nanoseconds of the history's clock, as its ``t_invoke`` and ``t_reply``. Whoever runs a step writes its facts
as ``facts.json`` beside the history, so that a verdict can be made again.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

RowKind = Literal["voucher", "redemption", "refund"]


@dataclass(frozen=True)
class Span:
    """An act of the bench's own staff: it took effect between these two. ``reply_ns`` None: perhaps never."""

    invoke_ns: int
    reply_ns: int | None


@dataclass(frozen=True)
class Raise:
    """A quota raised to ``quota`` in all. Those in the history as RAISE attempts need not stand here again."""

    span: Span
    quota: int


@dataclass(frozen=True)
class Pause:
    """``resumed`` None: it stayed paused. A stop is a pause without end, answered ``closed``."""

    paused: Span
    resumed: Span | None = None
    stop: bool = False


@dataclass(frozen=True)
class BatchFacts:
    """One batch; its place in ``Facts.batches`` is the ``subject`` of an attempt.

    ``clock_bound_ns`` bounds the error of ``opens_ns`` … ``valid_until_ns``, which stand on the platform's business
    clock; None: no such instant lies in or near the step. ``districts`` empty: the whole city.
    """

    batch_id: str
    quota: int
    per_person_limit: int
    face_fen: int = 0
    threshold_fen: int = 0
    categories: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    refund_regime: Literal["A", "A_PRIME", "B", "C"] = "B"
    opens_ns: int | None = None
    closes_ns: int | None = None
    valid_from_ns: int | None = None
    valid_until_ns: int | None = None
    clock_bound_ns: int = 0
    raises: tuple[Raise, ...] = ()
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class Till:
    """One till: its place in ``Facts.tills`` is the ``person`` of a redemption or refund."""

    merchant: str
    category: str
    district: str


@dataclass(frozen=True)
class MoneyAtRest:
    """One batch's money after the step, from ``get_money``: all in fen. ``expired_fen`` what expiry has freed."""

    subject: int
    held_fen: int
    redeemed_unsettled_fen: int
    settled_fen: int = 0
    owed_by_merchants_fen: int = 0
    expired_fen: int = 0


@dataclass(frozen=True)
class ReportedRow:
    """One row of the platform's own lists after the step. ``id`` is the voucher's, redemption's or refund's."""

    kind: RowKind
    id: str
    subject: int


@dataclass(frozen=True)
class ReportedTotal:
    """One figure of a report. ``subject`` None: over all batches of the step. ``parts``: figures it must be the sum of.

    ``figure`` is an indicator of the contract (``issued_vouchers``, ``voided_vouchers``, ``redemptions``,
    ``redeemed_fen``, ``refund_count``, ``refund_order_fen``); another is only held against its parts. The step's
    batches must have no other business in the reported period.
    """

    figure: str
    value: int
    subject: int | None = None
    parts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All facts of a step.

    ``natural_persons``: number of the natural person behind each row of the people file; empty: every row another.
    ``listed``: of which kinds ``rows`` holds the platform's whole list. ``healed_ns``: from here on no fault was in the
    way; reads invoked later are final. ``restarts``: hard restarts of the platform during the step.
    """

    batches: tuple[BatchFacts, ...]
    reopen_delay_ns: int = 1_000_000_000
    natural_persons: tuple[int, ...] = ()
    tills: tuple[Till, ...] = ()
    unknown_budget: float = 0.001
    money: tuple[MoneyAtRest, ...] = ()
    listed: tuple[RowKind, ...] = ()
    rows: tuple[ReportedRow, ...] = ()
    totals: tuple[ReportedTotal, ...] = ()
    healed_ns: int | None = None
    restarts: tuple[Span, ...] = ()

    def write(self, path: Path) -> None:
        """Store as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The inverse of ``write``."""
        return cls.from_json(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def from_json(cls, flat: dict[str, Any]) -> Self:
        """From plain JSON."""
        values = dict(flat)
        values["batches"] = tuple(_batch(one) for one in flat["batches"])
        values["restarts"] = tuple(Span(**one) for one in flat["restarts"])
        for name, kind in (("tills", Till), ("money", MoneyAtRest), ("rows", ReportedRow)):
            values[name] = tuple(kind(**one) for one in flat[name])
        values["totals"] = tuple(ReportedTotal(**{**one, "parts": tuple(one["parts"])}) for one in flat["totals"])
        for name in ("natural_persons", "listed"):
            values[name] = tuple(flat[name])
        return cls(**values)


def _batch(flat: dict[str, Any]) -> BatchFacts:
    values = dict(flat)
    values["raises"] = tuple(Raise(Span(**one["span"]), one["quota"]) for one in flat["raises"])
    values["pauses"] = tuple(_pause(one) for one in flat["pauses"])
    for name in ("categories", "districts"):
        values[name] = tuple(flat[name])
    return BatchFacts(**values)


def _pause(flat: dict[str, Any]) -> Pause:
    resumed = flat["resumed"]
    return Pause(Span(**flat["paused"]), Span(**resumed) if resumed else None, flat["stop"])
