"""The risk rules as they are set: one frozen object, every figure with its unit in its name.

It lies below ``core``, because the settings hold it and the meters name its rules.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Action = Literal["block", "flag", "off"]
_A_DAY_SECONDS = 86_400


class RuleSettings(BaseModel):
    """Base of every rule: ``block`` freezes the subject, ``flag`` only tells, ``off`` does not look."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    action: Action

    @property
    def figures(self) -> dict[str, int]:
        """Every figure of the rule by its name."""
        return {name: getattr(self, name) for name in type(self).model_fields if name != "action"}


class Velocity(RuleSettings):
    """More than ``attempts`` of one person over all batches in a window. By default thirty a second for ten seconds."""

    action: Action = "block"
    attempts: int = Field(default=300, ge=1, le=1_000_000)
    window_seconds: int = Field(default=10, ge=1, le=_A_DAY_SECONDS)


class DeviceFanOut(RuleSettings):
    """More than ``persons`` on one device in a window: a family shares a phone, thirty people do not."""

    action: Action = "block"
    persons: int = Field(default=30, ge=1, le=1_000)
    window_seconds: int = Field(default=3_600, ge=1, le=_A_DAY_SECONDS)


class AddressFanOut(RuleSettings):
    """More than ``persons`` at one address in a window. A mobile network puts a town behind one, so it only tells."""

    action: Action = "flag"
    persons: int = Field(default=20_000, ge=64, le=1_000_000)
    window_seconds: int = Field(default=3_600, ge=1, le=_A_DAY_SECONDS)


class NaturalPerson(RuleSettings):
    """More than ``accounts`` of one natural person in a window."""

    action: Action = "flag"
    accounts: int = Field(default=5, ge=1, le=1_000)
    window_seconds: int = Field(default=3_600, ge=1, le=_A_DAY_SECONDS)


class PositionMissing(RuleSettings):
    """Somebody who said where they are at ``window_seconds`` ago or later now says nothing, where nobody must."""

    action: Action = "flag"
    window_seconds: int = Field(default=600, ge=1, le=_A_DAY_SECONDS)


class PositionImpossible(RuleSettings):
    """Faster than ``metres_per_second`` over at least ``least_metres``, or outside a range of whole degrees.

    By default faster than an airliner, farther than a phone may err, or outside of China.
    """

    action: Action = "flag"
    metres_per_second: int = Field(default=300, ge=1, le=100_000)
    least_metres: int = Field(default=5_000, ge=1, le=20_000_000)
    south_degrees: int = Field(default=3, ge=-90, le=90)
    north_degrees: int = Field(default=54, ge=-90, le=90)
    west_degrees: int = Field(default=73, ge=-180, le=180)
    east_degrees: int = Field(default=136, ge=-180, le=180)


class TillElsewhere(RuleSettings):
    """A till that says it stands farther than ``metres`` from where its merchant is registered."""

    action: Action = "block"
    metres: int = Field(default=2_000, ge=1, le=20_000_000)


class TillPositionMissing(RuleSettings):
    """A till that does not say where it stands. Off, unless all tills can."""

    action: Action = "off"


class RedemptionBurst(RuleSettings):
    """More than ``redemptions`` of one merchant in a window, by the real clock."""

    action: Action = "flag"
    redemptions: int = Field(default=60, ge=1, le=1_000)
    window_seconds: int = Field(default=60, ge=1, le=_A_DAY_SECONDS)


class ExactThresholdStreak(RuleSettings):
    """The last ``orders`` of a merchant, all exactly at the threshold of their vouchers."""

    action: Action = "flag"
    orders: int = Field(default=20, ge=2, le=1_000)


class RiskRuleSettings(BaseModel):
    """All rules by their stable reason codes, in the order in which they are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    claim_velocity: Velocity = Velocity()
    claim_device_fan_out: DeviceFanOut = DeviceFanOut()
    claim_address_fan_out: AddressFanOut = AddressFanOut()
    claim_natural_person: NaturalPerson = NaturalPerson()
    claim_position_missing: PositionMissing = PositionMissing()
    claim_position_impossible: PositionImpossible = PositionImpossible()
    redemption_till_elsewhere: TillElsewhere = TillElsewhere()
    redemption_till_position_missing: TillPositionMissing = TillPositionMissing()
    redemption_burst: RedemptionBurst = RedemptionBurst()
    redemption_exact_threshold_streak: ExactThresholdStreak = ExactThresholdStreak()

    def of(self, rule: str) -> RuleSettings:
        """The settings of the rule with this code."""
        found: RuleSettings = getattr(self, rule)
        return found


RULE_CODES = tuple(RiskRuleSettings.model_fields)
