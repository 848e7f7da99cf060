"""The live screen's figures: as the target tells them, or summed up from its batches where it does not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from voucher_contract.models.campaigns import Batch
from voucher_contract.models.live import LiveBatch, LiveFigures


@dataclass(frozen=True)
class Shown:
    """What the screen shows; ``whole`` is None on a target without live figures, which knows no sums of redemptions."""

    server_time: datetime
    quota: int
    issued: int
    remaining: int
    batches: tuple[LiveBatch, ...]
    whole: LiveFigures | None


def shown_of(figures: LiveFigures) -> Shown:
    """The target's own figures."""
    return Shown(
        figures.server_time, figures.quota, figures.issued - figures.voided, figures.remaining,
        tuple(figures.batches), figures,
    )  # fmt: skip


def shown_from_batches(batches: Sequence[Batch], server_time: datetime) -> Shown:
    """Issuing alone, from the batches that are published."""
    live = tuple(
        LiveBatch(
            batch_id=one.id, name=one.name, face_fen=one.face_fen, quota=one.quota, issued=one.issued - one.voided,
            remaining=one.remaining, redeemed=0, state=one.state,
        )
        for one in batches
        if one.state != "draft"
    )  # fmt: skip
    return Shown(
        server_time, sum(one.quota for one in live), sum(one.issued for one in live),
        sum(one.remaining for one in live), live, None,
    )  # fmt: skip
