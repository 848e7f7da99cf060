"""What must hold of every page as it is shown: axe, nothing cut off, large print, no word left in Chinese."""

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Keep = Callable[[Page, str], object]


def grave_violations(page: Page, *, frames: bool = True) -> list[str]:
    """What axe calls serious or critical, with where it stands; inside the page's frames too, if wished."""
    found = Axe().run(page, options={"iframes": frames}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def assert_accessible(page: Page, *, frames: bool = True) -> None:
    """axe finds nothing serious or critical."""
    grave = grave_violations(page, frames=frames)
    assert grave == [], "\n".join(grave)


def pixels_too_wide(page: Page) -> int:
    """By how much the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def assert_nothing_is_cut(page: Page) -> None:
    """Nothing is wider than the window, and no text is cut off by its box."""
    wide = pixels_too_wide(page)
    assert wide <= 0, f"the page is {wide} px wider than the window"
    cut = page.evaluate(_CUT)
    assert cut == [], f"cut off: {cut}"


_CUT = """
() => [...document.querySelectorAll("button, a, p, h1, h2, label, li, summary, code, select")]
  .filter((e) => e.offsetParent && !e.closest(".unseen") && e.scrollWidth > e.clientWidth + 1
    && getComputedStyle(e).display !== "inline")
  .map((e) => `${e.tagName} ${e.textContent.trim().slice(0, 40)}`)
"""


def assert_fits_and_reads(page: Page, name: str, keep_picture: Keep, *, edition: str, lang: str) -> None:
    """At both widths of a phone nothing is cut, and it is accessible, large and translated as its edition wants."""
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 844})
        keep_picture(page, f"{name}-{edition}-{lang}-{width}")
        assert_nothing_is_cut(page)
    assert_accessible(page)
    if edition == "elderly":
        assert_large(page)
    if lang == "en":
        assert_translated(page)


def assert_large(page: Page) -> None:
    """The figures of the elderly edition: text of 18 px at least, and 60 × 60 px to press."""
    small = page.evaluate(_SMALL_TEXT)
    assert small == [], f"below 18 px: {small}"
    tight = page.evaluate(_SMALL_TARGETS)
    assert tight == [], f"below 60 × 60 px: {tight}"


_SMALL_TEXT = """
() => [...document.querySelectorAll("body *")].filter((e) => e.offsetParent !== null && [...e.childNodes].some(
  (n) => n.nodeType === 3 && n.textContent.trim()) && parseFloat(getComputedStyle(e).fontSize) < 18)
  .map((e) => e.textContent.trim().slice(0, 40))
"""
_SMALL_TARGETS = """
() => [...document.querySelectorAll("a, button, summary, select, input:not([type=file])")].filter((e) => {
  const box = e.getBoundingClientRect();
  return e.offsetParent !== null && !e.closest(".notice p") && (box.width < 59.5 || box.height < 59.5);
}).map((e) => `${e.tagName} ${e.textContent.trim().slice(0, 30)}`)
"""


def assert_translated(page: Page) -> None:
    """Whatever the page itself says is English; names of batches, shops and addresses stay as they are."""
    left = page.evaluate(_CHINESE)
    assert left == [], f"not translated: {left}"


_CHINESE = """
() => [...document.querySelectorAll("body *")].filter((e) => e.offsetParent !== null && !e.closest(
  "h2, #shop, .shops, [lang='zh-CN']:not(html), .use, .notice") && [...e.childNodes].some(
  (n) => n.nodeType === 3 && /[一-鿿]/.test(n.textContent))).map((e) => e.textContent.trim().slice(0, 60))
"""
