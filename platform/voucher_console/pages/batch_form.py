"""Planning a batch: the form with the money it takes beside it, said while it is typed."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from voucher_console.budget import Budget
from voucher_console.figures import BEIJING, BadInput, count, count_of, fen_of, field_moment, yuan
from voucher_console.line import Problem, Refused, new_key
from voucher_console.pages.campaign import budget_at
from voucher_console.parts.forms import Field, Form, NotFilledIn
from voucher_console.parts.states import escaped, say, show_problem
from voucher_console.view import View
from voucher_console.words import Words
from voucher_contract import routes
from voucher_contract.models.campaigns import BatchSpec, Round
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS

_CLOSES_AFTER, _VALID_FOR = timedelta(days=7), timedelta(days=30)


async def open_batch_form(view: View, round_: Round) -> None:
    """The dialog; the budget is read anew when it opens."""
    try:
        budget = await budget_at(view, round_.campaign_id, await view.every(routes.LIST_BATCHES))
    except Refused as refused:
        view.refused(refused)
        return
    with view.body:
        _build_dialog(view, round_, budget)


def _build_dialog(view: View, round_: Round, budget: Budget) -> None:
    w, key = view.w, new_key()
    with ui.dialog().props(f'aria-label="{w("加入券种", "Add a batch")}"') as dialog:
        card = ui.card().classes("dialog-card wide-card")
    with card:
        say(w("加入券种", "Add a batch"), "h2")
        meter = ui.html("", tag="p", sanitize=False).classes("meter").props("role=status")
        form = Form(w, _fields(view), on_change=lambda: _measure(w, budget, form, meter))
        trouble = ui.element("div")

        async def press() -> None:
            trouble.clear()
            try:
                await view.get(routes.CREATE_BATCH, key=key, body=_spec(form.values()), round_id=round_.id)
            except NotFilledIn:
                return
            except Refused as refused:
                if refused.signed_out:
                    view.to_sign_in()
                with trouble:
                    show_problem(w, refused.problem)
                return
            dialog.close()
            await view.fill()

        with ui.element("div").classes("buttons"):
            ui.button(w("取消", "Cancel"), on_click=dialog.close).props("outline")
            ui.button(w("加入", "Add"), on_click=press)
    _measure(w, budget, form, meter)
    dialog.on("hide", dialog.delete)
    dialog.open()


def _fields(view: View) -> list[Field]:
    w = view.w
    opens = datetime.now(BEIJING).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    categories = {code: view.named(code) for code in CATEGORY_NAMES}
    districts = {code: view.named(code) for code in DISTRICTS}
    regimes = {
        "B": w("B：券不退回，资金按比例回到财政", "B: voucher used up, public money back pro rata"),
        "A": w("A：全额退款退券", "A: a whole refund gives the voucher back"),
        "A_PRIME": w("A′：同 A，部分退款资金按比例回到财政", "A′: as A, and pro rata for partial refunds"),
        "C": w("C：全额退款次日退券", "C: given back on the next day"),
    }
    modes = {"dynamic": w("动态码（定时刷新）", "Dynamic (changes with time)"), "static": w("静态码", "Static")}
    return [
        Field("name", w("券种名称", "Name"), hint=w("如：餐饮满100减30", "Such as: Catering 30 off 100")),
        Field("face_fen", w("面额（元）", "Face (yuan)"), "yuan"),
        Field("threshold_fen", w("使用门槛（元，须高于面额）", "Threshold (yuan, above the face)"), "yuan"),
        Field("quota", w("数量（张）", "Quota"), "count"),
        Field("per_person_limit", w("每人限领（张）", "Per person"), "count", value="1"),
        Field("claim_opens_at", w("开始领取（北京时间）", "Claiming opens (Beijing time)"), "moment",
              field_moment(opens)),
        Field("claim_closes_at", w("结束领取", "Claiming closes"), "moment", field_moment(opens + _CLOSES_AFTER)),
        Field("valid_from", w("可使用起", "Valid from"), "moment", field_moment(opens)),
        Field("valid_until", w("可使用至", "Valid until"), "moment", field_moment(opens + _VALID_FOR)),
        Field("categories", w("适用行业（至少一个）", "Industries (at least one)"), "choices",
              list(categories), categories),
        Field("districts", w("适用区域", "Districts"), "choices", [], districts,
              hint=w("不选表示全市", "None chosen: the whole city")),
        Field("refund_regime", w("退款规则", "Refunds"), "choice", "B", regimes),
        Field("code_mode", w("核销码", "Code"), "choice", "dynamic", modes),
    ]  # fmt: skip


def _spec(values: dict[str, Any]) -> BatchSpec:
    """The batch as the contract wants it; what does not fit together is said in the contract's own words."""
    try:
        return BatchSpec(**values)
    except ValidationError as error:
        fields = tuple(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise Refused(
            Problem("invalid_request", "请检查填写内容", "Please check what was filled in", 422, "", fields)
        ) from error


def _measure(w: Words, budget: Budget, form: Form, meter: ui.html) -> None:
    """What the batch takes of what is left, or by how much it is too much and which quota would fit."""
    face = quota = 0
    with suppress(BadInput):
        face = fen_of(str(form.held("face_fen")))
        quota = count_of(str(form.held("quota")))
    left = budget.left_after(face_fen=face, quota=quota)
    needs = f"{w('本券种需', 'This batch needs')} {yuan(face * quota)}"
    has = f"{w('还可计划', 'Left to plan with')} {yuan(budget.available_fen)}"
    if left >= 0:
        verdict = f"{w('之后剩余', 'left afterwards')} {yuan(left)}"
    else:
        most = count(budget.most_vouchers(face))
        verdict = w(f"超出 {yuan(-left)}；此面额最多 {most} 张", f"{yuan(-left)} too much; at most {most} of this face")
    meter.content = escaped(f"{needs} · {has} · {verdict}")
    meter.classes(replace="meter over" if left < 0 else "meter")
