"""Signing in with a login of the target platform. A second officer signs in with another browser."""

from nicegui import app, ui
from pydantic import ValidationError
from starlette.requests import Request

from voucher_console.console import Console
from voucher_console.line import Refused
from voucher_console.parts.forms import Field, Form, NotFilledIn
from voucher_console.parts.states import say, show_problem
from voucher_console.view import SIGN_IN_PATH
from voucher_console.words import LANGUAGES, PAGE_LANGUAGES, Language, Words
from voucher_contract import routes
from voucher_contract.models.system import SessionSpec

_STAFF = frozenset({"bureau", "auditor", "operator"})


def register_sign_in(console: Console) -> None:
    """The page in both languages."""
    for language in LANGUAGES:
        _register(console, language)


def _register(console: Console, language: Language) -> None:
    w = Words(language)

    def open_page(request: Request) -> None:
        back = request.query_params.get("next", "/")
        _build(console, w, back, expired="expired" in request.query_params)

    ui.page(w.path(SIGN_IN_PATH), title=w("登录", "Sign in"), language=PAGE_LANGUAGES[language])(open_page)


def _build(console: Console, w: Words, back: str, *, expired: bool) -> None:
    ui.colors(primary="#0958d9")
    with ui.element("div").classes("sign-in"):
        say(w("消费券管理台", "Voucher console"), "h1")
        say(
            w(
                "请用平台分配给您的账号登录。复核人须在另一台电脑或另一个浏览器中用自己的账号登录。",
                "Sign in with your own login. The second officer signs in on another computer or in another browser.",
            ),
            classes="help",
        )
        if expired:
            say(w("登录已失效，请重新登录。", "Your sign-in has run out: sign in again."), classes="state").props(
                "role=status"
            )
        form = Form(w, [Field("login", w("账号", "Login")), Field("password", w("密码", "Password"), "password")])
        trouble = ui.element("div")

        async def press() -> None:
            trouble.clear()
            try:
                values = form.values()
                session = await console.line.ask(routes.SIGN_IN, None, body=SessionSpec(**values))
            except NotFilledIn:
                return
            except ValidationError as error:
                form.mark_faults(error)
                return
            except Refused as refused:
                with trouble:
                    show_problem(w, refused.problem)
                return
            if session.role not in _STAFF:
                with trouble:
                    say(w("此账号不是工作人员账号。", "This is no login of staff.")).props("role=alert")
                return
            console.sign_ins.add(str(app.storage.browser["id"]), session, values["login"])
            ui.navigate.to(w.path(_inside(back)))

        form.on_enter(press)
        ui.button(w("登录", "Sign in"), on_click=press).classes("wide")
        say(
            w("忘记密码请联系平台管理员。", "Forgotten the password? Ask the platform's administrator."),
            classes="as-of",
        )
        say(f"{w('目标平台', 'Target platform')} {console.settings.target_url}", classes="target-line")
        other = Words("en" if w.language == "zh" else "zh")
        ui.link(w("English", "中文"), other.path(SIGN_IN_PATH)).props(f"lang={other.language}")


def _inside(address: str) -> str:
    """Where to go on: an address of this console, never another site's."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
