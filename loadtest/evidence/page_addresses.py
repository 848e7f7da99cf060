"""What a page of HTML takes from elsewhere when it is opened. Read from its tags: words in its text are only words."""

import re
from html.parser import HTMLParser

_OF_A_TAG = frozenset({"src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster", "background"})
_WITHIN = ("#", "data:")
_IN_STYLE = re.compile(r"@import[^;]*|url\(\s*+[\"']?+(?!#|data:)[^)]*", re.IGNORECASE)


def page_addresses(page: str) -> list[str]:
    """Addresses outside the page and its scripts, each once, sorted."""
    found = _Addresses()
    found.feed(page)
    found.close()
    return sorted(found.told)


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.told: set[str] = set()
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag == "script":
            self.told.add("<script")
        for name, value in attrs:
            text = (value or "").strip()
            if name in _OF_A_TAG and text and not text.lower().startswith(_WITHIN):
                self.told.add(f"{name}={text}")
            elif name == "style":
                self._look_at_style(text)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - HTMLParser's form; whatever ends, a style has
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._look_at_style(data)

    def _look_at_style(self, style: str) -> None:
        self.told.update(_IN_STYLE.findall(style))
