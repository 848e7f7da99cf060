"""The T+1 indicators recomputed from raw rows in plain Python, sharing no code with the platform's SQL and rules."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.random_campaign import CITY, RandomCampaign, Row
from voucher_contract.models.common import CATEGORY_NAMES, SIZE_CLASS_NAMES

Number = int | float | None
_ISSUING = {"total", "industry", "batch", "round"}


class ByHand:
    """All figures of one line: rows of ``data`` that belong to ``key`` of ``dimension`` in the period."""

    def __init__(
        self, data: RandomCampaign, *, dimension: str, key: str, starts: datetime | None, ends: datetime, now: datetime
    ) -> None:
        self.data, self.dimension, self.key = data, dimension, key
        self.starts, self.ends, self.now = starts, ends, now
        self.batches = {
            b["id"]: b
            for b in data.rows("batch")
            if b["campaign_id"] == data.campaign_id and b["state"] == "live"
            and data.of("round", b["round_id"])["published_at"] < ends
        }  # fmt: skip

    def figures(self) -> dict[str, Number]:
        """Every indicator of the contract by name."""
        found: dict[str, Number] = dict.fromkeys(self._issuing(), None)
        if self.dimension in _ISSUING:
            found.update(self._issuing())
        found.update(self._redeeming())
        found.update(self._refunding())
        found.update(self._merchants())
        minus = self._minus(found)
        found["redemptions_net"] = minus("redemptions", "whole_refunds")
        found["redeemed_net_fen"] = minus("redeemed_fen", "refund_voucher_fen")
        found["public_spent_fen"] = minus("redeemed_fen", "refund_fund_fen")
        found["order_net_fen"] = minus("order_total_fen", "refund_order_fen", "withdrawn_discount_fen")
        found.update(self._ratios(found))
        return found

    def _in(self, moment: datetime) -> bool:
        return moment < self.ends and (self.starts is None or self.starts <= moment)

    def _on(self, day: date) -> bool:
        last = (self.ends.astimezone(CITY)).date()
        return day < last and (self.starts is None or day == self.starts.date())

    def _batch_here(self, batch_id: str) -> bool:
        batch = self.batches.get(batch_id)
        if batch is None:
            return False
        return bool({
            "total": True, "industry": self.key in batch["categories"], "batch": batch["id"] == self.key,
            "round": batch["round_id"] == self.key, "district": False, "size_class": False,
        }[self.dimension])  # fmt: skip

    def _redemption_here(self, row: Row) -> bool:
        if row["campaign_id"] != self.data.campaign_id:
            return False
        merchant = self.data.of("merchant", row["merchant_id"])
        return bool(self.key == {
            "total": "total", "industry": merchant["category"], "district": merchant["district"],
            "size_class": merchant["size_class"], "batch": row["batch_id"],
            "round": self.data.of("batch", row["batch_id"])["round_id"],
        }[self.dimension])  # fmt: skip

    def _issuing(self) -> dict[str, Number]:
        def face(batch_id: str) -> int:
            return int(self.data.of("batch", batch_id)["face_fen"])

        here = [v for v in self.data.rows("voucher") if self._batch_here(v["batch_id"])]
        claimed = [v for v in here if self._in(v["claimed_at"])]
        gone = [v for v in here if self._in(v["valid_until"]) and v["valid_until"] <= self.now]
        gone = [v for v in gone if v["state"] not in ("redeemed", "used_up", "void")]
        released = [
            t for t in self.data.rows("ledger_transfer")
            if t["debit_account"].startswith("free:")
            and self._batch_here(t["reference"]) and self._in(t["business_at"])
        ]  # fmt: skip
        tries = [
            a for a in self.data.rows("claim_attempt_count") if self._batch_here(a["batch_id"]) and self._on(a["day"])
        ]
        seekers = [s for s in self.data.rows("claim_seeker") if self._batch_here(s["batch_id"]) and self._on(s["day"])]
        return {
            "released_vouchers": sum(t["count"] for t in released),
            "released_fen": sum(t["amount_fen"] for t in released),
            "issued_vouchers": len(claimed),
            "issued_fen": sum(face(v["batch_id"]) for v in claimed),
            "voided_vouchers": sum(v["state"] == "void" for v in claimed),
            "expired_vouchers": len(gone),
            "expired_fen": sum(face(v["batch_id"]) for v in gone),
            "claim_attempts": sum(a["attempts"] for a in tries),
            "seekers": len({row["person_id"] for row in [*seekers, *claimed]}),
            "claimants": len({v["person_id"] for v in claimed}),
        }

    def _redeemed_rows(self) -> list[Row]:
        return [r for r in self.data.rows("redemption") if self._redemption_here(r) and self._in(r["redeemed_at"])]

    def _redeeming(self) -> dict[str, Number]:
        rows = self._redeemed_rows()
        figures: dict[str, Number] = {
            "redeemers": len({self.data.of("voucher", r["voucher_id"])["person_id"] for r in rows}),
            "redemptions": len(rows),
            "redeemed_fen": sum(r["voucher_fen"] for r in rows),
        }
        for name in ("platform_discount_fen", "merchant_discount_fen", "order_total_fen", "paid_fen"):
            figures[name] = sum(r[name] for r in rows)
        return figures

    def _refunding(self) -> dict[str, Number]:
        here = {r["id"]: r for r in self.data.rows("redemption") if self._redemption_here(r)}
        rows = [f for f in self.data.rows("refund") if f["redemption_id"] in here and self._in(f["refunded_at"])]
        whole = []
        for redemption in here.values():
            taken = [f for f in self.data.rows("refund") if f["redemption_id"] == redemption["id"]]
            if sum(f["amount_fen"] for f in taken) == redemption["payable_fen"] and self._in(taken[-1]["refunded_at"]):
                whole.append(redemption)
        return {
            "whole_refunds": len(whole),
            "withdrawn_discount_fen": sum(r["merchant_discount_fen"] for r in whole),
            "refund_count": len(rows),
            "refund_order_fen": sum(f["amount_fen"] for f in rows),
            "refund_voucher_fen": sum(f["voucher_fen"] for f in rows),
            "refund_user_fen": sum(f["user_fen"] for f in rows),
            "refund_platform_fen": sum(f["platform_fen"] for f in rows),
            "refund_fund_fen": sum(f["fund_fen"] for f in rows),
            "vouchers_returned": sum(f["voucher_returned"] for f in rows),
        }

    def _merchants(self) -> dict[str, Number]:
        shops = [self.data.of("merchant", one) for one in {r["merchant_id"] for r in self._redeemed_rows()}]
        figures: dict[str, Number] = {"merchants": len(shops)}
        figures |= {f"merchants_size_{x}": sum(s["size_class"] == x for s in shops) for x in SIZE_CLASS_NAMES}
        figures |= {f"merchants_type_{x}": sum(s["category"] == x for s in shops) for x in CATEGORY_NAMES}
        column = {"industry": "category", "district": "district", "size_class": "size_class"}.get(self.dimension)
        admitted = [m for m in self.data.rows("merchant") if m["admitted"] and not m["suspended"]]
        known = self.starts is None and self.dimension not in ("batch", "round")
        figures["admitted_merchants"] = (
            sum(column is None or m[column] == self.key for m in admitted) if known else None
        )
        return figures

    @staticmethod
    def _minus(found: dict[str, Number]) -> Callable[..., int]:
        def minus(first: str, *others: str) -> int:
            return int(found[first] or 0) - sum(int(found[name] or 0) for name in others)

        return minus

    def _ratios(self, found: dict[str, Number]) -> dict[str, Number]:
        def over(first: str, second: str, places: str = "0.0001") -> Number:
            above, below = found[first], found[second]
            if above is None or below is None or below <= 0:
                return None
            exact = (Decimal(above) / Decimal(below)).quantize(Decimal(places), ROUND_HALF_UP)
            return int(exact) if places == "1" else float(exact)

        ratios = {
            "claim_rate": over("issued_vouchers", "released_vouchers"),
            "seeker_success_rate": over("claimants", "seekers"),
            "vouchers_per_claimant": over("issued_vouchers", "claimants"),
            "redeemer_rate": over("redeemers", "claimants"),
            "leverage_gross": over("order_total_fen", "redeemed_fen"),
            "leverage_net": over("order_net_fen", "redeemed_net_fen"),
            "own_money_ratio": over("paid_fen", "redeemed_fen"),
            "average_order_fen": over("order_total_fen", "redemptions", "1"),
            "redemptions_per_merchant": over("redemptions", "merchants"),
            "refund_rate_amount": over("refund_voucher_fen", "redeemed_fen"),
        }
        for base in ("issued", "released"):
            ratios[f"redemption_rate_count_{base}_gross"] = over("redemptions", f"{base}_vouchers")
            ratios[f"redemption_rate_count_{base}_net"] = over("redemptions_net", f"{base}_vouchers")
            ratios[f"redemption_rate_amount_{base}_gross"] = over("redeemed_fen", f"{base}_fen")
            ratios[f"redemption_rate_amount_{base}_net"] = over("redeemed_net_fen", f"{base}_fen")
        return ratios
