"""A win: all that PostgreSQL needs to write one voucher, and its form in the journal."""

import hashlib
from datetime import datetime
from functools import lru_cache

import msgspec

from voucher_platform.claims.rules import from_us, to_us

_STREAM_BYTES = 64


class Win(msgspec.Struct, frozen=True, gc=False):
    """A slot taken in the hot store, not yet in PostgreSQL. ``journal_id`` is empty when it is not known.

    A struct, because the claim path makes two of them a claim and a dataclass takes ten times as long.
    """

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

    @property
    def id(self) -> str:
        """As the column of the voucher's row is called, which a win is read like once it is committed."""
        return self.voucher_id

    def placed(self, *, seq: int, nth: int, journal_id: bytes) -> "Win":
        """The same win in the slot that the store gave it."""
        return Win(
            self.batch_id, self.voucher_id, self.person_id, self.account_id, self.claim_key, self.digest, self.code,
            self.claimed_at, self.valid_from, self.valid_until, seq, nth, journal_id,
        )  # fmt: skip


class _Written(msgspec.Struct, array_like=True, frozen=True, gc=False):
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


@lru_cache(maxsize=4)
def _stream_key(secret: str) -> bytes:
    """A key of the journal's own, so that what seals accounts seals nothing else."""
    return hashlib.blake2b(secret.encode(), person=b"journal").digest()


def _seal(account: bytes, voucher_id: str, secret: str) -> bytes:
    """XOR with a keystream that is used once, because a voucher id is: account numbers stay out of the hot store.

    The stream is keyed BLAKE2b of the voucher's id, half the cost of an HMAC. Opening is the same act.
    """
    length = len(account)
    if length > _STREAM_BYTES:
        raise ValueError("an account longer than the keystream")
    stream = hashlib.blake2b(voucher_id.encode(), key=_stream_key(secret), digest_size=_STREAM_BYTES).digest()
    return (int.from_bytes(account) ^ int.from_bytes(stream[:length])).to_bytes(length)


def pack(win: Win, secret: str) -> bytes:
    """The win as the journal keeps it; seq and nth are added by the script that gives them.

    Raises ``ValueError`` for what could not be committed afterwards: a line break in a name, a name that is too long.
    """
    if "\n" in f"{win.person_id}{win.account_id}{win.claim_key}":
        raise ValueError("a line break in the names of a claim")
    written = _Written(
        win.batch_id, win.voucher_id, win.person_id, _seal(win.account_id.encode(), win.voucher_id, secret),
        win.claim_key, win.digest, win.code, to_us(win.claimed_at), to_us(win.valid_from), to_us(win.valid_until),
    )  # fmt: skip
    return _PACK.encode(written)


def unpack(payload: bytes, secret: str, *, seq: int, nth: int, journal_id: bytes) -> Win:
    """A win read from the journal. Raises ``msgspec.DecodeError`` or ``ValueError`` if it is none of ours."""
    w = _UNPACK.decode(payload)
    return Win(
        w.batch_id, w.voucher_id, w.person_id, _seal(w.sealed_account, w.voucher_id, secret).decode(), w.claim_key,
        w.digest, w.code, from_us(w.claimed_us), from_us(w.from_us), from_us(w.until_us), seq, nth, journal_id,
    )  # fmt: skip
