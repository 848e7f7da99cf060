"""Cases of the platform itself: what it says it is, whether it lives, whose time it keeps."""

from datetime import timedelta

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab, every, folded, look
from loadtest.lab.line import Caller
from voucher_contract import routes


@play("platform-says-what-it-is")
async def says_what_it_is(lab: Lab) -> None:
    """The capabilities nobody may lack, the delay it promises, and that its vouchers are no money."""
    meta = await lab.do(routes.META, Caller("nobody", None))
    for capability, zh in (("merchant_import", "商户导入"), ("settlement", "结算")):
        capabilities = every([meta], "/value/capabilities/*")
        lab.expect(capability, "in", capabilities, f"具备{zh}", f"has {capability}", spec="S-24")
    lab.expect(look(meta, "/value/reopen_delay_ms"), "le", 1_000, "状态变化1秒内可见", "at most a second", spec="S-26")
    lab.expect_value(meta, "/simulated_data", True, "注明为模拟数据", "says its data are simulated", spec="S-27")


@play("platform-is-healthy")
async def is_healthy(lab: Lab) -> None:
    """It lives, and claims can be made."""
    health = await lab.do(routes.HEALTH, Caller("nobody", None))
    lab.expect_ok(health, "健康状态可查", "health is told", spec="S-27")
    lab.expect_value(health, "/claims_ready", True, "可以领取", "claims are ready", spec="S-27")


@play("platform-clock-only-forward")
async def clock_only_forward(lab: Lab) -> None:
    """The sandbox clock is taken by every worker when its move is answered, and never goes back."""
    instant = lab.ahead(hours=2)
    await lab.until(instant)
    for connection in range(1, 5):
        clock = await lab.do(routes.GET_CLOCK, lab.operator, connection=connection)
        ahead = folded([clock], "span_s", since=instant.isoformat(), end="now")
        lab.expect(ahead, "ge", 0, "各进程均已采用新时间", "every worker uses the new time", spec="S-22")
    past = {"now": (instant - timedelta(seconds=1)).isoformat()}
    back = await lab.do(routes.SET_CLOCK, lab.operator, body=past)
    lab.expect_refused(back, "clock_backward", "业务时钟不能后退", "the clock does not go back", spec="S-22")
    if back.outcome == "ok":  # other cases go by the time it was
        await lab.do(routes.SET_CLOCK, lab.operator, body={"now": lab.now().isoformat()})
