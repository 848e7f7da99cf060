"""Every figure that a process keeps of itself: its name, its help, its labels. One closed list, so rows are bounded.

All processes of one version agree on the place of each value, so a sibling can read them without being asked.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from voucher_contract import refusals
from voucher_contract.routes import CLAIM, ROUTES
from voucher_platform.risk_settings import RULE_CODES

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True)
class Figure:
    """A metric. ``values`` are all values of its one ``label``; ``bounds`` the upper bounds of a histogram's buckets.

    A histogram has a cell for each bucket, one for what lies above the last bound, and one for the sum.
    """

    name: str
    kind: Kind
    help: str
    label: str = ""
    values: tuple[str, ...] = ("",)
    bounds: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Cells for each value of the label."""
        return len(self.bounds) + 2 if self.kind == "histogram" else 1


_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_LONG_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_ITEMS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
OTHER = "other"
GRANTED = ("issued", "replayed", "pending")
OUTCOMES = (*GRANTED, *(refusal.code for refusal in CLAIM.all_refusals), refusals.INTERNAL.code, OTHER)
_STATUSES = (
    {route.status for route in ROUTES.values()} | {one.status for one in refusals.REFUSALS.values()} | {202, 304}
)
STATUSES = (*map(str, sorted(_STATUSES)), OTHER)
STAGES = ("limit", "judge", "commit")
SHUT_FOR = ("starting", "doubted", "distrusted", "unreachable", "database_away", "rebuilding", "failing")

CLAIMS = Figure("voucherlab_claims", "counter", "Claims by how they ended; a refusal by its code.", "outcome", OUTCOMES)
CLAIM_SECONDS = Figure(
    "voucherlab_claim_seconds", "histogram", "Time from letting a well-formed claim in to its answer.", bounds=_SECONDS
)
SHED = Figure("voucherlab_claims_shed", "counter", "Claims answered overloaded because the process had its fill.")
UNDER_WAY = Figure("voucherlab_claims_under_way", "gauge", "Claims the process is busy with.")
UNDER_WAY_LIMIT = Figure("voucherlab_claims_under_way_limit", "gauge", "Above so many, claims are shed.")
WAITING = Figure(
    "voucherlab_waiting", "gauge", "Claims waiting to be let in, or queued for the next round of a stage.", "stage",
    ("door", *STAGES),
)  # fmt: skip
ROUND_SECONDS = Figure(
    "voucherlab_round_seconds", "histogram", "Time of one call to a store for many claims.", "stage", STAGES, _SECONDS
)
ROUND_SIZE = Figure("voucherlab_round_size", "histogram", "Claims in one such call.", "stage", STAGES, _ITEMS)
REPLIES = Figure("voucherlab_http_replies", "counter", "Replies by HTTP status, of every route.", "status", STATUSES)
GATE_OPEN = Figure("voucherlab_gate_open", "gauge", "1 while the process judges claims.")
GATE_SHUT = Figure("voucherlab_gate_shut", "gauge", "1 for the reason why it does not.", "reason", SHUT_FOR)
GATE_EPOCH = Figure("voucherlab_gate_epoch", "gauge", "Epoch of the hot store under which the process judges.")
REBUILD_SECONDS = Figure(
    "voucherlab_rebuild_seconds", "histogram", "Time of a rebuild of the hot store that this process did.",
    bounds=_LONG_SECONDS,
)  # fmt: skip
SWEPT = Figure("voucherlab_journal_swept", "counter", "Wins that another process left behind, brought into SQL.")
EXPIRED = Figure("voucherlab_vouchers_expired", "counter", "Vouchers whose time was over.")
RISK_ALERTS = Figure("voucherlab_risk_alerts", "counter", "Risk alerts that were raised.", "rule", RULE_CODES)
CATALOGUE = Figure(
    "voucherlab_catalogue_version", "gauge", "Version of the batches' states that the process has taken."
)
PULSE_AT = Figure(
    "voucherlab_pulse_timestamp_seconds", "gauge", "Unix time at which PostgreSQL last answered its poll."
)
POOL_IN_USE = Figure("voucherlab_database_pool_in_use", "gauge", "Connections to PostgreSQL that are lent out.")
POOL_SIZE = Figure("voucherlab_database_pool_size", "gauge", "Connections to PostgreSQL there may be.")
LAG = Figure("voucherlab_event_loop_lag_seconds", "gauge", "How late the process's last timer was: its own overload.")
CPU = Figure("voucherlab_process_cpu_seconds", "counter", "Processor time used.")
MEMORY = Figure("voucherlab_process_resident_bytes", "gauge", "Memory the process holds.")
STARTED = Figure("voucherlab_process_start_timestamp_seconds", "gauge", "Unix time at which the process began.")

FIGURES = (
    CLAIMS, CLAIM_SECONDS, SHED, UNDER_WAY, UNDER_WAY_LIMIT, WAITING, ROUND_SECONDS, ROUND_SIZE, REPLIES, GATE_OPEN,
    GATE_SHUT, GATE_EPOCH, REBUILD_SECONDS, SWEPT, EXPIRED, RISK_ALERTS, CATALOGUE, PULSE_AT, POOL_IN_USE, POOL_SIZE,
    LAG, CPU, MEMORY, STARTED,
)  # fmt: skip


def _places() -> dict[tuple[str, str], int]:
    places: dict[tuple[str, str], int] = {}
    at = 0
    for figure in FIGURES:
        for value in figure.values:
            places[figure.name, value] = at
            at += figure.width
    return places


PLACES = _places()
CELLS = sum(figure.width * len(figure.values) for figure in FIGURES)
# Sixteen bytes that name this layout: a process of another version keeps other figures in other places.
LAYOUT = hashlib.sha256(repr(FIGURES).encode()).digest()[:16]
