"""Alerts for people: listing them, releasing whom they froze, confirming what they found."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from voucher_contract import refusals
from voucher_contract.models.alerts import Alert, AlertPage, AlertState, RiskRule, RiskRules
from voucher_platform.core import audit_log
from voucher_platform.core.paging import next_cursor
from voucher_platform.core.problems import Refused
from voucher_platform.core.pulse import announce_guard
from voucher_platform.risk_rules.raising import forget_subject, lock_judging
from voucher_platform.risk_rules.rules import MAY_BECOME, RULES, STATES_ZH, Decision
from voucher_platform.risk_rules.tables import RiskAlertRow, as_alert
from voucher_platform.risk_settings import RiskRuleSettings


async def list_alerts(
    connection: AsyncConnection, *, state: AlertState | None, cursor: str | None, limit: int, zone: ZoneInfo
) -> AlertPage:
    """A page in the order in which they were raised; ``state`` narrows it."""
    query = select(RiskAlertRow).order_by(col(RiskAlertRow.id)).limit(limit)
    if state is not None:
        query = query.where(col(RiskAlertRow.state) == state)
    if cursor is not None:
        query = query.where(col(RiskAlertRow.id) > cursor)
    items = [as_alert(row, zone) for row in await connection.execute(query)]
    return AlertPage(items=items, next_cursor=next_cursor([item.id for item in items], limit))


async def get_alert(connection: AsyncConnection, *, alert_id: str, zone: ZoneInfo) -> Alert:
    """One alert. Refuses ``not_found``."""
    row = (await connection.execute(select(RiskAlertRow).where(col(RiskAlertRow.id) == alert_id))).first()
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    return as_alert(row, zone)


async def decide(
    connection: AsyncConnection, *, alert_id: str, decision: Decision, reason: str, by: str, now: datetime,
    zone: ZoneInfo,
) -> Alert:  # fmt: skip
    """A person's decision on an alert. Raises ``Refused``: NOT_FOUND, WRONG_STATE.

    A release waits until no report is being judged, so whatever is told later is either of after the release or carries
    an older guard version and is ignored. The version is raised in the same transaction: no worker can free the subject
    and still count what was before.
    """
    await lock_judging(connection)
    row = (await connection.execute(
        select(RiskAlertRow).where(col(RiskAlertRow.id) == alert_id).with_for_update()
    )).first()  # fmt: skip
    if row is None:
        raise Refused(refusals.NOT_FOUND)
    if row.state not in MAY_BECOME[decision]:
        raise Refused(refusals.WRONG_STATE, f"告警状态为“{STATES_ZH[row.state]}” / the alert is {row.state}")
    changes = {"state": decision, "decided_by": by, "decided_at": now, "decision_reason": reason}
    if decision == "released":
        await forget_subject(connection, rule=row.rule, subject_id=row.subject_id)
        freed = {"released_version": await announce_guard(connection), "released_real_at": func.clock_timestamp()}
        changes |= freed
    await connection.execute(update(RiskAlertRow).where(col(RiskAlertRow.id) == alert_id).values(changes))
    await audit_log.append(
        connection, principal=by, action=f"risk_alert_{decision}", object_id=alert_id, business_at=now,
        detail={
            "rule": row.rule, "subject_kind": row.subject_kind, "subject_id": row.subject_id, "from": row.state,
            "reason": reason,
        },
    )  # fmt: skip
    return await get_alert(connection, alert_id=alert_id, zone=zone)


def list_risk_rules(settings: RiskRuleSettings) -> RiskRules:
    """Every rule as this platform has it set, those that are off too."""
    return RiskRules(items=[
        RiskRule(
            name=code, title_zh=told.title_zh, title_en=told.title_en, moment=told.moment,
            action=settings.of(code).action, figures=settings.of(code).figures,
        )
        for code, told in RULES.items()
    ])  # fmt: skip
