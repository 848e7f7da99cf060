"""Taking vouchers in groups: what comes for a batch while a statement is under way goes into the next one together.

The balances of a batch are the hottest rows there are, and each commit waits for the log to be flushed: one voucher a
commit would let a batch be redeemed only as fast as a disk can flush.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from voucher_platform.core.database import Database
from voucher_platform.core.gathering import Gathering
from voucher_platform.ledger.operations import POSTED
from voucher_platform.ledger.rules import account_id

_MOST = 64
_UNIQUE_VIOLATION, _DEADLOCK = "23505", "40P01"


@dataclass(frozen=True, slots=True)
class BatchOfVouchers:
    """What the vouchers of a group have in common; the face in fen."""

    batch_id: str
    campaign_id: str
    face_fen: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """One redemption to be made, if its voucher is still issued and valid at ``redeemed_at``. Amounts in fen."""

    id: str
    voucher_id: str
    merchant_id: str
    till_number: str
    order_no: str
    key: str
    digest: bytes
    order_total_fen: int
    merchant_discount_fen: int
    platform_discount_fen: int
    payable_fen: int
    paid_fen: int
    redeemed_at: datetime
    code_step: int | None = None


class Taking:
    """One of a process: at most one statement a batch under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batches: dict[str, Gathering[Wanted, Any]] = {}

    async def take(self, batch: BatchOfVouchers, wanted: Wanted) -> Any:
        """The new row; ``None`` when another took the voucher, the order number or the key first."""
        gathering = self._batches.get(batch.batch_id)
        if gathering is None:
            gathering = self._batches[batch.batch_id] = Gathering(self._worker(batch), _MOST)
        made = await gathering.submit(wanted).settled()
        if isinstance(made, Exception):
            raise made
        return made

    async def stop(self) -> None:
        """End what is under way; a statement cut off is rolled back."""
        for gathering in self._batches.values():
            await gathering.stop()

    def _worker(self, batch: BatchOfVouchers) -> Callable[[list[Wanted]], Awaitable[Sequence[Any]]]:
        async def work(group: list[Wanted]) -> Sequence[Any]:
            try:
                return await self._together(batch, group)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if len(group) == 1 and state == _UNIQUE_VIOLATION:
                    return [None]
                if len(group) == 1 or state not in {_UNIQUE_VIOLATION, _DEADLOCK}:
                    raise
            # One of them undid the statement for all: each by itself, and each with its own end.
            return [await self._alone(work, wanted) for wanted in group]

        return work

    async def _alone(self, work: Callable[[list[Wanted]], Awaitable[Sequence[Any]]], wanted: Wanted) -> Any:
        try:
            return (await work([wanted]))[0]
        except Exception as error:  # noqa: BLE001 - handed to the one caller it belongs to
            return error

    async def _together(self, batch: BatchOfVouchers, group: list[Wanted]) -> list[Any]:
        values = {name: [getattr(wanted, name) for wanted in group] for name in _COLUMNS} | {
            "batch": batch.batch_id, "campaign": batch.campaign_id, "face": batch.face_fen,
            "held": account_id("held", batch.batch_id), "redeemed": account_id("redeemed", batch.batch_id),
        }  # fmt: skip
        async with self._database.glancing() as connection:
            rows = {row.id: row for row in (await connection.execute(_TAKE, values)).all()}
        return [rows.get(wanted.id) for wanted in group]


_TYPES = {
    "id": "text", "voucher_id": "text", "merchant_id": "text", "till_number": "text", "order_no": "text",
    "key": "text", "digest": "bytea", "order_total_fen": "bigint", "merchant_discount_fen": "bigint",
    "platform_discount_fen": "bigint", "payable_fen": "bigint", "paid_fen": "bigint", "redeemed_at": "timestamptz",
    "code_step": "bigint",
}  # fmt: skip
_COLUMNS = tuple(_TYPES)
_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _TYPES.items())
# Vouchers are locked in the order of their ids and rows go in by order number, so that two groups seldom wait in a
# circle. ``root`` is SHA-256 over the redemptions of the group, one a line: what its one transfer stands for.
_TAKE = text(
    f"""
    WITH asked AS (
      SELECT * FROM unnest({_ARRAYS}) AS asked ({", ".join(_COLUMNS)})
    ), takeable AS (
      SELECT voucher.id FROM voucher JOIN asked ON asked.voucher_id = voucher.id
      WHERE state = 'issued' AND valid_from <= redeemed_at AND valid_until > redeemed_at
      ORDER BY voucher.id FOR NO KEY UPDATE OF voucher
    ), first AS (
      SELECT DISTINCT ON (voucher_id) asked.* FROM asked JOIN takeable ON takeable.id = asked.voucher_id
      ORDER BY voucher_id, asked.id
    ), used AS (
      UPDATE voucher SET state = 'redeemed' FROM first
      WHERE voucher.id = first.voucher_id AND voucher.state = 'issued'
        AND valid_from <= first.redeemed_at AND valid_until > first.redeemed_at
      RETURNING first.*
    ), made AS (
      INSERT INTO redemption ({", ".join(_COLUMNS)}, batch_id, campaign_id, voucher_fen)
      SELECT {", ".join(_COLUMNS)}, CAST(:batch AS text), CAST(:campaign AS text), CAST(:face AS bigint)
      FROM used ORDER BY merchant_id, order_no RETURNING *
    ), posting AS (
      SELECT CAST(:campaign AS text) AS campaign_id, CAST(:held AS text) AS debit_account,
        CAST(:redeemed AS text) AS credit_account, sum(voucher_fen)::bigint AS amount_fen, count(*)::integer AS count,
        'redeem' AS kind, min(id) AS reference,
        sha256(convert_to(string_agg(id || E'\\n', '' ORDER BY id COLLATE "C"), 'UTF8')) AS root,
        max(redeemed_at) AS business_at
      FROM made HAVING count(*) > 0
    ), {POSTED}
    SELECT made.* FROM made
    """  # noqa: S608 - constants of this file and of the ledger
)
