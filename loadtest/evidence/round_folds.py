"""Folds over the report of a round and the live figures: a line against the rows, sentences against their figures."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.folds import fold
from loadtest.evidence.page_addresses import page_addresses

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@fold
def round_line_differences(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[list[Any]]:
    """Indicators of the line ``given["dimension"]``, ``given["key"]`` that are not as ``given["expected"]`` has them:
    [name, expected, reported]. A line that is not there reports nothing at all.
    """
    (report,) = exchanges
    lines = [
        one for one in report.value["rows"] if (one["dimension"], one["key"]) == (given["dimension"], given["key"])
    ]
    values = lines[0]["values"] if lines else {}
    differing = ((name, expected, values.get(name, "absent")) for name, expected in given["expected"].items())
    return [[name, expected, told] for name, expected, told in differing if told != expected]


@fold
def numbers_without_figure(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[str]:  # noqa: ARG001 - see FOLDS
    """Numbers that sentences print and none of their figures shows, with the sentence's id; names may hold digits."""
    (report,) = exchanges
    shown = {one["id"]: _numbers(one["shown_zh"] + " " + one["shown_en"]) for one in report.value["figures"]}
    return [
        f"{one['id']}: {number}"
        for one in report.value["analysis"]
        for number in sorted(_printed(one) - {n for name in one["figures"] for n in shown.get(name, set())})
    ]


def _printed(sentence: Mapping[str, Any]) -> set[str]:
    text = f"{sentence['text_zh']} {sentence['text_en']}"
    for name in sorted(sentence["names"], key=len, reverse=True):
        text = text.replace(name, " ")
    return _numbers(text)


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text))


@fold
def addresses_in_page(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[str]:  # noqa: ARG001 - see FOLDS
    """What a page of HTML would fetch from elsewhere, and its scripts."""
    (page,) = exchanges
    return page_addresses(page.reply_body.decode("utf-8"))


@fold
def begins_with(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> bool:
    """Whether the reply's body begins with the text ``given["text"]``."""
    (file,) = exchanges
    return file.reply_body.startswith(str(given["text"]).encode())


@fold
def live_line(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[Any]:
    """The ``given["fields"]`` of the line of ``given["list"]`` whose ``given["by"]`` is ``given["key"]``."""
    (live,) = exchanges
    (line,) = [one for one in live.value[given["list"]] if one[given["by"]] == given["key"]]
    return [line[name] for name in given["fields"]]
