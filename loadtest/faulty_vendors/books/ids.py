"""Ids and codes. Two forms of id: one that sorts by time, one that tells nothing at all."""

import itertools
import secrets
import time
import uuid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_TIME_PLACES, _COUNT_PLACES, _NOISE_PLACES = 11, 4, 6


def _digits(number: int, places: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(places)))


class Ids:
    """``shuffled``: random ids, so that a list by id is in no order of time."""

    def __init__(self, *, shuffled: bool) -> None:
        self._shuffled = shuffled
        self._count = itertools.count()

    def new(self, prefix: str) -> str:
        """A fresh id."""
        if self._shuffled:
            return str(uuid.uuid4())
        now = _digits(time.time_ns() // 1_000, _TIME_PLACES)
        return f"{prefix}{now}{_digits(next(self._count), _COUNT_PLACES)}{_digits(secrets.randbits(30), _NOISE_PLACES)}"


def secret_code(length: int = 16) -> str:
    """Letters and digits nobody can guess: five bits each."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(length))
