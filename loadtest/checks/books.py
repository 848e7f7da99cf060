"""C14, C15, C16: the platform's own figures — money, remaining stock, lists, reports — against the history."""

from collections.abc import Iterator

import numpy as np

from loadtest.checks.evidence import BatchView, Evidence
from loadtest.checks.facts import BatchFacts, MoneyAtRest, ReportedTotal, RowKind
from loadtest.checks.holdings import Holdings
from loadtest.checks.report import CheckReport, Found, report, together
from loadtest.checks.spending import Spending
from loadtest.history.columns import FOREVER, Ints
from loadtest.history.logical import CERTAIN, POSSIBLE
from loadtest.history.record import Kind, Outcome, digest64

_KIND_OF: dict[RowKind, Kind] = {"voucher": Kind.CLAIM, "redemption": Kind.REDEEM, "refund": Kind.REFUND}


def money_is_conserved(evidence: Evidence) -> CheckReport:
    """C14. The public money of a batch at rest is that of its vouchers, give or take what is unknown.

    Every voucher that was claimed and not voided lies, with its whole face, in held, redeemed, settled, owed or
    expired, except for what refunds gave back to the fund. Where a whole refund returns the voucher, its money went
    back to held, or to the fund if its time was over: both are possible. What merchants owe has not come back yet.
    """
    return together(_money(evidence, one) for one in evidence.facts.money if one.subject < len(evidence.batches))


def _money(evidence: Evidence, money: MoneyAtRest) -> CheckReport:
    view = evidence.batches[money.subject]
    face = view.facts.face_fen
    shown = sum((money.held_fen, money.redeemed_unsettled_fen, money.settled_fen, money.owed_by_merchants_fen,
                 money.expired_fen))  # fmt: skip
    gone = int((view.ok.free_from < FOREVER).sum() + (view.releases.claim < 0).sum())
    surely_gone = int((view.ok.free_by < FOREVER).sum())
    back, perhaps_back = _given_back(evidence, money.subject, view.facts)
    least = face * (len(view.ok) - gone) - perhaps_back
    most = face * (len(view.ok) + len(view.open) - surely_gone) - back + money.owed_by_merchants_fen
    if least <= shown <= most:
        return report("C14", evidence, (), 0)
    facts = {
        "face_fen": face, "claimed": len(view.ok), "perhaps_claimed": len(view.open), "least_fen": least,
        "most_fen": most, "shown_fen": shown, "batch": view.facts.batch_id,
    }  # fmt: skip
    found = Found(
        f"按记录该券种资金应在 {least} 至 {most} 分之间，平台账上 {shown} 分",
        f"by the history this batch's money is {least} to {most} fen; the platform shows {shown}", [], facts,
    )  # fmt: skip
    return report("C14", evidence, [found], 1)


def _given_back(evidence: Evidence, subject: int, batch: BatchFacts) -> tuple[int, int]:
    """Fen that refunds certainly, and at most, gave back to the fund."""
    operations = evidence.operations
    certain = evidence.select(Kind.REFUND, CERTAIN)
    mine = certain[operations.of("subject", certain) == subject]
    told = mine[operations.of("result", mine) != 0]
    came = operations.of("value", told).astype(np.int64)
    orders = Spending(evidence).order_fen
    order = np.array([orders.get(int(one), 0) for one in operations.of("target", told)], np.int64)
    whole = (order == 0) | (operations.of("amount", told) == order)
    sure = came if batch.refund_regime == "B" else came[~whole]
    unsure = len(mine) - len(told) + len(evidence.select(Kind.REFUND, POSSIBLE))
    return int(sure.sum()), int(came.sum()) + unsure * batch.face_fen


def remaining_is_plausible(evidence: Evidence) -> CheckReport:
    """C15. A remaining number that was read fits some instant from the request, less the reopen delay, to the reply."""
    return together(_remaining(view) for view in evidence.batches)


def _remaining(view: BatchView) -> CheckReport:
    history, holdings = view.evidence.history, Holdings(view)
    told = (history.kind == Kind.READ_REMAINING) & (history.outcome == Outcome.OK) & (history.subject == view.number)
    rows = np.flatnonzero(told)
    since, until = history.t_invoke[rows].astype(np.int64) - view.delay, history.t_reply[rows].astype(np.int64)
    value = history.value[rows].astype(np.int64)
    # Both courses are what is held less the quota, so what remains is their negative; what is oversold shows as 0.
    least = np.maximum(-holdings.upper.most_within(since, until), 0)
    most = np.maximum(-holdings.lower.least_within(since, until), 0)
    wrong = np.flatnonzero((value < least) | (value > most))
    found = (
        Found(
            f"显示余量 {int(value[at])} 张，按记录应在 {int(least[at])} 至 {int(most[at])} 张之间",
            f"{int(value[at])} were said to remain; by the history it is {int(least[at])} to {int(most[at])}",
            [int(rows[at])],
            {"least": int(least[at]), "most": int(most[at]), "quota": view.facts.quota, "batch": view.facts.batch_id},
        )
        for at in wrong
    )  # fmt: skip
    return report("C15", view.evidence, found, len(wrong), remaining_read=len(rows))


def books_match(evidence: Evidence) -> CheckReport:
    """C16. The platform's lists hold what was acknowledged and nothing without a cause; its totals are their sums."""
    lists = (_list(evidence, kind) for kind in evidence.facts.listed)
    totals = (_total(evidence, one) for one in evidence.facts.totals)
    return together([*lists, *totals])


def _list(evidence: Evidence, kind: RowKind) -> CheckReport:
    operations = evidence.operations
    certain = evidence.select(_KIND_OF[kind], CERTAIN)
    listed = {digest64(row.id): row.id for row in evidence.facts.rows if row.kind == kind}
    known = [(int(one), int(result)) for one, result in zip(certain, operations.of("result", certain), strict=True)]
    missing = [one for one, result in known if result and result not in listed]
    unnamed = sum(not result for _, result in known) + len(evidence.select(_KIND_OF[kind], POSSIBLE))
    given = {result for _, result in known}
    without_cause = [text for digest, text in listed.items() if digest not in given]
    found = [
        Found(f"平台清单缺少已确认的记录（{kind}）", f"a {kind} that was acknowledged is not in its list",
              (), {"rule": "missing", "list": kind, "listed": len(listed)}, [one])
        for one in missing
    ]  # fmt: skip
    if len(without_cause) > unnamed:
        found.append(Found(
            f"平台清单有 {len(without_cause)} 行找不到来由（{kind}），最多只可能有 {unnamed} 行",
            f"{len(without_cause)} rows of the {kind} list have no cause; at most {unnamed} can", [],
            {"rule": "no_cause", "list": kind, "rows": without_cause[:20], "rows_without_cause": len(without_cause),
             "unknown": unnamed},
        ))  # fmt: skip
    return report("C16", evidence, found, len(found))


def _total(evidence: Evidence, total: ReportedTotal) -> CheckReport:
    facts = {"figure": total.figure, "value": total.value, "subject": total.subject}
    found = []
    if total.parts and sum(total.parts) != total.value:
        found.append(Found(
            f"报表 {total.figure} 合计 {total.value}，各行之和 {sum(total.parts)}",
            f"{total.figure} is {total.value} in total, and its lines add up to {sum(total.parts)}", [],
            {**facts, "rule": "sum", "parts": list(total.parts)},
        ))  # fmt: skip
    bounds = _bounds(evidence, total)
    if bounds is not None and not bounds[0] <= total.value <= bounds[1]:
        found.append(Found(
            f"报表 {total.figure} 为 {total.value}，按记录应在 {bounds[0]} 至 {bounds[1]} 之间",
            f"{total.figure} is {total.value}; by the history it is {bounds[0]} to {bounds[1]}", [],
            {**facts, "rule": "bounds", "least": bounds[0], "most": bounds[1]},
        ))  # fmt: skip
    return report("C16", evidence, found, len(found))


def _bounds(evidence: Evidence, total: ReportedTotal) -> tuple[int, int] | None:
    """The least and the most that a figure of the report can be."""
    kinds = {
        "issued_vouchers": Kind.CLAIM, "voided_vouchers": Kind.VOID, "redemptions": Kind.REDEEM,
        "redeemed_fen": Kind.REDEEM, "refund_count": Kind.REFUND, "refund_order_fen": Kind.REFUND,
    }  # fmt: skip
    if total.figure not in kinds:
        return None
    certain, possible = (
        _of_subject(evidence, kinds[total.figure], state, total.subject) for state in (CERTAIN, POSSIBLE)
    )
    sure, perhaps = (sum(_worth(evidence, total.figure, ops)) for ops in (certain, possible))
    return sure, sure + perhaps


def _of_subject(evidence: Evidence, kind: Kind, state: int, subject: int | None) -> Ints:
    operations = evidence.select(kind, state)
    if subject is None:
        return operations
    mine: Ints = operations[evidence.operations.of("subject", operations) == subject]
    return mine


def _worth(evidence: Evidence, figure: str, operations: Ints) -> Iterator[int]:
    """What each operation adds to a figure: itself, its voucher's face, or the fen that were asked for."""
    if figure == "refund_order_fen":
        yield from (int(fen) for fen in evidence.operations.of("amount", operations))
    elif figure == "redeemed_fen":
        batches = evidence.facts.batches
        yield from (batches[int(one)].face_fen for one in evidence.operations.of("subject", operations))
    else:
        yield from (1 for _ in operations)


def book_goals(evidence: Evidence) -> dict[str, bool]:
    """Whether the platform's own figures were read at all."""
    facts = evidence.facts
    reads = (evidence.history.kind == Kind.READ_REMAINING) & (evidence.history.outcome == Outcome.OK)
    return {
        "money_read": bool(facts.money), "remaining_read": bool(reads.any()), "lists_read": bool(facts.listed),
        "report_read": bool(facts.totals),
    }  # fmt: skip
