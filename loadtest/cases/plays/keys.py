"""Cases of keys themselves: without one, or with a malformed one, no keyed operation does anything."""

import asyncio

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab
from loadtest.lab.line import Caller
from voucher_contract.routes import ROUTES

_PATH = dict.fromkeys(
    ("campaign_id", "round_id", "batch_id", "return_id", "merchant_id", "voucher_id", "redemption_id", "alert_id"),
    "nothing-of-this-name",
)  # fmt: skip
_MALFORMED = {
    "15 characters": "a" * 15, "65 characters": "a" * 65, "a space": "with spaces in the key",
    "a dot": "a.key.with.dots.in",
}  # fmt: skip


async def _callers(lab: Lab) -> dict[str, Caller]:
    return {
        "bureau": lab.maker, "operator": lab.operator, "consumer": await lab.person(),
        "merchant": (await lab.shop()).tills[0],
    }  # fmt: skip


async def _refused(lab: Lab, key: str | None, code: str, zh: str, en: str) -> None:
    callers = await _callers(lab)
    sent = await asyncio.gather(*(
        lab.do(
            route, callers[route.roles[0]], key=key, body=b"{}" if route.body else b"x" if route.accepts else None,
            media_type=route.accepts[0] if route.accepts else "application/json", **_PATH,
        )
        for route in lab.offered() if route.keyed
    ))  # fmt: skip
    for one in sent:
        title = ROUTES[one.operation].title_zh
        lab.expect_refused(one, code, f"{title}：{zh}", f"{one.operation}: {en}", spec="S-15")


@play("keys-missing")
async def missing(lab: Lab) -> None:
    """Every keyed operation without a key."""
    await _refused(lab, None, "missing_key", "缺少幂等键被拒绝", "no key")


@play("keys-malformed")
async def malformed(lab: Lab) -> None:
    """Every keyed operation with keys too short, too long, with other characters."""
    for name, key in _MALFORMED.items():
        await _refused(lab, key, "invalid_key", f"不合格式的幂等键被拒绝（{name}）", f"a malformed key, {name}")
