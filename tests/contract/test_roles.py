"""Each route × each role: who is let in, and that other people's objects do not exist for anybody else."""

import base64
import json
from typing import Any

import httpx
import pytest

from tests.scenario.platform import Platform
from tests.scenario.world import World
from voucher_contract import refusals, routes
from voucher_contract.models.common import Role
from voucher_contract.routes import ROUTES, Route
from voucher_platform.core.auth import Principal, seal

PUBLIC = {"get_meta", "get_health", "sign_in"}
ROLES: tuple[Role, ...] = ("bureau", "auditor", "operator", "merchant", "consumer")
CLOSED = [route for route in ROUTES.values() if route.name not in PUBLIC]


@pytest.fixture(scope="module")
def tokens(platform: Platform, world: World) -> dict[Role, str]:
    """A token of each role."""
    return {
        "bureau": platform.staff["maker"], "auditor": platform.staff["auditor"],
        "operator": platform.staff["operator"], "merchant": world.shops[0].token, "consumer": world.person().token,
    }  # fmt: skip


def knock(platform: Platform, route: Route, token: str | None) -> httpx.Response:
    """A request that names nothing that exists and holds no valid body: it can only be let in, never succeed."""
    names = {"campaign_id", "round_id", "batch_id", "return_id", "import_id", "merchant_id", "voucher_id",
             "redemption_id", "claim_key", "alert_id"}  # fmt: skip
    path: dict[str, Any] = dict.fromkeys(names, "nothing-of-this-name")
    content = b"{}" if route.body else b"x" if route.accepts else None
    media_type = route.accepts[0] if route.accepts else None
    return platform.send(route, token, content=content, media_type=media_type, **path)


def code_of(reply: httpx.Response) -> str:
    return str(reply.json().get("code")) if "json" in reply.headers["content-type"] else ""


def test_only_three_routes_are_public() -> None:
    without_roles = {route.name for route in ROUTES.values() if not route.roles}
    assert without_roles == PUBLIC, "a route without roles is open to everybody: name its roles in routes.py"


def test_every_role_of_a_route_is_a_role_of_the_contract() -> None:
    assert {role for route in ROUTES.values() for role in route.roles} == set(ROLES)


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.name)
def test_the_roles_of_a_route_are_let_in_and_no_other(
    platform: Platform, tokens: dict[Role, str], route: Route
) -> None:
    for role in ROLES:
        reply = knock(platform, route, tokens[role])
        assert reply.status_code < 500, reply.text
        if role in route.roles:
            assert reply.status_code not in {401, 403}, f"{role} is kept out: {reply.text}"
        else:
            assert (reply.status_code, code_of(reply)) == (403, refusals.FORBIDDEN.code), role


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.name)
def test_nobody_is_let_in_without_a_good_token(platform: Platform, route: Route) -> None:
    reply = knock(platform, route, None)
    assert (reply.status_code, code_of(reply)) == (401, refusals.MISSING_TOKEN.code)
    assert reply.headers["www-authenticate"] == "Bearer"
    for token in bad_tokens(platform, route.roles[0]):
        reply = knock(platform, route, token)
        assert (reply.status_code, code_of(reply)) == (401, refusals.INVALID_TOKEN.code), token


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_route_asks_for_no_token(platform: Platform, name: str) -> None:
    assert code_of(knock(platform, ROUTES[name], None)) not in {"missing_token", "invalid_token", "forbidden"}


def bad_tokens(platform: Platform, role: Role) -> list[str]:
    """Garbage, a foreign seal, a claim altered under a true seal, a seal cut off, and one that ran out."""
    principal = Principal(role, "somebody", person="per_x", merchant="mer_x")
    good, _ = seal(principal, platform.token_secret, 60)
    payload, _, signature = good.partition(".")
    fields = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    raised = base64.urlsafe_b64encode(json.dumps({**fields, "name": "bureau1"}).encode()).rstrip(b"=").decode()
    return [
        "garbage", ".", f"{raised}.{signature}", f"{payload}.", signature,
        seal(principal, "another-secret-of-thirty-two-bytes!", 60)[0], seal(principal, platform.token_secret, -1)[0],
    ]  # fmt: skip


def test_a_scheme_other_than_bearer_is_no_token(platform: Platform) -> None:
    header = {"Authorization": f"Basic {platform.staff['maker']}"}
    reply = platform.send(routes.LIST_CAMPAIGNS, headers=header)
    assert code_of(reply) == refusals.INVALID_TOKEN.code


def test_a_bad_token_is_told_before_a_bad_body(platform: Platform) -> None:
    """Whoever may not ask must not learn what would be wrong with the question."""
    for content in (b"{", b'{"name": 1}'):
        assert code_of(platform.send(routes.CREATE_CAMPAIGN, None, content=content)) == refusals.MISSING_TOKEN.code
        reply = platform.send(routes.CREATE_CAMPAIGN, platform.staff["auditor"], content=content)
        assert code_of(reply) == refusals.FORBIDDEN.code


class TestOthersObjects:
    """Other people's objects answer exactly as objects that do not exist."""

    def refused(self, platform: Platform, route: Route, token: str, **asked: Any) -> None:
        reply = platform.send(route, token, **asked)
        assert (reply.status_code, code_of(reply)) == (404, refusals.NOT_FOUND.code), route.name

    def test_another_consumers_voucher(self, platform: Platform, world: World, batch: str) -> None:
        owner, other = world.people(2)
        voucher = world.voucher(batch, owner)["id"]
        assert platform.send(routes.GET_VOUCHER, owner.token, voucher_id=voucher).status_code == 200
        self.refused(platform, routes.GET_VOUCHER, other.token, voucher_id=voucher)
        self.refused(platform, routes.GET_CODE, other.token, voucher_id=voucher)
        assert platform.do(routes.LIST_VOUCHERS, other.token)["items"] == []

    def test_another_consumers_claim(self, platform: Platform, world: World, batch: str) -> None:
        owner, other = world.people(2)
        key = "a-key-of-the-owner-only"
        assert world.claim(batch, owner, key=key).status_code == 201
        names: dict[str, Any] = {"batch_id": batch, "claim_key": key}
        assert platform.send(routes.GET_CLAIM, owner.token, **names).status_code == 200
        self.refused(platform, routes.GET_CLAIM, other.token, **names)

    def test_another_merchants_redemption(self, platform: Platform, world: World, batch: str) -> None:
        own, other = world.shops[0], world.shops[1]
        made = world.redemption(batch, own)["id"]
        assert platform.send(routes.GET_REDEMPTION, own.token, redemption_id=made).status_code == 200
        self.refused(platform, routes.GET_REDEMPTION, other.token, redemption_id=made)
        self.refused(platform, routes.LIST_REFUNDS, other.token, redemption_id=made)
        self.refused(platform, routes.REFUND, other.token, redemption_id=made, body={"amount_fen": 1})
        mine = platform.do(routes.LIST_REDEMPTIONS, other.token, query={"limit": 200})["items"]
        assert {one["merchant_id"] for one in mine} <= {other.id}

    def test_another_merchants_record(self, platform: Platform, world: World) -> None:
        own, other = world.shops[0], world.shops[1]
        assert platform.do(routes.GET_MERCHANT, own.token, merchant_id=own.id)["id"] == own.id
        self.refused(platform, routes.GET_MERCHANT, own.token, merchant_id=other.id)
        assert [one["id"] for one in platform.do(routes.LIST_MERCHANTS, own.token)["items"]] == [own.id]

    def test_a_draft_batch_is_unknown_to_consumers_and_merchants(
        self, platform: Platform, world: World, tokens: dict[Role, str]
    ) -> None:
        _, (draft,) = world.draft({})
        for role in ROLES:
            reply = platform.send(routes.GET_BATCH, tokens[role], batch_id=draft)
            seen = self.listed(platform, tokens[role])
            if role in {"merchant", "consumer"}:
                assert (reply.status_code, code_of(reply)) == (404, refusals.UNKNOWN_BATCH.code)
                assert draft not in seen
            else:
                assert reply.status_code == 200
                assert draft in seen

    def listed(self, platform: Platform, token: str) -> set[str]:
        """Every batch the token's role sees, page by page."""
        seen: set[str] = set()
        cursor: str | None = None
        while True:
            query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
            page = platform.do(routes.LIST_BATCHES, token, query=query)
            seen |= {one["id"] for one in page["items"]}
            cursor = page["next_cursor"]
            if cursor is None:
                return seen

    def test_staff_see_vouchers_without_their_codes(self, platform: Platform, world: World, batch: str) -> None:
        voucher = world.voucher(batch)
        assert voucher["code"]
        for who in ("maker", "auditor", "operator"):
            seen = platform.do(routes.GET_VOUCHER, platform.staff[who], voucher_id=voucher["id"])
            assert seen["code"] is None
