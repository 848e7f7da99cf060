"""Cases of planned money: nothing is configured, published or added beyond what was deposited."""

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab, every, look
from voucher_contract import routes


@play("budget-batch-within-deposit")
async def batch_within_deposit(lab: Lab) -> None:
    """One voucher too many is refused; exactly the deposit is taken; a batch beside it finds nothing left."""
    campaign_id = await lab.campaign(30_000)
    round_id, _ = await lab.draft(campaign_id)
    over = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(quota=11), round_id=round_id)
    lab.expect_refused(over, "over_budget", "面额×数量超过拨付被拒绝", "face × quota above the deposit", spec="S-30")
    exact = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(quota=10), round_id=round_id)
    lab.expect_ok(exact, "恰好等于拨付可以配置", "exactly the deposit is allowed", spec="S-30")
    more = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(quota=1), round_id=round_id)
    lab.expect_refused(more, "over_budget", "与其他券种合计超出被拒绝", "with all others above it", spec="S-30")


@play("budget-second-round")
async def second_round(lab: Lab) -> None:
    """Money reserved by a published round is not there for the second."""
    campaign_id = await lab.campaign(30_000)
    await lab.batch(campaign_id, quota=6)
    round_id, _ = await lab.draft(campaign_id)
    planned = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(quota=5), round_id=round_id)
    lab.expect_refused(planned, "over_budget", "第二轮超出余额被拒绝", "the second round exceeds the rest", spec="S-30")
    fits = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(quota=4), round_id=round_id)
    lab.expect_ok(fits, "余额之内可以配置", "within the rest it is taken", spec="S-30")
    await lab.publish(round_id)
    money = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    lab.expect_value(money, "/buckets/reserved_fen", 30_000, "两轮发布后全部预留", "all of it is reserved", spec="S-30")
    lab.expect_value(money, "/buckets/free_fen", 0, "没有剩余", "nothing is free", spec="S-30")


@play("budget-publish-after-raise")
async def publish_after_raise(lab: Lab) -> None:
    """A quota raised while another round waits: raise and publication never both spend the same money."""
    campaign_id = await lab.campaign(30_000)
    live = await lab.batch(campaign_id, quota=5)
    round_id, _ = await lab.draft(campaign_id, lab.spec(quota=5))
    await lab.must(routes.SUBMIT_ROUND, lab.maker, round_id=round_id)
    await lab.must(routes.APPROVE_ROUND, lab.checker, round_id=round_id)
    raised = await lab.do(routes.RAISE_QUOTA, lab.maker, body={"quota": 6}, batch_id=live["id"])
    published = await lab.do(routes.PUBLISH_ROUND, lab.maker, round_id=round_id)
    both = [raised, published]
    lab.expect(
        every(both, "/code=over_budget", "count"), "eq", 1, "追加与发布只有一个成功，另一个超出预算被拒绝",
        "either the raise or the publication is over budget", spec="S-30",
    )  # fmt: skip
    lab.expect(every(both, "/outcome=ok", "count"), "eq", 1, "另一个成功", "the other one succeeds", spec="S-30")


@play("budget-quota-raised")
async def quota_raised(lab: Lab) -> None:
    """Raising reserves exactly the difference, and no more than there is."""
    campaign_id = await lab.campaign(30_000)
    batch = await lab.batch(campaign_id, quota=4)
    before = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    raised = await lab.do(routes.RAISE_QUOTA, lab.maker, body={"quota": 9}, batch_id=batch["id"])
    lab.expect_value(raised, "/quota", 9, "数量已追加", "the quota is raised", spec="S-30")
    lab.expect_value(raised, "/remaining", 9, "剩余同步增加", "so is what remains", spec="S-30")
    after = await lab.do(routes.GET_MONEY, lab.auditor, campaign_id=campaign_id)
    reserved, free = "/value/buckets/reserved_fen", "/value/buckets/free_fen"
    lab.expect(look(before, reserved), "eq", 12_000, "追加前预留4张", "four are reserved before", spec="S-30")
    lab.expect(look(after, reserved), "eq", 27_000, "追加后预留9张", "nine are reserved after", spec="S-30")
    lab.expect(look(after, free), "eq", 3_000, "差额取自可用资金", "the difference came from free money", spec="S-30")
    over = await lab.do(routes.RAISE_QUOTA, lab.maker, body={"quota": 11}, batch_id=batch["id"])
    lab.expect_refused(over, "over_budget", "追加超出拨付被拒绝", "raising above the deposit is refused", spec="S-30")


@play("budget-quota-never-lowered")
async def quota_never_lowered(lab: Lab) -> None:
    """Lower and equal are refused, and change nothing."""
    batch = await lab.batch(quota=4)
    for quota in (3, 4, 1):
        lowered = await lab.do(routes.RAISE_QUOTA, lab.maker, body={"quota": quota}, batch_id=batch["id"])
        zh = f"数量由4改为{quota}被拒绝"
        lab.expect_refused(lowered, "quota_not_raised", zh, f"a quota of {quota} after 4 is refused", spec="S-30")
    shown = await lab.do(routes.GET_BATCH, lab.maker, batch_id=batch["id"])
    lab.expect_value(shown, "/quota", 4, "数量不变", "the quota stays", spec="S-30")
