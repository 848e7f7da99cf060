"""Charts as ECharts options, quiet and readable: no animation, few colours, numbers written out. Pure."""

from collections.abc import Sequence
from typing import Any

FONT = '"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif'
LIGHT = {"ink": "#1f2937", "line": "#d0d7e2", "colours": ["#0958d9", "#b45309", "#047857", "#b91c1c", "#6d28d9"]}
DARK = {"ink": "#e6edf7", "line": "#33415c", "colours": ["#6cb2ff", "#ffc46b", "#5fe0a8", "#ff8f8f", "#c9a7ff"]}


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


def bars(
    title: str, names: Sequence[str], values: Sequence[float], *, dark: bool = False, size: int = 13, colour: int = 0
) -> dict[str, Any]:
    """Lying bars, the first name on top, each with its number at the end."""
    palette = DARK if dark else LIGHT
    return {
        **_base(title, palette, size),
        "grid": {"left": 8, "right": 80, "top": 3 * size, "bottom": 8, "containLabel": True},
        "xAxis": _axis(palette, size, type="value", minInterval=1, splitNumber=3),
        "yAxis": _axis(palette, size, type="category", data=list(names), inverse=True),
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
        "yAxis": _axis(palette, size, type="category", data=list(names), inverse=True),
        "series": [
            {"type": "bar", "stack": "all", "name": name, "data": list(values), "barMaxWidth": 28}
            for name, values in stacks
        ],
    }  # fmt: skip


_LOW_PX, _LOW_SIZE = 240, 12


def at_any_height(option: dict[str, Any]) -> dict[str, Any]:
    """The same chart, with smaller letters and less air where its box is low: a wall may be a small projector's."""
    lower: dict[str, Any] = {
        "title": {"textStyle": {"fontSize": _LOW_SIZE + 3}}, "grid": {"top": 2 * _LOW_SIZE + 8, "bottom": 2},
        "xAxis": {"axisLabel": {"fontSize": _LOW_SIZE}},
        "yAxis": {"axisLabel": {"fontSize": _LOW_SIZE - 1, "interval": 0, "hideOverlap": False}},
        "series": [{"label": {"fontSize": _LOW_SIZE}} for _ in option["series"]],
    }  # fmt: skip
    if "legend" in option:
        lower["legend"] = {"textStyle": {"fontSize": _LOW_SIZE}}
    return {"baseOption": option, "media": [{"query": {"maxHeight": _LOW_PX}, "option": lower}]}
