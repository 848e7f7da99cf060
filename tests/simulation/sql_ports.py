"""The SQL of the claim path in Python. ``test_sql_ports`` holds each statement equal to PostgreSQL's.

A port is found by the text of the statement, so a statement that is changed has no port any more and the simulator
says so. It takes all its locks before it writes: a port that is ``Blocked`` is simply run again.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

from tests.simulation.relational_model import Batch, PlatformState, Stock, Transaction, Voucher, violated
from voucher_platform.claims import (
    attempts,
    catalogue,
    commit,
    giving_back,
    janitor,
    journal,
    lookups,
    operations,
    restock,
    sold_out,
)  # fmt: skip
from voucher_platform.claims.rules import from_us, to_us
from voucher_platform.ledger import operations as ledger

Params = Mapping[str, Any]
Row = tuple[Any, ...]
Port = Callable[[Transaction, Params], list[Any]]


class Written(NamedTuple):
    """The one row of the commit's statement."""

    in_epoch: bool
    ids: list[str] | None


def _state(tx: Transaction) -> PlatformState:
    row: PlatformState = tx.table("platform_state")[1]
    return row


def _vouchers(tx: Transaction, batch_id: str) -> list[Voucher]:
    return [row for row in tx.table("voucher").values() if row.batch_id == batch_id]


# --- the commit of wins ------------------------------------------------------------------------------------------


def _write(tx: Transaction, p: Params) -> list[Any]:
    """``commit._WRITE``: vouchers, one transfer, the stock row; nothing at all under another epoch."""
    batch_id = p["batch"]
    tx.lock(("batch_stock", batch_id))
    stock: Stock | None = tx.table("batch_stock").get(batch_id)
    if stock is None or stock.epoch != p["epoch"]:
        return [Written(False, None)]
    inserted = _insertable(tx, _asked_rows(p))
    if not inserted:
        return [Written(True, None)]
    _lock_accounts(tx, p["reserved"], p["held"])
    for row in inserted:
        tx.put("voucher", row.id, row)
    ordered = sorted(inserted, key=lambda row: (row.account_id.encode(), row.claim_key.encode()))
    lines = "".join([f"{v.id},{v.person_id},{v.seq},{v.nth},{to_us(v.claimed_at)}\n" for v in ordered])
    _post(
        tx, campaign=p["campaign"], debit=p["reserved"], credit=p["held"], amount=p["face"] * len(inserted),
        count=len(inserted), kind="claim", reference=min(row.id for row in inserted),
        root=hashlib.sha256(lines.encode()).digest(), at=max(row.claimed_at for row in inserted),
    )  # fmt: skip
    _set_stock(tx, stock._replace(issued=stock.issued + len(inserted)))
    return [Written(True, sorted(row.id for row in inserted))]


def _asked_rows(p: Params) -> list[Voucher]:
    """What ``commit._columns`` wrote: a text a column, a line a win."""
    names = ("ids", "persons", "accounts", "seqs", "nths", "keys", "digests", "codes", "claimed", "starts", "ends")
    lines = zip(*[p[name].split("\n")[1:] for name in names], strict=True)
    return [
        Voucher(
            one, p["batch"], person, account, int(seq), int(nth), key, bytes.fromhex(digest), code, "issued",
            from_us(int(claimed)), from_us(int(starts)), from_us(int(ends)),
        )
        for one, person, account, seq, nth, key, digest, code, claimed, starts, ends in lines
    ]  # fmt: skip


def _unique(row: Voucher) -> list[tuple[Any, ...]]:
    """What no two vouchers may share; the n-th of a person only as long as neither is void."""
    names: list[tuple[Any, ...]] = [
        ("id", row.id), ("code", row.code), ("seq", row.batch_id, row.seq), ("key", row.account_id, row.claim_key),
    ]  # fmt: skip
    if row.state != "void":
        names.append(("nth", row.batch_id, row.person_id, row.nth))
    return names


def _insertable(tx: Transaction, rows: list[Voucher]) -> list[Voucher]:
    """ON CONFLICT DO NOTHING: those that no constraint refuses. A row being written elsewhere is waited for."""
    taken = {name for row in tx.table("voucher").values() for name in _unique(row)}
    fresh = []
    for row in rows:
        names = _unique(row)
        for name in names:
            tx.lock(name)
        if taken.isdisjoint(names):
            taken.update(names)
            fresh.append(row)
        elif ("key", row.account_id, row.claim_key) not in taken:
            tx.clashed(f"seq {row.seq} or nth {row.nth} of {row.claim_key} is another voucher's")
    return fresh


def _set_stock(tx: Transaction, stock: Stock) -> None:
    if stock.issued - stock.voided > stock.quota:
        tx.clashed(f"{stock.batch_id} would be oversold")
        raise violated("never_oversold")
    if not 0 <= stock.voided <= stock.issued:
        raise violated("batch_stock_check")
    tx.put("batch_stock", stock.batch_id, stock)


def _lock_accounts(tx: Transaction, *accounts: str) -> None:
    for account in sorted(accounts):
        tx.lock(("ledger_account", account))


def _post(
    tx: Transaction, *, campaign: str, debit: str, credit: str, amount: int, count: int, kind: str, reference: str,
    root: bytes | None, at: datetime,
) -> None:  # fmt: skip
    """``ledger.POSTED``: both balances and one transfer."""
    balances = tx.table("ledger_account")
    if debit not in balances or credit not in balances:
        raise violated("ledger_transfer_debit_account_fkey")
    less, more = balances[debit] - amount, balances[credit] + amount
    for account, balance in ((debit, less), (credit, more)):
        if (balance > 0) if account.startswith("source:") else (balance < 0):
            tx.clashed(f"{account} would be overdrawn")
            raise violated("nothing_overdrawn")
        tx.put("ledger_account", account, balance)
    transfer = (campaign, debit, credit, amount, count, kind, reference, root, at)
    tx.put("ledger_transfer", object(), transfer)


def _move(tx: Transaction, p: Params) -> list[Any]:
    """``ledger._MOVE``."""
    _lock_accounts(tx, p["debit"], p["credit"])
    _post(
        tx, campaign=p["campaign"], debit=p["debit"], credit=p["credit"], amount=p["amount"], count=p["count"],
        kind=p["kind"], reference=p["reference"], root=p["root"], at=p["at"],
    )  # fmt: skip
    return []


# --- questions about vouchers ------------------------------------------------------------------------------------


def _by_key(tx: Transaction, p: Params) -> list[Any]:
    asked = set(zip(p["accounts"], p["keys"], strict=True))
    return [row for row in tx.table("voucher").values() if (row.account_id, row.claim_key) in asked]


def _held_of_persons(tx: Transaction, p: Params) -> list[Any]:
    asked = set(zip(p["batches"], p["persons"], strict=True))
    rows = [row for row in tx.table("voucher").values() if (row.batch_id, row.person_id) in asked]
    return sorted([row for row in rows if row.state != "void"], key=lambda row: row.nth)


def _held_of_batch(tx: Transaction, p: Params) -> list[Any]:
    rows = [row for row in _vouchers(tx, p["batch"]) if row.state != "void"]
    return sorted(rows, key=lambda row: (row.person_id, row.seq))


def _void_of_batch(tx: Transaction, p: Params) -> list[Any]:
    return [row for row in _vouchers(tx, p["batch"]) if row.state == "void"]


def _winners(tx: Transaction, p: Params) -> list[Any]:
    return [(row.person_id,) for row in _vouchers(tx, p["batch"])]


def _used_up(tx: Transaction, p: Params) -> list[Any]:
    stock = tx.table("batch_stock").get(p["batch"])
    return [(stock.issued - stock.voided == stock.quota,)] if stock else []


def _counts(tx: Transaction, p: Params) -> list[Any]:
    stock = tx.table("batch_stock").get(p["batch"])
    if stock is None:
        return []
    last = max([row.seq for row in _vouchers(tx, p["batch"])], default=0)
    return [SimpleNamespace(quota=stock.quota, voided=stock.voided, last_seq=last)]


# --- batches -----------------------------------------------------------------------------------------------------


def _published(tx: Transaction, _: Params) -> list[Any]:
    stocks = tx.table("batch_stock")
    rows = [row for row in tx.table("batch").values() if row.state != "draft" and row.id in stocks]
    return [
        SimpleNamespace(**row._asdict(), quota=s.quota, issued=s.issued, voided=s.voided)
        for row in rows
        for s in [stocks[row.id]]
    ]


def _open_batches(tx: Transaction, p: Params) -> list[Batch]:
    return [
        row for row in tx.table("batch").values() if row.state in ("live", "paused") and row.claim_closes_at > p["now"]
    ]


def _with_voided(tx: Transaction, p: Params) -> list[Any]:
    stocks = tx.table("batch_stock")
    return [row for row in _open_batches(tx, p) if row.id in stocks and stocks[row.id].voided > 0]


def _batch_number(tx: Transaction, p: Params) -> list[Any]:
    row = tx.table("batch").get(p["batch"])
    return [(row.number,)] if row else []


def _batch_money(tx: Transaction, p: Params) -> list[Any]:
    row = tx.table("batch").get(p["batch"])
    return [row] if row else []


# --- the platform's row, the epoch, the pulse --------------------------------------------------------------------


def _beat(tx: Transaction, _: Params) -> list[Any]:
    state = _state(tx)
    return [
        SimpleNamespace(
            version=state.version, clock_offset_us=state.clock_offset_us, clock_version=state.clock_version,
            guard_version=1, clock=tx.now(),
        )
    ]  # fmt: skip


def _raise_epoch(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("platform_state",))
    state = _state(tx)
    raised = max(state.epoch, p["above"]) + 1
    tx.put("platform_state", 1, state._replace(epoch=raised))
    return [(raised,)]


def _spread_epoch(tx: Transaction, p: Params) -> list[Any]:
    rows = list(tx.table("batch_stock").values())
    for row in rows:
        tx.lock(("batch_stock", row.batch_id))
    for row in tx.table("batch_stock").values():
        tx.put("batch_stock", row.batch_id, row._replace(epoch=p["epoch"]))
    return []


def _announce(tx: Transaction, _: Params) -> list[Any]:
    tx.lock(("platform_state",))
    state = _state(tx)
    tx.put("platform_state", 1, state._replace(version=state.version + 1))
    return []


def _say(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("live_process", p["id"]))
    tx.put("live_process", p["id"], (p["kind"], p["version"], p["clock_version"]))
    return []


def _leave(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("live_process", p["id"]))
    if p["id"] in tx.table("live_process"):
        tx.put("live_process", p["id"], None)
    return []


def _advisory_try(tx: Transaction, p: Params) -> list[Any]:
    return [(tx.try_lock(("advisory", p["key"])),)]


def _advisory_wait(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("advisory", p["key"]))
    return []


# --- voiding, and what else staff does ---------------------------------------------------------------------------


def _lock_voucher(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("voucher", p["id"]))
    row = tx.table("voucher").get(p["id"])
    if row is None:
        return []
    batch = tx.table("batch")[row.batch_id]
    return [
        SimpleNamespace(state=row.state, batch_id=row.batch_id, campaign_id=batch.campaign_id, face_fen=batch.face_fen)
    ]


def _set_voucher_state(tx: Transaction, p: Params) -> list[Any]:
    row = tx.table("voucher").get(p["id"])
    if row is not None:
        tx.lock(("voucher", row.id))
        # Whoever inserts the same nth waits to see whether this row stays.
        tx.lock(("nth", row.batch_id, row.person_id, row.nth))
        tx.put("voucher", row.id, row._replace(state=p["state"]))
    return []


def _count_void(tx: Transaction, p: Params) -> list[Any]:
    tx.lock(("batch_stock", p["batch"]))
    stock = tx.table("batch_stock")[p["batch"]]
    _set_stock(tx, stock._replace(voided=stock.voided + 1))
    return []


def _last_audit(tx: Transaction, _: Params) -> list[Any]:
    entries = tx.table("audit_entry")
    last = max(entries, default=None)
    return [] if last is None else [SimpleNamespace(id=last, hash=entries[last])]


def _add_audit(tx: Transaction, p: Params) -> list[Any]:
    if p["id"] in tx.table("audit_entry"):
        raise violated("audit_entry_pkey")
    tx.put("audit_entry", p["id"], p["hash"])
    return []


# --- counting attempts -------------------------------------------------------------------------------------------


def _add_attempts(tx: Transaction, p: Params) -> list[Any]:
    lines = list(zip(p["batches"], p["days"], p["outcomes"], p["attempts"], strict=True))
    for batch, day, outcome, _ in lines:
        tx.lock(("claim_attempt_count", batch, day, outcome))
    counted = dict(tx.table("claim_attempt_count"))
    for batch, day, outcome, more in lines:
        tx.put("claim_attempt_count", (batch, day, outcome), counted.get((batch, day, outcome), 0) + more)
    return []


def _add_seekers(tx: Transaction, p: Params) -> list[Any]:
    lines = list(zip(p["batches"], p["days"], p["persons"], strict=True))
    for line in lines:
        tx.lock(("claim_seeker", line))
    for line in lines:
        tx.put("claim_seeker", line, True)
    return []


PORTS: dict[str, Port] = {
    commit._WRITE.text: _write,
    commit._BY_KEY.text: _by_key,
    ledger._MOVE.text: _move,
    lookups._HELD.text: _held_of_persons,
    restock._HELD.text: _held_of_batch,
    restock._COUNTS.text: _counts,
    restock._CLAIMABLE.text: lambda tx, p: list(_open_batches(tx, p)),
    giving_back._VOID.text: _void_of_batch,
    sold_out._WINNERS.text: _winners,
    sold_out._USED_UP.text: _used_up,
    catalogue._PUBLISHED.text: _published,
    janitor._WITH_VOIDED.text: _with_voided,
    journal._NUMBER.text: _batch_number,
    journal._MONEY.text: _batch_money,
    operations._LOCK.text: _lock_voucher,
    operations._SET_STATE.text: _set_voucher_state,
    attempts._ADD.text: _add_attempts,
    attempts._SEEK.text: _add_seekers,
    "UPDATE batch_stock SET voided = voided + 1 WHERE batch_id = :batch": _count_void,
    "UPDATE platform_state SET epoch = GREATEST(epoch, :above) + 1 RETURNING epoch": _raise_epoch,
    "UPDATE batch_stock SET epoch = :epoch": _spread_epoch,
    "UPDATE platform_state SET version = version + 1": _announce,
    "SELECT epoch FROM platform_state": lambda tx, _: [(_state(tx).epoch,)],
    "SELECT version FROM platform_state": lambda tx, _: [(_state(tx).version,)],
    "SELECT version, clock_offset_us, clock_version, guard_version, clock_timestamp() AS clock"
    " FROM platform_state": _beat,
    "INSERT INTO live_process VALUES (:id, :kind, :version, :clock_version, clock_timestamp())"
    " ON CONFLICT (process_id) DO UPDATE SET seen_version = excluded.seen_version,"
    " seen_clock_version = excluded.seen_clock_version, heartbeat_at = excluded.heartbeat_at": _say,
    "DELETE FROM live_process WHERE process_id = :id": _leave,
    "SELECT pg_try_advisory_xact_lock(:key)": _advisory_try,
    "SELECT pg_advisory_xact_lock(:key)": _advisory_wait,
    "SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1": _last_audit,
    "INSERT INTO audit_entry (id, at, business_at, principal, action, object_id, detail, previous_hash, hash)"
    " VALUES (:id, :at, :business_at, :principal, :action, :object_id, CAST(:detail AS jsonb),"
    " :previous, :hash)": _add_audit,
    "SHOW fsync": lambda *_: [("on",)],
    "SHOW full_page_writes": lambda *_: [("on",)],
    "SHOW synchronous_commit": lambda *_: [("on",)],
}
