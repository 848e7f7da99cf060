"""A sentence from a template: its holes take figures and names, its own text has no digit, so no number is unproven."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from voucher_contract.models.round_report import Section
from voucher_platform.reports.analysis.figures import Figure
from voucher_platform.reports.names import Name

_FIELDS = Formatter()
_NAME = re.compile(r"\{(\w+)\}")
_DIGIT = re.compile(r"\d")
_BETWEEN_WORDS = re.compile(r"(?<=[一-鿿]) (?=[一-鿿])")
"""A space that a template puts beside a number and that turned out to stand between two Chinese words."""


@dataclass(frozen=True)
class Said:
    """One sentence before it is numbered. ``figures`` in the order in which the Chinese prints them."""

    section: Section
    text: Name
    figures: tuple[Figure, ...]
    names: tuple[str, ...]
    caution: bool


def say(
    section: Section, zh: str, en: str, *, caution: bool = False, names: Mapping[str, Name] | None = None,
    table: Mapping[str, Figure] | None = None, **figures: Figure | None,
) -> list[Said]:  # fmt: skip
    """The sentence, or none at all where one of its figures does not exist. ``table``: more figures by name.

    Both templates must use every figure and every name given, and hold no digit of their own. Raises ValueError.
    """
    names, figures = names or {}, {**figures, **(table or {})}
    given = {name: figure for name, figure in figures.items() if figure is not None}
    for template in (zh, en):
        _check(template, {*figures, *names})
    if len(given) < len(figures):
        return []
    text = tuple(
        _filled(template, {name: figure.shown[language] for name, figure in given.items()}, names, language)
        for language, template in enumerate((zh, en))
    )
    used = tuple(dict.fromkeys(given[name] for name in _holes(zh) if name in given))
    spoken = tuple(dict.fromkeys(word for words in names.values() for word in words))
    return [Said(section, (text[0], text[1]), used, spoken, caution)]


def _filled(template: str, numbers: Mapping[str, str], names: Mapping[str, Name], language: int) -> str:
    """Names go in last, so that a space of theirs stays where it is."""
    kept = template.format(**numbers, **{name: f"{{{name}}}" for name in names})
    return _NAME.sub(lambda found: names[found[1]][language], _BETWEEN_WORDS.sub("", kept))


def _holes(template: str) -> list[str]:
    return [name for _, name, _, _ in _FIELDS.parse(template) if name is not None]


def _check(template: str, given: set[str]) -> None:
    plain = "".join(text for text, _, _, _ in _FIELDS.parse(template))
    if _DIGIT.search(plain):
        raise ValueError(f"a number that no figure proves: {template}")
    if set(_holes(template)) != given:
        raise ValueError(f"takes {sorted(set(_holes(template)))}, not {sorted(given)}: {template}")


def listed(names: list[Name]) -> Name:
    """Several names as one: 甲、乙 / A, B."""
    return "、".join(zh for zh, _ in names), ", ".join(en for _, en in names)
