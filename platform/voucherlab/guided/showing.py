"""What a step puts on the wall: figures, tables, a curve, links, in two languages. Plain values; no I/O."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Words:
    """The same in Chinese and in English."""

    zh: str
    en: str


Cell = str | int | Words
Mood = Literal["", "good", "bad", "refused"]


@dataclass(frozen=True)
class Figure:
    """One large number with its label."""

    label: Words
    value: Cell


@dataclass(frozen=True)
class Table:
    """Rows under heads. ``moods`` colours the rows, one a row; empty where none is coloured.

    ``note`` stands under the rows; ``folded``: only the title is seen until somebody opens it.
    """

    title: Words
    heads: tuple[Words, ...]
    rows: tuple[tuple[Cell, ...], ...]
    moods: tuple[Mood, ...] = ()
    note: Words = Words("", "")
    folded: bool = False


@dataclass(frozen=True)
class Link:
    """Something to open: ``place`` says whose address ``path`` is below: the guide's own or the platform's.

    ``embed``: it stands beside the curve, loaded anew whenever ``loads`` rises. ``stays``: later steps offer it, too.
    """

    label: Words
    place: Literal["guide", "platform", "elsewhere"]
    path: str
    embed: bool = False
    stays: bool = False
    loads: int = 1


@dataclass
class Curve:
    """Answers in buckets of ``bucket_ms`` from the start; ``marks`` are moments, in milliseconds, with a word."""

    title: Words
    bucket_ms: int
    labels: dict[str, Words]
    points: dict[str, list[int]] = field(default_factory=dict)
    marks: list[tuple[int, Words]] = field(default_factory=list)

    def add(self, at_ms: int, counts: dict[str, int]) -> None:
        """Count what was answered in the bucket of ``at_ms``."""
        bucket = max(0, at_ms // self.bucket_ms)
        for name, count in counts.items():
            row = self.points.setdefault(name, [])
            row.extend([0] * (bucket + 1 - len(row)))
            row[bucket] += count


@dataclass(frozen=True)
class Check:
    """One statement about what PostgreSQL holds: does it hold, and the numbers."""

    name: Words
    ok: bool
    detail: Cell


@dataclass
class Wall:
    """All that a running step shows. ``changed`` is called after every change, so that viewers follow."""

    changed: Callable[[], None] = lambda: None
    line: Words = Words("", "")
    figures: dict[str, Figure] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    curve: Curve | None = None
    links: list[Link] = field(default_factory=list)

    def say(self, zh: str, en: str) -> None:
        """What happens at this moment."""
        self.line = Words(zh, en)
        self.changed()

    def figure(self, zh: str, en: str, value: Cell) -> None:
        """Show a number, or renew it."""
        self.figures[en] = Figure(Words(zh, en), value)
        self.changed()

    def table(
        self,
        title: Words,
        heads: Iterable[Words],
        rows: Iterable[tuple[Cell, ...]],
        moods: Iterable[Mood] = (),
        *,
        note: Words = Words("", ""),
        folded: bool = False,
    ) -> None:
        """Show a table, or renew the one of this title."""
        self.tables[title.en] = Table(title, tuple(heads), tuple(rows), tuple(moods), note, folded)
        self.changed()

    def draw(self, curve: Curve) -> None:
        """Show a curve; it may grow afterwards."""
        self.curve = curve
        self.changed()

    def link(self, link: Link) -> None:
        """Offer something to open."""
        self.links.append(link)
        self.changed()

    def load_anew(self) -> None:
        """What is embedded shows what is so now: its page looks again in its own time only."""
        self.links = [replace(one, loads=one.loads + 1) if one.embed else one for one in self.links]
        self.changed()

    def as_json(self) -> dict[str, Any]:
        """The whole wall for a page."""
        return {
            "line": asdict(self.line),
            "figures": [asdict(one) for one in self.figures.values()],
            "tables": [asdict(one) for one in self.tables.values()],
            "curve": None if self.curve is None else asdict(self.curve),
            "links": [asdict(one) for one in self.links],
        }


def yuan(fen: int) -> str:
    """`12,345.67` without a unit: heads of columns say 元."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def in_yuan(fen: int) -> Words:
    """An amount with its unit."""
    return Words(f"{yuan(fen)} 元", f"{yuan(fen)} yuan")
