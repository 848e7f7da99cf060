"""Which part of a list an address asks for, whatever stands in it, and in which order the target can give it."""

from typing import cast

import pytest

from voucher_console.capabilities import target_of
from voucher_console.pages.paging import newest_first, order_told, page_asked
from voucher_console.view import View
from voucher_console.words import Words


class _Asking:
    """A page that was opened with ``?page=`` and that."""

    def __init__(self, page: str) -> None:
        self.query = {"page": page}


@pytest.mark.parametrize(
    ("asked", "page"),
    [("", 0), ("1", 1), ("2", 2), ("3", 2), ("-1", 0), ("1.5", 0), ("二", 0), ("²", 0), ("9" * 5_000, 2)],
    ids=["none", "second", "last", "beyond", "negative", "broken", "word", "raised", "endless"],
)
def test_any_address_leads_to_a_page_that_is_there(asked: str, page: int) -> None:
    assert page_asked(cast("View", _Asking(asked)), rows=101, a_page=50) == page


def test_a_list_without_rows_has_one_page() -> None:
    assert page_asked(cast("View", _Asking("7")), rows=0, a_page=50) == 0


@pytest.mark.parametrize(
    ("capabilities", "query", "told"),
    [(["look_up"], {"order": "newest"}, "从新到旧"), (["round_drafts"], {}, "从旧到新")],
    ids=["can", "cannot"],
)
def test_the_newest_come_first_only_where_the_target_lists_so(
    capabilities: list[str], query: dict[str, str], told: str
) -> None:
    target = target_of({"capabilities": capabilities})
    assert (newest_first(target), order_told(Words("zh"), target)) == (query, told)
