"""Step 3: the opening second. Two thousand residents tap, the batches sell out, and nobody is told a lie."""

from collections import Counter
from datetime import timedelta

from merchant_sim.actors import officers, registry
from merchant_sim.actors.given_taps import Answer
from merchant_sim.schedule.opening import opening_rush
from voucher_contract import routes
from voucher_contract.refusals import SOLD_OUT
from voucherlab.guided import in_hand, plan
from voucherlab.guided.crowd import acknowledged, by_outcome, last_voucher_ms, play, tap
from voucherlab.guided.showing import Cell, Check, Wall, Words, in_yuan
from voucherlab.guided.stage import Stage
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import answer, counted, heading, listed

_TITLE = Words("开抢：每 0.2 秒的应答", "The opening: answers each fifth of a second")
_BY_BATCH = Words("各券种", "By batch")
_BY_ANSWER = Words("应答分类", "Answers by kind")
_LATE = Words("来晚的人看到什么", "What late people see")
_LEAD = timedelta(seconds=3)
_TRIES = 12


async def act(stage: Stage, wall: Wall) -> None:
    """Residents sign in, the clock comes to the opening, everybody taps; then some come late."""
    story = stage.story
    wall.say("两千名模拟居民登录", "Two thousand simulated residents sign in")
    story.tokens = await registry.register_people(stage.offices, stage.city)
    wall.figure("居民", "Residents", len(stage.city.people))
    opening = plan.moment(stage.first_day, 0, plan.OPENS_AT)
    await officers.set_clock(stage.offices, opening - _LEAD)
    in_hand.show(stage, wall)  # after the clock has moved: a page that is open learns of that only later
    wall.say("倒计时 3 秒……开抢", "Three, two, one … open")
    taps = [
        tap(
            stage, stage.city.people[one.person_no], stage.city.people[one.person_no].accounts[one.account_no],
            story.batches[one.batch].id, at_ms=one.offset_ms, key=one.idempotency_key, tries=_TRIES,
        )
        for one in opening_rush(stage.city, plan.opening_offers(), seed=stage.city.seed, shape=plan.RUSH, run="guided")
        if stage.city.people[one.person_no].accounts[0] is not stage.phone
    ]  # fmt: skip
    story.claims = await play(stage, wall, taps, title=_TITLE, opens=opening)
    wall.load_anew()
    wall.say("统计", "Counting")
    _show(stage, wall)
    await _late_people(stage, wall)


def _show(stage: Stage, wall: Wall) -> None:
    claims, batches = stage.story.claims, stage.story.batches
    took = sorted(one.ended_ms - one.sent_ms for one in claims if one.sent_ms >= 0)
    wall.figure("点击", "Taps", len(claims))
    wall.figure("领到", "Vouchers", len(acknowledged(claims)))
    if took:
        wall.figure("应答中位数", "Median answer", _in_ms(took[len(took) // 2]))
        wall.figure("99% 不超过", "99 % within", _in_ms(took[len(took) * 99 // 100]))
    heads = (
        Words("券种", "Batch"), Words("数量", "Quota"), Words("领到", "Issued"),
        Words("来抢的人数", "People who tried"), Words("抢光用时（秒）", "Sold out after, s"),
    )  # fmt: skip
    lines: list[tuple[Cell, ...]] = []
    for offer in plan.opening_offers():
        mine = [one for one in claims if one.batch_id == batches[offer.batch].id]
        got = len(acknowledged(mine))
        people = {stage.person_no(one.account) for one in mine}  # whoever tries with two accounts is one person
        gone = any(one.code == SOLD_OUT.code for one in mine)
        sold_out: Cell = f"{last_voucher_ms(mine) / 1000:.1f}" if gone else "—"
        lines.append((plan.OFFER_NAMES[offer.batch], offer.quota, got, len(people), sold_out))
    wall.table(_BY_BATCH, heads, lines)
    kinds = (Words("应答", "Answer"), Words("次数", "Times"))
    wall.table(_BY_ANSWER, kinds, [(heading(name), count) for name, count in by_outcome(claims).most_common()])


def _in_ms(ms: int) -> Words:
    return Words(f"{ms:,} 毫秒", f"{ms:,} ms")


async def _late_people(stage: Stage, wall: Wall) -> None:
    """Somebody who comes too late, somebody too early for the next batch, a winner who wants a second one."""
    story = stage.story
    holders = {stage.person_no(one.account) for one in story.claims if one.voucher_id}
    won = next(one for one in story.claims if one.outcome == "ok")
    winner = stage.account(won.account)
    catering, culture = story.batches["catering"].id, story.batches["culture"].id
    late = next(
        stage.account(one.account) for one in story.claims
        if one.batch_id == catering and stage.person_no(one.account) not in holders
    )  # fmt: skip
    heads = (Words("谁", "Who"), Words("看到", "Sees"), Words("下一步", "What next"))
    lines: list[tuple[Cell, ...]] = []
    for name, who, batch_id, asker, following in (
        ("late", Words("来晚的人", "Comes too late"), catering, late,
         Words("看看别的券种", "look at other batches")),
        ("early", Words("提前来的人（明天的券种）", "Comes a day early for the next batch"), culture, late,
         Words("明天 10:00 再来", "come back tomorrow at 10:00")),
        ("second", Words("已领到的人想再领一张", "Has one and wants another"), won.batch_id, winner,
         Words("去卡包查看已领的券", "see the wallet")),
    ):  # fmt: skip
        got = await stage.ask(
            routes.CLAIM, story.tokens[asker.account], b'{"device":"%s"}' % asker.device.encode(), batch_id=batch_id
        )
        story.refusals[name] = got.code
        lines.append((who, answer(got), following))
        wall.table(_LATE, heads, lines, ["refused"] * len(lines))


async def check(stage: Stage) -> list[Check]:
    """Every acknowledged claim is a row and no other is; no batch is oversold; one a person; the money is held."""
    url, story = stage.database_url, stage.story
    stored = await rows(url, _VOUCHERS, story.campaign_id)
    told = acknowledged(story.claims)
    by_batch = Counter(batch for _, batch, _, _ in stored)
    quotas = {story.batches[offer.batch].id: offer.quota for offer in plan.opening_offers()}
    many = [one for one, count in Counter((batch, person) for _, batch, person, _ in stored).items() if count > 1]
    held = await number(url, _HELD, story.campaign_id)
    due_fen = sum(offer.face_fen * offer.quota for offer in plan.opening_offers())
    keys = {one.key for one in story.claims if one.voucher_id}
    return [
        same("手机上确认的券 = 数据库里的券，逐张", "Vouchers confirmed on phones = vouchers stored, one by one",
             {one for one, _, _, account in stored if account != stage.phone.account}, told,
             tell=lambda value: counted(len(value), "{} 张", "{} vouchers")),
        same("无超发，全部领完", "Nothing oversold, all taken", dict(by_batch), quotas,
             tell=lambda value: " + ".join(f"{one:,}" for one in sorted(value.values()))),
        holds("一个自然人一个券种一张", "One a person and batch", not many,
              Words(f"{len(stored):,} 张，多领 {len(many)} 人", f"{len(stored):,} vouchers, {len(many)} with two")),
        same("重复点击没有多领", "Tapping twice gave nothing more", len(keys), len(told),
             tell=lambda value: counted(value, "{} 张", "{} vouchers")),
        same("占用资金 = 已发券面额", "Money held = face of what was issued", held, due_fen, tell=in_yuan),
        same("来晚、来早、想再领，各有各的说法", "Too late, too early, one more: each has its own answer",
             [story.refusals.get(name) for name in _DUE], list(_DUE.values()),
             tell=listed),
    ]  # fmt: skip


def winners(stage: Stage, batch: str) -> list[Answer]:
    """Who holds a voucher of the batch, in order of arrival, each voucher once."""
    found = {one.voucher_id: one for one in stage.story.claims
             if one.outcome == "ok" and one.batch_id == stage.story.batches[batch].id}  # fmt: skip
    return list(found.values())


_DUE = {"late": "sold_out", "early": "not_open", "second": "limit_reached"}
_VOUCHERS = """
SELECT voucher.id, batch_id, person_id, account_id FROM voucher JOIN batch ON batch.id = batch_id WHERE campaign_id = $1
"""
_HELD = "SELECT sum(balance_fen) FROM ledger_account WHERE campaign_id = $1 AND kind = 'held'"
