"""Step 1: money in, a round of four batches, the budget checked live, approved by a second person."""

from merchant_sim.actors.officers import DESIGNATED_ACCOUNT, PAYING_ACCOUNT
from voucher_contract import routes
from voucher_contract.models import campaigns as c
from voucher_contract.models.common import CATEGORY_NAMES
from voucher_contract.refusals import OVER_BUDGET, SAME_OFFICER
from voucherlab.guided import in_hand, plan
from voucherlab.guided.naming import district
from voucherlab.guided.showing import Cell, Check, Mood, Wall, Words, in_yuan, yuan
from voucherlab.guided.stage import Stage
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import listed, refusal

_BATCHES = Words("券种与预算（每加一种，平台即时核对）", "Batches and budget, checked as each is added")
_HEADS = (
    Words("券种", "Batch"), Words("适用范围", "Where"), Words("数量（张）", "Quota"), Words("合计（元）", "Sum, yuan"),
    Words("尚可安排（元）", "Left, yuan"), Words("平台答复", "Answer"),
)  # fmt: skip
_FOUR_EYES = Words("两人复核", "Four eyes")


async def act(stage: Stage, wall: Wall) -> None:
    """Configure, be refused twice on purpose, approve and publish."""
    story, maker = stage.story, stage.offices.maker
    wall.say("另备一种体验券，供手中的手机试用", "A spare voucher for whoever holds a phone is made ready")
    await in_hand.prepare(stage)
    wall.say("经办人登记财政拨付", "The first officer books the deposit")
    spec = c.CampaignSpec(name=plan.CAMPAIGN_NAME, paying_account=PAYING_ACCOUNT, designated_account=DESIGNATED_ACCOUNT)
    story.campaign_id = (await maker.do(routes.CREATE_CAMPAIGN, c.Campaign, spec)).id
    deposit = c.DepositSpec(amount_fen=plan.DEPOSIT_FEN, bank_reference=stage.key("deposit"))
    await maker.do(routes.DEPOSIT, c.Deposit, deposit, campaign_id=story.campaign_id)
    wall.figure("财政拨付", "Deposited", in_yuan(plan.DEPOSIT_FEN))
    made = await maker.do(
        routes.CREATE_ROUND, c.Round, c.RoundSpec(name=plan.ROUND_NAME), campaign_id=story.campaign_id
    )
    story.round_id = made.id
    await _batches(stage, wall)
    await _approve(stage, wall)


async def _batches(stage: Stage, wall: Wall) -> None:
    story, maker = stage.story, stage.offices.maker
    left_fen, lines, moods = plan.DEPOSIT_FEN, list[tuple[Cell, ...]](), list[Mood]()
    for offer in plan.all_offers():
        spec = plan.batch_spec(offer, stage.first_day)
        wall.say(f"新建券种：{offer.name}", f"New batch: {plan.OFFER_NAMES[offer.batch].en}")
        story.batches[offer.batch] = await maker.do(routes.CREATE_BATCH, c.Batch, spec, round_id=story.round_id)
        left_fen -= spec.face_fen * spec.quota
        lines.append(_line(plan.OFFER_NAMES[offer.batch], spec, yuan(left_fen), Words("已建", "made")))
        moods.append("good")
        wall.table(_BATCHES, _HEADS, lines, moods)
    spec = plan.over_budget(stage.first_day)
    wall.say("再加一种，超出拨付 10 元", "One more batch, ten yuan over the deposit")
    refused = await maker.try_to(routes.CREATE_BATCH, spec, round_id=story.round_id)
    story.refusals["over budget"] = refused.code
    told, short = refusal(refused.code), yuan(spec.face_fen * spec.quota - left_fen)
    answer = Words(f"{told.zh}，还差 {short} 元，未加入", f"{told.en}; {short} yuan short, not added")
    lines.append(_line(Words("超预算券种", "Over budget"), spec, "—", answer))
    wall.table(_BATCHES, _HEADS, lines, [*moods, "refused"])
    wall.figure("计划发放", "Planned", in_yuan(plan.planned_fen()))


def _line(name: Words, spec: c.BatchSpec, left: str, answer: Cell) -> tuple[Cell, ...]:
    kinds = "、".join(CATEGORY_NAMES[one] for one in spec.categories)
    kinds_en = ", ".join(plan.CATEGORY_NAMES_EN[one] for one in spec.categories)
    districts = [district(one) for one in spec.districts] or [Words("全市", "the whole city")]
    where, where_en = "、".join(one.zh for one in districts), ", ".join(one.en for one in districts)
    place = Words(f"{kinds}；{where}", f"{kinds_en}; {where_en}")
    return (name, place, spec.quota, yuan(spec.face_fen * spec.quota), left, answer)


async def _approve(stage: Stage, wall: Wall) -> None:
    story, maker, checker = stage.story, stage.offices.maker, stage.offices.checker
    wall.say("经办人提交，并试图自己复核", "The first officer submits, and tries to approve it alone")
    await maker.do(routes.SUBMIT_ROUND, c.Round, round_id=story.round_id)
    own = await maker.try_to(routes.APPROVE_ROUND, round_id=story.round_id)
    story.refusals["own approval"] = own.code
    wall.say("复核人另行登录，通过并发布", "A second officer signs in, approves and publishes")
    await checker.do(routes.APPROVE_ROUND, c.Round, round_id=story.round_id)
    published = await checker.do(routes.PUBLISH_ROUND, c.Round, round_id=story.round_id)
    heads = (Words("谁", "Who"), Words("做什么", "Does what"), Words("平台答复", "Answer"))
    lines: list[tuple[Cell, ...]] = [
        (published.submitted_by or "", Words("提交", "submits"), Words("已提交", "submitted")),
        (published.submitted_by or "", Words("自己复核", "approves alone"), refusal(own.code)),
        (published.approved_by or "", Words("复核通过并发布", "approves and publishes"), Words("已发布", "published")),
    ]
    wall.table(_FOUR_EYES, heads, lines, ["good", "refused", "good"])


async def check(stage: Stage) -> list[Check]:
    """Deposit, batches, two people, reserved money; the refused batch left no row."""
    url, story = stage.database_url, stage.story
    deposited = await number(url, "SELECT sum(amount_fen) FROM deposit WHERE campaign_id = $1", story.campaign_id)
    quotas = dict(await rows(url, _QUOTAS, story.campaign_id))
    who = await rows(url, "SELECT state, submitted_by, approved_by FROM round WHERE id = $1", story.round_id)
    state, maker, checker = who[0] if who else ("", None, None)
    reserved = await number(url, _BALANCE, story.campaign_id, "reserved")
    free = await number(url, _BALANCE, story.campaign_id, "free")
    return [
        same("拨付入账", "Deposit booked", deposited, plan.DEPOSIT_FEN, tell=in_yuan),
        same(
            "四个券种在库，超预算的不在", "Four batches stored, the refused one is not", quotas,
            {offer.name: offer.quota for offer in plan.all_offers()}, tell=_quotas_told,
        ),
        holds("提交人与复核人是两个人", "Maker and checker are two people",
              state == "published" and None not in {maker, checker} and maker != checker, f"{maker} / {checker}"),
        same("超预算、自我复核均被拒绝", "Over budget and own approval were refused",
             {name: story.refusals.get(name) for name in _DUE}, _DUE,
             tell=lambda value: listed(value.values())),
        same("预留资金 = 面额 × 数量", "Reserved = face × quota", reserved, plan.planned_fen(), tell=in_yuan),
        same("余额 = 拨付 − 预留", "Free = deposit − reserved", free, plan.DEPOSIT_FEN - plan.planned_fen(),
             tell=in_yuan),
    ]  # fmt: skip


def _quotas_told(quotas: dict[str, int]) -> str:
    return " + ".join(f"{quota:,}" for quota in sorted(quotas.values()))


_DUE = {"over budget": OVER_BUDGET.code, "own approval": SAME_OFFICER.code}
_QUOTAS = """
SELECT batch.name, quota FROM batch JOIN batch_stock ON batch_id = batch.id WHERE campaign_id = $1 AND state = 'live'
"""
_BALANCE = "SELECT sum(balance_fen) FROM ledger_account WHERE campaign_id = $1 AND kind = $2"
