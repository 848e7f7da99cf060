"""Identifiers: a prefix that names the noun and 26 characters that sort by the time they were made (ULID layout)."""

import itertools
import os
import secrets
import time
from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ANY_BYTE_TO_ALPHABET = bytes(ord(_ALPHABET[byte & 31]) for byte in range(256))
_TEXTS_A_DRAW = 256
_LETTERS_FOR_DIGITS = str.maketrans("0123456789", "GHIJKLMNOP")
_requests = itertools.count(1)
_drawn: list[str] = []
os.register_at_fork(after_in_child=_drawn.clear)  # two processes must never go on with the same texts


def new_id(prefix: str) -> str:
    """``prefix_`` + 48 bits of milliseconds + 80 random bits in Crockford base 32."""
    return f"{prefix}_{_time_text(int(time.time() * 1000))}{random_code()}"


def new_request_id() -> str:
    """``req_`` + the name of this run + a running number of ten hexadecimal digits.

    Every reply has one, also the hundred thousand refusals of a rush: it must differ, but need not be unguessable.
    """
    return f"req_{_THIS_RUN}{next(_requests):010X}"


def name_of_run() -> str:
    """64 random bits as 16 letters.

    With digits, some requests' ids would look like the number of a card, and be masked in the very log they lead to.
    """
    return secrets.token_hex(8).upper().translate(_LETTERS_FOR_DIGITS)


def random_code() -> str:
    """80 random bits as 16 characters: a voucher's code, not to be guessed.

    The operating system's randomness, drawn for many at a time: a call of it costs more than all else in a claim's ids.
    """
    while True:
        try:
            return _drawn.pop()
        except IndexError:
            text = os.urandom(16 * _TEXTS_A_DRAW).translate(_ANY_BYTE_TO_ALPHABET).decode()
            _drawn.extend([text[at : at + 16] for at in range(0, len(text), 16)])


@lru_cache(maxsize=64)
def _time_text(milliseconds: int) -> str:
    return "".join([_ALPHABET[(milliseconds >> shift) & 31] for shift in range(45, -1, -5)])


_THIS_RUN = name_of_run()
