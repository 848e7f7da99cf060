"""The table of risk alerts, rule by rule. Pure."""

from voucher_contract.models.round_report import RiskRuleCount, RoundReport
from voucher_platform.reports.document.blocks import Block, Note, Table
from voucher_platform.reports.document.speaking import Speaking


def alerts(report: RoundReport, say: Speaking) -> list[Block]:
    """What each rule raised and what became of it; where nothing was, that."""
    rules = report.risk.rules
    if not rules:
        return [
            Note(say("本轮期间，即时风险规则没有产生告警。", "The in-time risk rules raised no alert in this round."))
        ]
    columns = (
        say("规则", "Rule"), say("环节", "At"), say("告警", "Alerts"), say("拦截", "Blocked"),
        say("仅标记", "Flagged"), say("未处理", "Open"), say("已确认", "Confirmed"), say("已放行", "Released"),
        say("仍冻结", "Still frozen"), say("涉及请求", "Requests"),
    )  # fmt: skip
    rows = tuple(_row(say(one.title_zh, one.title_en), _moment(one, say), [one]) for one in rules)
    if len(rules) > 1:
        rows += (_row(say("合计", "Total"), "", rules),)
    note = say(
        f"告警是规则的判断，未经人工确认不得作为认定。其中 {report.risk.unnamed:,} 个不指明券种，按发生时间计入本轮。",
        f"An alert is a rule's judgement until a person has confirmed it. Of these, {report.risk.unnamed:,} name no"
        f" batch and are counted by time.",
    )
    return [
        Table(
            "", columns, rows, aligns=("left", "left", *(("right",) * 8)),
            widths=(2.9, 1.4, 1, 1.1, 1.1, 1, 1.3, 1.2, 1.1, 1.2), note=note,
        )
    ]  # fmt: skip


def _moment(one: RiskRuleCount, say: Speaking) -> str:
    return say("领取", "claim") if one.moment == "claim" else say("核销", "redemption")


def _row(name: str, moment: str, rules: list[RiskRuleCount]) -> tuple[str, ...]:
    shown = ("alerts", "blocked", "flagged", "open", "confirmed", "released", "frozen", "requests")
    return (name, moment, *(f"{sum(getattr(one, field) for one in rules):,}" for field in shown))
