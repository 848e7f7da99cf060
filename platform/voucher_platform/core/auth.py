"""Tokens: compact, signed, self-contained; verifying one costs microseconds and no look-up."""

import binascii
import hashlib
import hmac
import time
from functools import lru_cache

import msgspec

from voucher_contract.models.common import Role

_TO_STANDARD, _TO_URL = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")


class Principal(msgspec.Struct, frozen=True, omit_defaults=True):
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


class _Sealed(Principal, frozen=True, omit_defaults=True, kw_only=True):
    """What a token states: a principal, and the Unix time at which it ends."""

    exp: int


_WRITE = msgspec.json.Encoder()
_READ = msgspec.json.Decoder(_Sealed)


def _b64(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=")


@lru_cache(maxsize=4)
def _seal_key(secret: str) -> bytes:
    """A key of the seal's own, of the length that BLAKE2b takes, whatever that of the secret."""
    return hashlib.blake2b(secret.encode(), person=b"token").digest()


def _sign(payload: bytes, secret: str) -> bytes:
    # Keyed BLAKE2b and not an HMAC of OpenSSL's, which lets go of the interpreter for each: in a rush the server's own
    # thread takes it then, and the one token more to be looked at waits for it.
    return _b64(hashlib.blake2b(payload, key=_seal_key(secret), digest_size=32).digest())


def seal(principal: Principal, secret: str, lifetime_seconds: int) -> tuple[str, float]:
    """A token for ``principal`` and the Unix time it expires at."""
    expires = time.time() + lifetime_seconds
    payload = _b64(_WRITE.encode(_Sealed(**msgspec.structs.asdict(principal), exp=int(expires))))
    return f"{payload.decode()}.{_sign(payload, secret).decode()}", expires


def unseal(token: str, secret: str) -> Principal | None:
    """Whom a token names, or ``None`` if it was not sealed with ``secret`` or has expired."""
    try:
        principal = _opened(token, secret)
    except (ValueError, msgspec.DecodeError):
        return None
    return principal if principal.exp >= time.time() else None


@lru_cache(maxsize=16_384)
def _opened(token: str, secret: str) -> _Sealed:
    """What a token states. Raises ``ValueError`` or ``msgspec.DecodeError`` if another secret sealed it.

    Remembered, since it never changes: a till sends the same token all day. What raises is not remembered, so strangers
    cannot fill the memory with tokens of their own.
    """
    payload, _, signature = token.encode().partition(b".")
    if not hmac.compare_digest(_sign(payload, secret), signature):
        raise ValueError("not sealed with this secret")
    return _READ.decode(binascii.a2b_base64(payload.translate(_TO_STANDARD) + b"=="))


def keyed_hash(secret: str, kind: str, number: str) -> bytes:
    """16 bytes that stand for a personal number: equal numbers match, the number cannot be had back."""
    return hmac.digest(secret.encode(), f"{kind}:{number}".encode(), hashlib.sha256)[:16]
