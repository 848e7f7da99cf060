"""Tokens: a caller, an end, and a seal over both."""

import base64
import hmac
import json
import time
from dataclasses import asdict, dataclass

from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals
from voucher_contract.routes import Route

_REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. ``name``: a sign-in of the staff, an account, or the merchant; ``till`` only with a merchant."""

    role: str
    name: str
    till: str = ""


NOBODY = Principal("", "")


class Tokens:
    """Seals and opens tokens with one secret; those that opened once are remembered."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._opened: dict[str, tuple[Principal, float]] = {}

    def seal(self, principal: Principal, lifetime_s: int) -> tuple[str, float]:
        """The token and the Unix time at which it ends."""
        ends = time.time() + lifetime_s
        told = json.dumps({**asdict(principal), "ends": ends}).encode()
        return f"{_text(told)}.{_text(self._sealed(told))}", ends

    def open(self, token: str) -> Principal | None:
        """Whom a token names; None where it is not ours or has ended."""
        known = self._opened.get(token)
        if known is None:
            known = self._read(token)
            if known is None:
                return None
            if len(self._opened) >= _REMEMBERED:
                self._opened.clear()
            self._opened[token] = known
        principal, ends = known
        return principal if time.time() < ends else None

    def _read(self, token: str) -> tuple[Principal, float] | None:
        told, _, seal = token.partition(".")
        try:
            raw = _bytes(told)
            if not hmac.compare_digest(_bytes(seal), self._sealed(raw)):
                return None
        except ValueError:
            return None
        fields = json.loads(raw)
        return Principal(fields["role"], fields["name"], fields["till"]), fields["ends"]

    def _sealed(self, told: bytes) -> bytes:
        return hmac.digest(self._secret, told, "sha256")[:16]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if not text.isascii():
        raise ValueError("a token is ASCII")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def identify(tokens: Tokens, route: Route, authorization: str | None) -> Principal:
    """Who calls a route that is not public. Refuses ``missing_token`` and ``invalid_token``."""
    if not route.roles:
        return NOBODY
    if authorization is None:
        raise Refused(refusals.MISSING_TOKEN)
    scheme, _, token = authorization.partition(" ")
    principal = tokens.open(token.strip()) if scheme.lower() == "bearer" else None
    if principal is None:
        raise Refused(refusals.INVALID_TOKEN)
    return principal
