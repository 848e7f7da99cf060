"""A win: all that PostgreSQL needs to write one voucher, and its form in the journal."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

import msgspec

from voucher_platform.claims.rules import from_us, to_us


@dataclass(frozen=True, slots=True)
class Win:
    """A slot taken in the hot store, not yet in PostgreSQL. ``journal_id`` is empty when it is not known."""

    batch_id: str
    voucher_id: str
    person_id: str
    account_id: str
    claim_key: str
    digest: bytes
    code: str
    claimed_at: datetime
    valid_from: datetime
    valid_until: datetime
    seq: int = 0
    nth: int = 0
    journal_id: bytes = b""


class _Written(msgspec.Struct, array_like=True, frozen=True):
    batch_id: str
    voucher_id: str
    person_id: str
    sealed_account: bytes
    claim_key: str
    digest: bytes
    code: str
    claimed_us: int
    from_us: int
    until_us: int


_PACK = msgspec.msgpack.Encoder()
_UNPACK = msgspec.msgpack.Decoder(_Written)


def _seal(account: bytes, voucher_id: str, secret: str) -> bytes:
    """XOR with a keystream that is used once, because a voucher id is: account numbers stay out of the hot store.

    Opening is the same act. An account has at most 40 characters, the stream 64.
    """
    stream = hmac.digest(secret.encode(), f"journal:{voucher_id}".encode(), hashlib.sha512)
    return bytes(a ^ b for a, b in zip(account, stream, strict=False))


def pack(win: Win, secret: str) -> bytes:
    """The win as the journal keeps it; seq and nth are added by the script that gives them."""
    written = _Written(
        win.batch_id, win.voucher_id, win.person_id, _seal(win.account_id.encode(), win.voucher_id, secret),
        win.claim_key, win.digest, win.code, to_us(win.claimed_at), to_us(win.valid_from), to_us(win.valid_until),
    )  # fmt: skip
    return _PACK.encode(written)


def unpack(payload: bytes, secret: str, *, seq: int, nth: int, journal_id: bytes) -> Win:
    """A win read from the journal. Raises ``msgspec.DecodeError`` or ``UnicodeDecodeError`` if it is none of ours."""
    w = _UNPACK.decode(payload)
    return Win(
        w.batch_id, w.voucher_id, w.person_id, _seal(w.sealed_account, w.voucher_id, secret).decode(), w.claim_key,
        w.digest, w.code, from_us(w.claimed_us), from_us(w.from_us), from_us(w.until_us), seq, nth, journal_id,
    )  # fmt: skip
