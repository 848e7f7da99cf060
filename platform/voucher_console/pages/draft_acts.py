"""What can be done with a batch of a draft round: change it or take it out."""

from typing import Any

from nicegui import ui

from voucher_console.pages.batch_form import open_batch_form
from voucher_console.parts.acts import ask_and_act
from voucher_console.view import View
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Round


def show_draft_acts(view: View, round_: Round, batch: Batch) -> None:
    """Two buttons, for whoever may plan."""
    w = view.w
    if not view.may(routes.CHANGE_BATCH):
        return

    async def remove(_: dict[str, Any], key: str) -> Any:
        return await view.get(routes.REMOVE_BATCH, key=key, batch_id=batch.id)

    with ui.element("div").classes("buttons tight"):
        ui.button(w("修改", "Change"), on_click=lambda: open_batch_form(view, round_, batch)).props("dense outline")
        ui.button(w("删除", "Remove"), color="negative", on_click=lambda: ask_and_act(
            view, title=w(f"删除券种：{batch.name}", f"Remove: {batch.name}"), confirm=w("删除", "Remove"), send=remove,
            done=w("券种已删除", "The batch is removed"), danger=True,
            explains=w("从本轮次中删除，不能恢复；审计日志留有记录。",
                       "It is taken out of the round for good; the audit log keeps a record."),
        )).props("dense outline")  # fmt: skip
