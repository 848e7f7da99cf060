"""Folds over lists of merchants: coverage, suspensions, and rosters that were given back as files."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.folds import fold
from loadtest.evidence.report_folds import table_cells, table_rows


@fold
def coverage_differences(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[list[Any]]:
    """Cells of the coverage (the last exchange) that differ from the list (the pages before it).

    Each is [district, category, listed as admitted, covered]; ``given["districts"]`` × ``given["categories"]`` must all
    be there, the empty ones too.
    """
    *pages, coverage = exchanges
    listed = Counter((one["district"], one["category"]) for one in _items(pages) if one["status"] == "admitted")
    shown = {(cell["district"], cell["category"]): cell["merchants"] for cell in coverage.value["cells"]}
    places = [(district, category) for district in given["districts"] for category in given["categories"]]
    wrong = [[*place, listed[place], shown.get(place)] for place in places if shown.get(place) != listed[place]]
    empty = sum(listed[place] == 0 for place in places)
    told = coverage.value["empty_cells"]
    return wrong if empty == told else [*wrong, ["empty_cells", "", empty, told]]


@fold
def selection_differences(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[str]:
    """Merchants that a suspension (the last exchange) should have named and did not, or named and should not have.

    The pages before it list all; whoever was suspended already may be named or not. ``given`` holds the selector.
    """
    *pages, changed = exchanges
    fields = {name: given[name] for name in ("district", "category") if name in given}
    met = {one["id"]: one["status"] for one in _items(pages) if all(one[n] == v for n, v in fields.items())}
    named = set(changed.value["merchant_ids"])
    missing = {merchant_id for merchant_id, status in met.items() if status != "suspended"} - named
    return sorted(missing | (named - met.keys()))


@fold
def texts_missing_in_file(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> list[str]:
    """Which of ``given["texts"]`` stand in no cell of the xlsx or CSV file."""
    (file,) = exchanges
    cells = {str(cell) for cell in table_cells(file.reply_body)}
    return [text for text in given["texts"] if text not in cells]


@fold
def words_beside(exchanges: Sequence[Exchange], given: Mapping[str, Any]) -> int:
    """How many filled cells more than ``given["columns"]`` a row of the file has that holds ``given["text"]``."""
    (file,) = exchanges
    rows = [row for row in table_rows(file.reply_body) if given["text"] in map(str, row)]
    return max(sum(bool(str(cell).strip()) for cell in row) for row in rows) - int(given["columns"])


def _items(pages: Sequence[Exchange]) -> Iterator[Mapping[str, Any]]:
    for page in pages:
        yield from page.value["items"]
