"""All settings of the platform in one frozen object, read once from the environment and passed along."""

import json
import os
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from voucher_platform.risk_settings import RiskRuleSettings

_PREFIX = "VOUCHERLAB_"


class Settings(BaseModel):
    """Units are in the names. ``VOUCHERLAB_<FIELD>`` sets a field; an unknown ``VOUCHERLAB_`` name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: str
    redis_url: str
    limiter_url: str | None = None
    token_secret: str = Field(min_length=32)
    identity_secret: str = Field(min_length=32)
    staff_file: str | None = None
    process: str = Field(default="api", pattern=r"^[a-z][a-z0-9-]{0,31}$")
    meters_folder: str | None = None
    metrics_token: str | None = Field(default=None, min_length=32)
    sandbox: bool = False
    city_timezone: str = "Asia/Shanghai"
    session_seconds: int = Field(default=8 * 3600, gt=0)
    consumer_token_seconds: int = Field(default=30 * 86_400, gt=0)
    till_token_seconds: int = Field(default=30 * 86_400, gt=0)
    claim_deadline_ms: int = Field(default=2_000, gt=0, le=60_000)
    claim_queue_limit: int = Field(default=4_096, gt=0)
    commit_rate_limit: int | None = Field(default=None, gt=0, description="Vouchers a second and API process")
    claim_batch_max: int = Field(default=64, gt=0, le=64)
    journal_grace_ms: int = Field(default=1_500, ge=100)
    reopen_delay_ms: int = Field(default=1_000, gt=0, le=1_000)
    poll_ms: int = Field(default=200, gt=0, le=500)
    max_body_bytes: int = Field(default=2 * 1024 * 1024, gt=0)
    max_import_bytes: int = Field(default=8 * 1024 * 1024, gt=0)
    database_pool: int = Field(default=16, gt=0, le=200)
    dynamic_code_seconds: int = Field(default=30, gt=0)
    refuse_when_limiter_down: bool = True
    trust_forwarded_for: bool = False
    allow_unsafe: bool = False
    risk_rules: RiskRuleSettings = RiskRuleSettings()

    @field_validator("risk_rules", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """An environment holds text; the rules in it are one JSON object."""
        return json.loads(value) if isinstance(value, str) else value

    @classmethod
    def from_environment(cls, environ: dict[str, str] | None = None) -> Self:
        """Read ``DATABASE_URL``, ``REDIS_URL`` and every ``VOUCHERLAB_*``; ``ValidationError`` names a wrong field."""
        env = dict(os.environ if environ is None else environ)
        values = {name.removeprefix(_PREFIX).lower(): text for name, text in env.items() if name.startswith(_PREFIX)}
        for name in ("DATABASE_URL", "REDIS_URL"):
            if name in env:
                values[name.lower()] = env[name]
        return cls.model_validate(values)
