"""The shape of one attempt in a history, and the small numbers that stand for words in it.

A record is 80 bytes in a memory-mapped file: the sender fills the left part before the first byte leaves, and the
right part when the last byte of the reply is parsed, ``outcome`` last of all. A record without outcome was cut short:
it may have taken effect. Times are CLOCK_MONOTONIC nanoseconds of the sending host; 0 means never.
"""

import hashlib
from enum import IntEnum

import numpy as np

ATTEMPT = np.dtype(
    [
        ("t_intended", "<i8"),  # when the schedule wanted it
        ("t_invoke", "<i8"),  # before the first byte left; 0: NOT_SENT
        ("key", "<u8"),  # logical operation: worker << 40 | number; the Idempotency-Key is made from it
        ("target", "<u8"),  # what it acts on: digest64 of a voucher (redeem, void, read_voucher) or redemption
        #                     (refund); for read_claim the key of the claim that is read; else 0
        ("person", "<u4"),  # row of the step's people file (one row an account); for tills the row of its tills file
        ("amount", "<i4"),  # fen of the order's payable total (redeem), fen asked for (refund), new quota (raise)
        ("subject", "<u2"),  # row of the step's batches file
        ("kind", "u1"),  # last of the left part: 0 means that the record was never begun
        ("attempt", "u1"),  # 0 the first, 1 the first repetition …
        ("code", "<u2"),  # row of CODES, 0 none
        ("status", "<u2"),  # HTTP status, 0 none
        ("t_reply", "<i8"),  # after the last byte was parsed
        ("result", "<u8"),  # digest64 of the voucher, redemption or refund id of the reply, else 0
        ("mark", "<u8"),  # digest64 of the code of the voucher that a claim gave, else 0
        ("value", "<i4"),  # of the reply: fen of public money that came back (refund), remaining (read), else 0
        ("pad", "u1", (3,)),
        ("outcome", "u1"),
    ]
)
# Workers from here on are the bench's own preparation and resolution: evidence, but no load.
FIRST_OWN_WORKER = 90_000
assert ATTEMPT.itemsize == 80, "sender and reader map the same file"


class Kind(IntEnum):
    """What was attempted."""

    CLAIM = 1
    REDEEM = 2
    REFUND = 3
    VOID = 4
    RAISE = 5
    READ_REMAINING = 6
    READ_CLAIM = 7
    READ_VOUCHER = 8


class Outcome(IntEnum):
    """How it ended, as far as the sender can prove. ``classing`` says which reply is which."""

    OPEN = 0  # no reply was ever recorded: may have taken effect
    OK = 1
    REFUSED = 2  # by a documented rule, itself to be checked
    NOT_EXECUTED = 3  # shed: overloaded, rebuilding, rate_limited
    GUARDED = 4  # stopped by a risk rule
    NO_EFFECT = 5  # the request was wrong, or never left
    UNKNOWN = 6  # may have taken effect: timeout, reset, 5xx, unreadable
    OK_UNREADABLE = 7  # took effect; what it gave is not known
    PENDING = 8  # 202: neither granted nor refused yet
    NOT_SENT = 9  # the generator was late: its own fault


def digest64(text: str) -> int:
    """The first eight bytes of BLAKE2b of an id, never 0. Two of ten million ids collide with probability 3e-6."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") or 1


def key_text(run: str, key: int) -> str:
    """The Idempotency-Key of a logical operation: ``run`` is 8 letters or digits chosen once for a run."""
    return f"vl{run}-{key:016x}"
