"""The correct vendor speaks the whole contract: every operation, every shared refusal, and nothing is ever lost."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from loadtest.faulty_vendors.offering import OFFERED
from loadtest.faulty_vendors.process import VendorProcess
from tests.vendor_probes.tour import Toured, photograph, tour
from tests.vendor_probes.wire import code_of, new_key
from tests.vendor_probes.world import World
from voucher_contract import routes
from voucher_contract.indicators import INDICATORS
from voucher_contract.routes import CSV, ROUTES, XLSX, Route


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    process = VendorProcess("correct", tmp_path_factory.mktemp("vendor"))
    try:
        with closing(World(*process.start())) as world:
            world.restart = process.restart
            yield world
    finally:
        process.stop()


@pytest.fixture(scope="module")
def toured(world: World) -> Toured:
    return tour(world)


def test_every_operation_answers_in_its_model(world: World, toured: Toured) -> None:
    assert toured.voucher["nth"] == 1
    unanswered = [route.name for route in OFFERED.values() if route.status not in world.seen[route.name]]
    assert unanswered == []


def test_what_it_does_not_offer_is_no_address_of_its(world: World) -> None:
    lacking = [route for name, route in ROUTES.items() if name not in OFFERED]
    assert {route.capability for route in lacking} >= {"risk_alerts"}
    taken = {route.path for route in OFFERED.values()}
    for route in lacking:
        path = route.path.format(**_somewhere(route))
        reply = world.client.request(route.method, path, headers={"Authorization": f"Bearer {world.maker}"})
        expected = "method_not_allowed" if route.path in taken else "no_such_route"
        assert code_of(reply) == expected, route.name


def _somewhere(route: Route) -> dict[str, Any]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    return dict.fromkeys(names, "nothing")


@pytest.mark.parametrize("name", [route.name for route in OFFERED.values() if route.roles])
def test_roles_are_asked_before_anything_else(world: World, toured: Toured, name: str) -> None:
    tokens = {
        "bureau": world.maker, "auditor": world.auditor, "operator": world.operator,
        "merchant": toured.shop.token, "consumer": toured.person.token,
    }  # fmt: skip
    route = OFFERED[name]
    assert code_of(world.send(route, None, **_somewhere(route))) == "missing_token"
    assert code_of(world.send(route, "x" + world.maker, **_somewhere(route))) == "invalid_token"
    for role, token in tokens.items():
        refused = code_of(world.send(route, token, key=None, content=b"{", **_somewhere(route))) == "forbidden"
        assert refused == (role not in route.roles), role


@pytest.mark.parametrize("name", [route.name for route in OFFERED.values() if route.keyed])
def test_a_key_is_asked_for_before_the_body(world: World, toured: Toured, name: str) -> None:
    route = OFFERED[name]
    token = {"merchant": toured.shop.token, "consumer": toured.person.token}.get(route.roles[0], world.maker)
    for key, code in ((None, "missing_key"), ("short", "invalid_key"), ("x" * 65, "invalid_key")):
        assert code_of(world.once(route, token, key=key, content=b"{", **_somewhere(route))) == code


BODIES = {
    "nothing": b"", "half": b'{"name"', "not utf-8": b'{"name": "\xff"}', "a list": b"[]", "deep": b"[" * 100_000,
    "half a surrogate pair": b'{"name": "\\ud800"}', "a number for a name": b'{"name": 1}', "unknown": b'{"x": 1}',
    "a float": b'{"amount_fen": 1.5}', "infinity": b'{"amount_fen": Infinity}',
    "huge": b'{"quota": 1' + b"0" * 400 + b"}",
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_told_and_never_crashes(world: World, toured: Toured, name: str) -> None:
    tokens = {"merchant": toured.shop.token, "consumer": toured.person.token, "operator": world.operator}
    for route in OFFERED.values():
        if route.body is not None:
            token = tokens.get(route.roles[0], world.maker) if route.roles else None
            reply = world.once(route, token, content=BODIES[name], **_somewhere(route))
            assert code_of(reply) in {"malformed_body", "invalid_request"}, route.name


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=a%20b", "cursor=%00", "cursor=%ff"])
def test_a_bad_page_is_refused(world: World, query: str) -> None:
    for route in (routes.LIST_CAMPAIGNS, routes.LIST_BATCHES, routes.LIST_VOUCHERS, routes.LIST_AUDIT):
        reply = world.client.get(f"{route.path}?{query}", headers={"Authorization": f"Bearer {world.maker}"})
        assert code_of(reply) == "invalid_request"


def test_too_large_a_body_is_refused_though_it_was_sent_whole(world: World) -> None:
    reply = world.once(routes.CREATE_CAMPAIGN, world.maker, content=b" " * 9_000_000)
    assert code_of(reply) == "body_too_large"


def test_what_is_no_address_or_no_method_is_told_first(world: World) -> None:
    assert code_of(world.client.get("/v1/nowhere")) == "no_such_route"
    assert code_of(world.client.delete("/v1/campaigns")) == "method_not_allowed"


def test_a_roster_in_gb18030_is_read_and_a_bad_row_is_given_back(world: World) -> None:
    _, _, good = world.roster()
    _, _, bad = world.roster(good_code=False)
    rows = good.decode("utf-8-sig") + bad.decode("utf-8-sig").split("\r\n")[1] + "\r\n"
    report = world.take_roster(rows.encode("gb18030"))
    assert (report["rows"], report["good_rows"], report["bad_rows"], report["imported"]) == (2, 1, 1, 1)
    assert [(cell["row"], cell["column"]) for cell in report["bad_cells"]] == [(3, "统一社会信用代码")]
    given_back = world.send(routes.GET_IMPORT_FILE, world.operator, import_id=report["id"]).content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(given_back)).get_sheet_by_index(0).to_python()
    assert [row[-1] for row in sheet] == ["错误", "", "统一社会信用代码校验不通过"]


def test_the_report_says_the_same_in_all_three_forms(world: World, toured: Toured) -> None:
    def ask(form: str) -> Any:
        path = routes.GET_T1_REPORT.path.format(campaign_id=toured.campaign)
        headers = {"Authorization": f"Bearer {world.auditor}", "Accept": form}
        return world.client.get(path, headers=headers)

    report = ask("application/json").json()
    assert {one["indicator"] for one in report["definitions"]} == set(INDICATORS)
    told = [value for row in report["rows"] for value in row["values"].values() if value is not None]
    assert ask(CSV).content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(ask(CSV).content.decode("utf-8-sig"))))[1:]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(ask(XLSX).content)).get_sheet_by_index(0).to_python()[1:]
    assert [float(line[6]) for line in lines] == [float(value) for value in told]
    assert [row[6] for row in sheet] == told


def test_sigkill_loses_nothing_that_was_acknowledged(world: World, toured: Toured) -> None:
    before = photograph(world, toured)
    world.restart()
    assert photograph(world, toured) == before
    again = world.send(routes.CLAIM, toured.person.token, key=toured.claim_key, body={}, batch_id=toured.batch["id"])
    assert (again.status_code, again.json()) == (201, toured.voucher)
    assert again.headers["idempotent-replayed"] == "true"
    assert world.do(routes.VERIFY_AUDIT, world.auditor)["intact"]


def test_eight_repetitions_at_once_are_one_effect(world: World) -> None:
    batch, person, key = world.batch(per_person_limit=9), world.person(), new_key()
    replies = world.at_once([lambda client: world.claim(person, batch, key=key, client=client)] * 8)
    assert len({reply.content for reply in replies}) == 1
    assert sum("idempotent-replayed" not in reply.headers for reply in replies) == 1
    assert world.shown(batch)["issued"] == 1
