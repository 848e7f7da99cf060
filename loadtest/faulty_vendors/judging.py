"""What every request is asked before its desk is: token, role, key, body. In this order (S-74)."""

import re
from typing import Any

from loadtest.faulty_vendors.vendor import Vendor
from loadtest.faulty_vendors.wire import bodies
from loadtest.faulty_vendors.wire.acts import Act
from loadtest.faulty_vendors.wire.answers import Refused
from loadtest.faulty_vendors.wire.receiving import Incoming
from loadtest.faulty_vendors.wire.tokens import Principal, identify
from voucher_contract import refusals
from voucher_contract.models.common import KEY_PATTERN
from voucher_contract.routes import Route

_KEY = re.compile(KEY_PATTERN)
_REFUSED_ALL = {
    "claim": refusals.NOT_ELIGIBLE, "redeem": refusals.NOT_ADMITTED, "refund": refusals.CLOSED,
}  # fmt: skip


def make_act(vendor: Vendor, route: Route, path: dict[str, str], incoming: Incoming, raw: bytes) -> Act:
    """The request, judged as far as no desk is needed. Refuses what S-74 names."""
    principal = identify(vendor.tokens, route, incoming.header(b"authorization"))
    if not _may(vendor, route, principal):
        raise Refused(refusals.FORBIDDEN)
    key = _key(route, incoming.header(b"idempotency-key"))
    media_type = bodies.check_media_type(route, incoming.header(b"content-type") or "")
    body: Any = None
    if route.body is not None:
        body = bodies.parse(route.body, _mended(vendor, raw), lax=vendor.has("unknown-fields-accepted"))
    if vendor.has("refuses-everything") and route.name in _REFUSED_ALL:
        raise Refused(_REFUSED_ALL[route.name])
    return Act(
        route, principal, key, body, raw, media_type, path, bodies.parse_query(incoming.query),
        incoming.header(b"accept") or "", vendor.clock.now(), incoming.worker, incoming.connection, incoming.address,
    )  # fmt: skip


def _mended(vendor: Vendor, raw: bytes) -> bytes:
    if vendor.has("fraction-fen-accepted"):
        return bodies.rounded_fen(raw)
    return bodies.with_offsets(raw) if vendor.has("bare-time-accepted") else raw


def _may(vendor: Vendor, route: Route, principal: Principal) -> bool:
    if not route.roles or principal.role in route.roles:
        return True
    if vendor.has("auditor-can-write"):
        return principal.role == "auditor" and "bureau" in route.roles
    if vendor.has("role-not-checked"):
        return principal.role == "consumer" and bool({"bureau", "operator"} & set(route.roles))
    return False


def _key(route: Route, sent: str | None) -> str:
    if not route.keyed:
        return ""
    if sent is None:
        raise Refused(refusals.MISSING_KEY)
    if not _KEY.fullmatch(sent):
        raise Refused(refusals.INVALID_KEY)
    return sent
