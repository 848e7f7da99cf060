"""What a page shows when it has no content: loading, nothing there, an error with a way on."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from nicegui import ui

from voucher_console.line import Problem
from voucher_console.words import Words, half_of

LOADING = ("正在读取……", "Loading…")


def say(text: str, tag: str = "p", classes: str = "") -> ui.html:
    """Plain text in an element. Never read as HTML, so a platform's words cannot become markup."""
    element = ui.html("", tag=tag, sanitize=False)
    element.content = escaped(text)
    if classes:
        element.classes(classes)
    return element


def escaped(text: str) -> str:
    """Text for HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@contextmanager
def maintainers_only(w: Words, *, opened: bool = False) -> Iterator[None]:
    """Folded up unless ``opened``: what an officer need not read."""
    with ui.element("details").props("open" if opened else ""):
        say(w("供系统维护人员", "For whoever maintains the system"), "summary", "fold")
        yield


def show_loading(w: Words) -> None:
    """Something is on its way."""
    say(w(*LOADING), classes="state").props("role=status")


def show_empty(text: str) -> None:
    """There is nothing yet, and what to do about it."""
    say(text, classes="state empty")


def show_problem(w: Words, problem: Problem, again: Callable[[], Awaitable[None]] | None = None) -> None:
    """The platform's own sentence and code, and a button to try again."""
    with ui.element("div").classes("problem").props("role=alert"):
        say(problem.says(w.language), classes="problem-title")
        for line in (half_of(problem.detail, w.language), *problem.fields):
            if line:
                say(line)
        number = f" · {w('请求编号', 'request')} {problem.request_id}" if problem.request_id else ""
        support = w("给技术支持：代码", "For support: code")
        say(f"{support} {problem.code}{number}", classes="code-line")
        if again is not None:
            ui.button(w("重试", "Try again"), on_click=again)


def show_lacking(w: Words, capability: str) -> None:
    """The target does not have what this page shows."""
    show_empty(w(
        f"目标平台未提供此功能（get_meta 的能力列表中没有 {capability}），本页暂不可用。",
        f"The target does not offer this (its get_meta does not list {capability}), so this page has nothing to show.",
    ))  # fmt: skip
