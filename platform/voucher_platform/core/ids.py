"""Identifiers: a prefix that names the noun and 26 characters that sort by the time they were made (ULID layout)."""

import itertools
import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_THIS_RUN = secrets.token_hex(8).upper()
_requests = itertools.count(1)


def new_id(prefix: str) -> str:
    """``prefix_`` + 48 bits of milliseconds + 80 random bits in Crockford base 32."""
    value = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return f"{prefix}_{_base32(value, 26)}"


def new_request_id() -> str:
    """``req_`` + 64 random bits that name this process + a running number of ten digits, all hexadecimal.

    Every reply has one, also the hundred thousand refusals of a rush: it must differ, but need not be unguessable.
    """
    return f"req_{_THIS_RUN}{next(_requests):010X}"


def random_code() -> str:
    """80 random bits as 16 characters: a voucher's code, not to be guessed."""
    return _base32(secrets.randbits(80), 16)


def _base32(value: int, characters: int) -> str:
    """The lowest ``characters`` (an even number) of ``value`` in Crockford base 32, two at a step."""
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(5 * characters - 10, -1, -10)])
