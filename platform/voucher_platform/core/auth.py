"""Tokens: compact, signed, self-contained; verifying one costs microseconds and no look-up."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from functools import lru_cache

from voucher_contract.models.common import Role


@dataclass(frozen=True)
class Principal:
    """Who acts. ``name`` is a login, an account or ``merchant:till``; the other fields depend on the role.

    For a consumer ``person`` is the natural person behind the account, resolved when the token was made, ``device``
    its device and ``home`` its district. For a till ``merchant`` and ``till`` say which.
    """

    role: Role
    name: str
    person: str = ""
    device: str = ""
    home: str = ""
    merchant: str = ""
    till: str = ""


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _sign(payload: str, secret: str) -> str:
    return _b64(hmac.digest(secret.encode(), payload.encode(), hashlib.sha256))


def seal(principal: Principal, secret: str, lifetime_seconds: int) -> tuple[str, float]:
    """A token for ``principal`` and the Unix time it expires at."""
    expires = time.time() + lifetime_seconds
    fields = {name: text for name, text in vars(principal).items() if text}
    payload = _b64(json.dumps({**fields, "exp": int(expires)}, separators=(",", ":")).encode())
    return f"{payload}.{_sign(payload, secret)}", expires


def unseal(token: str, secret: str) -> Principal | None:
    """Whom a token names, or ``None`` if it was not sealed with ``secret`` or has expired."""
    try:
        principal, expires = _opened(token, secret)
    except ValueError:
        return None
    return principal if expires >= time.time() else None


@lru_cache(maxsize=16_384)
def _opened(token: str, secret: str) -> tuple[Principal, float]:
    """The principal and the Unix time of expiry that a token states. Raises ValueError if another secret sealed it.

    Remembered, since it never changes: a till sends the same token all day. What raises is not remembered, so strangers
    cannot fill the memory with tokens of their own.
    """
    payload, _, signature = token.partition(".")
    if not hmac.compare_digest(_sign(payload, secret).encode(), signature.encode()):
        raise ValueError("not sealed with this secret")
    fields = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    expires = fields.pop("exp")
    return Principal(**fields), expires


def keyed_hash(secret: str, kind: str, number: str) -> bytes:
    """16 bytes that stand for a personal number: equal numbers match, the number cannot be had back."""
    return hmac.digest(secret.encode(), f"{kind}:{number}".encode(), hashlib.sha256)[:16]
