"""Every statement the demo's verdict rests on: PostgreSQL against the clients' records, limits, money. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from merchant_sim.city import City
from merchant_sim.schedule.offers import Offer
from merchant_sim.story.results import Results
from merchant_sim.story.surprises import MOST_WITNESSES, surprises
from voucherlab.demo.client_side import ClientSide
from voucherlab.demo.facts import Facts

_ON_PURPOSE = {
    "fourth batch": "over_budget",
    "own approval": "same_officer",
    "return to another account": "account_mismatch",
}


@dataclass(frozen=True)
class Check:
    """One statement: does it hold, and the numbers or the witnesses."""

    name: str
    zh: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Evidence:
    """Both sides of a round, the truth about its city, and the last T+1 report's cumulative totals."""

    results: Results
    facts: Facts
    seen: ClientSide
    city: City
    offers: tuple[Offer, ...]
    totals: Mapping[str, Any]


def all_checks(evidence: Evidence) -> list[Check]:
    """Every check of a round's clients and vouchers; money has its own."""
    return [
        _no_surprises(evidence),
        _acknowledged_are_issued(evidence),
        _one_key_one_voucher(evidence),
        _nothing_oversold(evidence),
        _sold_out(evidence),
        _limits_of_natural_persons(evidence),
        _same("redemptions", "核销逐笔一致", evidence.facts.redemptions, evidence.seen.redeemed()),
        _same("refunds", "退款逐笔一致", evidence.facts.refunds, evidence.seen.refunded()),
        _attempts_by_outcome(evidence),
        _report_totals(evidence),
        _roster(evidence),
        _refusals_on_purpose(evidence),
        Check("audit log", "审计链完整", evidence.results.audit_intact, "verified by the platform"),
    ]


def _no_surprises(evidence: Evidence) -> Check:
    seen = evidence.seen
    wrong = surprises(seen.claims, seen.redemptions, seen.refunds)
    planned = sum(one.expected is not None for one in seen.redemptions)
    planned += sum(one.expected is not None for one in seen.refunds)
    detail = _witnesses(wrong) or f"{planned} mistakes, each with the refusal it deserves; no outcome unknown"
    return Check("every answer was due", "拒绝码符合预期，无未知结果", not wrong, detail)


def _acknowledged_are_issued(evidence: Evidence) -> Check:
    acknowledged = evidence.seen.acknowledged()
    issued = {voucher.id for voucher in evidence.facts.vouchers}
    detail = f"{len(acknowledged)} acknowledged, {len(issued)} issued"
    if differing := sorted(acknowledged ^ issued):
        detail += f"; differing: {_witnesses(differing)}"
    return Check("acknowledged = issued", "确认领取 = 实际发放", acknowledged == issued, detail)


def _one_key_one_voucher(evidence: Evidence) -> Check:
    by_key = evidence.seen.vouchers_by_key()
    doubled = [f"{key}: {sorted(ids)}" for key, ids in by_key.items() if len(ids) > 1]
    keys = Counter(voucher for ids in by_key.values() for voucher in ids)
    shared = [f"{voucher} under {count} keys" for voucher, count in keys.items() if count > 1]
    repeats = sum(claim.replayed for claim in evidence.seen.claims)
    return Check(
        "one key, one voucher", "同一幂等键只得一张券", not doubled and not shared,
        _witnesses(doubled + shared) or f"{repeats} repeats got the first voucher again",
    )  # fmt: skip


def _nothing_oversold(evidence: Evidence) -> Check:
    wrong, numbers = [], []
    valid = Counter(voucher.batch_id for voucher in evidence.facts.vouchers if voucher.state != "void")
    rows = Counter(voucher.batch_id for voucher in evidence.facts.vouchers)
    for batch in evidence.facts.batches:
        numbers.append(f"{valid[batch.id]}/{batch.quota}")
        if valid[batch.id] > batch.quota or batch.issued != rows[batch.id]:
            wrong.append(f"{batch.id}: {rows[batch.id]} rows, {batch.issued} counted, quota {batch.quota}")
    return Check("nothing oversold", "无超发", not wrong, _witnesses(wrong) or ", ".join(numbers))


def _sold_out(evidence: Evidence) -> Check:
    left = [f"{one.id}: {one.quota - one.issued} left" for one in evidence.facts.batches if one.issued < one.quota]
    return Check(
        "sold out", "各券种均领完", not left, _witnesses(left) or "every batch was claimed to the last voucher"
    )


def _limits_of_natural_persons(evidence: Evidence) -> Check:
    person_of = {account.account: person.person_no for person in evidence.city.people for account in person.accounts}
    names = {batch_id: name for name, batch_id in evidence.results.batch_ids.items()}
    limits = {offer.batch: offer.per_person_limit for offer in evidence.offers}
    held = Counter(
        (names[voucher.batch_id], person_of.get(voucher.account, -1))
        for voucher in evidence.facts.vouchers
        if voucher.state != "void"
    )
    wrong = [
        f"person {person} holds {count} of {batch}"
        for (batch, person), count in held.items()
        if person < 0 or count > limits[batch]
    ]
    tried = sum(claim.tap in {"greedy", "other_account"} for claim in evidence.seen.claims)
    detail = _witnesses(wrong) or f"{len(held)} holdings within the limit; {tried} taps asked for more"
    return Check("limits by natural person", "按自然人限领", not wrong, detail)


def _same(name: str, zh: str, stored: Mapping[str, tuple[str, int]], seen: Mapping[str, tuple[str, int]]) -> Check:
    differing = sorted(key for key in stored.keys() | seen.keys() if stored.get(key) != seen.get(key))
    detail = f"{len(stored)} in PostgreSQL, {len(seen)} in the clients' records, the same one by one"
    if differing:
        detail = _witnesses(f"{key}: {stored.get(key)} stored, {seen.get(key)} seen" for key in differing)
    return Check(f"{name} one by one", zh, not differing, detail)


def _attempts_by_outcome(evidence: Evidence) -> Check:
    """The platform counts every attempt; a client's repeat after 202 or 503 is one more, so only ends are compared."""
    seen = evidence.seen.claim_refusals()
    stored = {code: evidence.facts.attempts.get(code, 0) for code in seen}
    return Check("claim refusals by code", "领取拒绝数一致", seen == stored, f"clients {seen}, platform {stored}")


def _report_totals(evidence: Evidence) -> Check:
    facts, seen = evidence.facts, evidence.seen
    redeemed, refunded = seen.redeemed().values(), seen.refunded().values()
    due = {
        "issued_vouchers": len(seen.acknowledged()),
        "redemptions": len(seen.redeemed()),
        "redeemed_fen": sum(fen for _, fen in redeemed),
        "refund_count": len(seen.refunded()),
        "refund_fund_fen": sum(fen for _, fen in refunded),
        "public_spent_fen": sum(fen for _, fen in redeemed) - sum(fen for _, fen in refunded),
        "expired_vouchers": sum(voucher.state == "expired" for voucher in facts.vouchers),
        "seekers": len({(claim.person_no) for claim in seen.claims}),
    }
    wrong = [f"{name}: {evidence.totals.get(name)}, due {value}" for name, value in due.items()
             if evidence.totals.get(name) != value]  # fmt: skip
    return Check("T+1 totals = records", "T+1 累计数与记录一致", not wrong, _witnesses(wrong) or str(due))


def _roster(evidence: Evidence) -> Check:
    roster = evidence.results.roster
    detail = f"{roster['bad_rows']} bad rows named, {roster['imported']} merchants in"
    if not roster["as_expected"]:
        detail += f"; missed {roster['missed']}, wrongly named {roster['wrongly_named']}"
    return Check("merchant import", "商户导入", bool(roster["as_expected"]), detail)


def _refusals_on_purpose(evidence: Evidence) -> Check:
    met = evidence.results.refusals
    return Check("officers' refusals", "配置与退回环节的拒绝", met == _ON_PURPOSE, str(met))


def _witnesses(lines: Iterable[str]) -> str:
    found = list(lines)
    more = f" … and {len(found) - MOST_WITNESSES} more" if len(found) > MOST_WITNESSES else ""
    return "; ".join(found[:MOST_WITNESSES]) + more
