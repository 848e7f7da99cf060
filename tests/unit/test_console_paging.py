"""Which page of a list an address asks for, whatever stands in it."""

from typing import cast

import pytest

from voucher_console.pages.paging import page_asked
from voucher_console.view import View


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
