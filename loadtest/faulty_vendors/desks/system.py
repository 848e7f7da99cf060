"""What this vendor is, and how its staff sign in."""

import hmac
import time
from datetime import UTC, datetime

from loadtest.faulty_vendors.desks.serving import Told, serves
from loadtest.faulty_vendors.offering import CAPABILITIES
from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused
from loadtest.faulty_vendors.wire.tokens import Principal
from voucher_contract import CONTRACT_VERSION, refusals, routes

MAX_BODY_BYTES = 4 * 1024 * 1024
_SESSION_S = 12 * 3_600
_WITHIN_S = 60.0


@serves(routes.META)
async def get_meta(vendor: Vendor, act: Act) -> Told:  # noqa: ARG001 - every desk is called alike
    """What the vendor says of itself."""
    return {
        "product": "惠民券云 Huimin Voucher Cloud", "contract_version": CONTRACT_VERSION,
        "capabilities": list(CAPABILITIES),
        "reopen_delay_ms": 100, "claim_deadline_ms": 2_000, "max_body_bytes": MAX_BODY_BYTES,
        "simulated_data": not vendor.has("simulated-data-denied"), "unsafe_settings": [],
    }  # fmt: skip


@serves(routes.HEALTH)
async def get_health(vendor: Vendor, act: Act) -> Told:  # noqa: ARG001 - every desk is called alike
    """One process, so it is well while it answers."""
    return {"status": "ok", "database": True, "hot_store": True, "claims_ready": True}


@serves(routes.SIGN_IN)
async def sign_in(vendor: Vendor, act: Act) -> Told:
    """A session for the right password; ten wrong tries in a minute close a sign-in for a while."""
    spec = act.body
    tries = vendor.wrong_tries[spec.login]
    member = next((one for one in vendor.staff if one["login"] == spec.login), None)
    right = hmac.compare_digest((member or {"password": ""})["password"].encode(), spec.password.encode("utf-8"))
    if len(tries) == tries.maxlen and time.monotonic() - tries[0] < _WITHIN_S:
        raise Refused(refusals.RATE_LIMITED)
    if member is None or not right:
        tries.append(time.monotonic())
        raise Refused(refusals.BAD_CREDENTIALS)
    token, ends = vendor.tokens.seal(Principal(member["role"], member["login"]), _SESSION_S)
    return {
        "token": token, "role": member["role"], "name": member["name"],
        "expires_at": datetime.fromtimestamp(ends, UTC).isoformat(),
    }  # fmt: skip
