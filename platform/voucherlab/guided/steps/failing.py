"""Step 7: Valkey is killed at the peak and nothing is lost; then the bench tests a good vendor and a faulty one."""

import asyncio
import itertools
import time

from merchant_sim.actors.given_taps import GivenTap
from merchant_sim.streams import stream
from voucherlab.embedded_valkey import NAME as VALKEY
from voucherlab.guided import plan
from voucherlab.guided.crowd import acknowledged, play, tap
from voucherlab.guided.showing import Check, Curve, Wall, Words
from voucherlab.guided.stage import Stage
from voucherlab.guided.steps import proving
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import counted, heading

_TITLE = Words(
    "高峰中强制关停缓存库（Valkey）：每 0.2 秒的应答", "Valkey killed at the peak: answers each fifth of a second"
)
_BY_ANSWER = Words("应答分类（逐次）", "Answers by kind, each try")
_PEAK_MS, _KILLED_AT_S, _TRIES = 5_000, 1.8, 40
_KILLED, _BACK = Words("关停", "killed"), Words("新进程", "restarted")


async def act(stage: Stage, wall: Wall) -> None:
    """Everybody who has no culture voucher claims; SIGKILL in the middle; then the bench."""
    story, culture = stage.story, stage.story.batches["culture"].id
    story.confirmed_before_kill = len(acknowledged(story.claims, culture))
    before = {one.account for one in story.claims if one.batch_id == culture}
    taps = _taps(stage, culture, before)
    story.epoch_before_kill = await number(stage.database_url, _EPOCH)

    async def strike(curve: Curve, opens_at_s: float) -> None:
        await asyncio.sleep(max(0.0, opens_at_s + _KILLED_AT_S - time.time()))
        await _strike(stage, wall, curve, opens_at_s)

    wall.say("居民正在抢文体券", "Residents claim the culture batch")
    answers = await play(stage, wall, taps, title=_TITLE, meanwhile=strike)
    story.claims += answers
    assert wall.curve is not None
    killed_ms = next(at_ms for at_ms, what in wall.curve.marks if what is _KILLED)
    after = [one for one in answers if one.outcome == "ok" and one.ended_ms > killed_ms]
    story.granted_after_kill = len(after)
    grants = sorted(one.ended_ms for one in answers if one.outcome == "ok")
    gap_ms = max((later - earlier for earlier, later in itertools.pairwise(grants)), default=0)
    heads = (Words("应答", "Answer"), Words("次数", "Times"))
    totals = {name: sum(points) for name, points in wall.curve.points.items()}
    wall.table(_BY_ANSWER, heads, [(heading(name), count) for name, count in sorted(totals.items())])
    wall.figure("本步领到", "Vouchers in this step", len(acknowledged(answers)))
    wall.figure("其中关停之后领到", "Of these after the kill", len(after))
    wall.figure("中断时长", "Longest gap", Words(f"{gap_ms / 1000:.1f} 秒", f"{gap_ms / 1000:.1f} s"))
    await proving.act(stage, wall)


def _taps(stage: Stage, batch_id: str, before: set[str]) -> list[GivenTap]:
    rng = stream(stage.city.seed, "guided-peak")
    accounts = [(person, person.accounts[0]) for person in stage.city.people[:-1]]
    return [
        tap(
            stage, person, account, batch_id, at_ms=rng.randrange(_PEAK_MS), key=stage.key("peak"), tries=_TRIES,
        )
        for person, account in accounts
        if account.account not in before
    ]  # fmt: skip


async def _strike(stage: Stage, wall: Wall, curve: Curve, opens_at_s: float) -> None:
    """A real SIGKILL; the supervisor starts another process, and the platform fills it from PostgreSQL."""
    old_pid = stage.platform.kill(VALKEY)
    curve.marks.append((int((time.time() - opens_at_s) * 1000), _KILLED))
    wall.say(f"SIGKILL：Valkey 进程 {old_pid} 已被强制关停", f"SIGKILL: Valkey's process {old_pid} is dead")
    new_pid = await asyncio.to_thread(stage.platform.wait_restarted, VALKEY, old_pid)
    curve.marks.append((int((time.time() - opens_at_s) * 1000), _BACK))
    wall.say(
        f"无人操作：新进程 {new_pid} 已起，正从 PostgreSQL 恢复",
        f"By itself: process {new_pid} is up, filled from PostgreSQL",
    )


async def check(stage: Stage) -> list[Check]:
    """Nothing confirmed is missing, nothing oversold, claims went on, the store was filled anew; then the bench."""
    url, story = stage.database_url, stage.story
    culture = story.batches["culture"].id
    stored = {one for (one,) in await rows(url, "SELECT id FROM voucher WHERE batch_id = $1", culture)}
    told = acknowledged(story.claims, culture)
    issued, voided = (await rows(url, "SELECT issued, voided FROM batch_stock WHERE batch_id = $1", culture))[0]
    many = await number(url, _MANY, culture)
    granted = story.granted_after_kill
    epoch, before = await number(url, _EPOCH), story.epoch_before_kill
    lost, earlier = len(told - stored), story.confirmed_before_kill
    here = len(told) - earlier
    return [
        holds("已确认的领取一张不少", "Not one acknowledged claim is lost", lost == 0 < len(told),
              Words(f"确认 {len(told):,}（第 6 步 {earlier:,} + 本步 {here:,}），在库 {len(stored):,}，丢失 {lost:,}",
                    f"{len(told):,} confirmed ({earlier:,} in step 6, {here:,} in this), {len(stored):,} stored, "
                    f"{lost:,} lost")),
        holds("没有超发", "Nothing oversold", issued == len(stored) and issued - voided <= plan.CULTURE.quota,
              Words(f"发出 {issued:,} − 作废后补发 {voided:,} ≤ 计划 {plan.CULTURE.quota:,}",
                    f"{issued:,} issued − {voided:,} void and given anew ≤ {plan.CULTURE.quota:,} planned")),
        same("一人一张", "One a person", many, 0,
             tell=lambda value: counted(value, "超领 {} 人", "{} with more")),
        holds("关停之后领取自行恢复", "Claims went on by themselves after the kill", granted > 0,
              counted(granted, "又领到 {} 张", "{} more vouchers")),
        holds("缓存库由 PostgreSQL 重建（世代加一）", "The store was filled anew from PostgreSQL (its epoch rose)",
              epoch > before,
              Words(f"第 {before} 代 → 第 {epoch} 代", f"epoch {before} → {epoch}")),
        *await proving.check(stage),
    ]  # fmt: skip


_EPOCH = "SELECT epoch FROM platform_state"
_MANY = """
SELECT count(*) FROM (
  SELECT person_id FROM voucher WHERE batch_id = $1 AND state <> 'void' GROUP BY 1 HAVING count(*) > 1) many
"""
