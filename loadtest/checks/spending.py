"""C12, C13, C20: a voucher is redeemed once, refunds never exceed the order, the batch's rules hold at every till."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loadtest.checks.evidence import Evidence
from loadtest.checks.facts import BatchFacts
from loadtest.checks.report import CheckReport, Found, report, together
from loadtest.history.columns import FOREVER, Column, Flags, Ints
from loadtest.history.logical import CERTAIN, POSSIBLE
from loadtest.history.record import Kind

_GIVES_BACK = frozenset({"A", "A_PRIME", "C"})


@dataclass(frozen=True)
class Spending:
    """Redemptions and refunds of a history, by voucher and by redemption."""

    evidence: Evidence

    @cached_property
    def redeemed(self) -> Ints:
        """Certain redemptions, by voucher, then by reply."""
        operations = self.evidence.operations
        certain = self.evidence.select(Kind.REDEEM, CERTAIN)
        return certain[np.lexsort((operations.reply[certain], operations.of("target", certain)))]

    @cached_property
    def tried(self) -> Ints:
        """Redemptions that took effect or may have, by voucher."""
        some = self.evidence.select(Kind.REDEEM, CERTAIN, POSSIBLE)
        return some[np.argsort(self.evidence.operations.of("target", some), kind="stable")]

    @cached_property
    def refunds(self) -> dict[int, list[int]]:
        """Refunds that took effect or may have, by the digest of their redemption."""
        some = self.evidence.select(Kind.REFUND, CERTAIN, POSSIBLE)
        found: dict[int, list[int]] = {}
        for operation, redemption in zip(some, self.evidence.operations.of("target", some), strict=True):
            found.setdefault(int(redemption), []).append(int(operation))
        return found

    @cached_property
    def by_id(self) -> dict[int, int]:
        """Certain redemptions by the digest of their id."""
        ids = self.evidence.operations.of("result", self.redeemed)
        return {int(one): int(operation) for one, operation in zip(ids, self.redeemed, strict=True) if one}

    @cached_property
    def order_fen(self) -> dict[int, int]:
        """Payable total of each redemption by the digest of its id."""
        amounts = self.evidence.operations.of("amount", np.fromiter(self.by_id.values(), np.int64, len(self.by_id)))
        return {one: int(fen) for one, fen in zip(self.by_id, amounts, strict=True)}

    def refunds_of(self, redemption: int) -> list[int]:
        """Refunds of one redemption that took effect or may have."""
        return self.refunds.get(int(self.evidence.operations.of("result", np.array([redemption]))[0]), [])

    def batch_of(self, operation: int) -> BatchFacts | None:
        """The batch of the voucher that was redeemed."""
        subject = int(self.evidence.operations.of("subject", np.array([operation]))[0])
        return self.evidence.facts.batches[subject] if subject < len(self.evidence.facts.batches) else None


def redeemed_once(evidence: Evidence) -> CheckReport:
    """C12. One live redemption a voucher; none before its claim or after its release; no denial without cause."""
    spending = Spending(evidence)
    return together((_twice(spending), _outside_its_life(spending), _denied_without_cause(spending)))


def _twice(spending: Spending) -> CheckReport:
    """More redemptions of a voucher than whole refunds can have made possible again."""
    operations, redeemed = spending.evidence.operations, spending.redeemed
    vouchers = operations.of("target", redeemed)
    _, first, counts = np.unique(vouchers, return_index=True, return_counts=True)
    found = []
    for at, count in zip(first[counts > 1], counts[counts > 1], strict=True):
        of_voucher = redeemed[at : at + count]
        back = sum(_may_have_given_back(spending, int(one)) for one in of_voucher)
        if count > 1 + back:
            refunds = [one for redemption in of_voucher for one in spending.refunds_of(int(redemption))]
            found.append(Found(
                f"同一张券核销成功 {count} 次，其间最多只可能有 {back} 次全额退款退券",
                f"one voucher was redeemed {count} times; at most {back} whole refunds can have given it back", (),
                {"rule": "twice", "given_back": back}, [*of_voucher, *refunds],
            ))  # fmt: skip
    return report("C12", spending.evidence, found, len(found))


def _may_have_given_back(spending: Spending, redemption: int) -> bool:
    batch = spending.batch_of(redemption)
    if batch is None or batch.refund_regime not in _GIVES_BACK:
        return False
    operations = spending.evidence.operations
    order, digest = (int(operations.of(name, np.array([redemption]))[0]) for name in ("amount", "result"))
    amounts = operations.of("amount", np.array(spending.refunds_of(redemption), np.int64))
    return digest == 0 or bool((amounts == order).any())


def _outside_its_life(spending: Spending) -> CheckReport:
    evidence, redeemed = spending.evidence, spending.redeemed
    operations = evidence.operations
    claims = evidence.select(Kind.CLAIM, CERTAIN)
    given = operations.of("result", claims)
    claims, given = claims[given != 0], given[given != 0]
    order = np.argsort(given, kind="stable")
    claims, given = claims[order], given[order]
    if not len(claims) or not len(redeemed):
        return report("C12", evidence, (), 0)
    voucher = operations.of("target", redeemed)
    at = np.minimum(np.searchsorted(given, voucher), len(given) - 1)
    known = given[at] == voucher
    early = known & (operations.reply[redeemed] < operations.invoke[claims[at]])
    late = known & (operations.invoke[redeemed] > _void_by(evidence)[claims[at]])
    found = [
        Found(zh, en, (), {"rule": rule}, [claims[at[one]], redeemed[one], *_voids_of(evidence, int(claims[at[one]]))])
        for wrong, rule, zh, en in (
            (early, "before_claim", "尚未领取的券已被核销", "a voucher was redeemed before it was claimed"),
            (late, "after_void", "已作废的券又被核销", "a voucher was redeemed after it had been voided"),
        )
        for one in np.flatnonzero(wrong)
    ]
    return report("C12", evidence, found, len(found))


def _void_by(evidence: Evidence) -> Ints:
    """By when each claim's voucher was certainly void."""
    by = np.full(len(evidence.operations), FOREVER)
    known = evidence.releases.claim >= 0
    by[evidence.releases.claim[known]] = evidence.releases.by[known]
    return by


def _voids_of(evidence: Evidence, claim: int) -> list[int]:
    """The void that certainly released this claim's voucher."""
    releases = evidence.releases
    return [int(one) for one in releases.operation[(releases.claim == claim) & (releases.by < FOREVER)]]


def _denied_without_cause(spending: Spending) -> CheckReport:
    """Told "already redeemed" although no redemption of the voucher can have happened by then."""
    evidence = spending.evidence
    rows, _, reply = refused_with(evidence, Kind.REDEEM, "already_redeemed")
    operations, tried = evidence.operations, spending.tried
    targets = operations.of("target", tried)
    found = []
    for row, end in zip(rows, reply, strict=True):
        voucher = evidence.history.target[row]
        of_voucher = tried[np.searchsorted(targets, voucher, "left") : np.searchsorted(targets, voucher, "right")]
        if not (operations.invoke[of_voucher] <= end).any():
            found.append(Found(
                "从未核销过的券被答已核销", "already redeemed was said of a voucher that nobody can have redeemed",
                [int(row)], {"rule": "denied"},
            ))  # fmt: skip
    return report("C12", evidence, found, len(found))


def refused_with(evidence: Evidence, kind: Kind, code: str) -> tuple[Ints, Ints, Ints]:
    """Rows, earliest and latest instants of refusals of a kind with this code."""
    history, refusals = evidence.history, evidence.refusals
    at = np.flatnonzero(((history.kind == kind) & history.has_code(code))[refusals.row])
    return refusals.row[at].astype(np.int64), refusals.since[at], refusals.reply[at]


def refunds_within_the_order(evidence: Evidence) -> CheckReport:
    """C13. Certain refunds of a redemption add up to no more than its order; no refund is given twice."""
    spending = Spending(evidence)
    return together((_above_the_order(spending), _one_refund_twice(spending)))


def _above_the_order(spending: Spending) -> CheckReport:
    operations = spending.evidence.operations
    found = []
    for redemption, refunds in spending.refunds.items():
        certain = [one for one in refunds if operations.state[one] == CERTAIN]
        total = int(operations.of("amount", np.array(certain, np.int64)).sum()) if certain else 0
        order = spending.order_fen.get(redemption)
        if order is not None and total > order:
            found.append(Found(
                f"订单应付 {order} 分，退款合计 {total} 分", f"{total} fen were refunded of an order of {order}",
                (), {"rule": "above_order", "order_fen": order, "refunded_fen": total},
                [spending.by_id[redemption], *certain],
            ))  # fmt: skip
    return report("C13", spending.evidence, found, len(found))


def _one_refund_twice(spending: Spending) -> CheckReport:
    evidence = spending.evidence
    refunds = evidence.select(Kind.REFUND, CERTAIN)
    result = evidence.operations.of("result", refunds)
    refunds, result = refunds[result != 0], result[result != 0]
    order = np.argsort(result, kind="stable")
    refunds, result = refunds[order], result[order]
    at = np.flatnonzero(result[1:] == result[:-1])
    found = (
        Found("两次不同的退款得到同一个退款号", "two different refunds were given one number",
              (), {"rule": "one_number"}, refunds[one : one + 2])
        for one in at
    )  # fmt: skip
    return report("C13", evidence, found, len(at))


def rules_hold_at_the_till(evidence: Evidence) -> CheckReport:
    """C20. Category, district, threshold and validity: no redemption that they forbid, no refusal that they do not."""
    return together([*_redemptions(Spending(evidence)), _public_money(Spending(evidence))])


def _covered(evidence: Evidence, rows: Column, what: str) -> Flags:
    """Whether each attempt's till is of a category, or in a district, that the voucher's batch covers."""
    facts = evidence.facts
    table = np.ones((max(len(facts.batches), 1), max(len(facts.tills), 1)), bool)
    for one, batch in enumerate(facts.batches):
        allowed = batch.categories if what == "category" else batch.districts
        for other, till in enumerate(facts.tills):
            table[one, other] = not allowed or (till.category if what == "category" else till.district) in allowed
    found: Flags = table[evidence.history.subject[rows], evidence.history.person[rows]]
    return found


def _redemptions(spending: Spending) -> Iterator[CheckReport]:
    evidence, operations = spending.evidence, spending.evidence.operations
    if not evidence.facts.tills:
        return
    granted = operations.row[spending.redeemed].astype(np.int64)
    for what, zh in (("category", "行业"), ("district", "区域")):
        wrong = granted[~_covered(evidence, granted, what)]
        yield _broken(
            evidence, wrong, f"{what}_ignored", f"券不适用的{zh}核销成功", f"redeemed in a {what} not covered"
        )
        rows, _, _ = refused_with(evidence, Kind.REDEEM, f"{what}_not_covered")
        wrong = rows[_covered(evidence, rows, what)]
        yield _broken(evidence, wrong, f"{what}_denied", f"券适用的{zh}被拒", f"refused in a {what} that is covered")
    threshold = np.array([batch.threshold_fen for batch in evidence.facts.batches], np.int64)
    history = evidence.history
    below = granted[history.amount[granted] < threshold[history.subject[granted]]]
    yield _broken(evidence, below, "below_threshold", "未达门槛的订单核销成功", "redeemed below the threshold")
    rows, _, _ = refused_with(evidence, Kind.REDEEM, "below_threshold")
    enough = rows[history.amount[rows] >= threshold[history.subject[rows]]]
    yield _broken(evidence, enough, "threshold_denied", "已达门槛的订单被拒", "refused although the threshold was met")


def _broken(evidence: Evidence, rows: Ints, rule: str, zh: str, en: str) -> CheckReport:
    facts = evidence.facts
    found = (
        Found(zh, en, [int(row)], {
            "rule": rule, "till": facts.tills[int(evidence.history.person[row])].__dict__,
            "categories": list(facts.batches[int(evidence.history.subject[row])].categories),
            "districts": list(facts.batches[int(evidence.history.subject[row])].districts),
            "threshold_fen": facts.batches[int(evidence.history.subject[row])].threshold_fen,
        })
        for row in rows
    )  # fmt: skip
    return report("C20", evidence, found, len(rows))


def _public_money(spending: Spending) -> CheckReport:
    """What came back to the fund, over all refunds of a redemption whose number and amounts are certain."""
    operations = spending.evidence.operations
    found = []
    for redemption, refunds in spending.refunds.items():
        order, batch = spending.order_fen.get(redemption), None
        if redemption in spending.by_id:
            batch = spending.batch_of(spending.by_id[redemption])
        known = (operations.state[refunds] == CERTAIN) & (operations.of("result", np.array(refunds)) != 0)
        if order is None or batch is None or not known.all():
            continue
        amounts = operations.of("amount", np.array(refunds)).astype(np.int64)
        came = int(operations.of("value", np.array(refunds)).sum())
        due = _due(batch, order, amounts)
        if int(amounts.sum()) <= order and came != due:
            found.append(Found(
                f"退款 {int(amounts.sum())} 分应使财政资金回笼 {due} 分，实际 {came} 分",
                f"refunds of {int(amounts.sum())} fen must give {due} fen back to the fund, and gave {came}",
                (), {"rule": "fund", "order_fen": order, "face_fen": batch.face_fen, "regime": batch.refund_regime,
                 "due_fen": due},
                refunds,
            ))  # fmt: skip
    return report("C20", spending.evidence, found, len(found))


def _due(batch: BatchFacts, order_fen: int, amounts: Ints) -> int:
    """S-54 and S-56: of the first R fen the user gets R × paid ÷ payable, half up; the voucher has the rest."""
    total, paid = int(amounts.sum()), order_fen - batch.face_fen
    user = (2 * total * paid + order_fen) // (2 * order_fen)
    if batch.refund_regime == "A" and not (len(amounts) == 1 and total == order_fen):
        return 0
    return total - user


def spending_goals(evidence: Evidence) -> dict[str, bool]:
    """What of tills the history has exercised."""
    operations = evidence.operations
    redeems = evidence.select(Kind.REDEEM)
    asked = redeems[operations.sent[redeems]]
    _, counts = np.unique(operations.of("target", asked), return_counts=True)
    rows = operations.row[asked].astype(np.int64)
    inside = _covered(evidence, rows, "category") & _covered(evidence, rows, "district") if len(rows) else rows
    refunds = evidence.select(Kind.REFUND, CERTAIN)
    return {
        "redemptions_seen": bool(len(evidence.select(Kind.REDEEM, CERTAIN))),
        "double_redemption_tried": bool((counts > 1).any()),
        "covered_and_not": bool(len(rows)) and bool(inside.any()) and not bool(inside.all()),
        "refunds_seen": bool(len(refunds)),
        "over_refund_tried": bool(len(refused_with(evidence, Kind.REFUND, "refund_too_large")[0])),
    }
