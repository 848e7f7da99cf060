"""What an operation may ask its driver to do, and what it hands back.

An operation is a generator: it yields ``Call`` or ``Wait``, is sent a ``Reply`` (or ``None`` after a wait), and returns
an ``Outcome``. It never touches a socket or a clock, so the same code runs under asyncio, under gevent and in a test.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Literal

OutcomeKind = Literal["ok", "refused", "guarded", "not_executed", "no_effect", "unknown"]


@dataclass(frozen=True)
class Call:
    """One HTTP request. ``body`` is sent as it is; ``headers`` already hold token and key."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Wait:
    """Let ``seconds`` of real time pass."""

    seconds: float


@dataclass(frozen=True)
class Reply:
    """What came back. ``status`` 0: no complete reply; ``sent`` False: not a byte of the request had left."""

    status: int
    headers: dict[str, str]
    body: bytes
    sent: bool = True


@dataclass(frozen=True)
class Outcome:
    """How an operation ended, in the classes a judge may rely on.

    ``ok`` took effect · ``refused`` by a documented business rule, no effect · ``guarded`` stopped by a risk rule ·
    ``not_executed`` shed, try again · ``no_effect`` the request itself was wrong or never left · ``unknown`` may have
    taken effect.
    """

    kind: OutcomeKind
    status: int
    code: str | None
    value: Any
    replayed: bool = False
    attempts: int = 1
    raw: bytes = b""


Operation = Generator[Call | Wait, Reply | None, Outcome]
