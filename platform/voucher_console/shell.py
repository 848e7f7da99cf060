"""Around every page: who is signed in, the menu of what that role may see, the language, and the sentence of help."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from nicegui import app, ui
from starlette.requests import Request
from starlette.responses import RedirectResponse

from voucher_console.capabilities import Target
from voucher_console.console import Console
from voucher_console.feeds import Seen
from voucher_console.figures import minute
from voucher_console.line import Refused
from voucher_console.page import Page
from voucher_console.parts.states import LOADING, escaped, say, show_loading
from voucher_console.view import SIGN_IN_PATH, View
from voucher_console.words import LANGUAGES, PAGE_LANGUAGES, Words, named
from voucher_contract.models.system import Session

_BUILD_TIMEOUT_S = 20.0
_CLOCK_EVERY_S = 5.0
# On a narrow screen the menu is a strip longer than the screen: it begins at the page one is on.
_TO_CURRENT = """
const current = document.querySelector(".menu [aria-current]");
if (current) current.closest("ul").scrollLeft += current.getBoundingClientRect().left - 16;
"""
PRODUCT = ("消费券管理台", "Voucher console")
_LOOKING = """
<script>document.addEventListener("visibilitychange", () => emitEvent("looking", !document.hidden));</script>
"""


def browser_id() -> str:
    """The random number of this browser, from its signed cookie."""
    return str(app.storage.browser["id"])


@dataclass(frozen=True)
class _Opening:
    """A page being opened: by whom, in which language, with what behind its question mark."""

    console: Console
    pages: Sequence[Page]
    page: Page
    w: Words
    session: Session
    query: dict[str, str]

    async def target(self) -> Target | None:
        """What the target says of itself; None when it cannot be reached, which the page's content will tell."""
        try:
            return await self.console.target()
        except Refused:
            return None


def register_pages(console: Console, pages: Sequence[Page]) -> None:
    """Every page at its address in both languages."""
    for page in pages:
        for language in LANGUAGES:
            _register(console, pages, page, Words(language))


def _register(console: Console, pages: Sequence[Page], page: Page, w: Words) -> None:
    async def open_page(request: Request) -> RedirectResponse | None:
        session = console.sign_ins.of(browser_id())
        if session is None:
            back = page.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(w.path(SIGN_IN_PATH) + "?" + urlencode({"next": back}))
        await _build(_Opening(console, pages, page, w, session, dict(request.query_params)))
        return None

    ui.page(
        w.path(page.path), title=f"{w.of(page.title)} · {w(*PRODUCT)}", language=PAGE_LANGUAGES[w.language],
        dark=page.bare, response_timeout=_BUILD_TIMEOUT_S,
    )(open_page)  # fmt: skip


async def _build(opening: _Opening) -> None:
    target = await opening.target()
    page, w, session = opening.page, opening.w, opening.session
    ui.colors(primary="#0958d9", negative="#b42318", positive="#027a48", warning="#93500a",
              info="#07409e")  # fmt: skip
    ui.add_body_html(_LOOKING + f'<p class="state opening">{w(*LOADING)}</p>')
    clock: ui.html | None = None
    if page.bare:
        with ui.element("div").classes("bare"):
            body = ui.element("div").classes("body")
    else:
        body, clock = _frame(opening, target)
    with body:
        show_loading(w)
    layer = ui.element("div").props("hidden")  # what stands in it shows itself over the page
    view = View(opening.console, w, session, browser_id(), page.path, opening.query, body, layer, page.build)
    if clock is not None:
        _keep_time(view, clock)
    ui.on("looking", lambda event: view.look(looking=bool(event.args)))
    if session.role not in page.roles:
        body.clear()
        with body:
            say(w("您的角色不能查看本页。", "Your role may not see this page."), classes="state").props("role=alert")
        return
    # After the first answer to the browser: a slow target delays the content, never the page.
    ui.timer(0.0, view.fill, once=True)


def _keep_time(view: View, place: ui.html) -> None:
    """The business time in the header, to the minute: everybody's looks at it are one request of the console."""

    async def tick() -> None:
        if not view.looking:
            return
        try:
            seen = await view.console.clock(view.session)
        except Refused:
            return  # signed out: the page's content leads to signing in
        told = _time_told(view.w, seen)
        if place.content != told:
            place.content = told

    ui.timer(_CLOCK_EVERY_S, tick)


def _time_told(w: Words, seen: Seen) -> str:
    if seen.value is None:
        return ""
    stale = w("（未能更新）", " (not up to date)") if seen.problem else ""
    return escaped(f"{w('业务时间', 'Business time')} {minute(seen.value)}{stale}")


def _frame(opening: _Opening, target: Target | None) -> tuple[ui.element, ui.html]:
    page, w = opening.page, opening.w
    with ui.element("div").classes("frame"):
        clock = _header(opening, target)
        with ui.element("div").classes("columns"):
            _menu(opening)
            with ui.element("div").classes("content") as content:
                say(w.of(page.title), "h1")
                say(w.of(page.help), classes="help")
                body = ui.element("div").classes("body")
    ui.skip_link(w("跳到内容", "Skip to content"), target=content)
    return body, clock


def _header(opening: _Opening, target: Target | None) -> ui.html:
    w, session = opening.w, opening.session
    with ui.element("header").classes("top"):
        say(w(*PRODUCT), "span", "product")
        say(opening.console.settings.target_url, "span", "target")
        if target is not None and target.simulated_data:
            say(w("模拟数据", "Simulated data"), "span", "simulated")
        say("", "span", "gap")
        clock = say("", "span", "clock")
        say(f"{session.name} · {named(session.role, w.language)}", "span", "officer")
        other = Words("en" if w.language == "zh" else "zh")
        same = other.path(opening.page.path) + (f"?{urlencode(opening.query)}" if opening.query else "")
        ui.link(w("English", "中文"), same).props(f"lang={other.language}")
        leave = ui.button(w("退出", "Sign out"), on_click=lambda: _sign_out(opening.console, w))
        leave.props("outline dense color=white")
    return clock


def _sign_out(console: Console, w: Words) -> None:
    console.sign_ins.forget(browser_id())
    ui.navigate.to(w.path(SIGN_IN_PATH))


def _menu(opening: _Opening) -> None:
    page, w = opening.page, opening.w
    with ui.element("nav").props(f'aria-label="{w("主菜单", "Main menu")}"').classes("menu"), ui.element("ul"):
        for one in opening.pages:
            if one.menu is None or opening.session.role not in one.roles:
                continue
            with ui.element("li"):
                link = ui.link(w.of(one.menu), w.path(one.path))
                if one.path in {page.path, page.under}:
                    link.props("aria-current=page")
    ui.run_javascript(_TO_CURRENT)
