"""What an officer watches while a campaign runs: a few sums of one instant, cheap enough to be asked every second."""

from typing import Literal

from pydantic import Field

from voucher_contract.models.common import AwareDatetime, Category, Count, District, Fen, Id, Name, PositiveFen, Wire


class LiveBatch(Wire):
    """One published batch. ``remaining`` is quota − issued + voided; ``redeemed`` counts redemptions, gross."""

    batch_id: Id
    name: Name
    face_fen: PositiveFen
    quota: Count
    issued: Count
    remaining: Count
    redeemed: Count
    state: Literal["draft", "live", "paused", "stopped"]


class LiveCategory(Wire):
    category: Category
    redeemed: Count
    redeemed_fen: Fen


class LiveDistrict(Wire):
    district: District
    redeemed: Count
    redeemed_fen: Fen


class LiveFigures(Wire):
    """Sums over the published batches of a campaign, all of one instant.

    ``server_time`` is the business clock, ``real_time`` the wall clock, when the figures were read. ``redeemed`` and
    ``redeemed_fen`` are gross of refunds; ``refunded_fund_fen`` is what went back to public money. ``seekers`` are the
    people who tried, each counted once. ``attempts`` counts claims by outcome: a refusal's code, or ``issued``,
    ``replayed``, ``pending``; the newest seconds of both may still be missing.
    """

    campaign_id: Id
    server_time: AwareDatetime
    real_time: AwareDatetime
    quota: Count
    issued: Count
    voided: Count
    remaining: Count
    redeemed: Count
    redeemed_fen: Fen
    refunds: Count
    refunded_fund_fen: Fen
    seekers: Count
    attempts: dict[str, Count] = Field(description="Claims by outcome, today and before, summed")
    batches: list[LiveBatch]
    by_category: list[LiveCategory]
    by_district: list[LiveDistrict]
