"""The report of one round (N4.2.6c): its figures, and a written analysis whose every sentence names its figures."""

from typing import Literal

from pydantic import Field

from voucher_contract.models.alerts import Moment
from voucher_contract.models.campaigns import Batch, Round
from voucher_contract.models.common import AwareDatetime, Category, Count, District, Fen, Id, Name, Wire
from voucher_contract.models.reports import IndicatorDefinition

RoundDimension = Literal["total", "industry", "district", "size_class", "batch", "day"]
FigureUnit = Literal[
    "vouchers", "people", "redemptions", "fen", "ratio", "percent", "merchants", "refunds", "attempts", "seconds",
    "days", "cells", "acts", "date", "moment", "batches", "industries", "districts", "alerts",
]  # fmt: skip
Section = Literal[
    "issuing", "redeeming", "leverage", "structure", "refunds", "money", "refusals", "service", "risk", "signs",
    "comparison",
]  # fmt: skip


class RoundRow(Wire):
    """One line: indicator → number, as in the T+1 report. ``None``: the indicator does not exist in this dimension."""

    dimension: RoundDimension
    key: str
    label_zh: str
    label_en: str
    values: dict[str, int | float | None]


class ClaimPoint(Wire):
    """Vouchers claimed from ``at`` on, for one step of the curve."""

    at: AwareDatetime
    issued: Count


class ClaimCurve(Wire):
    """Claims over time, steps without any left out. ``half_s``, ``all_s``: seconds from the first claim to the middle
    and to the last one.
    """

    step_s: int = Field(ge=1)
    points: list[ClaimPoint]
    first_at: AwareDatetime | None
    last_at: AwareDatetime | None
    half_s: int | None
    all_s: int | None


class OutcomeCount(Wire):
    """Attempts to claim that ended alike. ``kind``: granted, refused by a rule, or turned away because it was full."""

    code: str
    title_zh: str
    title_en: str
    kind: Literal["granted", "refused", "turned_away"]
    attempts: Count


class CoverageCell(Wire):
    """One district × industry: merchants admitted now, merchants that redeemed in this round, and how much."""

    district: District
    category: Category
    admitted: Count
    redeeming: Count
    redemptions: Count
    redeemed_fen: Fen


class RoundMoney(Wire):
    """Public money of the round's batches, from the single transfers.

    ``identity_ok``: released + covered = given back + reserved + held + redeemed unsettled + settled + owed by
    merchants, and each balance equals the sum of its transfers. ``covered_fen`` is free money that restored vouchers
    refunded after a settlement; ``given_back_fen`` is free again: expired, refunded, repaid, left over at closing.
    """

    released_fen: Fen
    covered_fen: Fen
    given_back_fen: Fen
    reserved_fen: Fen
    held_fen: Fen
    redeemed_unsettled_fen: Fen
    settled_fen: Fen
    owed_by_merchants_fen: Fen
    identity_ok: bool


class ServiceAct(Wire):
    """An officer's act on the round, from the audit log."""

    audit_id: int
    at: AwareDatetime
    business_at: AwareDatetime
    by: str
    action: str
    object_id: str
    object_name: str
    reason: str | None


class RoundService(Wire):
    """Service as far as the platform itself knows it.

    ``answered``: attempts to claim that got a decision; ``turned_away``: those that were told to come again because the
    platform was full or recovering. What never reached the platform is not in it. ``paused_s``: seconds of the business
    clock, within claim windows, in which batches stood paused or stopped by an officer, summed over batches.
    ``t1_due``: business days of the round whose T+1 report is due; ``t1_available``: those that are over, so that it
    can be had; ``t1_fetched``: those whose report somebody has fetched since. Whether a person read it is not in it.
    """

    attempts: Count
    answered: Count
    turned_away: Count
    pauses: Count
    stops: Count
    paused_s: Count
    frozen_vouchers: Count
    t1_due: Count
    t1_available: Count
    t1_fetched: Count
    acts: list[ServiceAct]


class MerchantShare(Wire):
    """One of the merchants that redeemed most, by voucher money."""

    merchant_id: Id
    name: Name
    district: District
    category: Category
    redemptions: Count
    redeemed_fen: Fen
    at_threshold: Count
    at_night: Count


class RoundSigns(Wire):
    """What is looked at for signs of cash-out. ``at_threshold``: orders whose payable total is exactly the threshold;
    ``at_night``: from midnight to six in the city. ``merchants``: the largest ten.
    """

    at_threshold: Count
    at_night: Count
    merchants: list[MerchantShare]


class RiskRuleCount(Wire):
    """Alerts of one rule. ``blocked`` and ``flagged``: by what they did; ``open``, ``released`` and ``confirmed``: by
    what people decided; ``frozen``: those that block and are not released. ``requests``: that met the rule, or were
    stopped since.
    """

    rule: str
    title_zh: str
    title_en: str
    moment: Moment
    alerts: Count
    blocked: Count
    flagged: Count
    open: Count
    released: Count
    confirmed: Count
    frozen: Count
    requests: Count


class RoundRisk(Wire):
    """What the risk rules did: alerts raised from publishing to the end of validity, unless they name another round's
    batch. ``unnamed``: those that name no batch at all, so that a round at the same time counts them too.
    ``longest_to_decision_s``: from an alert to a person's decision, on the business clock.
    """

    rules: list[RiskRuleCount]
    unnamed: Count
    longest_to_decision_s: int | None


class EarlierRound(Wire):
    """The round of the campaign that was published before this one, with its totals so far."""

    id: Id
    name: Name
    values: dict[str, int | float | None]


class ReportFigure(Wire):
    """A number the analysis rests on. ``number`` is its footnote, ``shown_*`` how sentences print it.

    ``value`` is exact: fen, a count, a ratio of four decimals, whole seconds; a date or a moment is text.
    """

    id: str
    number: int = Field(ge=1)
    title_zh: str
    title_en: str
    unit: FigureUnit
    value: int | float | str
    shown_zh: str
    shown_en: str
    formula_zh: str
    formula_en: str


class Sentence(Wire):
    """One sentence of the analysis. ``figures`` are the ids of the figures it prints, in order; it prints no others.

    ``names`` are the names of batches, merchants and rounds in it, which may hold digits. ``caution``: it warns.
    """

    id: str
    section: Section
    text_zh: str
    text_en: str
    figures: list[str]
    names: list[str]
    caution: bool


class RoundReport(Wire):
    """Everything about one round, of one instant of the data.

    ``complete``: no voucher of the round can be redeemed any more; refunds may still come. ``simulated_data`` and
    ``unsafe_settings`` are those of ``get_meta`` when it was made.
    """

    round: Round
    campaign_name: Name
    generated_at: AwareDatetime
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    complete: bool
    simulated_data: bool
    unsafe_settings: list[str]
    batches: list[Batch]
    definitions: list[IndicatorDefinition]
    rows: list[RoundRow]
    claims: ClaimCurve
    outcomes: list[OutcomeCount]
    coverage: list[CoverageCell]
    money: RoundMoney
    service: RoundService
    risk: RoundRisk
    signs: RoundSigns
    earlier: EarlierRound | None
    figures: list[ReportFigure]
    analysis: list[Sentence]
