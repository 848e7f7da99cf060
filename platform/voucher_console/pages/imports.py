"""导入商户名单: judged first without changing anything, then taken in; bad rows come back in a file."""

from nicegui import ui
from nicegui.events import UploadEventArguments

from voucher_console.figures import count
from voucher_console.line import Refused, new_key
from voucher_console.page import Page
from voucher_console.parts.states import say, show_empty, show_loading, show_problem
from voucher_console.parts.tables import Column, show_facts, show_table
from voucher_console.view import View
from voucher_console.words import Text
from voucher_contract import routes
from voucher_contract.models.merchants import ImportReport

_MOST_SHOWN = 200
_MOST_BYTES = 20_000_000


async def build(view: View) -> None:
    """Choose a file; what was found stands below, with the button that takes the good rows in."""
    w = view.w
    if not view.console_can(await view.console.target(), "merchant_import"):
        return
    say(w("支持 xlsx 与 CSV（UTF-8 或 GB 18030）。选择文件后先检查，不会写入。",
          "xlsx or CSV (UTF-8 or GB 18030). A chosen file is judged first; nothing is written."))  # fmt: skip
    found = ui.element("div")

    async def take(event: UploadEventArguments) -> None:
        content, name = await event.file.read(), event.file.name
        await _judge(view, found, content, routes.CSV if name.lower().endswith(".csv") else routes.XLSX)

    # Quasar's uploader has buttons without names, so it stays out of sight: a button of ours opens its file dialog.
    upload = ui.upload(on_upload=take, auto_upload=True, max_file_size=_MOST_BYTES).classes("out-of-sight")
    upload.props("accept=.xlsx,.csv")
    upload.on("rejected", lambda: ui.notify(w("文件过大或类型不对", "Too large, or no xlsx or CSV"), type="warning"))
    choose = ui.button(w("选择商户名单文件", "Choose the roster file"))
    choose.on(
        "click",
        js_handler=f"() => {{ const up = getElement({upload.id}).$refs.qRef; up.reset(); up.pickFiles(); }}",
    )
    found.move(target_index=-1)


async def _judge(view: View, found: ui.element, content: bytes, media_type: str) -> None:
    """A dry run, and the button for the real one. The key of the real one is chosen once: pressed twice, taken once."""
    key = new_key()

    async def run(*, dry: bool) -> None:
        found.clear()
        with found:
            show_loading(view.w)
        try:
            report: ImportReport = await view.get(
                routes.IMPORT_MERCHANTS, key=new_key() if dry else key, body=content, media_type=media_type,
                query={"dry_run": "true" if dry else "false"},
            )  # fmt: skip
        except Refused as refused:
            found.clear()
            if refused.signed_out:
                view.to_sign_in()
            with found:
                show_problem(view.w, refused.problem)
            return
        found.clear()
        with found:
            _show(view, report)
            if dry and report.good_rows:
                words = view.w(
                    f"导入 {count(report.good_rows)} 行合格数据", f"Take in {count(report.good_rows)} good rows"
                )
                ui.button(words, on_click=lambda: run(dry=False))

    await run(dry=True)


def _show(view: View, report: ImportReport) -> None:
    w = view.w
    title = w("检查结果（未写入）", "Judged (nothing written)") if report.dry_run else w("导入结果", "Taken in")
    with ui.element("div").props("role=status"):
        say(title, "h2")
    facts = [
        (w("总行数", "Rows"), count(report.rows)), (w("合格", "Good"), count(report.good_rows)),
        (w("有误", "Bad"), count(report.bad_rows)), (w("新增", "New"), count(report.imported)),
        (w("更新", "Updated"), count(report.updated)),
    ]  # fmt: skip
    show_facts(facts)
    if not report.bad_cells:
        show_empty(w("没有发现问题。", "Nothing wrong was found."))
        return
    ui.button(
        w("下载带错误列的名单", "Download the roster with its errors"), on_click=lambda: _download(view, report.id)
    )
    columns = [
        Column(w("行", "Row"), numeric=True), Column(w("列", "Column")), Column(w("内容", "Value")),
        Column(w("问题", "Fault")), Column(w("建议", "Suggestion")),
    ]  # fmt: skip
    rows = [
        [str(one.row), one.column, one.value, w(one.reason_zh, one.reason_en), one.suggestion_zh or "—"]
        for one in report.bad_cells[:_MOST_SHOWN]
    ]
    show_table(w("有误的单元格", "Bad cells"), columns, rows)


async def _download(view: View, import_id: str) -> None:
    try:
        content = await view.console.line.content(routes.GET_IMPORT_FILE, view.session, import_id=import_id)
    except Refused as refused:
        view.refused(refused)
        return
    with view.body:
        ui.download.content(content, f"{import_id}.xlsx", routes.XLSX)


PAGE = Page(
    path="/imports", title=Text("导入商户名单", "Import merchants"), under="/merchants", roles=("bureau", "operator"),
    build=build,
    help=Text(
        "先检查后导入：合格的行写入，有误的行逐格说明，并可下载带错误列的名单。",
        "Judged first, then taken in: good rows go in, bad cells are named, and the file comes back with its errors.",
    ),
)  # fmt: skip
