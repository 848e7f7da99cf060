"""The money, recomputed from the transfers and from the rows they stand for. Pure; amounts in fen."""

from voucherlab.demo.checks import Check
from voucherlab.demo.facts import Facts

_EMPTY_AT_THE_END = ("free", "reserved", "held", "redeemed", "owed", "in_transit")


def money_checks(facts: Facts, platform_says_ok: bool) -> list[Check]:
    """All of them; the verdict's ``money_identity_ok`` is that none fails."""
    own = Check("platform's own statement", "平台自身的资金核对", platform_says_ok, "GET money: identity_ok")
    return [_identity(facts), _balances(facts), _transfers_are_rows(facts), _nothing_left(facts), own]


def _identity(facts: Facts) -> Check:
    received = facts.flow("source", "free")
    spent, returned = _net(facts, "settled"), _net(facts, "returned")
    same = (received, spent, returned) == (facts.deposited_fen, facts.spent_fen, facts.returned_fen)
    detail = f"received {received} = spent {spent} + returned {returned} fen by transfers"
    if not same:
        detail += f"; by rows {facts.deposited_fen} = {facts.spent_fen} + {facts.returned_fen}"
    return Check("received = spent + returned", "收 = 支 + 退", same and received == spent + returned, detail)


def _balances(facts: Facts) -> Check:
    wrong = [
        f"{account.id}: balance {account.balance_fen}, transfers {account.from_transfers_fen}"
        for account in facts.accounts
        if account.balance_fen != account.from_transfers_fen
    ]
    return Check(
        "balances = transfers", "余额 = 流水之和", not wrong,
        "; ".join(wrong) or f"{len(facts.accounts)} accounts recomputed",
    )  # fmt: skip


def _transfers_are_rows(facts: Facts) -> Check:
    due = {
        ("reserved", "held"): sum(voucher.face_fen for voucher in facts.vouchers),
        ("held", "redeemed"): sum(fen for _, fen in facts.redemptions.values()),
        ("source", "free"): facts.deposited_fen,
        ("in_transit", "returned"): facts.returned_fen,
    }
    wrong = [
        f"{debit} → {credit}: {facts.flow(debit, credit)}, rows {fen}"
        for (debit, credit), fen in due.items()
        if facts.flow(debit, credit) != fen
    ]
    detail = "; ".join(wrong) or "claims, redemptions, deposits and returns"
    return Check("transfers = vouchers and orders", "流水与券、订单一致", not wrong, detail)


def _nothing_left(facts: Facts) -> Check:
    left = [
        f"{one.id}: {one.balance_fen}" for one in facts.accounts if one.kind in _EMPTY_AT_THE_END and one.balance_fen
    ]
    if facts.debts_fen:
        left.append(f"merchants owe {facts.debts_fen}")
    return Check("nothing left over", "无余留、无欠款", not left, "; ".join(left) or "every pot is empty, nobody owes")


def _net(facts: Facts, kind: str) -> int:
    came = sum(fen for (_, credit), fen in facts.flows.items() if credit == kind)
    return came - sum(fen for (debit, _), fen in facts.flows.items() if debit == kind)
