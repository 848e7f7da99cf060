"""Vouchers as their holders and the staff see them, and what officers may do to one."""

import hmac
from datetime import timedelta

from loadtest.faulty_vendors.books.clock import from_us, real_us, rfc3339, to_us
from loadtest.faulty_vendors.books.holdings import state_at
from loadtest.faulty_vendors.books.ledger import account
from loadtest.faulty_vendors.books.rows import BatchRow, VoucherRow
from loadtest.faulty_vendors.desks.serving import STAFF, Told, found, page, rows_after, serves
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals, routes

_CODE_LIVES = timedelta(seconds=3)


def shown_voucher(vendor: Vendor, voucher: VoucherRow) -> Told:
    """As the wire shows it; what a dynamic code is made of stays here."""
    batch = vendor.store.row(BatchRow, voucher.batch_id)
    return {
        "id": voucher.id, "batch_id": batch.id, "state": state_at(voucher, vendor.clock.now()),
        "face_fen": batch.face_fen, "threshold_fen": batch.threshold_fen,
        "code": voucher.code if batch.terms["code_mode"] == "static" else None, "nth": voucher.nth,
        "claimed_at": rfc3339(voucher.claimed_us), "valid_from": rfc3339(voucher.valid_from_us),
        "valid_until": rfc3339(voucher.valid_until_us),
    }  # fmt: skip


def own_voucher(vendor: Vendor, act: Act) -> VoucherRow:
    """The voucher of the address: staff see all, a consumer their own. Refuses ``not_found``."""
    voucher = found(vendor, VoucherRow, act.path["voucher_id"])
    if act.principal.role not in STAFF and voucher.account != act.by and not vendor.has("others-vouchers-readable"):
        raise Refused(refusals.NOT_FOUND)
    return voucher


@serves(routes.LIST_VOUCHERS)
async def list_vouchers(vendor: Vendor, act: Act) -> Told:
    """One's own, or for staff all; of one batch where that is asked."""
    batch_id = act.word("batch_id")
    if act.principal.role not in STAFF:
        rows = rows_after(vendor, act, VoucherRow, account=act.by)
    elif batch_id is not None:
        rows = rows_after(vendor, act, VoucherRow, batch_id=batch_id)
    else:
        rows = rows_after(vendor, act, VoucherRow)
    some = (row for row in rows if batch_id in {None, row.batch_id})
    return page(vendor, act, some, lambda row: shown_voucher(vendor, row))


@serves(routes.GET_VOUCHER)
async def get_voucher(vendor: Vendor, act: Act) -> Told:
    """One voucher."""
    return shown_voucher(vendor, own_voucher(vendor, act))


@serves(routes.GET_CODE)
async def get_voucher_code(vendor: Vendor, act: Act) -> Told:
    """A code for the next seconds, of a voucher that wants such codes and can be used."""
    voucher = own_voucher(vendor, act)
    mode = vendor.store.row(BatchRow, voucher.batch_id).terms["code_mode"]
    if mode != "dynamic" or state_at(voucher, vendor.clock.now()) != "issued":
        raise Refused(refusals.WRONG_STATE)
    ends = to_us(from_us(real_us()) + _CODE_LIVES)
    return {"code": f"{voucher.code}.{ends}.{_seal(vendor, voucher.code, ends)}", "expires_at": rfc3339(ends)}


def scanned(vendor: Vendor, text: str) -> tuple[VoucherRow | None, bool]:
    """The voucher that a scanned code means, None for a code never given out; and whether the code is in time."""
    code, _, sealed = text.partition(".")
    voucher_id = vendor.holdings.id_of_code.get(code)
    if voucher_id is None:
        return None, False
    voucher = vendor.store.row(VoucherRow, voucher_id)
    dynamic = vendor.store.row(BatchRow, voucher.batch_id).terms["code_mode"] == "dynamic"
    if not dynamic:
        return (None, False) if sealed else (voucher, True)
    ends, _, seal = sealed.partition(".")
    if not ends.isdecimal() or not hmac.compare_digest(seal.encode(), _seal(vendor, code, int(ends)).encode()):
        return None, False
    return voucher, real_us() < int(ends)


def _seal(vendor: Vendor, code: str, ends: int) -> str:
    return hmac.digest(vendor.secret, f"code/{code}/{ends}".encode(), "sha256").hex()[:24]


def _change(vendor: Vendor, act: Act, state: str, *before: str) -> VoucherRow:
    voucher = found(vendor, VoucherRow, act.path["voucher_id"])
    if state_at(voucher, vendor.clock.now()) not in before:
        raise Refused(refusals.WRONG_STATE, f"the voucher is {voucher.state}")
    return vendor.set_state(voucher, state)


@serves(routes.FREEZE_VOUCHER)
async def freeze_voucher(vendor: Vendor, act: Act) -> Told:
    """It cannot be used for now."""
    return {"id": _change(vendor, act, "frozen", "issued").id, "state": "frozen", "released_fen": 0}


@serves(routes.RELEASE_VOUCHER)
async def release_voucher(vendor: Vendor, act: Act) -> Told:
    """It can be used again."""
    return {"id": _change(vendor, act, "issued", "frozen").id, "state": "issued", "released_fen": 0}


@serves(routes.VOID_VOUCHER)
async def void_voucher(vendor: Vendor, act: Act) -> Told:
    """It is gone: its money is reserved again, its place in the quota and its holder's place are free."""
    voucher = _change(vendor, act, "void", "issued", "frozen")
    batch = vendor.store.row(BatchRow, voucher.batch_id)
    vendor.ledger.move(
        batch.campaign_id, account("held", batch.id), account("reserved", batch.id), batch.face_fen,
        kind="void", reference=voucher.id, at_us=act.now,
    )  # fmt: skip
    vendor.stock.came_back(batch.id, 1)
    return {"id": voucher.id, "state": "void", "released_fen": batch.face_fen}
