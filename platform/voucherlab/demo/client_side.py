"""What the clients of a round saw, gathered from their own record files."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from merchant_sim.records import (
    CLAIMS,
    REDEMPTIONS,
    REFUNDS,
    ClaimRecord,
    RedemptionRecord,
    RefundRecord,
    read_records,
)


@dataclass(frozen=True)
class ClientSide:
    """The three record files of a round."""

    claims: tuple[ClaimRecord, ...]
    redemptions: tuple[RedemptionRecord, ...]
    refunds: tuple[RefundRecord, ...]

    def acknowledged(self) -> set[str]:
        """The vouchers that somebody was told to have."""
        return {claim.voucher_id for claim in self.claims if claim.outcome == "ok" and claim.voucher_id}

    def claim_refusals(self) -> dict[str, int]:
        """Refused taps by code."""
        return _by_code([claim.code for claim in self.claims if claim.outcome == "refused"])

    def redemption_refusals(self) -> dict[str, int]:
        """Refused orders by code."""
        return _by_code([one.code for one in self.redemptions if one.outcome == "refused"])

    def redeemed(self) -> dict[str, tuple[str, int]]:
        """Accepted orders: redemption → (voucher, fen of the voucher)."""
        return {
            one.redemption_id: (one.voucher_id, one.voucher_fen)
            for one in self.redemptions
            if one.outcome == "ok" and one.redemption_id
        }

    def refunded(self) -> dict[str, tuple[str, int]]:
        """Accepted refunds: refund → (redemption, fen back to public money)."""
        return {
            one.refund_id: (one.redemption_id, one.fund_fen)
            for one in self.refunds
            if one.outcome == "ok" and one.refund_id
        }

    def vouchers_by_key(self) -> dict[str, set[str]]:
        """The vouchers each key was answered with: one, however often it was sent."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for claim in self.claims:
            if claim.voucher_id:
                found[claim.key].add(claim.voucher_id)
        return dict(found)


def read_client_side(records: Path) -> ClientSide:
    """Read a round's record files. Raises OSError, ValueError or TypeError."""
    return ClientSide(
        tuple(read_records(records / CLAIMS, ClaimRecord)),
        tuple(read_records(records / REDEMPTIONS, RedemptionRecord)),
        tuple(read_records(records / REFUNDS, RefundRecord)),
    )


def _by_code(codes: list[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(code or "without_code" for code in codes).items()))
