"""What the sheet says in words, in either language: a key of ``words.toml`` with its values."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Literal

from loadtest.bundle.wording import beijing

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Said:
    """A sentence, said in a language only when it is shown."""

    key: str
    values: tuple[tuple[str, Any], ...] = ()

    def text(self, language: Language) -> str:
        """The sentence. Raises KeyError for a key that is not in the table."""
        shown = {name: _shown(value, language) for name, value in self.values}
        return _table()[self.key][language].format(**shown)

    def both(self) -> dict[str, str]:
        """In both languages."""
        return {"zh": self.text("zh"), "en": self.text("en")}


def said(key: str, **values: Any) -> Said:
    """The sentence of a key; values may be sentences, times, numbers and texts."""
    return Said(key, tuple(values.items()))


def keys() -> frozenset[str]:
    """Every sentence there is."""
    return frozenset(_table())


def clock(instant: datetime) -> str:
    """A time as the city's clocks show it, with its seconds: a paper may be late by one."""
    return beijing(instant, "%Y-%m-%d %H:%M:%S")


def joined(parts: list[str], language: Language) -> str:
    """Several sentences after each other."""
    return ("；" if language == "zh" else "; ").join(parts)


def _shown(value: Any, language: Language) -> Any:
    if isinstance(value, Said):
        return value.text(language)
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(str(_shown(one, language)) for one in value)
    return clock(value) if isinstance(value, datetime) else value


@cache
def _table() -> dict[str, dict[str, str]]:
    text = (resources.files("loadtest.selection") / "words.toml").read_text(encoding="utf-8")
    parts: dict[str, dict[str, dict[str, str]]] = tomllib.loads(text)
    return {f"{part}.{name}": words for part, named in parts.items() for name, words in named.items()}
