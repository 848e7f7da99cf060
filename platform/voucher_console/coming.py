"""Routes agreed for the contract that this tree's table of routes does not hold yet, in their agreed shapes."""

from typing import Any, Literal

from pydantic import AwareDatetime

from voucher_contract.models.campaigns import Reason
from voucher_contract.models.common import Count, Fen, Id, Role, Wire
from voucher_contract.routes import Route

STAFF: tuple[Role, ...] = ("bureau", "auditor", "operator")


class AlertSubject(Wire):
    """Whom or what an alert is about."""

    kind: Literal["person", "device", "address", "merchant", "till"]
    id: str


class Alert(Wire):
    """A risk rule struck: what it saw, and what a person decided about it."""

    id: Id
    rule: str
    moment: Literal["claim", "redemption"]
    action: Literal["block", "flag"]
    subject: AlertSubject
    batch_id: Id | None
    merchant_id: Id | None
    raised_at: AwareDatetime
    last_seen_at: AwareDatetime
    count: int
    evidence: dict[str, Any]
    reason_zh: str
    reason_en: str
    state: Literal["open", "released", "confirmed"]
    decided_by: str | None
    decided_at: AwareDatetime | None
    decision_reason: str | None


class AlertPage(Wire):
    """One page of alerts."""

    items: list[Alert]
    next_cursor: str | None


class RiskRule(Wire):
    """A rule with its figures, which are settings."""

    name: str
    title_zh: str
    title_en: str
    moment: Literal["claim", "redemption"]
    action: Literal["block", "flag", "off"]
    figures: dict[str, int]


class RiskRules(Wire):
    """All rules."""

    items: list[RiskRule]


class LiveBatch(Wire):
    """One batch on the big screen."""

    batch_id: Id
    name: str
    face_fen: Fen
    quota: Count
    issued: Count
    remaining: Count
    redeemed: Count
    state: str


class LiveCategory(Wire):
    """Redemptions of one industry."""

    category: str
    redeemed: Count
    redeemed_fen: Fen


class LiveDistrict(Wire):
    """Redemptions of one district."""

    district: str
    redeemed: Count
    redeemed_fen: Fen


class LiveFigures(Wire):
    """All that the big screen shows, from one instant of the data."""

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
    attempts: dict[str, int]
    batches: list[LiveBatch]
    by_category: list[LiveCategory]
    by_district: list[LiveDistrict]


LIST_ALERTS = Route("list_alerts", "GET", "/v1/alerts", "风险预警", STAFF, AlertPage)
RELEASE_ALERT = Route(
    "release_alert", "POST", "/v1/alerts/{alert_id}/release", "放行", ("bureau", "operator"), Alert, Reason, keyed=True
)
CONFIRM_ALERT = Route(
    "confirm_alert", "POST", "/v1/alerts/{alert_id}/confirm", "确认", ("bureau", "operator"), Alert, Reason, keyed=True
)
LIST_RISK_RULES = Route("list_risk_rules", "GET", "/v1/risk-rules", "风险规则", STAFF, RiskRules)
GET_LIVE_FIGURES = Route("get_live_figures", "GET", "/v1/campaigns/{campaign_id}/live", "实时数据", STAFF, LiveFigures)
GET_ROUND_REPORT = Route(
    "get_round_report", "GET", "/v1/rounds/{round_id}/report", "轮次报告", ("bureau", "auditor"), None,
    returns=("application/json", "text/html", "application/pdf"),
)  # fmt: skip
