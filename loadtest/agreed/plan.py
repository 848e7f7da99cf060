"""plan.toml: what is tested and how it is judged. It holds no target: its digest is the same for all vendors."""

import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from loadtest.agreed.reading import Strict
from loadtest.vendor_claims.knee import KneeSettings

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Scenario = Literal[
    "opening_rush", "steady_peak", "sold_out_storm", "retry_storm", "one_person_many_sockets",
    "many_accounts_of_one_person", "bots_from_few_devices", "redemption_rush", "refunds_under_load", "mixed_day",
    "soak",
]  # fmt: skip
ClientFault = Literal["reply_lost", "request_lost", "delay", "reset", "duplicate", "slow_client", "stale_keep_alive"]


class Terms(Strict):
    """What the notice leaves open, fixed before anybody is judged; sent to every applicant."""

    one_person_by: tuple[Literal["account", "phone", "card", "id_number", "device"], ...] = ("card", "id_number")
    t1_days: Literal["calendar", "working"] = "calendar"
    t1_by: Annotated[str, StringConstraints(pattern=r"^[0-2][0-9]:[0-5][0-9]$")] = "24:00"
    day_ends_at: Annotated[str, StringConstraints(pattern=r"^[0-2][0-9]:[0-5][0-9]$")] = "24:00"
    redemption_rate: Literal["count", "amount"] = "count"
    redemption_rate_of: Literal["released", "issued"] = "issued"
    refunds_in_figures: Literal["gross", "net"] = "gross"
    guard: Literal["on", "off"] = "on"
    objection_days: int = Field(default=5, ge=0, le=90)


class Functional(Strict):
    """How hard functional cases may press. ``longest_wait_s`` bounds real waits where there is no sandbox clock."""

    in_flight: int = Field(default=32, ge=1, le=512)
    timeout_s: float = Field(default=30.0, gt=0, le=300)
    longest_wait_s: float = Field(default=5.0, ge=0, le=3_600)


class Step(Strict):
    """One scenario under load, open loop: arrivals are fixed by ``seed`` before the first is sent.

    ``rate_per_s`` is the mean of the arrivals over ``duration_s``; an opening rush packs ``spike_share`` of them into
    its first ``spike_s``. ``quota`` 0: the scenario's own choice. ``processes``: Locust workers.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    scenario: Scenario
    rate_per_s: float = Field(gt=0, le=1_000_000)
    duration_s: float = Field(gt=0, le=86_400)
    people: int = Field(default=1_000, ge=1, le=2_000_000)
    quota: int = Field(default=0, ge=0, le=10_000_000)
    per_person_limit: int = Field(default=1, ge=1, le=100)
    arrivals: Literal["poisson", "constant", "spike"] = "poisson"
    spike_share: float = Field(default=0.6, ge=0, le=1)
    spike_s: float = Field(default=1.0, gt=0)
    processes: int = Field(default=1, ge=1, le=64)
    in_flight: int = Field(default=2_000, ge=1, le=100_000)
    faults: tuple[ClientFault, ...] = ()
    fault_share: float = Field(default=0.02, ge=0, le=0.5)
    restart_during: bool = False
    repeats: int = Field(default=1, ge=1, le=1_000)
    p99_limit_ms: float | None = Field(default=None, gt=0)
    least_rate_per_s: float | None = Field(default=None, gt=0)
    opens_within_ms: float | None = Field(default=None, gt=0)
    drains_within_s: float | None = Field(default=None, gt=0)


class KneePlan(Strict):
    """The search for the highest steady rate that a platform keeps, by tries of ``probe_s`` seconds each."""

    first_rate_per_s: float = Field(default=100, gt=0)
    highest_rate_per_s: float = Field(gt=0, le=1_000_000)
    p99_limit_ms: float = Field(gt=0)
    probe_s: float = Field(default=5.0, gt=0, le=600)
    people: int = Field(default=2_000, ge=1, le=2_000_000)
    processes: int = Field(default=1, ge=1, le=64)
    resolution: float = Field(default=1.15, gt=1)
    confirmations: int = Field(default=2, ge=1, le=20)
    most_probes: int = Field(default=30, ge=3, le=200)

    def settings(self) -> KneeSettings:
        """As the search wants them."""
        return KneeSettings(
            first_rate_per_s=self.first_rate_per_s, highest_rate_per_s=self.highest_rate_per_s,
            resolution=self.resolution, confirmations=self.confirmations, most_probes=self.most_probes,
        )  # fmt: skip


class Plan(Strict):
    """The whole file."""

    name: Word
    notice: Word = "guanghan-2025-12-12"
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    seed: int = Field(default=20_260_101, ge=0, le=2**53)
    unknown_budget: float = Field(default=0.001, ge=0, le=0.1, description="share of operations that may stay unknown")
    terms: Terms = Terms()
    functional: Functional | None = Functional()
    steps: tuple[Step, ...] = ()
    knee: KneePlan | None = None

    @model_validator(mode="after")
    def _step_names_differ(self) -> Self:
        names = [step.name for step in self.steps]
        if len(set(names)) != len(names):
            raise ValueError("steps: two steps have one name")
        return self

    def digest(self) -> str:
        """SHA-256 over the plan as canonical JSON: what both sides sign before the test."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()
