"""Bars: upright over time, lying over names. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from voucher_platform.reports.charts.drawing import (
    BLUE,
    WIDTH,
    box,
    columns_of,
    picture,
    rule,
    shortened,
    top_of_axis,
    words,
)

_LEFT, _RIGHT, _TOP, _FLOOR, _HEIGHT = 64, 12, 26, 210, 244
_MOST_LABELS, _COLUMN = 8, 6.2
_ROW, _NAMES, _NUMBERS = 26, 176, 120


@dataclass(frozen=True)
class Bar:
    """One bar: what it is called, how long it is, and the number printed beside it."""

    label: str
    value: float
    shown: str = ""


def upright(title: str, unit: str, bars: Sequence[Bar]) -> str:
    """Bars over time from left to right; as many labels below as there is room for, the first and last among them."""
    top = top_of_axis(max((bar.value for bar in bars), default=0))
    width = (WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    parts = [words(_LEFT, 14, unit)]
    for quarter in range(5):
        y = _FLOOR - (_FLOOR - _TOP) * quarter / 4
        parts += [rule(_LEFT, y, WIDTH - _RIGHT, y), words(_LEFT - 6, y + 4, f"{top * quarter // 4:,}", anchor="end")]
    thickness = min(width * 0.8, 48)
    labelled = _labelled(bars)
    for number, bar in enumerate(bars):
        height = (_FLOOR - _TOP) * bar.value / top
        middle = _LEFT + width * (number + 0.5)
        parts.append(box(middle - thickness / 2, _FLOOR - height, thickness, height, BLUE))
        if number in labelled:
            parts.append(words(middle, _FLOOR + 18, bar.label, anchor=_anchor(number, bars, width), size=11))
    return picture(title, _HEIGHT, parts)


def _labelled(bars: Sequence[Bar]) -> set[int]:
    widest = max((columns_of(bar.label) for bar in bars), default=1) * _COLUMN + 24
    most = min(_MOST_LABELS, int((WIDTH - _LEFT - _RIGHT) / widest))
    if len(bars) <= most:
        return set(range(len(bars)))
    return {round(number * (len(bars) - 1) / (most - 1)) for number in range(most)}


def _anchor(number: int, bars: Sequence[Bar], width: float) -> str:
    """The first and the last label must not run out of the picture where their bars are thinner than they are."""
    if width >= columns_of(bars[number].label) * _COLUMN:
        return "middle"
    return {0: "start", len(bars) - 1: "end"}.get(number, "middle")


def lying(title: str, bars: Sequence[Bar]) -> str:
    """Bars below each other, name before and number behind each."""
    top = max((bar.value for bar in bars), default=0) or 1
    room = WIDTH - _NAMES - _NUMBERS
    parts = []
    for number, bar in enumerate(bars):
        y = 6 + _ROW * number
        parts += [
            words(_NAMES - 8, y + 15, shortened(bar.label, 24), anchor="end"),
            box(_NAMES, y + 3, max(room * bar.value / top, 1 if bar.value else 0), _ROW - 10, BLUE),
            words(_NAMES + room * bar.value / top + 6, y + 15, bar.shown),
        ]
    return picture(title, 12 + _ROW * len(bars), parts)
