"""Bars: upright over time, lying over names. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from voucher_platform.reports.charts.drawing import (
    BLUE,
    WIDTH,
    box,
    picture,
    rule,
    shortened,
    tick,
    top_of_axis,
    words,
)

_LEFT, _RIGHT, _TOP, _FLOOR, _HEIGHT = 64, 12, 26, 210, 244
_MOST_LABELS = 8
_ROW, _NAMES, _NUMBERS = 26, 176, 120


@dataclass(frozen=True)
class Bar:
    """One bar: what it is called, how long it is, and the number printed beside it."""

    label: str
    value: float
    shown: str = ""


def upright(title: str, unit: str, bars: Sequence[Bar]) -> str:
    """Bars over time from left to right; at most eight labels below, the first and the last among them."""
    top = top_of_axis(max((bar.value for bar in bars), default=0))
    width = (WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    parts = [words(_LEFT, 14, unit)]
    for quarter in range(5):
        y = _FLOOR - (_FLOOR - _TOP) * quarter / 4
        parts += [rule(_LEFT, y, WIDTH - _RIGHT, y), words(_LEFT - 6, y + 4, tick(top * quarter / 4), anchor="end")]
    thickness = min(width * 0.8, 48)
    for number, bar in enumerate(bars):
        height = (_FLOOR - _TOP) * bar.value / top
        middle = _LEFT + width * (number + 0.5)
        parts.append(box(middle - thickness / 2, _FLOOR - height, thickness, height, BLUE))
        if number in _labelled(len(bars)):
            parts.append(words(middle, _FLOOR + 18, bar.label, anchor=_anchor(number, len(bars)), size=11))
    return picture(title, _HEIGHT, parts)


def _labelled(count: int) -> set[int]:
    if count <= _MOST_LABELS:
        return set(range(count))
    return {round(number * (count - 1) / (_MOST_LABELS - 1)) for number in range(_MOST_LABELS)}


def _anchor(number: int, count: int) -> str:
    """The first and the last label of many must not run out of the picture."""
    if count <= _MOST_LABELS:
        return "middle"
    return {0: "start", count - 1: "end"}.get(number, "middle")


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
