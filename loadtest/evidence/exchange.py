"""One request and its reply as they went over the wire, for the transcript of a functional case."""

import base64
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Exchange:
    """Request and reply number ``number`` of a case. Bodies are the raw bytes; times are monotonic nanoseconds.

    ``status`` 0 means that no complete reply came; ``sent`` False that not a byte of the request had left. ``who``
    names the caller by role and number, never by token. ``outcome`` and ``code`` are how the adapter classed the
    reply, ``value`` is the reply in the contract's words: on a vendor's own wire it differs from ``reply_body``.
    Where an operation took several calls, the last one is classed; ``earlier_calls`` are the numbers of the others.
    """

    number: int
    operation: str
    who: str
    method: str
    path: str
    request_headers: dict[str, str]
    request_body: bytes
    t_invoke_ns: int
    t_reply_ns: int
    status: int
    reply_headers: dict[str, str]
    reply_body: bytes
    sent: bool
    outcome: str
    code: str | None
    value: Any = None
    replayed: bool = False
    business_at: str | None = None
    earlier_calls: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; bodies as text where they are UTF-8, else base64 under ``…_base64``."""
        flat = dict(vars(self))  # not asdict, which copies all that is within, for nothing
        for name in ("request_body", "reply_body"):
            raw: bytes = flat.pop(name)
            try:
                flat[name] = raw.decode()
            except UnicodeDecodeError:
                flat[f"{name}_base64"] = base64.b64encode(raw).decode()
        return flat

    @classmethod
    def from_json(cls, flat: dict[str, Any]) -> Self:
        """The inverse of ``as_json``."""
        values = dict(flat)
        for name in ("request_body", "reply_body"):
            encoded = values.pop(f"{name}_base64", None)
            values[name] = values[name].encode() if encoded is None else base64.b64decode(encoded)
        values["earlier_calls"] = tuple(values.get("earlier_calls", ()))
        return cls(**values)


SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie"})


@dataclass
class Transcript:
    """All exchanges of one case, numbered from 0 in the order in which they were sent."""

    case_id: str
    exchanges: list[Exchange] = field(default_factory=list)

    def number(self) -> int:
        """The next free number; taken at once, since exchanges of a case may overlap."""
        self._taken += 1
        return self._taken - 1

    def __post_init__(self) -> None:
        self._taken = len(self.exchanges)
