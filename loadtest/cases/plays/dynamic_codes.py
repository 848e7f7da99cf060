"""Cases of vouchers whose code changes all the time (code_mode dynamic)."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab
from loadtest.lab.line import Caller
from loadtest.lab.staff import CannotPlay
from voucher_contract import routes

_TRIES = 12
_MARGIN_S = 1.5


async def _voucher(lab: Lab) -> tuple[Caller, dict[str, Any], Exchange]:
    batch = await lab.batch(code_mode="dynamic", per_person_limit=2)
    person = await lab.person()
    claimed = await lab.claim(person, batch)
    return person, lab.got(claimed), claimed


@play("dynamic-code-good")
async def good_code(lab: Lab) -> None:
    """The voucher shows no code; the code asked for is good at a till while it is fresh."""
    shop = await lab.shop()
    person, voucher, claimed = await _voucher(lab)
    lab.expect_value(claimed, "/code", None, "动态码券不显示固定券码", "no static code is shown", spec="S-51")
    redeemed = None
    for _ in range(_TRIES):  # A code that lives a second may be stale by the time a busy bench has sent it.
        code = await lab.must(routes.GET_CODE, person, voucher_id=voucher["id"])
        redeemed = await lab.redeem(shop, code["code"])
        if redeemed.code != "code_stale":
            break
    assert redeemed is not None, "there is at least one try"
    if redeemed.code == "code_stale":
        raise CannotPlay(f"{_TRIES} 次取码后券码都已过期，测试端太慢")
    lab.expect_ok(redeemed, "有效期内的动态码可用", "a fresh code is good", spec="S-51")
    lab.expect_value(redeemed, "/voucher_id", voucher["id"], "核销的是这张券", "it is this voucher", spec="S-51")


@play("dynamic-code-stale")
async def stale_code(lab: Lab) -> None:
    """After its time a code is refused, and the next one is good."""
    shop = await lab.shop()
    person, voucher, _ = await _voucher(lab)
    asked = await lab.do(routes.GET_CODE, person, voucher_id=voucher["id"])
    code = lab.got(asked)
    wait_s = _lifetime_s(asked, code["expires_at"]) + _MARGIN_S
    longest = lab.world.conductor.longest_wait_s
    if wait_s > longest + _MARGIN_S:
        raise CannotPlay(f"动态码还有 {wait_s:.0f} 秒才过期，超过约定的最长等待 {longest:.0f} 秒")
    await asyncio.sleep(wait_s)
    tried = await lab.redeem(shop, code["code"])
    lab.expect_refused(tried, "code_stale", "过期的动态码被拒绝", "a stale code is refused", spec="S-51")


def _lifetime_s(asked: Exchange, expires_at: str) -> float:
    """How long the code lives from now, by the platform's own clock where its reply tells the time."""
    date = asked.reply_headers.get("date")
    told = parsedate_to_datetime(date) if date else datetime.now(UTC)
    elapsed = timedelta(microseconds=(time.monotonic_ns() - asked.t_reply_ns) / 1_000)
    return max(0.0, (datetime.fromisoformat(expires_at) - told - elapsed).total_seconds())


@play("dynamic-code-made-up")
async def made_up_code(lab: Lab) -> None:
    """A dynamic code with one character changed was never given out."""
    shop = await lab.shop()
    person, voucher, _ = await _voucher(lab)
    code = str((await lab.must(routes.GET_CODE, person, voucher_id=voucher["id"]))["code"])
    for place in (0, len(code) // 2, len(code) - 1):
        changed = code[:place] + ("7" if code[place] != "7" else "8") + code[place + 1 :]
        tried = await lab.redeem(shop, changed)
        lab.expect_refused(tried, "unknown_voucher", "改动一位的券码被拒绝", "a changed code is refused", spec="S-51")


@play("dynamic-code-private")
async def private_code(lab: Lab) -> None:
    """Nobody but the holder gets a code."""
    _, voucher, _ = await _voucher(lab)
    asked = await lab.do(routes.GET_CODE, await lab.person(), voucher_id=voucher["id"])
    words = "他人不能取得该券的动态码", "somebody else gets no code"
    lab.expect_refused(asked, "not_found", *words, spec="S-5")
