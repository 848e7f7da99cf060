"""Cases of pause, resume and stop: seen on every connection within the reopen delay."""

from collections.abc import Sequence
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every
from voucher_contract import routes


async def _four(lab: Lab, batch: dict[str, Any]) -> list[Exchange]:
    return await lab.rush(await lab.people(4), batch)


def _all_refused(lab: Lab, claims: Sequence[Exchange], code: str, zh: str, en: str) -> None:
    lab.expect(every(claims, f"/code={code}", "count"), "eq", len(claims), zh, en, spec="S-31")


@play("stopping-pause-resume")
async def pause_resume(lab: Lab) -> None:
    """Paused everywhere, then open everywhere; pausing twice is refused."""
    batch = await lab.batch()
    paused = await lab.act(routes.PAUSE_BATCH, lab.operator, batch_id=batch["id"])
    lab.expect_value(paused, "/state", "paused", "暂停后状态为 paused", "the batch is paused", spec="S-31")
    await lab.take_in()
    _all_refused(lab, await _four(lab, batch), "paused", "暂停后各连接均拒绝领取", "no connection issues while paused")
    twice = await lab.act(routes.PAUSE_BATCH, batch_id=batch["id"])
    lab.expect_refused(twice, "wrong_state", "已暂停的不能再暂停", "a paused batch is not paused again", spec="S-31")
    resumed = await lab.act(routes.RESUME_BATCH, lab.operator, batch_id=batch["id"])
    lab.expect_value(resumed, "/state", "live", "恢复后状态为 live", "the batch is live again", spec="S-31")
    await lab.take_in()
    claims = await _four(lab, batch)
    lab.expect(every(claims, "/outcome=ok", "count"), "eq", 4, "恢复后均可领取", "all issue again", spec="S-26")
    twice = await lab.act(routes.RESUME_BATCH, batch_id=batch["id"])
    lab.expect_refused(twice, "wrong_state", "未暂停的不能恢复", "a live batch is not resumed", spec="S-31")


@play("stopping-stop-is-final")
async def stop_is_final(lab: Lab) -> None:
    """Neither resume nor pause nor time opens a stopped batch again."""
    batch = await lab.batch()
    stopped = await lab.act(routes.STOP_BATCH, lab.operator, batch_id=batch["id"])
    lab.expect_value(stopped, "/state", "stopped", "停止后状态为 stopped", "the batch is stopped", spec="S-31")
    await lab.take_in()
    _all_refused(lab, await _four(lab, batch), "closed", "停止后各连接均拒绝领取", "none issues after the stop")
    for route in (routes.RESUME_BATCH, routes.PAUSE_BATCH):
        again = await lab.act(route, batch_id=batch["id"])
        lab.expect_refused(again, "wrong_state", f"停止后不能{route.title_zh}", f"no {route.name} then", spec="S-31")
    await lab.take_in()
    _all_refused(lab, await _four(lab, batch), "closed", "之后仍拒绝领取", "it stays closed")


@play("stopping-issued-stay-redeemable")
async def issued_stay_redeemable(lab: Lab) -> None:
    """Vouchers in people's hands are good through pause and stop."""
    batch = await lab.batch()
    held = [await lab.voucher(one, batch) for one in await lab.people(2)]
    shop = await lab.shop()
    await lab.act(routes.PAUSE_BATCH, batch_id=batch["id"])
    await lab.take_in()
    first = await lab.redeem(shop, held[0]["code"])
    lab.expect_ok(first, "暂停期间已领的券可核销", "an issued voucher redeems during a pause", spec="S-31")
    await lab.act(routes.STOP_BATCH, batch_id=batch["id"])
    await lab.take_in()
    second = await lab.redeem(shop, held[1]["code"])
    lab.expect_ok(second, "停止后已领的券可核销", "an issued voucher redeems after a stop", spec="S-31")


@play("stopping-paused-can-be-stopped")
async def paused_can_be_stopped(lab: Lab) -> None:
    """An emergency stop works from a pause as well."""
    batch = await lab.batch()
    lab.got(await lab.act(routes.PAUSE_BATCH, batch_id=batch["id"]))
    stopped = await lab.act(routes.STOP_BATCH, batch_id=batch["id"])
    lab.expect_value(stopped, "/state", "stopped", "暂停中的券种可以停止", "a paused batch can be stopped", spec="S-31")
    await lab.take_in()
    _all_refused(lab, await _four(lab, batch), "closed", "停止后拒绝领取", "nothing is issued after it")
