"""Meta data, health, sign-in, the sandbox and the audit log."""

from typing import Any, Literal

from pydantic import Field

from voucher_contract.models.common import AwareDatetime, District, Id, Name, Role, Wire


class Meta(Wire):
    """What this platform is and can do. NOT_APPLICABLE in a verdict comes only from ``capabilities``.

    ``reopen_delay_ms``: stock that comes back, and any change of state, is visible on every worker within it.
    """

    product: str
    contract_version: str
    capabilities: list[
        Literal[
            "sandbox_clock", "sandbox_people", "geofence", "dynamic_code", "callbacks", "audit_export",
            "merchant_import", "settlement", "risk_alerts", "live_figures", "round_report", "voucher_use",
            "round_drafts", "look_up",
        ]
    ]  # fmt: skip
    reopen_delay_ms: int = Field(le=1000)
    claim_deadline_ms: int
    max_body_bytes: int
    simulated_data: bool
    unsafe_settings: list[str]


class Health(Wire):
    status: Literal["ok", "degraded"]
    database: bool
    hot_store: bool
    claims_ready: bool


class SessionSpec(Wire):
    login: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class Session(Wire):
    token: str
    role: Role
    name: Name
    expires_at: AwareDatetime


class SandboxClock(Wire):
    now: AwareDatetime


class SandboxPerson(Wire):
    """One account to create. Accounts that share an id number or a card are one person."""

    account: Id
    phone: str = Field(pattern=r"^[0-9]{11}$")
    card: str | None = Field(default=None, pattern=r"^[0-9]{12,19}$")
    id_number: str = Field(pattern=r"^[0-9]{17}[0-9X]$")
    device: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    home_district: District


class SandboxPeopleSpec(Wire):
    people: list[SandboxPerson] = Field(min_length=1, max_length=10_000)


class PersonToken(Wire):
    account: Id
    person_id: Id
    token: str


class SandboxPeople(Wire):
    people: list[PersonToken]


class AuditEntry(Wire):
    """One act. ``hash`` = SHA-256 over the previous hash and this entry's canonical JSON: a tamper-evident chain."""

    id: int
    at: AwareDatetime
    business_at: AwareDatetime
    principal: str
    action: str
    object_id: str
    detail: dict[str, Any]
    previous_hash: str
    hash: str


class AuditPage(Wire):
    items: list[AuditEntry]
    next_cursor: str | None


class AuditVerification(Wire):
    entries: int
    intact: bool
    first_bad_id: int | None
