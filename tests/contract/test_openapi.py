"""The checked-in OpenAPI description is the one the platform serves, and it tells the whole contract."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import voucher_contract
from voucher_contract.routes import ROUTES, Route

FILE = Path(voucher_contract.__file__).with_name("openapi.json")


@pytest.fixture(scope="module")
def generated() -> str:
    """What the command prints, in a process of its own as a maintainer runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "voucher_platform.print_openapi"], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.fixture(scope="module")
def described(generated: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(generated)
    return schema


def operation(described: dict[str, Any], route: Route) -> dict[str, Any]:
    found: dict[str, Any] = described["paths"][route.path][route.method.lower()]
    return found


def test_the_file_is_current(generated: str) -> None:
    assert FILE.read_text(encoding="utf-8") == generated, (
        "run: python -m voucher_platform.print_openapi > platform/voucher_contract/openapi.json"
    )


def test_it_is_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    assert described["info"]["version"] == voucher_contract.CONTRACT_VERSION


def test_every_route_of_the_contract_is_there_and_no_other(described: dict[str, Any]) -> None:
    there = {
        (method.upper(), path)
        for path, methods in described["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }
    assert there == {(route.method, route.path) for route in ROUTES.values()}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_a_route_tells_its_roles_key_and_refusals(described: dict[str, Any], route: Route) -> None:
    told = operation(described, route)
    assert told["operationId"] == route.name
    assert told["x-roles"] == list(route.roles)
    assert ("security" in told) == bool(route.roles)
    headers = [p["name"] for p in told.get("parameters", []) if p["in"] == "header" and p.get("required")]
    assert headers == (["Idempotency-Key"] if route.keyed else [])
    assert told["x-refusals"] == [refusal.code for refusal in route.all_refusals]
    statuses = {str(refusal.status) for refusal in route.all_refusals} | {str(route.status)}
    assert statuses <= set(told["responses"])


@pytest.mark.parametrize("route", [r for r in ROUTES.values() if r.reply is not None], ids=lambda r: r.name)
def test_a_route_tells_its_reply_model(described: dict[str, Any], route: Route) -> None:
    content = operation(described, route)["responses"][str(route.status)]["content"]
    assert route.reply is not None
    assert content["application/json"]["schema"]["$ref"].endswith("/" + route.reply.__name__)
    assert set(route.returns) <= set(content)


def test_every_reference_leads_somewhere(generated: str, described: dict[str, Any]) -> None:
    names = {piece.split('"')[0] for piece in generated.split("#/components/schemas/")[1:]}
    assert names <= set(described["components"]["schemas"])


def test_nothing_points_at_a_foreign_server(generated: str) -> None:
    assert "http://" not in generated
    assert "https://" not in generated
