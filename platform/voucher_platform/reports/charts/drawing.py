"""The strokes all charts share: text, boxes, a round axis. Pure; every word is escaped."""

from collections.abc import Iterable
from html import escape

BLUE, PALE, GREY, INK, GAP = "#0958d9", "#e6f0ff", "#d9d9d9", "#262626", "#fff1e6"
FONTS = "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
WIDTH = 720


def picture(title: str, height: int, parts: Iterable[str]) -> str:
    """A whole SVG; ``title`` is what a screen reader says."""
    name = escape(title, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}"'
        f' font-family="{FONTS}" font-size="12" fill="{INK}">{"".join(parts)}</svg>'
    )


def words(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    """A line of text with its baseline at ``y``."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" fill="{colour}"/>'


def rule(x1: float, y1: float, x2: float, y2: float, colour: str = GREY) -> str:
    """A thin line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="1"/>'


def top_of_axis(most: float) -> int:
    """The top of an axis of counts with four steps of a round whole number each, at or above ``most``."""
    power = 1
    while power * 10 * 4 < most:
        power *= 10
    return 4 * next(power * step for step in (1, 2, 3, 4, 5, 6, 8, 10) if power * step * 4 >= most)


def columns_of(text: str) -> int:
    """How wide a text is in columns, a Chinese character taking two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def shortened(text: str, most: int) -> str:
    """``text`` cut to ``most`` columns, a Chinese character taking two, with an ellipsis where it was cut."""
    taken, kept = 0, ""
    for character in text:
        taken += 2 if ord(character) > 0x2E7F else 1
        if taken > most:
            return kept.rstrip() + "…"
        kept += character
    return kept


def in_two_lines(text: str, most: int) -> list[str]:
    """``text`` as it is if it has at most ``most`` columns, else broken at a space; what is still too wide is cut."""
    first, *rest = text.split(" ")
    if columns_of(text) <= most or not rest:
        return [shortened(text, most)]
    while rest and columns_of(f"{first} {rest[0]}") <= most:
        first = f"{first} {rest.pop(0)}"
    return [shortened(line, most) for line in (first, " ".join(rest)) if line]
