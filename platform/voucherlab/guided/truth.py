"""What PostgreSQL holds, by statements of our own: nothing of the platform's code is used."""

from collections.abc import Callable
from typing import Any

import asyncpg

from voucherlab.guided.showing import Cell, Check, Words
from voucherlab.sql import plain_url

_TIMEOUT_S = 20.0


async def rows(database_url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement. Raises asyncpg.PostgresError, OSError or TimeoutError."""
    connection = await asyncpg.connect(plain_url(database_url), timeout=_TIMEOUT_S)
    try:
        found = await connection.fetch(statement, *values, timeout=_TIMEOUT_S)
        return [tuple(row.values()) for row in found]
    finally:
        await connection.close(timeout=_TIMEOUT_S)


async def number(database_url: str, statement: str, *values: Any) -> int:
    """The single number of a statement, 0 where it has none."""
    found = await rows(database_url, statement, *values)
    return int(found[0][0] or 0) if found else 0


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        return " / ".join(_told(one) for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _both(cell: Cell) -> Words:
    return cell if isinstance(cell, Words) else Words(str(cell), str(cell))


def same(zh: str, en: str, stored: Any, due: Any, *, tell: Callable[[Any], Cell] = _told) -> Check:
    """A check that holds when PostgreSQL has exactly what is due."""
    ok = bool(stored == due)
    there, right = _both(tell(stored)), _both(tell(due))
    detail: Cell = tell(stored) if ok else Words(f"实际 {there.zh}，应为 {right.zh}", f"{there.en}, due {right.en}")
    return Check(Words(zh, en), ok, detail)


def holds(zh: str, en: str, ok: bool, detail: Cell = "") -> Check:
    """A check of a statement."""
    return Check(Words(zh, en), ok, detail)
