"""Charts as ECharts options, quiet and readable: no animation, few colours, numbers written out. Pure."""

from collections.abc import Sequence
from typing import Any

FONT = '"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif'
LIGHT = {"ink": "#1f2937", "line": "#d0d7e2", "colours": ["#0958d9", "#b45309", "#047857", "#b91c1c", "#6d28d9"]}
DARK = {"ink": "#e6edf7", "line": "#33415c", "colours": ["#6cb2ff", "#ffc46b", "#5fe0a8", "#ff8f8f", "#c9a7ff"]}

_NAME_LETTERS = 9  # so wide a name may be


def _base(title: str, palette: dict[str, Any], size: int) -> dict[str, Any]:
    text = {"color": palette["ink"], "fontFamily": FONT, "fontSize": size}
    return {
        "animation": False, "color": palette["colours"], "textStyle": text,
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {**text, "fontSize": size + 3, "fontWeight": 600}},
        "grid": {"left": 2 * size, "right": 2 * size, "top": 3 * size + 10, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"}, "aria": {"enabled": True, "label": {"description": title}},
    }  # fmt: skip


def _axis(palette: dict[str, Any], size: int, **more: Any) -> dict[str, Any]:
    return {
        "axisLabel": {"color": palette["ink"], "fontSize": size, "hideOverlap": True},
        "axisLine": {"lineStyle": {"color": palette["line"]}},
        "splitLine": {"lineStyle": {"color": palette["line"], "opacity": 0.5}}, **more,
    }  # fmt: skip


def _names(palette: dict[str, Any], size: int, names: Sequence[str]) -> dict[str, Any]:
    axis = _axis(palette, size, type="category", data=list(names), inverse=True)
    axis["axisLabel"] |= {"width": _NAME_LETTERS * size, "overflow": "break"}
    return axis


def bars(
    title: str, names: Sequence[str], values: Sequence[float], *, dark: bool = False, size: int = 13, colour: int = 0
) -> dict[str, Any]:
    """Lying bars, the first name on top, each with its number at the end; a long name breaks and leaves them room."""
    palette = DARK if dark else LIGHT
    return {
        **_base(title, palette, size),
        "grid": {"left": 8, "right": 80, "top": 3 * size, "bottom": 8, "containLabel": True},
        "xAxis": _axis(palette, size, type="value", minInterval=1, splitNumber=3),
        "yAxis": _names(palette, size, names),
        "series": [{
            "type": "bar", "data": list(values), "barMaxWidth": 26, "itemStyle": {"color": palette["colours"][colour]},
            "label": {"show": True, "position": "right", "color": palette["ink"], "fontSize": size},
        }],
    }  # fmt: skip


def curves(
    title: str, times: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], *,
    dark: bool = False, size: int = 13,
) -> dict[str, Any]:  # fmt: skip
    """Lines over the same times, each named in the legend."""
    palette = DARK if dark else LIGHT
    return {
        **_base(title, palette, size),
        "legend": {"top": 2, "right": 0, "textStyle": {"color": palette["ink"], "fontSize": size}},
        "xAxis": _axis(palette, size, type="category", data=list(times), boundaryGap=False),
        "yAxis": _axis(palette, size, type="value", minInterval=1, splitNumber=4),
        "series": [
            {"type": "line", "name": name, "data": list(values), "showSymbol": False, "lineStyle": {"width": 3}}
            for name, values in series
        ],
    }  # fmt: skip


def parts_of_whole(
    title: str, names: Sequence[str], stacks: Sequence[tuple[str, Sequence[float]]], *,
    dark: bool = False, size: int = 13,
) -> dict[str, Any]:  # fmt: skip
    """Lying bars made of parts, such as redeemed, held and left of each batch."""
    palette = DARK if dark else LIGHT
    return {
        **_base(title, palette, size),
        "legend": {"top": 2, "right": 0, "textStyle": {"color": palette["ink"], "fontSize": size}},
        "xAxis": _axis(palette, size, type="value", splitNumber=3),
        "yAxis": _names(palette, size, names),
        "series": [
            {"type": "bar", "stack": "all", "name": name, "data": list(values), "barMaxWidth": 28}
            for name, values in stacks
        ],
    }  # fmt: skip


_LOW_PX, _LOW_SIZE = 240, 12


def at_any_height(option: dict[str, Any]) -> dict[str, Any]:
    """The same chart, with smaller letters and less air while its box is low: a wall may be a small projector's."""
    size, grid = option["xAxis"]["axisLabel"]["fontSize"], option["grid"]
    lower = _letters(option, _LOW_SIZE, {"top": 2 * _LOW_SIZE + 8, "bottom": 2})
    lower["yAxis"] = {"axisLabel": {"fontSize": _LOW_SIZE - 1, "interval": 0, "hideOverlap": False}}
    # The second has no query: it is what holds again when the box has grown.
    usual = _letters(option, size, {"top": grid["top"], "bottom": grid["bottom"]})
    usual["yAxis"] = {"axisLabel": {"fontSize": size, "interval": "auto", "hideOverlap": True}}
    return {"baseOption": option, "media": [{"query": {"maxHeight": _LOW_PX}, "option": lower}, {"option": usual}]}


def _letters(option: dict[str, Any], size: int, grid: dict[str, Any]) -> dict[str, Any]:
    letters: dict[str, Any] = {
        "title": {"textStyle": {"fontSize": size + 3}}, "grid": grid, "xAxis": {"axisLabel": {"fontSize": size}},
        "series": [{"label": {"fontSize": size}} for _ in option["series"]],
    }  # fmt: skip
    if "legend" in option:
        letters["legend"] = {"textStyle": {"fontSize": size}}
    return letters
