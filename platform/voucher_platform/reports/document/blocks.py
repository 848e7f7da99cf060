"""The kinds of blocks a document is made of. Plain data, so that a template can show them and nothing else."""

from dataclasses import dataclass, field
from typing import Literal

Align = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Heading:
    """A section's title; numbered by whoever wrote it."""

    text: str
    anchor: str
    level: int = 1
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Facts:
    """Names and their values, below each other."""

    rows: tuple[tuple[str, str], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Cards:
    """The few figures an officer looks at first: name, value, remark."""

    items: tuple[tuple[str, str, str], ...]
    kind: Literal["cards"] = "cards"


@dataclass(frozen=True)
class Sentences:
    """Sentences of the analysis, each with the footnotes of its figures."""

    items: tuple[tuple[str, tuple[int, ...], bool], ...]
    kind: Literal["sentences"] = "sentences"


@dataclass(frozen=True)
class Chart:
    """A picture as SVG, with its title and a line below."""

    title: str
    svg: str
    note: str = ""
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True)
class Table:
    """Rows of text. ``widths`` are shares of the line; ``footnotes``: the first column is a footnote's number.

    ``wide``: it has many columns, so small print; ``across``: so many that its page is laid on its side.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    aligns: tuple[Align, ...]
    widths: tuple[float, ...]
    wide: bool = False
    across: bool = False
    footnotes: bool = False
    note: str = ""
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Note:
    """A remark. ``loud``: it must not be overlooked."""

    text: str
    loud: bool = False
    kind: Literal["note"] = "note"


Block = Heading | Facts | Cards | Sentences | Chart | Table | Note


@dataclass(frozen=True)
class Document:
    """One report in one language. ``mark``: what every page says across its head; empty for real data."""

    language: Literal["zh", "en"]
    title: str
    subtitle: str
    mark: str
    page: tuple[str, str]
    lines: tuple[str, ...]
    blocks: tuple[Block, ...] = field(default_factory=tuple)
