"""A page handed on needs nothing from elsewhere: what a browser would fetch counts, not what is said."""

import pytest

from loadtest.evidence.page_addresses import page_addresses

WHOLE = """<!doctype html><html><head><title>src=x</title><link rel="icon" href="data:,">
<style>body { background: url(#shade); mask: url("data:image/svg+xml,x"); }</style></head>
<body><p>rule: action = block</p><code>href=http://elsewhere</code><a href="#part-2">2</a>
<svg><use xlink:href="#mark"/></svg><img src="data:image/png;base64,AA=="></body></html>"""


def test_words_and_places_within_the_page_are_no_addresses() -> None:
    assert page_addresses(WHOLE) == []


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ('<img src="https://elsewhere/a.png">', "src=https://elsewhere/a.png"),
        ("<IMG SRC=logo.png>", "src=logo.png"),
        ('<link rel="stylesheet" href=" /style.css ">', "href=/style.css"),
        ("<form action='/send'></form>", "action=/send"),
        ("<script>1</script>", "<script"),
        ('<p style="background: url(/paper.png)">x</p>', "url(/paper.png"),
        ("<style>@import 'more.css'; p { color: red }</style>", "@import 'more.css'"),
        ("<style>@font-face { src: url( 'https://elsewhere/f.woff' ) }</style>", "url( 'https://elsewhere/f.woff' "),
        ('<svg><image xlink:href="http://elsewhere/x"/></svg>', "xlink:href=http://elsewhere/x"),
    ],
)
def test_whatever_a_browser_would_fetch_is_told(part: str, told: str) -> None:
    assert page_addresses(WHOLE.replace("<body>", f"<body>{part}")) == [told]
