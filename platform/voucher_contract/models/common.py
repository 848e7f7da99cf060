"""Types that every wire model uses. Money is integer fen; times carry their offset; unknown fields are refused."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

MAX_FEN = 10**13
"""A limit on everything: one hundred billion yuan, far above any real pot."""

Fen = Annotated[int, Field(ge=0, le=MAX_FEN, strict=True, description="Amount in fen (1/100 yuan)")]
PositiveFen = Annotated[int, Field(ge=1, le=MAX_FEN, strict=True, description="Amount in fen, at least 1")]
Count = Annotated[int, Field(ge=0, le=10**9, strict=True)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./-]{1,64}$")]
KEY_PATTERN = r"^[A-Za-z0-9_-]{16,64}$"

DISTRICTS: dict[str, str] = {
    "510681001": "雒城街道",
    "510681002": "汉州街道",
    "510681003": "金雁街道",
    "510681101": "三水镇",
    "510681102": "连山镇",
    "510681103": "高坪镇",
    "510681105": "向阳镇",
    "510681106": "小汉镇",
    "510681107": "金轮镇",
    "510681114": "金鱼镇",
    "510681116": "南丰镇",
    "510681117": "三星堆镇",
}
"""The twelve township-level districts of Guanghan by statistics code. Another city replaces this table."""

Role = Literal["bureau", "auditor", "operator", "merchant", "consumer"]
Category = Literal["daily_goods", "appliances", "catering", "lodging", "cars", "fuel", "culture_sport"]
CATEGORY_NAMES: dict[str, str] = {
    "daily_goods": "日用百货",
    "appliances": "家电家居",
    "catering": "餐饮及食品",
    "lodging": "住宿",
    "cars": "汽车",
    "fuel": "成品油",
    "culture_sport": "文体娱乐",
}
SizeClass = Literal["above_quota", "above_scale_service", "below_quota_sample", "below_quota_other"]
SIZE_CLASS_NAMES: dict[str, str] = {
    "above_quota": "限上商贸",
    "above_scale_service": "规上服务",
    "below_quota_sample": "限下样本",
    "below_quota_other": "限下其他",
}
District = Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$"), Field(description="Township-level statistics code")]
Latitude = Annotated[float, Field(ge=-90, le=90, description="Degrees WGS 84")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Degrees WGS 84")]
RefundRegime = Literal["A", "A_PRIME", "B", "C"]


class Wire(BaseModel):
    """Base of all wire models: immutable, and an unknown field is an error rather than silently lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Position(Wire):
    """Where somebody says they are."""

    latitude: Latitude
    longitude: Longitude


class ProblemDetail(Wire):
    """RFC 9457 problem. ``errors`` names the fields at fault; ``voucher_ids`` is sent with ``limit_reached``.

    ``violated_policies`` names the limits that refuse, with ``rate_limited``: person, device, address, batch, login.
    ``threshold_fen`` may come with ``below_threshold`` and ``excluded_goods``: what the order must reach.
    """

    type: str
    title: str
    title_zh: str
    status: int
    code: str
    retryable: bool
    detail: str | None = None
    request_id: str
    errors: list[dict[str, str]] | None = None
    voucher_ids: list[str] | None = None
    retry_after_ms: int | None = None
    violated_policies: list[str] | None = None
    threshold_fen: Fen | None = None


__all__ = [
    "CATEGORY_NAMES", "DISTRICTS", "KEY_PATTERN", "MAX_FEN", "SIZE_CLASS_NAMES", "AwareDatetime", "Category",
    "Count", "District", "Fen", "Id", "Latitude", "Longitude", "Name", "Position", "PositiveFen", "ProblemDetail",
    "Reference", "RefundRegime", "Role",
    "SizeClass", "Wire", "datetime",
]  # fmt: skip
