"""What a plan must satisfy, and which state may follow which. Pure."""

from typing import Literal

from voucher_contract.models.campaigns import BatchSpec
from voucher_contract.models.common import DISTRICTS

BatchState = Literal["draft", "live", "paused", "stopped"]
_YEARS = (2000, 2199)
PUBLISHED_STATES = ("live", "paused", "stopped")

STATES_ZH: dict[str, str] = {
    "draft": "草稿", "submitted": "待复核", "approved": "已复核", "published": "已发布",
    "live": "发放中", "paused": "已暂停", "stopped": "已停止",
}  # fmt: skip
"""States of rounds and batches as a refusal names them."""

MAY_BECOME: dict[BatchState, tuple[BatchState, ...]] = {
    "live": ("paused",),
    "paused": ("live",),
    "stopped": ("live", "paused"),
}
"""For each state the states it may be entered from. ``stopped`` is final: nothing is entered from it."""


def unknown_districts(spec: BatchSpec) -> list[dict[str, str]]:
    """One error for each field that names a district this city does not have, with the field's name."""
    return [
        {"field": f"body.{field}", "message": f"不是本市区域 / no district of this city: {', '.join(sorted(strange))}"}
        for field, named in (("districts", spec.districts), ("resident_districts", spec.resident_districts))
        if (strange := set(named) - set(DISTRICTS))
    ]


def implausible_times(spec: BatchSpec) -> list[dict[str, str]]:
    """One error for each time outside the years 2000 to 2199: a slip, and some could not be stored."""
    return [
        {"field": f"body.{field}", "message": "年份应在 2000 至 2199 之间 / year must be 2000 to 2199"}
        for field in ("claim_opens_at", "claim_closes_at", "valid_from", "valid_until")
        if not _YEARS[0] <= getattr(spec, field).year <= _YEARS[1]
    ]


def exceeds_free_money(*, new_fen: int, planned_fen: int, free_fen: int) -> bool:
    """Whether another ``new_fen`` on top of what drafts plan would go beyond the free money.

    Published batches have reserved their money already, so they stand on neither side: planned + reserved + new >
    free + reserved is the same comparison.
    """
    return planned_fen + new_fen > free_fen
