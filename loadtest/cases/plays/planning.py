"""Cases of configuration and approval: a round's way from draft to published."""

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab, every
from voucher_contract import routes


@play("planning-whole-way")
async def whole_way(lab: Lab) -> None:
    """One batch from draft to a voucher in somebody's hands, every step looked at."""
    body = {"name": "检验活动", "paying_account": "VL-1", "designated_account": "VL-1"}
    campaign = await lab.do(routes.CREATE_CAMPAIGN, lab.maker, body=body)
    lab.expect_ok(campaign, "可以新建活动", "a campaign can be created", spec="S-24")
    campaign_id = lab.got(campaign)["id"]
    money = {"amount_fen": 30_000, "bank_reference": f"vl-{campaign_id}"}
    deposit = await lab.do(routes.DEPOSIT, lab.maker, body=money, campaign_id=campaign_id)
    lab.expect_ok(deposit, "财政拨付可以入账", "a deposit is booked", spec="S-24")
    made = await lab.do(routes.CREATE_ROUND, lab.maker, body={"name": "检验轮"}, campaign_id=campaign_id)
    lab.expect_value(made, "/state", "draft", "新建的轮次是草稿", "a new round is a draft", spec="S-29")
    round_id = lab.got(made)["id"]
    batch = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(), round_id=round_id)
    lab.expect_value(batch, "/state", "draft", "新建的券种是草稿", "a new batch is a draft", spec="S-29")
    for route, who, state in (
        (routes.SUBMIT_ROUND, lab.maker, "submitted"), (routes.APPROVE_ROUND, lab.checker, "approved"),
        (routes.PUBLISH_ROUND, lab.maker, "published"),
    ):  # fmt: skip
        step = await lab.do(route, who, round_id=round_id)
        zh = f"{route.title_zh}后轮次状态为 {state}"
        lab.expect_value(step, "/state", state, zh, f"after {route.name} the round is {state}", spec="S-29")
        lab.got(step)
    await lab.take_in()
    claimed = await lab.claim(await lab.person(), lab.got(batch))
    lab.expect_ok(claimed, "发布后的券种可以领取", "a published batch can be claimed", spec="S-31")
    lab.expect_value(claimed, "/batch_id", lab.got(batch)["id"], "领到的是该券种的券", "the voucher is of that batch")


@play("planning-two-officers")
async def two_officers(lab: Lab) -> None:
    """The maker's own approval is refused, the checker's taken."""
    round_id, _ = await lab.draft(await lab.campaign(), lab.spec())
    await lab.must(routes.SUBMIT_ROUND, lab.maker, round_id=round_id)
    own = await lab.do(routes.APPROVE_ROUND, lab.maker, round_id=round_id)
    lab.expect_refused(own, "same_officer", "提交人自己复核被拒绝", "the maker's own approval is refused", spec="S-12")
    other = await lab.do(routes.APPROVE_ROUND, lab.checker, round_id=round_id)
    lab.expect_ok(other, "另一名复核人可以通过", "another officer may approve", spec="S-29")


@play("planning-wrong-steps")
async def wrong_steps(lab: Lab) -> None:
    """Every step out of turn is refused, in each state; the right one still works afterwards."""
    round_id, _ = await lab.draft(await lab.campaign(), lab.spec())
    await _refused_steps(lab, round_id, "draft", routes.APPROVE_ROUND, routes.PUBLISH_ROUND)
    await lab.must(routes.SUBMIT_ROUND, lab.maker, round_id=round_id)
    await _refused_steps(lab, round_id, "submitted", routes.SUBMIT_ROUND, routes.PUBLISH_ROUND)
    await lab.must(routes.APPROVE_ROUND, lab.checker, round_id=round_id)
    await _refused_steps(lab, round_id, "approved", routes.SUBMIT_ROUND, routes.APPROVE_ROUND)
    await lab.must(routes.PUBLISH_ROUND, lab.maker, round_id=round_id)
    await _refused_steps(
        lab, round_id, "published", routes.SUBMIT_ROUND, routes.APPROVE_ROUND, routes.PUBLISH_ROUND
    )  # fmt: skip
    now = await lab.do(routes.GET_ROUND, lab.maker, round_id=round_id)
    lab.expect_value(now, "/state", "published", "轮次最终为已发布", "the round ends published", spec="S-29")


async def _refused_steps(lab: Lab, round_id: str, state: str, *steps: routes.Route) -> None:
    for route in steps:
        step = await lab.do(route, lab.checker, round_id=round_id)
        zh = f"状态为 {state} 时{route.title_zh}被拒绝"
        lab.expect_refused(step, "wrong_state", zh, f"{route.name} is refused while {state}", spec="S-29")


@play("planning-rejected-is-draft")
async def rejected_is_draft(lab: Lab) -> None:
    """A rejected round can be changed and goes its way again."""
    round_id, _ = await lab.draft(await lab.campaign(), lab.spec())
    await lab.must(routes.SUBMIT_ROUND, lab.maker, round_id=round_id)
    rejected = await lab.act(routes.REJECT_ROUND, lab.checker, round_id=round_id)
    lab.expect_value(rejected, "/state", "draft", "退回后又是草稿", "rejected, it is a draft again", spec="S-29")
    early = await lab.do(routes.PUBLISH_ROUND, lab.maker, round_id=round_id)
    lab.expect_refused(early, "wrong_state", "退回的轮次不能发布", "a rejected round cannot be published", spec="S-29")
    added = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(), round_id=round_id)
    lab.expect_ok(added, "退回后可以再加券种", "a batch may be added again", spec="S-29")
    await lab.must(routes.SUBMIT_ROUND, lab.maker, round_id=round_id)
    approved = await lab.do(routes.APPROVE_ROUND, lab.checker, round_id=round_id)
    lab.expect_value(approved, "/state", "approved", "重新提交后可以通过", "it may be approved then", spec="S-29")


@play("planning-batches-only-in-drafts")
async def batches_only_in_drafts(lab: Lab) -> None:
    """What was submitted is what will be published: nothing is slipped in afterwards."""
    round_id, _ = await lab.draft(await lab.campaign(), lab.spec())
    for route, who, state in (
        (routes.SUBMIT_ROUND, lab.maker, "submitted"), (routes.APPROVE_ROUND, lab.checker, "approved"),
        (routes.PUBLISH_ROUND, lab.maker, "published"),
    ):  # fmt: skip
        await lab.must(route, who, round_id=round_id)
        added = await lab.do(routes.CREATE_BATCH, lab.maker, body=lab.spec(), round_id=round_id)
        zh = f"轮次为 {state} 时不能再加券种"
        lab.expect_refused(added, "wrong_state", zh, f"no batch is added to a {state} round", spec="S-29")
    made = await lab.do(routes.GET_ROUND, lab.maker, round_id=round_id)
    lab.expect(every([made], "/value/batch_ids/*", "count"), "eq", 1, "仍只有一个券种", "it still has one batch")


@play("planning-configuration-kept")
async def configuration_kept(lab: Lab) -> None:
    """What was configured is what is shown, to those who check and those who claim."""
    spec = lab.spec(
        face_fen=5_001, threshold_fen=15_003, quota=7, categories=["catering", "lodging"], districts=["510681002"],
        valid_days=9, per_person_limit=2, refund_regime="A", refund_days=12,
    )  # fmt: skip
    batch = await lab.batch(**spec)
    kept = (
        "name", "face_fen", "threshold_fen", "quota", "categories", "districts", "resident_districts", "valid_days",
        "per_person_limit", "refund_regime", "refund_days",
    )  # fmt: skip
    for caller in (lab.checker, lab.auditor, await lab.person()):
        shown = await lab.do(routes.GET_BATCH, caller, batch_id=batch["id"])
        for name in kept:
            value = spec.get(name, [])
            lab.expect_value(shown, f"/{name}", value, f"{name} 与配置一致", f"{name} is as configured", spec="S-28")


@play("planning-rounds-apart")
async def rounds_apart(lab: Lab) -> None:
    """Two rounds of one campaign, the first with two batches: each has its own quota, and stops for itself."""
    campaign_id = await lab.campaign()
    one, other = await lab.batches([lab.spec(quota=1), lab.spec(quota=2, face_fen=2_000)], campaign_id)
    later = await lab.batch(campaign_id, quota=1)
    first = await lab.rush(await lab.people(1), one)
    lab.expect_ok(first[0], "第一券种可领", "the first batch can be claimed", spec="S-28")
    gone = await lab.claim(await lab.person(), one)
    lab.expect_refused(gone, "sold_out", "第一券种领完即止", "the first batch ends with its own quota", spec="S-36")
    for batch, face in ((other, 2_000), (later, 3_000)):
        claimed = await lab.claim(await lab.person(), batch)
        lab.expect_value(claimed, "/face_fen", face, "其他券种、其他批次不受影响", "other batches go on", spec="S-28")
