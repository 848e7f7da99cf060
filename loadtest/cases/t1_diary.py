"""A case's own record of what it did in a campaign, from the platform's replies: what a report must come to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from loadtest.cases.t1_rows import (
    Attempt,
    BatchFacts,
    Claim,
    MerchantFacts,
    Redemption,
    Refund,
    Release,
    Rows,
)
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab
from loadtest.lab.line import Caller
from loadtest.lab.orders import refund
from loadtest.lab.staff import Shop
from voucher_contract import routes


class Diary:
    """Acts in one campaign and writes them down. Times are the platform's, from its replies, on the business clock."""

    def __init__(self, lab: Lab, campaign_id: str) -> None:
        self.lab, self.campaign_id = lab, campaign_id
        self._batches: list[BatchFacts] = []
        self._merchants: dict[str, MerchantFacts] = {}
        self._releases: list[Release] = []
        self._attempts: list[Attempt] = []
        self._claims: dict[str, Claim] = {}
        self._redemptions: dict[str, Redemption] = {}
        self._refunds: list[Refund] = []

    async def publish(self, *specs: dict[str, Any]) -> list[dict[str, Any]]:
        """A round of these batches, on offer. Raises CannotPlay."""
        round_id, made = await self.lab.draft(self.campaign_id, *specs)
        await self.lab.publish(round_id)
        shown = await self.lab.must(routes.GET_ROUND, self.lab.maker, round_id=round_id)
        at = datetime.fromisoformat(shown["published_at"])
        for batch in made:
            facts = BatchFacts(batch["id"], round_id, batch["face_fen"], tuple(batch["categories"]))
            self._batches.append(facts)
            self._releases.append(Release(facts.id, batch["quota"], at))
        return made

    async def raise_quota(self, batch: dict[str, Any], by: int) -> None:
        """So many more vouchers of a batch on offer."""
        body = {"quota": batch["quota"] + by}
        await self.lab.must(routes.RAISE_QUOTA, self.lab.maker, body=body, batch_id=batch["id"])
        self._releases.append(Release(batch["id"], by, self.lab.now()))
        await self.lab.take_in()

    async def claim(self, person: Caller, batch: dict[str, Any]) -> dict[str, Any]:
        """A claim that is granted: the voucher. Raises CannotPlay."""
        voucher = self.lab.got(await self._ask(person, batch))
        at, ends = (datetime.fromisoformat(voucher[name]) for name in ("claimed_at", "valid_until"))
        self._claims[voucher["id"]] = Claim(voucher["id"], batch["id"], *_who(person), at, ends)
        return voucher

    async def try_again(self, person: Caller, batch: dict[str, Any]) -> None:
        """A claim that is refused, for the person holds the limit."""
        await self._ask(person, batch)

    async def _ask(self, person: Caller, batch: dict[str, Any]) -> Exchange:
        self._attempts.append(Attempt(batch["id"], *_who(person), self.lab.now()))
        return await self.lab.claim(person, batch)

    async def void(self, voucher: dict[str, Any]) -> None:
        """A voucher is voided."""
        body = {"reason": "检验"}
        await self.lab.must(routes.VOID_VOUCHER, self.lab.maker, body=body, voucher_id=voucher["id"])
        self._claims[voucher["id"]] = replace(self._claims[voucher["id"]], void=True)

    async def redeem(self, shop: Shop, voucher: dict[str, Any], **order: Any) -> dict[str, Any]:
        """An order with a voucher: the redemption. Raises CannotPlay."""
        await self._look_up(shop)
        made = self.lab.got(await self.lab.redeem(shop, voucher["code"], **order))
        holder = self._claims[voucher["id"]]
        amounts = {
            name: made[name]
            for name in (
                "order_total_fen", "merchant_discount_fen", "platform_discount_fen", "voucher_fen", "paid_fen"
            )
        }  # fmt: skip
        self._redemptions[made["id"]] = Redemption(
            made["id"], voucher["id"], holder.batch_id, holder.person, holder.account, shop.merchant_id,
            datetime.fromisoformat(made["redeemed_at"]), **amounts,
        )  # fmt: skip
        return made

    async def refund(self, shop: Shop, redemption: dict[str, Any], amount_fen: int) -> None:
        """Part of an order is taken back. Raises CannotPlay."""
        made = self.lab.got(await refund(self.lab, shop, redemption, amount_fen))
        names = ("amount_fen", "user_fen", "voucher_fen", "platform_fen", "fund_fen", "voucher_returned")
        at = datetime.fromisoformat(made["refunded_at"])
        self._refunds.append(Refund(redemption["id"], at, **{name: made[name] for name in names}))

    async def _look_up(self, shop: Shop) -> None:
        if shop.merchant_id not in self._merchants:
            seen = await self.lab.must(routes.GET_MERCHANT, self.lab.operator, merchant_id=shop.merchant_id)
            facts = MerchantFacts(seen["id"], seen["category"], seen["district"], seen["size_class"])
            self._merchants[shop.merchant_id] = facts

    def rows(self, made_at: datetime) -> Rows:
        """All of it, as a report made at ``made_at`` must see it.

        Attempts are left out when a claim had to be sent more than once: how a platform counts those is its own affair.
        """
        sent = sum(one.operation == routes.CLAIM.name for one in self.lab.transcript.exchanges)
        returned = {one.redemption_id for one in self._refunds if one.voucher_returned}
        used = {one.voucher_id for one in self._redemptions.values() if one.id not in returned}
        claims = [
            replace(one, expired=one.valid_until <= made_at and not one.void and one.voucher_id not in used)
            for one in self._claims.values()
        ]
        return Rows(
            tuple(self._batches), tuple(self._merchants.values()), tuple(self._releases),
            tuple(self._attempts) if sent == len(self._attempts) else None, tuple(claims),
            tuple(self._redemptions.values()), tuple(self._refunds),
        )  # fmt: skip

    def keys(self) -> dict[str, Sequence[str]]:
        """The keys of the lines that the story touched, by dimension."""
        merchants = list(self._merchants.values())
        return {
            "industry": sorted({one.category for one in merchants} | {c for b in self._batches for c in b.categories}),
            "district": sorted({one.district for one in merchants}),
            "size_class": sorted({one.size_class for one in merchants}),
            "batch": [one.id for one in self._batches],
            "round": sorted({one.round_id for one in self._batches}),
        }


def _who(person: Caller) -> tuple[str, str]:
    return person.facts.get("person", person.who), person.facts.get("account", person.who)
