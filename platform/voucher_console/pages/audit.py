"""审计: every act of staff, and whether the chain of entries is whole."""

from collections.abc import Sequence

from nicegui import ui

from voucher_console.detail_words import detail_told
from voucher_console.figures import count, moment
from voucher_console.line import Refused
from voucher_console.page import OVERSIGHT, Page
from voucher_console.pages.paging import newest_first, order_told, part_asked, show_pager
from voucher_console.parts.states import say, show_empty, show_loading, show_problem
from voucher_console.parts.tables import Column, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.system import AuditEntry, AuditPage, AuditVerification

ACTS = {
    "create_campaign": Text("新建活动", "Campaign created"),
    "deposit": Text("登记财政拨付", "Deposit booked"),
    "create_round": Text("新建轮次", "Round created"),
    "submit_round": Text("提交复核", "Submitted for approval"),
    "approve_round": Text("复核通过", "Approved"),
    "reject_round": Text("复核退回", "Rejected"),
    "publish_round": Text("发布轮次", "Published"),
    "create_batch": Text("新建券种", "Batch created"),
    "change_batch": Text("修改草稿券种", "Draft batch changed"),
    "remove_batch": Text("删除草稿券种", "Draft batch removed"),
    "raise_quota": Text("追加数量", "Quota raised"),
    "batch_paused": Text("暂停领取", "Claiming paused"),
    "batch_live": Text("恢复领取", "Claiming resumed"),
    "batch_stopped": Text("紧急停止", "Claiming stopped"),
    "import_merchants": Text("导入商户", "Merchants imported"),
    "suspend_merchants": Text("暂停商户", "Merchants suspended"),
    "reinstate_merchants": Text("恢复商户", "Merchants reinstated"),
    "issue_till_token": Text("开通收银台", "Till admitted"),
    "freeze_voucher": Text("冻结券", "Voucher frozen"),
    "release_voucher": Text("解冻券", "Voucher released"),
    "void_voucher": Text("作废券", "Voucher voided"),
    "risk_alert_released": Text("预警放行", "Alert released"),
    "risk_alert_confirmed": Text("预警确认违规", "Alert confirmed"),
    "settle": Text("与商户结算", "Settled"),
    "repay": Text("商户还款", "Repaid by a merchant"),
    "close_campaign": Text("结束活动", "Campaign closed"),
    "return_funds": Text("结余退回财政", "Rest returned"),
    "confirm_return": Text("确认退回到账", "Return confirmed"),
    "report_fetched": Text("取走报表", "Report fetched"),
    "create_people": Text("新建模拟居民", "Simulated people made"),
    "set_clock": Text("设置沙箱时钟", "Sandbox clock set"),
}
"""Acts by the code in the log; another platform's are shown as they came."""


async def build(view: View) -> None:
    """Verification by a button, for it reads the whole chain; entries below."""
    w = view.w
    found = ui.element("div")

    async def verify() -> None:
        found.clear()
        with found:
            show_loading(w)
        try:
            checked: AuditVerification = await view.get(routes.VERIFY_AUDIT)
        except Refused as refused:
            found.clear()
            with found:
                show_problem(w, refused.problem)
            return
        found.clear()
        with found:
            say(_verdict(view, checked), classes="next-step" if checked.intact else "warning").props("role=status")

    ui.button(w("校验审计链", "Verify the chain"), on_click=verify)
    await _show_entries(view)


async def _show_entries(view: View) -> None:
    w, target = view.w, await view.console.target()
    page: AuditPage = await view.get(routes.LIST_AUDIT, query={**part_asked(view), **newest_first(target)})
    if not page.items:
        show_empty(w("还没有审计记录。", "No entry yet."))
        return
    order = order_told(w, target)
    _show_table(view, page.items, w(f"审计记录，{order}", f"Audit entries, {order}"))
    show_pager(view, page.next_cursor)


def _show_table(view: View, entries: Sequence[AuditEntry], caption: str) -> None:
    w = view.w
    columns = [
        Column(w("序号", "No."), numeric=True), Column(w("时间", "Time")), Column(w("业务时间", "Business time")),
        Column(w("操作人", "Who")), Column(w("动作", "Act")), Column(w("对象", "Object"), breaks=True),
        Column(w("内容", "Detail"), breaks=True),
    ]  # fmt: skip
    rows = [
        [str(one.id), moment(one.at), moment(one.business_at), one.principal, _act_named(view, one.action),
         one.object_id, detail_told(one.detail, w)]
        for one in entries
    ]  # fmt: skip
    show_table(caption, columns, rows)


def _act_named(view: View, code: str) -> str:
    return view.w.of(ACTS[code]) if code in ACTS else code


def _verdict(view: View, checked: AuditVerification) -> str:
    if checked.intact:
        return view.w(f"审计链完整：{count(checked.entries)} 条记录逐条校验一致。",
                      f"The chain is whole: {count(checked.entries)} entries agree one by one.")  # fmt: skip
    return view.w(f"审计链在第 {checked.first_bad_id} 条断开，请立即查明。",
                  f"The chain breaks at entry {checked.first_bad_id}: look into it at once.")  # fmt: skip


PAGE = Page(
    path="/audit", title=Text("审计", "Audit"), menu=Text("审计", "Audit"), roles=OVERSIGHT, build=build,
    help=Text(
        "工作人员在平台上的每个动作都有一条记录，前后相扣，改动任何一条都会被发现。比选表的修改另记在该表页面的“修改记录”。",
        "Every act of staff on the platform has an entry; each is chained to the one before, so a change shows. "
        "Changes of a selection sheet are on that sheet's page, under Changes.",
    ),
)  # fmt: skip
