"""One opened page: who looks at it, in which language, and how it is filled, filled again and kept up to date."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from nicegui import ui
from nicegui.element import Element

from voucher_console.capabilities import Target
from voucher_console.console import Console
from voucher_console.line import UNREACHABLE, Refused
from voucher_console.parts.states import show_lacking, show_loading, show_problem
from voucher_console.words import Words, named
from voucher_contract.models.system import Session
from voucher_contract.refusals import REFUSALS
from voucher_contract.routes import Route

Build = Callable[["View"], Awaitable[None]]
SIGN_IN_PATH = "/sign-in"


@dataclass
class View:
    """``query`` is the page's address after the question mark; ``looking`` is false while its tab is hidden.

    ``browser``: the random number of the browser it was opened in. ``body`` holds the content, ``layer`` the dialogs
    over it.
    """

    console: Console
    w: Words
    session: Session
    browser: str
    path: str
    query: dict[str, str]
    body: Element
    layer: Element
    build: Build
    looking: bool = True
    _timers: list[ui.timer] = field(default_factory=list)
    _filling: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, route: Route, **asked: Any) -> Any:
        """What the target answers now. Raises Refused."""
        return await self.console.line.ask(route, self.session, **asked)

    async def business_now(self) -> datetime:
        """The target's business time, a few seconds old at most. Raises Refused."""
        seen = await self.console.clock(self.session)
        if seen.value is None:
            raise Refused(seen.problem or UNREACHABLE)
        told: datetime = seen.value
        return told

    async def every(self, route: Route, **asked: Any) -> list[Any]:
        """All items of a list. Raises Refused."""
        return await self.console.line.every(route, self.session, **asked)

    def signed_in(self) -> bool:
        """Whether this officer is still, or again, signed in with this browser.

        The target asks by itself; before anything is kept that is the console's own, the page must.
        """
        session = self.console.sign_ins.of(self.browser)
        return session is not None and (session.role, session.name) == (self.session.role, self.session.name)

    def look(self, *, looking: bool) -> None:
        """The page's tab is in front now, or hidden."""
        self.looking = looking

    def may(self, *ways: Route) -> bool:
        """Whether this officer's role may do all of these."""
        return all(self.session.role in way.roles for way in ways)

    def named(self, code: str) -> str:
        """A word of the contract in the reader's language."""
        return named(code, self.w.language)

    def console_can(self, target: Target, capability: str) -> bool:
        """Whether the target has it; where it has not, the page says so."""
        if not target.can(capability):
            show_lacking(self.w, capability)
        return target.can(capability)

    def refusal_named(self, code: str) -> str:
        """An outcome of a request in words: a refusal of the contract, or a plain word."""
        refusal = REFUSALS.get(code)
        return self.w(refusal.zh, refusal.en) if refusal else self.named(code)

    async def fill(self) -> None:
        """Build the page's content, from loading to content or to an error with a way on.

        One at a time: an act and a timer may both find that the page is old, and each takes away what it did not build.
        """
        async with self._filling:
            await self._fill()

    def fill_soon(self) -> None:
        """As ``fill``, for a timer of the page: it ends with the content it belongs to, so it cannot do that itself."""
        with self.layer:
            ui.timer(0.0, self.fill, once=True)

    async def _fill(self) -> None:
        self._stop_timers()
        self.body.clear()
        with self.body:
            show_loading(self.w)
        try:
            await self._build_anew()
        except Refused as refused:
            self.refused(refused)

    async def _build_anew(self) -> None:
        # Built beside the loading mark and shown when whole: nobody clicks on half a page.
        with self.body:
            whole = ui.element("div").classes("whole")
            whole.set_visibility(False)
        try:
            with whole:
                await self.build(self)
        except Refused:
            if not whole.is_deleted:  # it is when the page was left meanwhile
                whole.delete()
            raise
        for child in list(self.body.default_slot.children):
            if child is not whole:
                child.delete()
        whole.set_visibility(True)

    def refused(self, refused: Refused) -> None:
        """The target's no in place of the content; a lost sign-in leads to signing in again."""
        if refused.signed_out:
            self.to_sign_in()
            return
        self.body.clear()
        with self.body:
            show_problem(self.w, refused.problem, self.fill)

    def to_sign_in(self) -> None:
        """Sign in again, and come back here."""
        self.console.sign_ins.forget_session(self.session)
        words = "&".join(f"{name}={quote(value)}" for name, value in self.query.items())
        back = quote(self.path + (f"?{words}" if words else ""))
        with self.body:
            ui.navigate.to(self.w.path(SIGN_IN_PATH) + f"?next={back}&expired=1")

    def to(self, path: str) -> None:
        """Go to another page, in the same language."""
        with self.body:
            ui.navigate.to(self.w.path(path))

    def link(self, text: str, path: str) -> Element:
        """A link to another page, in the same language."""
        return ui.link(text, self.w.path(path))

    def keep_fresh(self, refresh: Callable[[], Awaitable[None]], every_s: float | None = None) -> None:
        """Call ``refresh`` again and again while somebody looks; a lost sign-in ends it."""

        async def tick() -> None:
            if not self.looking:
                return
            try:
                await refresh()
            except Refused as refused:
                if refused.signed_out:
                    self._stop_timers()
                    self.to_sign_in()

        self._timers.append(ui.timer(every_s or self.console.settings.poll_s, tick, immediate=False))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
