"""Identifiers: a prefix that names the noun and 26 characters that sort by the time they were made (ULID layout)."""

import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(prefix: str) -> str:
    """``prefix_`` + 48 bits of milliseconds + 80 random bits in Crockford base 32."""
    value = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return prefix + "_" + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def random_code() -> str:
    """80 random bits as 16 characters: a voucher's code, not to be guessed."""
    value = secrets.randbits(80)
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(75, -1, -5))
