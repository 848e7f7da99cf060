"""What an adapter is: it turns a request in the contract's words into calls of a vendor's wire, and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel

from voucher_contract.operations.protocol import Operation
from voucher_contract.routes import Route


@dataclass(frozen=True)
class Request:
    """One operation a client wants done. ``path_values`` fill the braces of the route's path.

    ``body`` bytes go out as they are with ``media_type``. ``who`` names the caller for transcripts, never a secret.
    """

    route: Route
    who: str
    token: str | None = None
    key: str | None = None
    body: BaseModel | bytes | None = None
    media_type: str = "application/json"
    query: Mapping[str, str] = field(default_factory=dict)
    path_values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """What an adapter may use of the world, passed in so that it stays without I/O and can be tested.

    ``now`` is seconds since 1970, ``nonce`` a fresh random word, ``sign`` a signature over bytes in base64 with the
    tester's key (None where the wire needs none). ``options`` are the target file's ``[adapter_options]``.
    """

    now: Callable[[], float]
    nonce: Callable[[], str]
    sign: Callable[[bytes], str] | None = None
    options: Mapping[str, str] = field(default_factory=dict)


class Adapter(Protocol):
    """One vendor's wire. An adapter keeps no state but a mapping of ids it has seen."""

    name: str

    def missing(self, route_name: str) -> str | None:
        """Why this wire cannot do an operation of the contract (Chinese, one sentence); None when it can."""
        ...

    def start(self, request: Request) -> Operation:
        """The operation as a generator: yields ``Call`` or ``Wait``, returns an ``Outcome`` in the contract's words.

        ``Outcome.value`` is the route's reply model. Never retries a write by itself: repeating is the tester's act.
        """
        ...
