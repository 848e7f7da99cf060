"""What is said of the risk rules: how often they spoke in the round's time, whom they stopped, what people decided."""

from voucher_contract import refusals
from voucher_contract.models.round_report import RiskRuleCount
from voucher_platform.reports.analysis.figures import Book, Figure
from voucher_platform.reports.analysis.saying import Said, say
from voucher_platform.reports.analysis.serving import outcome_figure


def write_risk(book: Book) -> list[Said]:
    """Sentences on alerts; where there was none, that and nothing else."""
    risk = book.report.risk
    alerts = _counted(book, "alerts", ("风险告警", "Risk alerts"), sum(one.alerts for one in risk.rules), "")
    if alerts.number == 0:
        return say(
            "risk", "本轮期间，即时风险规则没有产生告警。", "The in-time risk rules raised no alert during this round."
        )
    return _raised(book, alerts) + _stopped(book) + _decided(book) + _unnamed(book)


def _counted(book: Book, name: str, title: tuple[str, str], value: int, narrowed: str) -> Figure:
    """A number of alerts. ``narrowed``: what of a row makes it count."""
    rows = "risk_alert.raised_at"
    zh, en = f"{rows} 在本轮期间的告警数", f"alerts whose {rows} is in the round's time"
    formula = (f"{zh}，{narrowed}", f"{en}, {narrowed}") if narrowed else (zh, en)
    figure = book.counted(f"risk.{name}", title, "alerts", value, formula)
    assert figure is not None
    return figure


def _raised(book: Book, alerts: Figure) -> list[Said]:
    rules = book.report.risk.rules
    blocked = _counted(
        book, "blocked", ("拦截并冻结的告警", "Alerts that block"), sum(one.blocked for one in rules), "action = block"
    )
    flagged = _counted(
        book, "flagged", ("仅标记的告警", "Alerts that flag"), sum(one.flagged for one in rules), "action = flag"
    )
    said = say(
        "risk", "本轮期间，即时风险规则产生告警 {alerts}，其中当场拦截并冻结的 {blocked}，仅标记的 {flagged}。",
        "In the round's time the in-time risk rules raised {alerts}. Stopping and freezing at once: {blocked}; only"
        " flagging: {flagged}.",
        alerts=alerts, blocked=blocked, flagged=flagged,
    )  # fmt: skip
    most = max(rules, key=lambda one: one.alerts)
    share = book.share(
        "risk.largest_rule_share", ("告警最多的规则占比", "Share of the rule with most"), _of_rule(book, most), alerts
    )
    return said + say(
        "risk", "告警最多的规则是“{rule}”，{count}，占 {share}。",
        "The rule with most was “{rule}”: {count}, {share} of all.",
        names={"rule": (most.title_zh, most.title_en)}, count=_of_rule(book, most), share=share,
    )  # fmt: skip


def _of_rule(book: Book, rule: RiskRuleCount) -> Figure:
    title = (f"{rule.title_zh}：告警", f"{rule.title_en}: alerts")
    return _counted(book, f"{rule.rule}.alerts", title, rule.alerts, f"rule = {rule.rule}")


def _stopped(book: Book) -> list[Said]:
    """How many requests stand behind the alerts, and how many claims got no voucher for it."""
    risk = book.report.risk
    requests = book.counted(
        "risk.requests", ("告警涉及的请求", "Requests behind the alerts"), "attempts",
        sum(one.requests for one in risk.rules), ("Σ risk_alert.count，同上告警", "Σ risk_alert.count of these alerts"),
    )  # fmt: skip
    said = say(
        "risk", "触发规则或随后被拦下的请求共 {requests}。",
        "Behind them stand {requests} that met a rule or were stopped afterwards.", requests=requests,
    )  # fmt: skip
    guarded = next((one for one in book.report.outcomes if one.code == refusals.GUARDED.code and one.attempts), None)
    if guarded is None:
        return said
    return said + say(
        "risk", "本轮券种的领取请求中，被风险规则拦下 {guarded}。",
        "Of the claims for this round's vouchers, the risk rules stopped {guarded}.", guarded=outcome_figure(guarded),
    )  # fmt: skip


def _decided(book: Book) -> list[Said]:
    """What people made of them. An alert nobody has looked at is a warning in itself."""
    risk = book.report.risk
    states = {
        state: _counted(book, state, title, sum(getattr(one, state) for one in risk.rules), f"state = {state}")
        for state, title in (
            ("confirmed", ("人工确认的告警", "Alerts confirmed")), ("released", ("人工放行的告警", "Alerts released")),
            ("open", ("尚未处理的告警", "Alerts not decided")),
        )
    }  # fmt: skip
    said = say(
        "risk", "经人工处理，确认 {confirmed}，放行 {released}；尚未处理 {open}。",
        "A person's decision: {confirmed} confirmed, {released} released; {open} not decided yet.",
        caution=states["open"].number > 0, table=states,
    )  # fmt: skip
    longest = book.counted(
        "risk.longest_to_decision_s", ("告警至人工处理的最长用时", "Longest from alert to decision"), "seconds",
        risk.longest_to_decision_s,
        ("decided_at − raised_at 的最大值", "the greatest decided_at − raised_at"),
    )  # fmt: skip
    said += say(
        "risk", "从告警到人工处理，最长用时 {longest}。", "The longest from alert to decision took {longest}.",
        longest=longest,
    )  # fmt: skip
    frozen = _counted(
        book, "frozen", ("仍在冻结的告警", "Alerts that still freeze"), sum(one.frozen for one in risk.rules),
        "action = block, state <> released",
    )  # fmt: skip
    if frozen.number:
        said += say(
            "risk", "截至报告生成，仍有 {frozen} 使其对象处于冻结状态。",
            "Still in force, with somebody frozen: {frozen}.", frozen=frozen,
        )  # fmt: skip
    return said + say(
        "risk", "告警是规则的判断，未经人工确认不得作为认定。",
        "An alert is a rule's judgement: nothing is established until a person has confirmed it.", caution=True,
    )  # fmt: skip


def _unnamed(book: Book) -> list[Said]:
    """Most rules look at people, devices and shops over all batches: by time alone they belong to this round."""
    unnamed = _counted(
        book, "unnamed", ("不指明券种的告警", "Alerts that name no batch"), book.report.risk.unnamed,
        "batch_id IS NULL",
    )  # fmt: skip
    if unnamed.number == 0:
        return []
    return say(
        "risk", "其中 {unnamed} 不指明券种，按发生时间计入本轮；同一时间另有轮次的，两份报告都会计入。",
        "Naming no batch, and so counted by time alone: {unnamed}; a round that ran at the same time counts them too.",
        caution=True, unnamed=unnamed,
    )  # fmt: skip
