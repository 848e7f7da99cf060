"""The words of the pages, from ``words/*.toml``: each in Chinese and in English, or the process does not start."""

import tomllib
from functools import cache
from pathlib import Path

from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS
from voucher_contract.refusals import REFUSALS
from voucher_platform.pages.rules import Language

WORDS = Path(__file__).with_name("words")


@cache
def words_of(page: str, language: Language) -> dict[str, str]:
    """The texts of a page by name, with those all pages share, and a refusal's words as ``refusal.<code>``.

    Raises ``ValueError`` for a text that lacks a language, or has something besides.
    """
    told = {f"refusal.{code}": getattr(refusal, language) for code, refusal in REFUSALS.items()}
    return told | _of_lists(language) | _read("shared", language) | _read(page, language)


def _read(name: str, language: Language) -> dict[str, str]:
    entries = tomllib.loads((WORDS / f"{name}.toml").read_text(encoding="utf-8"))
    for key, entry in entries.items():
        if entry.keys() != {"zh", "en"} or not all(entry.values()):
            raise ValueError(f"{name}.toml: {key} needs zh and en, and nothing else")
    return {key: entry[language] for key, entry in entries.items()}


def _of_lists(language: Language) -> dict[str, str]:
    """Districts as ``d.<code>``, industries as ``c.<code>``."""
    english = tomllib.loads((WORDS / "lists.toml").read_text(encoding="utf-8"))
    chinese = {"d": DISTRICTS, "c": CATEGORY_NAMES}
    named = chinese if language == "zh" else english
    return {f"{kind}.{code}": named[kind].get(code, name) for kind in chinese for code, name in chinese[kind].items()}
