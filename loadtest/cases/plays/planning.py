"""Cases of configuration and approval."""

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab
from voucher_contract import routes


@play("planning-whole-way")
async def whole_way(lab: Lab) -> None:
    """One batch from draft to a voucher in somebody's hands."""
    batch = await lab.batch()
    claimed = await lab.claim(await lab.person(), batch)
    lab.expect_ok(claimed, "发布后的券种可以领取", "a published batch can be claimed", spec="S-31")
    lab.expect_value(claimed, "/batch_id", batch["id"], "领到的是该券种的券", "the voucher is of that batch")


@play("planning-two-officers")
async def two_officers(lab: Lab) -> None:
    """The maker's own approval is refused, the checker's taken."""
    campaign_id = await lab.campaign()
    made = await lab.must(routes.CREATE_ROUND, lab.maker, body={"name": "检验轮"}, campaign_id=campaign_id)
    await lab.must(routes.CREATE_BATCH, lab.maker, body=lab.spec(), round_id=made["id"])
    await lab.must(routes.SUBMIT_ROUND, lab.maker, round_id=made["id"])
    own = await lab.do(routes.APPROVE_ROUND, lab.maker, round_id=made["id"])
    lab.expect_refused(own, "same_officer", "提交人自己复核被拒绝", "the maker's own approval is refused", spec="S-12")
    other = await lab.do(routes.APPROVE_ROUND, lab.checker, round_id=made["id"])
    lab.expect_ok(other, "另一名复核人可以通过", "another officer may approve", spec="S-29")
