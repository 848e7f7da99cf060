"""Debts are paid oldest first; and what must be true of every fen at every instant. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Debt:
    """What a merchant still owes for one refund of a settled redemption."""

    refund_id: str
    batch_id: str
    open_fen: int


def pay_debts(available_fen: int, debts: Sequence[Debt]) -> list[Debt]:
    """Which part of each debt ``available_fen`` pays, in the order given, until it is used up."""
    paid = []
    for debt in debts:
        part = min(available_fen, debt.open_fen)
        if part > 0:
            paid.append(Debt(debt.refund_id, debt.batch_id, part))
        available_fen -= part
    return paid


def sum_by_batch(debts: Sequence[Debt]) -> dict[str, int]:
    """Fen of ``debts`` for each batch."""
    totals: dict[str, int] = {}
    for debt in debts:
        totals[debt.batch_id] = totals.get(debt.batch_id, 0) + debt.open_fen
    return totals


@dataclass(frozen=True)
class AccountFacts:
    """An account: its stored balance, and the sum of its transfers recomputed row by row."""

    id: str
    kind: str
    batch_id: str | None
    balance_fen: int
    moved_fen: int


@dataclass(frozen=True)
class BatchFacts:
    """What the rows of one batch say. ``claimed_*`` are the transfers reserved → held, ``unclaimed_*`` those back."""

    id: str
    face_fen: int
    published: bool
    quota: int
    issued: int
    voided: int
    vouchers: int
    void_vouchers: int
    holdings: int
    claimed_count: int
    claimed_fen: int
    unclaimed_count: int
    unclaimed_fen: int
    unsettled_fen: int
    settled_fen: int
    owed_fen: int


@dataclass(frozen=True)
class CampaignFacts:
    """What the rows of the whole campaign say."""

    id: str
    open: bool
    deposited_fen: int
    in_transit_fen: int
    returned_fen: int


def find_faults(campaign: CampaignFacts, accounts: Sequence[AccountFacts], batches: Sequence[BatchFacts]) -> list[str]:
    """Every way in which balances, transfers and rows contradict each other, in words; none if all is well."""
    balances = {account.id: account.balance_fen for account in accounts}
    faults = [fault for account in accounts for fault in _balance_faults(account)]
    faults += _identity_faults(campaign, accounts)
    for name, fen in (("in_transit", campaign.in_transit_fen), ("returned", campaign.returned_fen)):
        faults += _differs(f"{name}:{campaign.id}", balances, fen, "退回记录", "the rows of returns")
    faults += _differs(f"source:{campaign.id}", balances, -campaign.deposited_fen, "拨付记录", "the deposits")
    for batch in batches:
        faults += _batch_faults(batch, balances, campaign_open=campaign.open)
        faults += _stock_faults(batch)
    return faults


def _balance_faults(account: AccountFacts) -> Iterator[str]:
    if account.balance_fen != account.moved_fen:
        yield (
            f"账户 {account.id} 余额 {account.balance_fen} 分与流水合计 {account.moved_fen} 分不符 /"
            f" account {account.id}: balance {account.balance_fen} fen, its transfers sum to {account.moved_fen} fen"
        )


def _identity_faults(campaign: CampaignFacts, accounts: Sequence[AccountFacts]) -> Iterator[str]:
    received = campaign.deposited_fen
    present = sum(account.balance_fen for account in accounts if account.kind != "source")
    if received != present:
        yield (
            f"拨付 {received} 分，各项合计 {present} 分，不相等 /"
            f" {received} fen were received, all buckets together hold {present} fen"
        )


def _batch_faults(batch: BatchFacts, balances: dict[str, int], *, campaign_open: bool) -> Iterator[str]:
    waiting = batch.face_fen * (batch.quota - batch.issued + batch.voided)
    reserved = waiting if batch.published and campaign_open else 0
    for kind, fen, zh, en in (
        ("reserved", reserved, "面额×未领数量", "face × vouchers not issued"),
        ("held", batch.face_fen * batch.holdings, "面额×持有张数", "face × vouchers held"),
        ("redeemed", batch.unsettled_fen, "未结算核销记录", "the unsettled redemptions"),
        ("settled", batch.settled_fen, "已结算核销记录", "the settled redemptions"),
        ("owed", batch.owed_fen, "商户欠款记录", "the merchants' open debts"),
    ):
        yield from _differs(f"{kind}:{batch.id}", balances, fen, zh, en)


def _stock_faults(batch: BatchFacts) -> Iterator[str]:
    for zh, en, said, found in (
        ("发放数与券数", "issued and vouchers", batch.issued, batch.vouchers),
        ("作废数与作废券数", "voided and void vouchers", batch.voided, batch.void_vouchers),
        ("发放数与领取流水张数", "issued and the claims' transfers", batch.issued, batch.claimed_count),
        ("领取流水金额", "amount of the claims' transfers", batch.issued * batch.face_fen, batch.claimed_fen),
        ("作废数与作废流水张数", "voided and the voids' transfers", batch.voided, batch.unclaimed_count),
        ("作废流水金额", "amount of the voids' transfers", batch.voided * batch.face_fen, batch.unclaimed_fen),
    ):
        if said != found:
            yield f"券种 {batch.id} {zh}不符：{said} ≠ {found} / batch {batch.id}: {en} differ: {said} ≠ {found}"


def _differs(account: str, balances: dict[str, int], fen: int, zh: str, en: str) -> Iterator[str]:
    balance = balances.get(account, 0)
    if balance != fen:
        yield (
            f"账户 {account} 余额 {balance} 分，应为 {fen} 分（{zh}） /"
            f" account {account}: balance {balance} fen, but {en} make {fen} fen"
        )
