"""When a rule is met, and how it is told. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

from voucher_contract.models.alerts import Moment, SubjectKind
from voucher_contract.models.common import Position
from voucher_platform.core.distance import Place, metres_between
from voucher_platform.core.masking import starred
from voucher_platform.risk_settings import PositionImpossible, RiskRuleSettings, RuleSettings

Decision = Literal["released", "confirmed"]
ONE_PERSON_IN = 64
"""Of the people at one address, so many stand for one who is remembered: an address may have a whole town behind it."""

MAY_BECOME: dict[Decision, frozenset[str]] = {
    "confirmed": frozenset({"open"}), "released": frozenset({"open", "confirmed"}),
}  # fmt: skip
STATES_ZH = {"open": "待处理", "released": "已放行", "confirmed": "已确认违规"}
"""States of an alert as a refusal names them."""

_EXAMPLES = 3


class Attempt(Protocol):
    """A claim as the rules look at it."""

    @property
    def batch_id(self) -> str:
        """The batch asked for."""

    @property
    def person_id(self) -> str:
        """The natural person."""

    @property
    def account_id(self) -> str:
        """The account that asks."""

    @property
    def own_device(self) -> str:
        """The device that signed in."""

    @property
    def address(self) -> str:
        """Who sits at the other end."""

    @property
    def position(self) -> Position | None:
        """Where they say they are."""


class Subject(NamedTuple):
    """Whom a rule is about, as in ``AlertSubject``."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True)
class Told:
    """What a rule looks at, and its words. ``{seen}`` and the rule's figures may stand in a reason."""

    moment: Moment
    subject: SubjectKind
    title_zh: str
    title_en: str
    reason_zh: str
    reason_en: str


OUT_OF_RANGE = ("领取时报告的位置超出合理范围", "The position told is out of any plausible range")

RULES: dict[str, Told] = {
    "claim_velocity": Told(
        "claim", "person", "领取过于频繁", "Too many attempts of one person",
        "同一自然人 {window_seconds} 秒内尝试领取 {seen} 次（上限 {attempts} 次）",
        "One person tried {seen} times within {window_seconds} s (limit {attempts})",
    ),
    "claim_device_fan_out": Told(
        "claim", "device", "一台设备多人领取", "Many people on one device",
        "同一设备 {window_seconds} 秒内有 {seen} 个自然人尝试领取（上限 {persons} 人）",
        "{seen} people tried on one device within {window_seconds} s (limit {persons})",
    ),
    "claim_address_fan_out": Told(
        "claim", "address", "一个网络地址多人领取", "Many people at one network address",
        "同一网络地址 {window_seconds} 秒内约有 {seen} 个自然人尝试领取（上限 {persons} 人）",
        "About {seen} people tried at one address within {window_seconds} s (limit {persons})",
    ),
    "claim_natural_person": Told(
        "claim", "person", "一人多账号领取", "Many accounts of one person",
        "同一自然人 {window_seconds} 秒内用 {seen} 个账号尝试领取（上限 {accounts} 个）",
        "One person tried with {seen} accounts within {window_seconds} s (limit {accounts})",
    ),
    "claim_position_missing": Told(
        "claim", "person", "不再报告位置", "Position no longer told",
        "{seen} 秒前报过位置，现在领取时不报（{window_seconds} 秒内）",
        "Told a position {seen} s ago, and none now (within {window_seconds} s)",
    ),
    "claim_position_impossible": Told(
        "claim", "person", "位置不可能", "Impossible position",
        "两次领取之间的移动速度达每秒 {seen} 米（上限 {metres_per_second} 米）",
        "Moved at {seen} m/s between two claims (limit {metres_per_second} m/s)",
    ),
    "redemption_till_elsewhere": Told(
        "redemption", "till", "收银终端不在登记地点", "Till not at its place",
        "收银终端报告的位置距商户登记地点 {seen} 米（上限 {metres} 米）",
        "The till says it stands {seen} m from where the merchant is registered (limit {metres} m)",
    ),
    "redemption_till_position_missing": Told(
        "redemption", "till", "收银终端未报位置", "Till position missing",
        "收银终端核销时没有报告位置", "The till did not say where it stands",
    ),
    "redemption_burst": Told(
        "redemption", "merchant", "商户核销突增", "Burst of redemptions at one merchant",
        "商户 {window_seconds} 秒内核销 {seen} 笔（上限 {redemptions} 笔）",
        "{seen} redemptions within {window_seconds} s (limit {redemptions})",
    ),
    "redemption_exact_threshold_streak": Told(
        "redemption", "merchant", "连续订单恰好达到门槛", "Orders exactly at the threshold in a row",
        "商户连续 {seen} 笔订单金额恰好等于用券门槛",
        "{seen} orders in a row were exactly at the threshold",
    ),
}  # fmt: skip
"""Every rule by its reason code; ``RiskRuleSettings`` holds the same codes, and a test holds the two together."""


@dataclass(frozen=True)
class Met:
    """A rule met by a subject: ``seen`` is what was measured, ``count`` how many requests lie behind it.

    ``words``: the reason in Chinese and English, where the rule's own does not fit.
    """

    rule: str
    subject: Subject
    seen: int
    count: int
    evidence: Mapping[str, Any] = field(default_factory=dict)
    batch_id: str | None = None
    merchant_id: str | None = None
    words: tuple[str, str] | None = None

    @property
    def place(self) -> tuple[str, Subject]:
        """Where it belongs: there is one alert of a rule about a subject."""
        return self.rule, self.subject


class Seen(NamedTuple):
    """A redemption as a rule looks at it."""

    id: str
    at: datetime
    is_exact: bool


def merged(found: Iterable[Met]) -> list[Met]:
    """One a rule and subject, in a fixed order: the latest, with the requests behind all of them."""
    kept: dict[tuple[str, Subject], Met] = {}
    for met in found:
        known = kept.get(met.place)
        kept[met.place] = replace(met, count=met.count + known.count) if known else met
    return [kept[place] for place in sorted(kept)]


def reasons(met: Met, settings: RuleSettings) -> tuple[str, str]:
    """Why, in Chinese and in English."""
    if met.words is not None:
        return met.words
    told, figures = RULES[met.rule], {**settings.figures, "seen": met.seen}
    return told.reason_zh.format(**figures), told.reason_en.format(**figures)


def evidence_of(met: Met, settings: RuleSettings) -> dict[str, Any]:
    """What an alert keeps: what was measured, the figures it was held against, and whatever the rule adds."""
    return {"seen": met.seen, "figures": settings.figures, **met.evidence}


def examples(members: Sequence[str]) -> list[str]:
    """A few of them, masked: enough to find them again, too little to know them."""
    return [starred(one) for one in sorted(members)[:_EXAMPLES]]


def window_number(real_seconds: float, window_seconds: int) -> int:
    """Which window a moment (Unix time) belongs to: all processes cut time alike."""
    return int(real_seconds // window_seconds)


def out_of_range(place: Place, settings: PositionImpossible) -> bool:
    """Whether nobody can be there."""
    return not (
        settings.south_degrees <= place.latitude <= settings.north_degrees
        and settings.west_degrees <= place.longitude <= settings.east_degrees
    )


def impossible_speed(before: Place, after: Place, seconds: float, settings: PositionImpossible) -> int | None:
    """Metres a second between two places, rounded up, if nobody moves so fast; ``None`` if somebody may.

    Two places told at once count as one second apart: phones are late by that much.
    """
    metres = metres_between(before, after)
    if metres < settings.least_metres:
        return None
    speed = -int(-metres // max(seconds, 1.0))
    return speed if speed > settings.metres_per_second else None


def till_fault(where: Place | None, registered: Place | None, rules: RiskRuleSettings) -> tuple[str, int] | None:
    """The rule that a till's position breaks, and by how many metres; ``None`` if it breaks none.

    A merchant without a place cannot be compared: its tills are not at fault.
    """
    if where is None:
        off = rules.redemption_till_position_missing.action == "off"
        return None if off else ("redemption_till_position_missing", 0)
    settings = rules.redemption_till_elsewhere
    if settings.action == "off" or registered is None:
        return None
    metres = metres_between(where, registered)
    return ("redemption_till_elsewhere", round(metres)) if metres > settings.metres else None


def redemptions_met(merchant_id: str, latest: Sequence[Seen], rules: RiskRuleSettings) -> list[Met]:
    """What the latest redemptions of a merchant, newest first, meet. Each is told with the newest of them."""
    found = []
    burst, streak = rules.redemption_burst, rules.redemption_exact_threshold_streak
    subject = Subject("merchant", merchant_id)
    if burst.action != "off" and latest:
        begin = latest[0].at - timedelta(seconds=burst.window_seconds)
        within = [one for one in latest if one.at > begin]
        if len(within) > burst.redemptions:
            found.append(_of_orders("redemption_burst", subject, within))
    if streak.action != "off" and len(latest) >= streak.orders:
        last = latest[: streak.orders]
        if all(one.is_exact for one in last):
            found.append(_of_orders("redemption_exact_threshold_streak", subject, last))
    return found


def _of_orders(rule: str, subject: Subject, orders: Sequence[Seen]) -> Met:
    shown = {"newest_redemptions": [one.id for one in orders[:_EXAMPLES]]}
    return Met(rule, subject, len(orders), len(orders), shown, merchant_id=subject.id)


def most_redemptions(rules: RiskRuleSettings) -> int:
    """How many of a merchant's latest redemptions the rules look at; none if they are off."""
    burst, streak = rules.redemption_burst, rules.redemption_exact_threshold_streak
    return max(burst.redemptions + 1 if burst.action != "off" else 0, streak.orders if streak.action != "off" else 0)
