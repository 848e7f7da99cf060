"""What an adapter is: it turns a request in the contract's words into calls of a vendor's wire, and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel

from voucher_contract.models.system import Meta
from voucher_contract.operations.protocol import Operation
from voucher_contract.routes import Route


class NotOnThisWire(Exception):
    """A request that this wire cannot carry; the text (Chinese, one sentence) says why. Nothing was changed by it."""


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
    """One vendor's wire. An adapter keeps no state but a mapping of ids it has seen.

    Inherit it: ``meta`` and ``publish_batch``, which most wires do not need, then mean "as the contract does".
    """

    name: str

    def missing(self, name: str) -> str | None:
        """Why this wire cannot do an operation, or lacks a capability (Chinese, one sentence); None when it can."""
        ...

    def start(self, request: Request) -> Operation:
        """The operation as a generator: yields ``Call`` or ``Wait``, returns an ``Outcome`` in the contract's words.

        ``Outcome.value`` is the route's reply model. Never retries a write by itself: repeating is the tester's act.
        Raises NotOnThisWire, also from inside the generator, for a request that cannot be said on this wire.
        """
        ...

    def meta(self) -> Meta | None:
        """What there is to know of a wire without ``get_meta``; None where ``get_meta`` is asked."""
        return None

    def publish_batch(self, request: Request) -> Operation | None:  # noqa: ARG002 - for those that need it
        """A claimable batch in one go, on a wire that knows no campaigns, rounds or second officers.

        ``request`` is that of ``create_batch``, without a round; the outcome's value is the ``Batch``. It only
        prepares other cases: one about rounds or approval asks for those and finds them ``missing``. None: the
        contract's own steps are walked.
        """
        return None
