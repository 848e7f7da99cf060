"""Requests made up from the OpenAPI description, by each role: nothing undocumented comes back, never a 5xx."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from tests.scenario.platform import Platform, new_key
from tests.scenario.world import World
from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES, Role
from voucher_contract.routes import ROUTES, Route

# The clock would be moved years on, and every other test's vouchers with it.
LEFT_OUT = {"set_clock"}
CHECKS: list[Any] = [
    checks.not_a_server_error, openapi_checks.status_code_conformance, openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]  # fmt: skip
TRIED = [route for route in ROUTES.values() if route.name not in LEFT_OUT]
EXAMPLES = 12


@pytest.fixture(scope="module")
def own_world(platform: Platform, world: World) -> Iterator[World]:
    """A campaign of this module's own, which made-up requests may pause, stop and close; shops are opened again."""
    own = World(platform)
    own.shops = world.shops
    yield own
    for category in CATEGORY_NAMES:
        selector = {"category": category, "reason": "done"}
        platform.send(routes.REINSTATE_MERCHANTS, platform.staff["operator"], body=selector)


@pytest.fixture(scope="module")
def described(platform: Platform) -> Any:
    """The description the running platform serves."""
    told = platform.client.get("/openapi.json").json()
    return schemathesis.openapi.from_dict(told)


@pytest.fixture(scope="module")
def tokens(platform: Platform, world: World) -> dict[Role, str]:
    """Somebody of each role."""
    return {
        "bureau": platform.staff["maker"], "auditor": platform.staff["auditor"],
        "operator": platform.staff["operator"], "merchant": world.shops[0].token, "consumer": world.person().token,
    }  # fmt: skip


@pytest.fixture(scope="module")
def known(own_world: World) -> dict[str, str]:
    """Ids that exist: half the examples use them, so that they come further than a 404."""
    batch = own_world.one_batch(per_person_limit=5)
    made = own_world.redemption(batch)
    return {
        "campaign_id": own_world.campaign, "batch_id": batch, "voucher_id": made["voucher_id"],
        "redemption_id": made["id"], "merchant_id": own_world.shops[0].id, "round_id": own_world.draft({})[0],
    }  # fmt: skip


@pytest.mark.parametrize("route", TRIED, ids=lambda route: route.name)
def test_made_up_requests_get_documented_replies(
    platform: Platform, described: Any, tokens: dict[Role, str], known: dict[str, str], route: Route
) -> None:
    operation = described[route.path][route.method]

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)),
        st.sampled_from(route.roles or ("consumer",)), st.booleans(),
    )  # fmt: skip
    def send(made_up: Any, role: Role, real: bool) -> None:
        headers = {"Authorization": f"Bearer {tokens[role]}"}
        if route.keyed:
            headers["Idempotency-Key"] = new_key()
        if real:
            made_up.path_parameters = {
                name: known.get(name, value) for name, value in (made_up.path_parameters or {}).items()
            }
        reply = made_up.call(base_url=platform.ready.base_url, headers=headers, timeout=30)
        made_up.validate_response(reply, checks=CHECKS)
        check_language(reply)

    send()


def check_language(reply: Any) -> None:
    """A problem that is no problem of ours would pass a generous schema: it must have both languages."""
    if reply.status_code >= 400:
        problem = json.loads(reply.content)
        assert problem["title"]
        assert problem["title_zh"]
