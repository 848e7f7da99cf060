"""What the officers of a round do: money in, configuration by four eyes, settlement, closing, money back."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from merchant_sim.actors.desk import Unexpected
from merchant_sim.actors.offices import Offices
from merchant_sim.records import RefundRecord
from merchant_sim.schedule.offers import Offer
from merchant_sim.story.plan import CAMPAIGN_NAME, ROUND_NAME, RoundPlan
from voucher_contract import routes
from voucher_contract.models import campaigns as c
from voucher_contract.models.merchants import MerchantsChanged, MerchantSelector
from voucher_contract.models.system import AuditVerification, SandboxClock
from voucher_contract.models.vouchers import VoucherChanged

PAYING_ACCOUNT, DESIGNATED_ACCOUNT = "SIM-TREASURY-0001", "SIM-BUREAU-0002"


async def open_campaign(offices: Offices, plan: RoundPlan) -> c.Campaign:
    """Create the campaign and book the deposit."""
    maker = offices.maker
    spec = c.CampaignSpec(name=CAMPAIGN_NAME, paying_account=PAYING_ACCOUNT, designated_account=DESIGNATED_ACCOUNT)
    campaign = await maker.do(routes.CREATE_CAMPAIGN, c.Campaign, spec)
    deposit = c.DepositSpec(amount_fen=plan.deposit_fen, bank_reference=f"{plan.run}-deposit-{campaign.id}"[:64])
    await maker.do(routes.DEPOSIT, c.Deposit, deposit, campaign_id=campaign.id)
    return campaign


async def configure_round(
    offices: Offices, plan: RoundPlan, campaign_id: str
) -> tuple[c.Round, dict[str, c.Batch], str]:
    """Three batches in a round, and the refusal of a fourth over the deposit.

    Returns the round, the batches by the offer's name, and the refusal's code.
    """
    maker = offices.maker
    made = await maker.do(routes.CREATE_ROUND, c.Round, c.RoundSpec(name=ROUND_NAME), campaign_id=campaign_id)
    batches = {offer.batch: await _create_batch(offices, plan, made.id, offer) for offer in plan.offers()}
    fourth = await maker.try_to(routes.CREATE_BATCH, plan.batch_over_budget(), round_id=made.id)
    return made, batches, _refusal(fourth.code, routes.CREATE_BATCH.name)


async def _create_batch(offices: Offices, plan: RoundPlan, round_id: str, offer: Offer) -> c.Batch:
    return await offices.maker.do(routes.CREATE_BATCH, c.Batch, plan.batch_spec(offer), round_id=round_id)


async def approve_and_publish(offices: Offices, round_id: str) -> str:
    """Submit, be refused as one's own checker, be approved by the second officer, publish. Returns that refusal."""
    await offices.maker.do(routes.SUBMIT_ROUND, c.Round, round_id=round_id)
    own = await offices.maker.try_to(routes.APPROVE_ROUND, round_id=round_id)
    await offices.checker.do(routes.APPROVE_ROUND, c.Round, round_id=round_id)
    await offices.checker.do(routes.PUBLISH_ROUND, c.Round, round_id=round_id)
    return _refusal(own.code, routes.APPROVE_ROUND.name)


def _refusal(code: str | None, what: str) -> str:
    if code is None:
        raise Unexpected(f"{what} should have been refused")
    return code


async def set_clock(offices: Offices, moment: datetime) -> datetime:
    """Move the business clock; returns what it shows when every process has taken it."""
    clock = await offices.operator.do(routes.SET_CLOCK, SandboxClock, SandboxClock(now=moment))
    return clock.now


async def read_clock(offices: Offices) -> datetime:
    """The business time."""
    return (await offices.operator.do(routes.GET_CLOCK, SandboxClock)).now


async def suspend(offices: Offices, merchant_ids: Iterable[str]) -> None:
    """Suspend shops one by one, each with its reason."""
    for merchant_id in merchant_ids:
        selector = MerchantSelector(merchant_id=merchant_id, reason="模拟：现场检查未通过")
        await offices.operator.do(routes.SUSPEND_MERCHANTS, MerchantsChanged, selector)


async def freeze(offices: Offices, voucher_ids: Iterable[str]) -> None:
    """Freeze vouchers for a closer look."""
    for voucher_id in voucher_ids:
        reason = c.Reason(reason="模拟：疑似外挂领取，冻结核查")
        await offices.operator.do(routes.FREEZE_VOUCHER, VoucherChanged, reason, voucher_id=voucher_id)


async def decide(offices: Offices, *, released: Iterable[str], voided: Iterable[str]) -> None:
    """Give frozen vouchers free, or void them: the bureau alone may do that."""
    for voucher_id in released:
        reason = c.Reason(reason="模拟：核查无异常")
        await offices.operator.do(routes.RELEASE_VOUCHER, VoucherChanged, reason, voucher_id=voucher_id)
    for voucher_id in voided:
        reason = c.Reason(reason="模拟：核查属实，作废")
        await offices.maker.do(routes.VOID_VOUCHER, VoucherChanged, reason, voucher_id=voucher_id)


async def settle(offices: Offices, campaign_id: str) -> c.Settlement:
    """Pay the merchants what was redeemed since the last time, less what they owe."""
    return await offices.maker.do(routes.SETTLE, c.Settlement, campaign_id=campaign_id)


def debts(refunds: Iterable[RefundRecord], settlements: Iterable[tuple[int, c.Settlement]]) -> dict[str, int]:
    """What each merchant still owes, in fen: late refunds less what settlements held back.

    ``settlements`` come with the day at whose start they were made. A refund is late when its order had been settled.
    """
    owed: Counter[str] = Counter()
    settled_days = sorted(day for day, _ in settlements)
    for refund in refunds:
        if refund.outcome == "ok" and any(refund.redeemed_day < day <= refund.day for day in settled_days):
            owed[refund.merchant] += refund.fund_fen
    for _, settlement in settlements:
        for line in settlement.lines:
            owed[line.merchant_id] -= line.recovered_fen
    return {merchant: fen for merchant, fen in owed.items() if fen}


async def collect_debts(offices: Offices, campaign_id: str, owed: dict[str, int], run: str) -> int:
    """Book each merchant's repayment. Returns the sum in fen. Raises Unexpected when more or less is owed."""
    for number, (merchant_id, amount_fen) in enumerate(sorted(owed.items()), start=1):
        spec = c.RepaymentSpec(
            merchant_id=merchant_id, amount_fen=amount_fen, bank_reference=f"{run}-repay-{campaign_id[-12:]}-{number}"
        )
        await offices.maker.do(routes.REPAY, c.Repayment, spec, campaign_id=campaign_id)
    return sum(owed.values())


async def money_back(offices: Offices, campaign_id: str, run: str) -> tuple[c.FundReturn, str]:
    """Return what is left: refused first, since the designated account is not the paying one; then confirmed.

    Returns the return as the bank confirmed it, and the code of that refusal.
    """
    first = await offices.maker.try_to(routes.RETURN_FUNDS, c.ReturnSpec(), campaign_id=campaign_id)
    spec = c.ReturnSpec(confirm_designated_account=True)
    sent = await offices.checker.do(routes.RETURN_FUNDS, c.FundReturn, spec, campaign_id=campaign_id)
    confirmation = c.ReturnConfirmation(bank_reference=f"{run}-return-{campaign_id[-12:]}")
    back = await offices.maker.do(routes.CONFIRM_RETURN, c.FundReturn, confirmation, return_id=sent.id)
    return back, _refusal(first.code, routes.RETURN_FUNDS.name)


async def money(offices: Offices, campaign_id: str) -> c.MoneyStatement:
    """The identity of the money, as the auditor sees it."""
    return await offices.auditor.do(routes.GET_MONEY, c.MoneyStatement, campaign_id=campaign_id)


async def audit_log_is_intact(offices: Offices) -> bool:
    """Whether the chain of the audit log verifies, as the platform tells the auditor."""
    return (await offices.auditor.do(routes.VERIFY_AUDIT, AuditVerification)).intact
