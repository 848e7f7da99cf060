"""Voucher codes: the static one is a secret of the voucher, the dynamic one is made anew every few seconds. Pure.

A dynamic code is ``reference.step.seal``: the voucher's id without its prefix, the number of the real-clock step, and
100 bits of HMAC over both. It lives to the end of the step after its own, so a code shown just before a step ends can
still be scanned.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

VOUCHER_PREFIX = "vch"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SEAL_CHARACTERS = 20
_LIVES_STEPS = 2


@dataclass(frozen=True)
class Static:
    """``code`` as kept in the voucher's row."""

    code: str


@dataclass(frozen=True)
class Dynamic:
    """What a dynamic code claims to be; ``verify`` says whether it is."""

    voucher_id: str
    step: int
    seal: str


def read_code(text: str) -> Static | Dynamic:
    """Tell the two apart. A malformed dynamic code is taken as a static one, which no voucher has."""
    parts = text.upper().split(".")
    if len(parts) == 3 and parts[1].isascii() and parts[1].isdigit() and len(parts[1]) <= 15:
        return Dynamic(f"{VOUCHER_PREFIX}_{parts[0]}", int(parts[1]), parts[2])
    return Static(text.upper())


def dynamic_code(voucher_id: str, *, token_secret: str, now: datetime, step_seconds: int) -> tuple[str, datetime]:
    """The code of a voucher at the real time ``now``, and when it becomes stale."""
    step = int(now.timestamp()) // step_seconds
    code = f"{voucher_id.removeprefix(VOUCHER_PREFIX + '_')}.{step}.{_seal(voucher_id, step, token_secret)}"
    return code, datetime.fromtimestamp((step + _LIVES_STEPS) * step_seconds, UTC)


def verify(code: Dynamic, *, token_secret: str, now: datetime, step_seconds: int) -> Literal["good", "stale", "forged"]:
    """Whether a code was made by us, and not too long ago. A step ahead is a neighbour's clock, not a forgery."""
    expected = _seal(code.voucher_id, code.step, token_secret)
    if not hmac.compare_digest(expected.encode(), code.seal.encode()):
        return "forged"
    age = int(now.timestamp()) // step_seconds - code.step
    return "good" if -1 <= age < _LIVES_STEPS else "stale"


def _seal(voucher_id: str, step: int, token_secret: str) -> str:
    key = hmac.digest(token_secret.encode(), b"voucher dynamic code", hashlib.sha256)
    value = int.from_bytes(hmac.digest(key, f"{voucher_id}.{step}".encode(), hashlib.sha256)[:13], "big")
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(5 * (_SEAL_CHARACTERS - 1), -1, -5))
