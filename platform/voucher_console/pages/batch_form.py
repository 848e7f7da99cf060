"""Planning a batch: the form with the money it takes beside it, said while it is typed."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from voucher_console.batch_faults import faults_of
from voucher_console.batch_times import business_now
from voucher_console.budget import Budget
from voucher_console.figures import BadInput, count, count_of, fen_of, yuan
from voucher_console.line import Refused, new_key
from voucher_console.pages.batch_fields import batch_fields
from voucher_console.pages.campaign import budget_at
from voucher_console.parts.acts import say_faults, waiting
from voucher_console.parts.dialogs import dialog_over
from voucher_console.parts.forms import Form, NotFilledIn
from voucher_console.parts.states import escaped, say, show_problem
from voucher_console.view import View
from voucher_console.words import Words
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, BatchSpec, Round

# The fault may stand above or below what is seen; the browser has built it a moment later.
_TO_FAULT = """setTimeout(() => document.querySelector(".q-dialog .q-field--error, .q-dialog .fault:not(:empty)")
  ?.scrollIntoView({block: "center"}), 100)"""


async def open_batch_form(view: View, round_: Round, old: Batch | None = None) -> None:
    """The dialog for a new batch, or for a new plan in the place of ``old``; budget and time are read anew."""
    try:
        budget = await budget_at(view, round_.campaign_id, await view.every(routes.LIST_BATCHES))
        now = await business_now(view)
    except Refused as refused:
        view.refused(refused)
        return
    if old is not None:
        budget = budget.without(face_fen=old.face_fen, quota=old.quota)
    _build_dialog(view, round_, budget, now, old)


def _build_dialog(view: View, round_: Round, budget: Budget, now: datetime, old: Batch | None) -> None:
    w, key = view.w, new_key()
    title = w("修改券种", "Change the batch") if old else w("加入券种", "Add a batch")

    async def send(spec: BatchSpec) -> None:
        if old is None:
            await view.get(routes.CREATE_BATCH, key=key, body=spec, round_id=round_.id)
        else:
            await view.get(routes.CHANGE_BATCH, key=key, body=spec, batch_id=old.id)

    async def press() -> None:
        trouble.clear()
        try:
            values = _fitting(w, form, now)
            with waiting(go):
                await send(_spec(values, old))
        except NotFilledIn:
            ui.run_javascript(_TO_FAULT)
            return
        except ValidationError as error:
            say_faults(form, trouble, error)
            ui.run_javascript(_TO_FAULT)
            return
        except Refused as refused:
            if refused.signed_out:
                view.to_sign_in()
            with trouble:
                show_problem(w, refused.problem)
            return
        dialog.close()
        with view.body:
            done = w("修改已保存", "The change is saved") if old else w("券种已加入", "The batch is added")
            ui.notify(done, type="positive")
        await view.fill()

    with dialog_over(view, title, wide=True) as dialog:
        say(title, "h2")
        meter = ui.html("", tag="p", sanitize=False).classes("meter").props("role=status")
        form = Form(w, batch_fields(view, now, old), on_change=lambda: _measure(w, budget, form, meter))
        with ui.element("div").classes("dialog-foot"):
            trouble = ui.element("div")
            with ui.element("div").classes("buttons"):
                ui.button(w("取消", "Cancel"), on_click=dialog.close).props("outline")
                go = ui.button(w("保存修改", "Save") if old else w("加入", "Add"), on_click=press)
    _measure(w, budget, form, meter)


def _fitting(w: Words, form: Form, now: datetime) -> dict[str, Any]:
    """What was filled in, where it fits together. Raises NotFilledIn after saying at each field what does not."""
    values = form.values()
    faults = faults_of(values, now)
    for name, fault in faults.items():
        form.mark(name, w.of(fault))
    if faults:
        raise NotFilledIn
    return values


def _spec(values: dict[str, Any], old: Batch | None) -> BatchSpec:
    """The batch as the contract wants it; what the form does not offer stays as it was in ``old``."""
    kept = old.model_dump(include=set(BatchSpec.model_fields)) if old else {}
    return BatchSpec(**{**kept, **values})


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
