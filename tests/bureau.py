"""The bureau's officers for tests: each act is one transaction, as in the routes."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from tests.builders import NOON, BuiltBatch
from voucher_contract.models.campaigns import (
    Batch,
    BatchSpec,
    Campaign,
    CampaignSpec,
    Deposit,
    DepositSpec,
    Repayment,
    RepaymentSpec,
    Round,
    RoundSpec,
)  # fmt: skip
from voucher_platform.campaigns.operations import batches, campaigns, publishing, rounds
from voucher_platform.core.database import Database
from voucher_platform.money.operations import closing, returns, settlement

Result = TypeVar("Result")
_bank = itertools.count(1)


def a_batch_spec(**changes: Any) -> BatchSpec:
    """满100减30 for catering, a hundred of them, valid for a month around ``NOON``."""
    values = {
        "name": "餐饮满100减30", "face_fen": 3_000, "threshold_fen": 10_000, "quota": 100, "categories": ["catering"],
        "claim_opens_at": NOON - timedelta(days=10), "claim_closes_at": NOON + timedelta(days=10),
        "valid_from": NOON - timedelta(days=10), "valid_until": NOON + timedelta(days=20), "per_person_limit": 1,
        **changes,
    }  # fmt: skip
    return BatchSpec.model_validate(values)


@dataclass(frozen=True)
class Bureau:
    """Acts of two officers, ``maker`` and ``checker``, at the business time ``NOON`` unless told otherwise."""

    database: Database

    async def act(self, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
        """One act in one transaction."""
        async with self.database.transaction() as connection:
            return await work(connection)

    async def campaign(self, *, deposit_fen: int = 0, paying: str = "P-1", designated: str = "P-1") -> Campaign:
        """A new campaign, with a deposit unless it is 0."""
        spec = CampaignSpec(name="迎春消费券", paying_account=paying, designated_account=designated)
        made = await self.act(lambda c: campaigns.create_campaign(c, spec=spec, by="maker", now=NOON))
        if deposit_fen:
            await self.deposit(made.id, deposit_fen)
        return made

    async def deposit(self, campaign_id: str, amount_fen: int, *, bank_reference: str | None = None) -> Deposit:
        """Book a deposit under a new number of the bank unless one is given."""
        spec = DepositSpec(amount_fen=amount_fen, bank_reference=bank_reference or f"BANK-{next(_bank)}")
        return await self.act(lambda c: campaigns.deposit(c, campaign_id=campaign_id, spec=spec, by="maker", now=NOON))

    async def round(self, campaign_id: str) -> Round:
        """A draft round."""
        spec = RoundSpec(name="第一轮")
        return await self.act(
            lambda c: rounds.create_round(c, campaign_id=campaign_id, spec=spec, by="maker", now=NOON)
        )

    async def batch(self, round_id: str, **changes: Any) -> Batch:
        """A batch of a draft round."""
        spec = a_batch_spec(**changes)
        return await self.act(lambda c: batches.create_batch(c, round_id=round_id, spec=spec, by="maker", now=NOON))

    async def submit(self, round_id: str, *, by: str = "maker") -> Round:
        """Hand a round to the checker."""
        return await self.act(lambda c: rounds.submit_round(c, round_id=round_id, by=by, now=NOON))

    async def approve(self, round_id: str, *, by: str = "checker") -> Round:
        """Approve a round."""
        return await self.act(lambda c: rounds.approve_round(c, round_id=round_id, by=by, now=NOON))

    async def reject(self, round_id: str, *, by: str = "checker") -> Round:
        """Send a round back."""
        return await self.act(lambda c: rounds.reject_round(c, round_id=round_id, reason="额度有误", by=by, now=NOON))

    async def publish(self, round_id: str, *, now: datetime = NOON) -> Round:
        """Publish an approved round."""
        return await self.act(lambda c: publishing.publish_round(c, round_id=round_id, by="checker", now=now))

    async def approved(self, campaign_id: str, **changes: Any) -> Batch:
        """A batch in an approved round of its own."""
        planned = await self.round(campaign_id)
        batch = await self.batch(planned.id, **changes)
        await self.submit(planned.id)
        await self.approve(planned.id)
        return batch

    async def published(self, campaign_id: str, **changes: Any) -> BuiltBatch:
        """A live batch in a published round of its own, as the builders of vouchers want it."""
        batch = await self.approved(campaign_id, **changes)
        await self.publish(batch.round_id)
        return BuiltBatch(batch.id, campaign_id, batch.face_fen)

    async def change(self, batch_id: str, state: Any, *, now: datetime = NOON) -> Batch:
        """Pause, resume (``live``) or stop a batch."""
        return await self.act(
            lambda c: publishing.change_state(c, batch_id=batch_id, state=state, reason="演练", by="maker", now=now)
        )

    async def raise_quota(self, batch_id: str, quota: int, *, now: datetime = NOON) -> Batch:
        """Raise a batch's quota."""
        return await self.act(lambda c: publishing.raise_quota(c, batch_id=batch_id, quota=quota, by="maker", now=now))

    async def look(self, batch_id: str) -> Batch:
        """A batch as staff see it."""
        return await self.act(lambda c: batches.get_batch(c, batch_id=batch_id, drafts=True))

    async def settle(self, campaign_id: str, *, now: datetime = NOON) -> Any:
        """Settle with the merchants."""
        return await self.act(lambda c: settlement.settle(c, campaign_id=campaign_id, by="maker", now=now))

    async def repay(
        self, campaign_id: str, merchant_id: str, amount_fen: int, *, bank_reference: str | None = None
    ) -> Repayment:
        """Book what a merchant paid back."""
        number = bank_reference or f"BANK-{next(_bank)}"
        spec = RepaymentSpec(merchant_id=merchant_id, amount_fen=amount_fen, bank_reference=number)
        return await self.act(lambda c: settlement.repay(c, campaign_id=campaign_id, spec=spec, by="maker", now=NOON))

    async def close(self, campaign_id: str, *, now: datetime) -> Campaign:
        """Close a campaign."""
        return await self.act(lambda c: closing.close_campaign(c, campaign_id=campaign_id, by="maker", now=now))

    async def send_back(self, campaign_id: str, *, confirmed: bool = False) -> Any:
        """Return what is free."""
        return await self.act(
            lambda c: returns.return_funds(
                c, campaign_id=campaign_id, account_confirmed=confirmed, by="maker", now=NOON
            )
        )

    async def confirm(self, return_id: str, *, bank_reference: str | None = None) -> Any:
        """The bank says a return arrived."""
        number = bank_reference or f"BANK-{next(_bank)}"
        return await self.act(
            lambda c: returns.confirm_return(c, return_id=return_id, bank_reference=number, by="maker", now=NOON)
        )
