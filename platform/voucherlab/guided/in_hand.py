"""What whoever has a phone may try (手机体验): a voucher that is never sold out, and the till of a shop that takes it.

It is a campaign with money of its own, so nothing done with it is in any figure or check of the eight steps. It is made
before theirs: the console opens with the newest.
"""

from datetime import date

from merchant_sim.actors.officers import DESIGNATED_ACCOUNT, PAYING_ACCOUNT
from voucher_contract import routes
from voucher_contract.models import campaigns as c
from voucherlab.guided import plan
from voucherlab.guided.showing import Link, Wall, Words
from voucherlab.guided.stage import Stage
from voucherlab.guided.tills import shops

_NAME = "手机体验（不计入演示数字）"
_INDUSTRY = "catering"
_FACE_FEN, _THRESHOLD_FEN, _QUOTA, _EACH = 1_000, 5_000, 50, 5
_LAST_DAY = plan.LAST_DAY + 60  # it outlives the talk's own round: after step 8 there is still something to try


def batch_spec(first_day: date) -> c.BatchSpec:
    """Open from the second of the rush on, and good at once; a code that can be read out."""
    opens, ends = plan.moment(first_day, 0, plan.OPENS_AT), plan.moment(first_day, _LAST_DAY)
    return c.BatchSpec(
        name="餐饮满50减10（手机体验）", face_fen=_FACE_FEN, threshold_fen=_THRESHOLD_FEN, quota=_QUOTA,
        categories=[_INDUSTRY], claim_opens_at=opens, claim_closes_at=ends, valid_from=opens, valid_until=ends,
        per_person_limit=_EACH,
    )  # fmt: skip


async def prepare(stage: Stage) -> None:
    """Money, a round of one batch, approved by the second officer. Raises Unexpected."""
    maker, checker = stage.offices.maker, stage.offices.checker
    campaign = await maker.do(routes.CREATE_CAMPAIGN, c.Campaign, c.CampaignSpec(
        name=_NAME, paying_account=PAYING_ACCOUNT, designated_account=DESIGNATED_ACCOUNT
    ))  # fmt: skip
    deposit = c.DepositSpec(amount_fen=_FACE_FEN * _QUOTA, bank_reference=stage.key("in-hand"))
    await maker.do(routes.DEPOSIT, c.Deposit, deposit, campaign_id=campaign.id)
    made = await maker.do(routes.CREATE_ROUND, c.Round, c.RoundSpec(name=_NAME), campaign_id=campaign.id)
    stage.story.in_hand = await maker.do(routes.CREATE_BATCH, c.Batch, batch_spec(stage.first_day), round_id=made.id)
    await maker.do(routes.SUBMIT_ROUND, c.Round, round_id=made.id)
    await checker.do(routes.APPROVE_ROUND, c.Round, round_id=made.id)
    await checker.do(routes.PUBLISH_ROUND, c.Round, round_id=made.id)


def show(stage: Stage, wall: Wall) -> None:
    """The phone, beside the curve, and the till that takes what is claimed on it: from here on in every step."""
    token = stage.story.tokens[stage.phone.account]
    wall.link(Link(Words("手机页", "Phone page"), "platform", f"/pages/phone#token={token}", embed=True, stays=True))
    shop = shops(stage, industries=(_INDUSTRY,))[0]
    token = stage.story.shops[shop.uscc].tokens[shop.tills[0].terminal]
    label = Words(f"收银页（餐饮：{shop.name}）", "Till page, of a restaurant")
    wall.link(Link(label, "platform", f"/pages/till#token={token}", stays=True))
