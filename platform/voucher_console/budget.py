"""Whether a planned batch fits the money, said while it is being typed. The platform decides again when it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from voucher_contract.models.campaigns import Batch, MoneyBuckets


@dataclass(frozen=True)
class Budget:
    """``free_fen`` is deposited and neither reserved nor spent; ``planned_fen`` of it is promised to drafts (S-30)."""

    received_fen: int
    free_fen: int
    planned_fen: int

    @property
    def available_fen(self) -> int:
        """What a new batch may still cost."""
        return max(0, self.free_fen - self.planned_fen)

    def left_after(self, *, face_fen: int, quota: int) -> int:
        """What would be left after such a batch; negative: it does not fit."""
        return self.free_fen - self.planned_fen - face_fen * quota

    def without(self, *, face_fen: int, quota: int) -> "Budget":
        """As it would be without that draft, whose place another plan is to take."""
        return replace(self, planned_fen=self.planned_fen - face_fen * quota)

    def most_vouchers(self, face_fen: int) -> int:
        """The largest quota that fits."""
        return self.available_fen // face_fen if face_fen else 0


def budget_of(buckets: MoneyBuckets, batches: Iterable[Batch], campaign_id: str) -> Budget:
    """The budget of a campaign from its money statement and all batches that the officer can see."""
    drafts = (one for one in batches if one.campaign_id == campaign_id and one.state == "draft")
    return Budget(buckets.received_fen, buckets.free_fen, sum(one.face_fen * one.quota for one in drafts))
