"""Cursor pages: the last id seen and how many rows to send; the limit keeps every page small."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Query
from sqlalchemy.sql import Select

from voucher_contract.models.common import Id

Cursor = Annotated[Id | None, Query(description="next_cursor of the page before")]
NumberCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="next_cursor of the page before")]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows a page")]
RowOrder = Annotated[Literal["oldest", "newest"], Query(description="Which rows come first")]
OLDEST: RowOrder = "oldest"
DEFAULT_LIMIT = 50
Rows = TypeVar("Rows", bound=Select[Any])


def paged(query: Rows, key: Any, *, cursor: str | int | None, order: RowOrder, limit: int) -> Rows:
    """``query`` for one page: the rows behind ``cursor`` by the ascending column ``key``, in that order or back."""
    if cursor is not None:
        query = query.where(key < cursor if order == "newest" else key > cursor)
    return query.order_by(key.desc() if order == "newest" else key).limit(limit)


def next_cursor(ids: Sequence[str | int], limit: int) -> str | None:
    """The cursor after a page with these ``ids``: none when the page was not full, for then nothing follows."""
    return str(ids[-1]) if ids and len(ids) == limit else None
