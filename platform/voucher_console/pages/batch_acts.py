"""What can be done with a published batch: pause, resume, stop, raise its quota."""

from typing import Any

from nicegui import ui

from voucher_console.figures import count
from voucher_console.parts.acts import ask_and_act, reason_field
from voucher_console.parts.forms import Field
from voucher_console.view import View
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, QuotaRaise, Reason
from voucher_contract.routes import Route


def show_batch_acts(view: View, batch: Batch) -> None:
    """A button for each act that the batch's state and the officer's role allow."""
    w = view.w
    if batch.state in {"draft", "stopped"} or not view.may(routes.PAUSE_BATCH):
        return
    with ui.element("div").classes("buttons tight"):
        if batch.state == "live":
            _button(
                view,
                batch,
                routes.PAUSE_BATCH,
                w("暂停", "Pause"),
                w(
                    "居民暂时不能领取，已领的券不受影响；可以恢复。",
                    "Nobody can claim for the time being; vouchers already issued stay good. It can be resumed.",
                ),
            )
        else:
            _button(
                view,
                batch,
                routes.RESUME_BATCH,
                w("恢复", "Resume"),
                w("居民可以继续领取。", "People can claim again."),
            )
        _button(
            view,
            batch,
            routes.STOP_BATCH,
            w("紧急停止", "Stop"),
            w(
                "停止后不能恢复领取，已领的券仍可使用。",
                "Claiming cannot be resumed after this; vouchers already issued stay good.",
            ),
            danger=True,
        )
        if view.may(routes.RAISE_QUOTA):
            _raise_button(view, batch)


def _button(view: View, batch: Batch, route: Route, name: str, explains: str, *, danger: bool = False) -> None:
    async def send(values: dict[str, Any], key: str) -> Any:
        return await view.get(route, key=key, body=Reason(**values), batch_id=batch.id)

    colour = "negative" if danger else "primary"
    ui.button(name, color=colour, on_click=lambda: ask_and_act(
        view, title=f"{name}：{batch.name}" if view.w.language == "zh" else f"{name}: {batch.name}", explains=explains,
        confirm=name, send=send, done=view.w("已生效", "In effect"), fields=[reason_field(view)], danger=danger,
    )).props("dense outline")  # fmt: skip


def _raise_button(view: View, batch: Batch) -> None:
    w = view.w

    async def send(values: dict[str, Any], key: str) -> Any:
        return await view.get(routes.RAISE_QUOTA, key=key, body=QuotaRaise(**values), batch_id=batch.id)

    ui.button(w("追加", "Raise"), on_click=lambda: ask_and_act(
        view, title=w(f"追加数量：{batch.name}", f"Raise the quota: {batch.name}"), confirm=w("追加", "Raise"),
        send=send, done=w("已追加", "Raised"),
        explains=w(f"现有总量 {count(batch.quota)} 张，只能增加；差额从未动用资金中预留。",
                   f"The quota is {count(batch.quota)} and can only grow; the difference is reserved from free money."),
        fields=[Field("quota", w("新的总量（张）", "New quota"), "count", value=str(batch.quota))],
    )).props("dense outline")  # fmt: skip
