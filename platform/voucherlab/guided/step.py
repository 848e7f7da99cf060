"""What a step is: an act over HTTP, and checks of what it left in PostgreSQL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from voucherlab.guided.showing import Check, Wall, Words
from voucherlab.guided.stage import Stage


@dataclass(frozen=True)
class Step:
    """One step of the talk. ``clauses`` are ids of the notice; ``minutes`` of the twenty; ``notes`` for the presenter.

    ``act`` raises Unexpected when the platform answers in a way the talk cannot go on from.
    """

    id: str
    title: Words
    clauses: tuple[str, ...]
    minutes: int
    notes: Words
    act: Callable[[Stage, Wall], Awaitable[None]]
    check: Callable[[Stage], Awaitable[list[Check]]]
