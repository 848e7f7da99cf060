"""What clients met that they should not have met. Pure: every line is a witness."""

from collections.abc import Iterable

from merchant_sim.records import ClaimRecord, RedemptionRecord, RefundRecord

MOST_WITNESSES = 20
_CLAIM_REFUSALS = frozenset({"not_open", "limit_reached", "sold_out"})


def surprises(
    claims: Iterable[ClaimRecord], redemptions: Iterable[RedemptionRecord], refunds: Iterable[RefundRecord]
) -> list[str]:
    """Ends that nobody planned, in words: unknown outcomes, wrong refusals, refusals of what was right."""
    wrong = [
        f"{claim.key} ({claim.tap}): {claim.outcome} {claim.status} {claim.code}"
        for claim in claims
        if claim.outcome != "ok" and (claim.outcome != "refused" or claim.code not in _CLAIM_REFUSALS)
    ]
    asked: list[RedemptionRecord | RefundRecord] = [*redemptions, *refunds]
    for one in asked:
        came = None if one.outcome == "ok" else (one.code or one.outcome)
        if came != one.expected:
            wrong.append(f"{one.key}: due was {one.expected or 'acceptance'}, came {came or 'acceptance'}")
    return wrong
