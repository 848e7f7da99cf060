"""A line chart as an SVG element: grid, axes, lines with gaps, a marked instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from loadtest.bundle.charts.axes import Scale, tick_text, ticks

Point = tuple[float, float]
WIDTH, HEIGHT = 640, 272
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 26, 40
# Told apart by hue, lightness and dash, so that a grey print and a colour-blind reader can follow.
STYLES = (
    ("#0958d9", ""), ("#c4320a", "7 3"), ("#067647", "2 3"), ("#6941c6", "10 3 2 3"), ("#344054", "5 5"),
    ("#9c6f00", "1 3"), ("#c11574", "12 4"), ("#0e7090", "3 6"),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line: a label and its values, one for each x; None leaves a gap."""

    label: str
    xs: Sequence[float]
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """What is drawn. ``steps``: each value holds from its x to the next (counts of a bin). ``at``: a marked x."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    steps: bool = False
    at: float | None = None
    at_label: str = ""
    limit: float | None = None
    limit_label: str = ""


def draw(chart: Chart) -> str:
    """The chart as SVG text; everything written in it is escaped."""
    svg = ET.Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "class": "chart",
    })  # fmt: skip
    ET.SubElement(svg, "title").text = chart.title
    x_scale, y_scale = _scales(chart)
    _grid(svg, chart, x_scale, y_scale)
    if chart.limit is not None:
        _level(svg, y_scale(chart.limit), chart.limit_label)
    if chart.at is not None and x_scale.low <= chart.at <= x_scale.high:
        _moment(svg, x_scale(chart.at), chart.at_label)
    for number, line in enumerate(chart.lines):
        colour, dash = STYLES[number % len(STYLES)]
        for piece in _pieces(chart, line, x_scale, y_scale):
            ET.SubElement(svg, "polyline", {
                "points": " ".join(f"{x:g},{y:g}" for x, y in piece), "fill": "none", "stroke": colour,
                "stroke-width": "1.8", "stroke-dasharray": dash or "none", "stroke-linejoin": "round",
            })  # fmt: skip
    return ET.tostring(svg, encoding="unicode")


def _scales(chart: Chart) -> tuple[Scale, Scale]:
    values = [value for line in chart.lines for value in line.values if value is not None]
    top = ticks(0, max([*values, chart.limit or 0, 1e-9]))[-1]
    places = [x for line in chart.lines for x in line.xs]
    first, last = min(places, default=0.0), max(places, default=1.0)
    if chart.steps:
        last += max((_width(line) for line in chart.lines), default=0.0)
    return (
        Scale(first, last if last > first else first + 1, _LEFT, WIDTH - _RIGHT),
        Scale(0, top, HEIGHT - _BOTTOM, _TOP),
    )


def _grid(svg: ET.Element, chart: Chart, x_scale: Scale, y_scale: Scale) -> None:
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    for value in ticks(0, y_scale.high):
        y = y_scale(value)
        _line(svg, (_LEFT, y), (right, y), "#e4e7ec")
        _text(svg, _LEFT - 6, y + 4, tick_text(value), "end")
    for value in ticks(x_scale.low, x_scale.high, 8):
        if x_scale.low <= value <= x_scale.high:
            x = x_scale(value)
            _line(svg, (x, bottom), (x, bottom + 4), "#98a2b3")
            _text(svg, x, bottom + 17, tick_text(value), "middle")
    _line(svg, (_LEFT, bottom), (right, bottom), "#98a2b3")
    _text(svg, (_LEFT + right) / 2, HEIGHT - 6, chart.x_label, "middle")
    _text(svg, 4, 12, chart.y_label, "start")


def _moment(svg: ET.Element, x: float, label: str) -> None:
    _line(svg, (x, _TOP), (x, HEIGHT - _BOTTOM), "#101828", "3 3")
    _text(svg, x + 4, _TOP + 10, label, "start")


def _level(svg: ET.Element, y: float, label: str) -> None:
    _line(svg, (_LEFT, y), (WIDTH - _RIGHT, y), "#b42318", "6 3")
    _text(svg, WIDTH - _RIGHT - 4, y - 4, label, "end")


def _pieces(chart: Chart, line: Line, x_scale: Scale, y_scale: Scale) -> list[list[tuple[float, float]]]:
    """Runs of points without a gap; a lone point becomes a short stroke, so that it is seen."""
    pieces: list[list[tuple[float, float]]] = [[]]
    width = _width(line)
    for x, value in zip(line.xs, line.values, strict=True):
        if value is None:
            pieces.append([])
            continue
        pieces[-1].append((x_scale(x), y_scale(value)))
        if chart.steps:
            pieces[-1].append((x_scale(x + width), y_scale(value)))
    return [[(piece[0][0] - 2, piece[0][1]), *piece] if len(piece) == 1 else piece for piece in pieces if piece]


def _width(line: Line) -> float:
    return line.xs[1] - line.xs[0] if len(line.xs) > 1 else 1.0


def _line(svg: ET.Element, start: Point, end: Point, colour: str, dash: str = "none") -> None:
    ET.SubElement(svg, "line", {
        "x1": f"{start[0]:g}", "y1": f"{start[1]:g}", "x2": f"{end[0]:g}", "y2": f"{end[1]:g}", "stroke": colour,
        "stroke-dasharray": dash,
    })  # fmt: skip


def _text(svg: ET.Element, x: float, y: float, text: str, anchor: str) -> None:
    ET.SubElement(svg, "text", {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor}).text = text
