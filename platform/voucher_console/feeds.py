"""What changes while people look at it, fetched once for all of them.

However many browsers are open, the target gets one request a kind of data and interval: whoever asks while one is
under way waits for that one, and whoever asks soon after gets the same value. When nobody asks, nothing is fetched.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from voucher_console.line import Line, Problem, Refused
from voucher_contract.models.system import Session
from voucher_contract.routes import Route

_MOST_KINDS = 200
_NEVER = float("-inf")


@dataclass(frozen=True)
class Seen:
    """The last good value and when it came. ``problem``: since ``failing_since`` nothing newer could be had."""

    value: Any
    at: datetime | None
    problem: Problem | None = None
    failing_since: datetime | None = None

    def says_as(self, other: "Seen") -> bool:
        """Whether both tell the same, however old they are."""
        return replace(self, at=None) == replace(other, at=None)


@dataclass
class _Kind:
    seen: Seen = field(default_factory=lambda: Seen(None, None))
    asked_at_s: float = _NEVER
    under_way: asyncio.Task[None] | None = None

    def landed(self, task: asyncio.Task[None]) -> None:
        """The fetch is over; its error, if any, has an owner even when nobody waits any more."""
        self.under_way = None
        if not task.cancelled():
            task.exception()


class Feeds:
    """Shared looks at the target. Roles are kept apart, for a platform may show them different things."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._kinds: dict[tuple[str, ...], _Kind] = {}

    async def look(
        self, route: Route, session: Session, *, max_age_s: float, query: dict[str, str] | None = None, **path: str
    ) -> Seen:
        """One reply of a route, at most ``max_age_s`` old where the target answers. Raises Refused when signed out."""

        async def fetch() -> Any:
            return await self._line.ask(route, session, query=query, **path)

        words = (*sorted(path.items()), *sorted((query or {}).items()))
        return await self.share((session.role, route.name, *map(str, words)), fetch, max_age_s=max_age_s)

    async def share(self, name: tuple[str, ...], fetch: Callable[[], Awaitable[Any]], *, max_age_s: float) -> Seen:
        """As ``look``, for whatever ``fetch`` gets together. Raises Refused when the asker is signed out."""
        kind = self._kind(name)
        while kind.under_way is not None:
            await asyncio.wait([kind.under_way])
            if kind.asked_at_s > _NEVER:
                return kind.seen
        if time.monotonic() - kind.asked_at_s >= max_age_s:
            kind.under_way = asyncio.create_task(self._fetch(kind, fetch))
            kind.under_way.add_done_callback(kind.landed)
            # Shielded: a page that is closed meanwhile must not take the value from the others who wait for it.
            await asyncio.shield(kind.under_way)
        return kind.seen

    async def _fetch(self, kind: _Kind, fetch: Callable[[], Awaitable[Any]]) -> None:
        kind.asked_at_s = time.monotonic()
        try:
            kind.seen = Seen(await fetch(), datetime.now(UTC))
        except Refused as refused:
            if refused.signed_out:
                # That officer's own trouble: whoever waits or asks next tries at once, with a token of their own.
                kind.asked_at_s = _NEVER
                raise
            since = kind.seen.failing_since or datetime.now(UTC)
            kind.seen = Seen(kind.seen.value, kind.seen.at, refused.problem, since)

    def _kind(self, name: tuple[str, ...]) -> _Kind:
        kind = self._kinds.pop(name, None) or _Kind()
        while len(self._kinds) >= _MOST_KINDS:
            self._kinds.pop(next(iter(self._kinds)))
        self._kinds[name] = kind
        return kind
