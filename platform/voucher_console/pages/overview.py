"""总览: what waits for an officer, what is being issued, is the platform well, and what can it do."""

from nicegui import ui

from voucher_console.capabilities import Target
from voucher_console.feeds import Seen
from voucher_console.figures import moment
from voucher_console.page import STAFF, Page
from voucher_console.pages.overview_batches import show_batches
from voucher_console.pages.overview_waiting import show_waiting
from voucher_console.parts.states import escaped, say, show_problem
from voucher_console.parts.tables import Cell, show_facts, show_state
from voucher_console.view import View
from voucher_console.words import Text, Words
from voucher_contract import routes
from voucher_contract.models.alerts import RiskRules
from voucher_contract.models.campaigns import Batch
from voucher_contract.models.system import Health

_KNOWN = {
    "sandbox_clock": Text("沙箱时钟", "Sandbox clock"),
    "sandbox_people": Text("模拟居民", "Sandbox people"),
    "geofence": Text("领取区域限制", "Area limit at claiming"),
    "dynamic_code": Text("动态核销码", "Dynamic codes"),
    "callbacks": Text("回调通知", "Callbacks"),
    "audit_export": Text("审计导出", "Audit export"),
    "merchant_import": Text("商户导入", "Merchant import"),
    "settlement": Text("商户结算", "Settlement"),
    "risk_alerts": Text("风险预警", "Risk alerts"),
    "live_figures": Text("实时大屏数据", "Live figures"),
    "round_report": Text("轮次报告", "Round report"),
    "round_drafts": Text("草稿修改", "Mending drafts"),
    "voucher_use": Text("券的使用情况", "What became of a voucher"),
    "look_up": Text("按编号查询", "Looking up"),
}


async def build(view: View) -> None:
    """What waits, the batches that people can claim, health now and again, capabilities."""
    w = view.w
    target = await view.console.target()
    batches: list[Batch] = await view.every(routes.LIST_BATCHES)
    await show_waiting(view, target, batches)
    show_batches(view, batches, await view.business_now())
    with ui.element("section"):
        health = ui.element("div")
        as_of = say("", classes="as-of")
    shown: list[Seen] = []

    async def show_health() -> None:
        seen = await view.console.feeds.look(routes.HEALTH, view.session, max_age_s=view.console.settings.poll_s)
        # Only what is new is sent: twenty officers look at this page for hours, and it is nearly always the same.
        if not (shown and shown[0].says_as(seen)):
            health.clear()
            with health:
                _show_seen(view, seen)
        told = w("本页更新于电脑时间", "Seen at, by the clock of this computer:")
        as_of.content = "" if seen.problem else escaped(f"{told} {moment(seen.at)}")
        shown[:] = [seen]

    await show_health()
    view.keep_fresh(show_health)
    if target.can("sandbox_clock"):
        say(w("业务时间是模拟平台的时钟，可以拨快，所以与电脑时间不同。",
              "Business time is the clock of a simulated platform: it can be set ahead, so it is not this computer's."),
            classes="as-of")  # fmt: skip
    _show_target(view, target)
    await _show_rules_off(view, target)


def _show_seen(view: View, seen: Seen) -> None:
    w = view.w
    say(w("健康状态", "Health"), "h2")
    if seen.problem is None:
        _show_health(view, seen.value)
        return
    show_problem(w, seen.problem)
    say(f"{w('自此时起无法读取', 'Cannot be read since')} {moment(seen.failing_since)}")


def _show_health(view: View, health: Health) -> None:
    w = view.w

    def mark(name: str, *, well: bool) -> tuple[str, Cell]:
        word = w("正常", "Well") if well else w("异常", "Away")
        return name, lambda: show_state(word, "good" if well else "bad")

    show_facts([
        mark(w("总体", "Overall"), well=health.status == "ok"), mark(w("数据库", "Database"), well=health.database),
        mark(w("高速缓存", "Hot store"), well=health.hot_store),
        mark(w("可以领取", "Ready for claims"), well=health.claims_ready),
    ])  # fmt: skip


def _show_target(view: View, target: Target) -> None:
    w = view.w
    with ui.element("section"):
        say(w("目标平台", "Target platform"), "h2")
        show_facts([
            (w("产品", "Product"), target.product), (w("接口规范版本", "Contract version"), target.contract_version),
            (w("变更多久内处处可见", "Changes visible everywhere within"), _seconds(w, target.reopen_delay_ms)),
            (w("领取最久等待", "A claim waits at most"), _seconds(w, target.claim_deadline_ms)),
        ])  # fmt: skip
        say(w("能力", "Capabilities"), "h3")
        with ui.element("ul").classes("tags"):
            for name, text in _KNOWN.items():
                has = target.can(name)
                with ui.element("li"):
                    mark = w("有", "yes") if has else w("无", "no")
                    show_state(f"{w.of(text)}：{mark}" if w.language == "zh" else f"{w.of(text)}: {mark}",
                               "good" if has else "none")  # fmt: skip
        say(w("运行保护", "Safeguards of the running platform"), "h3")
        if target.unsafe_settings:
            for one in target.unsafe_settings:
                say(f"{w('已关闭：', 'Switched off: ')}{one}", classes="warning").props("role=alert")
        else:
            say(w("数据库与高速缓存的保护设置都已开启。", "All settings that protect data and stock are on."))


def _seconds(w: Words, milliseconds: int) -> str:
    return w(f"{milliseconds / 1000:g} 秒", f"{milliseconds / 1000:g} s")


async def _show_rules_off(view: View, target: Target) -> None:
    """Risk rules are no safeguards of running: which of them are off is for the bureau to decide."""
    if not target.can("risk_alerts"):
        return
    w = view.w
    rules: RiskRules = await view.get(routes.LIST_RISK_RULES)
    off = [w(one.title_zh, one.title_en) for one in rules.items if one.action == "off"]
    with ui.element("section"):
        say(w("风险规则", "Risk rules"), "h3")
        if off:
            names = w("、", ", ").join(off)
            say(w(f"{len(rules.items)} 条规则中关闭了 {len(off)} 条：{names}。",
                  f"{len(off)} of {len(rules.items)} rules are off: {names}."))  # fmt: skip
        else:
            say(w(f"{len(rules.items)} 条规则都已开启。", f"All {len(rules.items)} rules are on."))


PAGE = Page(
    path="/", title=Text("总览", "Overview"), menu=Text("总览", "Overview"), roles=STAFF, build=build,
    help=Text(
        "看有什么等待处理、正在发放什么、平台是否正常，以及具备哪些能力、有没有关闭的保护。",
        "What waits for you, what is being issued, whether the platform is well, what it can do and which protections "
        "are off.",
    ),
)  # fmt: skip
