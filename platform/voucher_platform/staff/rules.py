"""Passwords: hashed with scrypt, compared in constant time."""

import hashlib
import hmac
import secrets

_N, _R, _P = 2**14, 8, 1  # 16 MiB and some 40 ms a guess


def hash_password(password: str) -> str:
    """``scrypt$n$r$p$salt$digest`` in hex, with a fresh salt."""
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${_digest(password, salt, _N, _R, _P).hex()}"


def password_fits(password: str, stored: str) -> bool:
    """Whether ``password`` is the one ``stored`` was made from. Costs the same either way."""
    _, n, r, p, salt, digest = stored.split("$")
    made = _digest(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(made, bytes.fromhex(digest))


def _digest(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, dklen=32)


NOBODYS_HASH = hash_password(secrets.token_hex(16))
"""Compared with when the login is unknown, so that an unknown login takes as long as a wrong password."""
