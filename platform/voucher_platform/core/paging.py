"""Cursor pages: the last id seen and how many rows to send; the limit keeps every page small."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query

from voucher_contract.models.common import Id

Cursor = Annotated[Id | None, Query(description="next_cursor of the page before")]
NumberCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="next_cursor of the page before")]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows a page")]
DEFAULT_LIMIT = 50


def next_cursor(ids: Sequence[str | int], limit: int) -> str | None:
    """The cursor after a page with these ``ids``: none when the page was not full, for then nothing follows."""
    return str(ids[-1]) if ids and len(ids) == limit else None
