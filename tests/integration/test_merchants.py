"""The register of merchants: who sees what, suspensions, coverage and tills."""

import io
from pathlib import Path
from typing import Any

import pytest

from merchant_sim.city import City, build_city
from merchant_sim.roster import roster_rows, write_csv
from tests.integration.conftest import Api
from voucher_contract.routes import CSV
from voucher_platform.core.auth import unseal

pytestmark = pytest.mark.asyncio


async def fill(api: Api, tmp_path: Path) -> City:
    city = build_city(5, 0, merchants=60)
    write_csv(tmp_path / "roster.csv", roster_rows(city))
    content = io.BytesIO((tmp_path / "roster.csv").read_bytes()).getvalue()
    reply = await api.send(
        "POST", "/v1/merchants/imports?dry_run=false", role="operator", content=content, media_type=CSV
    )
    assert reply.json()["imported"] == 60, reply.text
    return city


async def get(api: Api, path: str, role: Any = "bureau", status: int = 200, token: str | None = None) -> Any:
    reply = await api.send("GET", path, role=role, token=token)
    assert reply.status_code == status, reply.text
    return reply.json()


async def suspend(api: Api, status: int = 200, verb: str = "suspensions", **selector: str) -> Any:
    reply = await api.send("POST", f"/v1/merchant-{verb}", role="bureau", body={**selector, "reason": "核查"})
    assert reply.status_code == status, reply.text
    return reply.json()


async def test_pages_and_filters_find_every_merchant_once(api: Api, tmp_path: Path) -> None:
    city = await fill(api, tmp_path)
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await get(api, f"/v1/merchants?limit=25{cursor and f'&cursor={cursor}'}")
        found += page["items"]
        cursor = page["next_cursor"]
    assert sorted(m["uscc"] for m in found) == sorted(m.uscc for m in city.merchants)
    one = city.merchants[0]
    narrowed = await get(api, f"/v1/merchants?district={one.district}&category={one.industry}&limit=200")
    expected = {m.uscc for m in city.merchants if (m.district, m.industry) == (one.district, one.industry)}
    assert {m["uscc"] for m in narrowed["items"]} == expected
    outside = await get(api, "/v1/merchants?status=not_admitted&limit=200")
    assert {m["uscc"] for m in outside["items"]} == {m.uscc for m in city.merchants if not m.admitted}
    assert (await get(api, "/v1/merchants?category=nonsense", status=422))["code"] == "invalid_request"


async def test_consumers_see_admitted_shops_without_tills_and_a_merchant_sees_itself(api: Api, tmp_path: Path) -> None:
    city = await fill(api, tmp_path)
    everyone = (await get(api, "/v1/merchants?limit=200"))["items"]
    public = (await get(api, "/v1/merchants?limit=200", "consumer"))["items"]
    assert len(public) == sum(m.admitted for m in city.merchants)
    assert all(m["till_numbers"] == [] and m["status"] == "admitted" for m in public)
    own, other = everyone[0], everyone[1]
    token = api.token("merchant", f"{own['id']}:x", merchant=own["id"])
    assert (await get(api, "/v1/merchants", token=token))["items"] == [own]
    assert await get(api, f"/v1/merchants/{own['id']}", token=token) == own
    assert (await get(api, f"/v1/merchants/{other['id']}", token=token, status=404))["code"] == "not_found"
    assert own["till_numbers"]


async def test_coverage_lists_all_cells_and_counts_admitted_shops(api: Api, tmp_path: Path) -> None:
    city = await fill(api, tmp_path)
    coverage = await get(api, "/v1/merchant-coverage", "auditor")
    assert len(coverage["cells"]) == 84
    assert sum(cell["merchants"] for cell in coverage["cells"]) == sum(m.admitted for m in city.merchants)
    assert coverage["empty_cells"] == sum(cell["merchants"] == 0 for cell in coverage["cells"])


async def test_a_suspension_meets_its_selection_and_is_taken_back(api: Api, tmp_path: Path) -> None:
    city = await fill(api, tmp_path)
    place, trade = city.merchants[0].district, city.merchants[0].industry
    both = [m for m in city.merchants if (m.district, m.industry) == (place, trade)]
    assert len((await suspend(api, district=place, category=trade))["merchant_ids"]) == len(both)
    of_place = [m for m in city.merchants if m.district == place]
    assert len((await suspend(api, district=place))["merchant_ids"]) == len(of_place) - len(both)
    suspended = (await get(api, "/v1/merchants?status=suspended&limit=200"))["items"]
    assert len(suspended) == len(of_place)
    one = suspended[0]["id"]
    assert (await get(api, f"/v1/merchants/{one}", "consumer", status=404))["code"] == "not_found"
    assert await suspend(api, verb="reinstatements", merchant_id=one) == {"merchant_ids": [one]}
    assert (await get(api, f"/v1/merchants/{one}"))["status"] in {"admitted", "not_admitted"}


async def test_a_selection_of_nobody_is_refused(api: Api) -> None:
    assert (await suspend(api, status=422))["code"] == "invalid_request"
    assert (await suspend(api, status=404, merchant_id="mer_unknown"))["code"] == "not_found"


async def test_a_till_token_names_merchant_and_till(api: Api, tmp_path: Path) -> None:
    await fill(api, tmp_path)
    one, other = (await get(api, "/v1/merchants?limit=2"))["items"]
    path, till = f"/v1/merchants/{one['id']}/till-tokens", one["till_numbers"][0]
    reply = await api.send("POST", path, role="operator", body={"till_number": till})
    principal = unseal(reply.json()["token"], api.core.settings.token_secret)
    assert reply.status_code == 201
    assert principal is not None
    assert (principal.role, principal.merchant, principal.till) == ("merchant", one["id"], till)
    reply = await api.send("POST", path, role="operator", body={"till_number": other["till_numbers"][0]})
    assert (reply.status_code, reply.json()["code"]) == (409, "till_not_of_merchant")
    reply = await api.send("POST", "/v1/merchants/none/till-tokens", role="operator", body={"till_number": till})
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    assert (await api.send("POST", path, role="bureau", body={"till_number": till})).status_code == 403
