"""What a page is shown as, and what a browser may do with it. Pure."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
Edition = Literal["standard", "elderly"]


@dataclass(frozen=True)
class View:
    """One way to show a page; every link on it keeps the rest of the way."""

    language: Language
    edition: Edition

    @property
    def html_language(self) -> str:
        """The ``lang`` of the document."""
        return "zh-CN" if self.language == "zh" else "en"

    def link(self, **changes: str) -> str:
        """The query of this view, with ``changes``."""
        asked = {"lang": self.language, "edition": self.edition, **changes}
        return "?" + "&".join(f"{name}={value}" for name, value in asked.items())


def view_of(lang: str | None, edition: str | None) -> View:
    """The view asked for; whatever is not known counts as not asked."""
    return View("en" if lang == "en" else "zh", "elderly" if edition == "elderly" else "standard")


def page_headers(*, sandbox: bool) -> dict[str, str]:
    """Nothing but our own files runs, and nobody frames the page: in the sandbox only this machine's demonstration."""
    framers = "'self' http://127.0.0.1:* http://localhost:*" if sandbox else "'self'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors {framers}"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    }
