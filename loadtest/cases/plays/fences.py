"""Cases of the geofence: whoever does not say where they are stays outside."""

from typing import Any

from loadtest.cases.playing import play
from loadtest.lab.lab import Lab, NotApplicable
from voucher_contract import routes

_CENTRE = {"latitude": 30.977, "longitude": 104.282}
_RADIUS_M = 1_000
_DEGREE_M = 111_195.0
"""Metres of one degree along a meridian, on the mean radius of the earth."""


def _north(metres: float) -> dict[str, Any]:
    """A claim's body from so far north of the centre."""
    latitude = round(_CENTRE["latitude"] + metres / _DEGREE_M, 7)
    return {"position": {"latitude": latitude, "longitude": _CENTRE["longitude"]}}


async def _fenced(lab: Lab) -> dict[str, Any]:
    return await lab.batch(claim_area={**_CENTRE, "radius_m": _RADIUS_M})


@play("fences-missing-position")
async def missing_position(lab: Lab) -> None:
    """No position, an empty one: outside, on every connection."""
    batch = await _fenced(lab)
    for connection, body in enumerate(({}, {"position": None}, {}), start=1):
        refused = await lab.claim(await lab.person(), batch, body=body, connection=connection)
        lab.expect_refused(refused, "position_missing", "未报位置不放行", "no position, no voucher", spec="S-75")


@play("fences-inside-and-outside")
async def inside_and_outside(lab: Lab) -> None:
    """Inside passes, also near the edge; outside is refused, also near the edge."""
    batch = await _fenced(lab)
    for metres in (0, 500, 950):
        inside = await lab.claim(await lab.person(), batch, body=_north(metres))
        lab.expect_ok(inside, f"距中心{metres}米可领取", f"{metres} m from the centre is inside", spec="S-75")
    for metres in (1_050, 5_000, 1_000_000):
        outside = await lab.claim(await lab.person(), batch, body=_north(metres))
        zh = f"距中心{metres}米被拒绝"
        lab.expect_refused(outside, "outside_area", zh, f"{metres} m from the centre is outside", spec="S-75")


@play("fences-only-where-drawn")
async def only_where_drawn(lab: Lab) -> None:
    """A batch without an area asks nobody where they are."""
    claimed = await lab.claim(await lab.person(), await lab.batch())
    lab.expect_ok(claimed, "无围栏的券种不要求位置", "no area, no position needed", spec="S-75")


@play("fences-refused-where-unknown")
async def refused_where_unknown(lab: Lab) -> None:
    """A platform that knows no fence says so instead of issuing without one."""
    if "geofence" in lab.world.meta["capabilities"]:
        raise NotApplicable("平台支持地理围栏，本用例只针对不支持者")
    round_id, _ = await lab.draft(await lab.campaign())
    spec = lab.spec(claim_area={**_CENTRE, "radius_m": _RADIUS_M})
    refused = await lab.do(routes.CREATE_BATCH, lab.maker, body=spec, round_id=round_id)
    lab.expect_refused(refused, "invalid_request", "不支持围栏则拒绝此配置", "such a batch is refused", spec="S-75")
