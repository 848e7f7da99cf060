"""Four API processes behind one port, watched as an operator watches them."""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.scenario.platform import Platform, new_key, start_platform, stop_platform
from tests.scenario.refusing.faults import halted, killed
from tests.scenario.world import Person, World
from tests.scrapes import Scrape, read_scrape
from voucher_contract import routes

WORKERS = 4
NAMES = {f"api-{number}" for number in range(WORKERS)}
_MOST_CONNECTIONS = 400
_FOR_EVER = httpx.Limits(keepalive_expiry=None)  # a connection that is made anew may reach another process


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-watching-"))
    # The default poll, not the quick one of other tests: what is seen here is what an installation has. The deadline is
    # long, so that a slow machine makes no claim end as pending.
    environment = {"VOUCHERLAB_POLL_MS": "200", "VOUCHERLAB_CLAIM_DEADLINE_MS": "20000"}
    running = start_platform(folder, "--api-workers", str(WORKERS), environment=environment)
    yield running
    stop_platform(running)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def world(platform: Platform) -> World:
    return World(platform)


@pytest.fixture
def each(platform: Platform) -> Iterator[dict[str, httpx.Client]]:
    """A connection to every API process, by its name: the kernel spreads new ones over all that listen."""
    with ExitStack() as open_ones:
        reached: dict[str, httpx.Client] = {}
        for _ in range(_MOST_CONNECTIONS):
            if reached.keys() == NAMES:
                break
            client = httpx.Client(base_url=platform.ready.base_url, timeout=30, trust_env=False, limits=_FOR_EVER)
            open_ones.callback(client.close)
            reached.setdefault(str(client.get("/healthz").json()["process"]), client)
        assert reached.keys() == NAMES
        yield reached


def scrape(platform: Platform) -> Scrape:
    """By whoever answers; a connection to a process that has just been killed is made anew."""
    for _ in range(10):
        try:
            with platform.fresh_client() as client:
                return read_scrape(client.get("/metrics"))
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("nobody answers a scrape")


def claim(platform: Platform, client: httpx.Client, batch: str, person: Person) -> str:
    """The status, and the code of a refusal."""
    reply = platform.send(routes.CLAIM, person.token, body={}, batch_id=batch, client=client)
    return str(reply.json().get("code", reply.status_code))


def eventually(what: Callable[[], bool], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


def test_one_scrape_tells_of_every_process(platform: Platform, each: dict[str, httpx.Client]) -> None:
    for client in each.values():
        shown = read_scrape(client.get("/metrics"))
        for name in ("voucherlab_pulse_age_seconds", "voucherlab_process_resident_bytes"):
            assert shown.by("process", name).keys() == NAMES | {"worker"}
        assert {dict(labels)["process"] for labels in shown.all("voucherlab_claims_total")} == NAMES | {"worker"}
        assert shown.by("process", "voucherlab_gate_open") == dict.fromkeys(NAMES, 1.0)


def test_every_figure_of_the_operators_page_stands_in_a_real_scrape(world: World) -> None:
    world.one_batch(quota=1)
    shown = scrape(world.platform)
    there = {name for name, _ in shown.samples} | shown.families.keys()
    page = (Path(__file__).parents[2] / "platform/docs/operating.md").read_text("utf-8")
    named = set(re.findall(r"\bvoucherlab_[a-z_]+", page))
    assert len(named) > 15
    assert named <= there, named - there


def test_figures_after_real_claims_are_what_sql_holds(world: World, each: dict[str, httpx.Client]) -> None:
    platform, quota = world.platform, 60
    batch = world.one_batch(quota=quota)
    before = scrape(platform).by("outcome", "voucherlab_claims_total")
    people = world.people(80)
    keys = {person.account: new_key() for person in people}
    clients = list(each.values())
    for turn in range(2):
        for number, person in enumerate(people):
            platform.send(
                routes.CLAIM, person.token, key=keys[person.account], body={}, batch_id=batch,
                client=clients[(number + turn) % WORKERS],
            )  # fmt: skip
    shown = scrape(platform)
    told = {name: count - before.get(name, 0) for name, count in shown.by("outcome", "voucherlab_claims_total").items()}
    rows = platform.sql.one("SELECT count(*) FROM voucher WHERE batch_id = $1", batch)
    assert (told["issued"], told["replayed"], told["sold_out"]) == (rows, rows, 2 * 80 - 2 * rows)
    assert rows == quota
    assert shown.by("process", "voucherlab_claims_total", outcome="issued").keys() == NAMES
    stock = platform.sql.rows("SELECT quota, issued, voided FROM batch_stock WHERE batch_id = $1", batch)[0]
    for name in ("quota", "issued", "voided"):
        assert shown.one(f"voucherlab_batch_{name}", batch=batch) == stock[name]
    assert shown.one("voucherlab_epoch") == platform.sql.one("SELECT epoch FROM platform_state")
    assert eventually(lambda: scrape(platform).one("voucherlab_journal_entries") == 0), "the journal does not drain"
    written = platform.sql.rows("SELECT outcome, sum(attempts) AS n FROM claim_attempt_count GROUP BY 1")
    counted = scrape(platform).by("outcome", "voucherlab_claims_total")
    assert {row["outcome"] for row in written} <= counted.keys()


def test_a_killed_process_falls_out_of_the_figures_and_its_successor_counts_from_nought(platform: Platform) -> None:
    old = platform.process.kill("api-3")
    started = scrape(platform).one("voucherlab_process_start_timestamp_seconds", process="api-0")
    platform.process.wait_restarted("api-3", old)

    def is_back() -> bool:
        rows = scrape(platform).by("process", "voucherlab_process_start_timestamp_seconds")
        return rows.get("api-3", 0.0) > started

    assert eventually(is_back), "the successor does not show its figures"
    assert eventually(lambda: scrape(platform).by("process", "voucherlab_gate_open").keys() == NAMES)


def readiness(each: dict[str, httpx.Client]) -> set[tuple[int, str]]:
    """What every process answers: the status, and the parts that are missing."""
    replies = [client.get("/readyz") for client in each.values()]
    return {(reply.status_code, " ".join(one["part"] for one in reply.json()["missing"])) for reply in replies}


def test_a_store_that_hangs_makes_every_process_not_ready_and_then_ready_again(
    platform: Platform, each: dict[str, httpx.Client]
) -> None:
    assert eventually(lambda: readiness(each) == {(200, "")})
    with halted(platform, "valkey"):
        assert eventually(lambda: readiness(each) == {(503, "hot_store")})
        assert {client.get("/healthz").status_code for client in each.values()} == {200}, "they live all the same"
        shown = scrape(platform)
        assert shown.by("store", "voucherlab_store_up") == {"postgresql": 1}
        assert not shown.by("process", "voucherlab_gate_open")
        assert shown.by("process", "voucherlab_gate_shut", reason="unreachable").keys() == NAMES
    assert eventually(lambda: readiness(each) == {(200, "")})


def test_a_dead_database_is_named_by_every_process_and_takes_no_scrape_down(
    platform: Platform, each: dict[str, httpx.Client]
) -> None:
    assert eventually(lambda: readiness(each) == {(200, "")})
    with killed(platform, "postgres"):
        assert eventually(lambda: readiness(each) == {(503, "database hot_store")})
        assert {client.get("/healthz").status_code for client in each.values()} == {200}, "they live all the same"
        shown = scrape(platform)
        assert "postgresql" not in shown.by("store", "voucherlab_store_up")
        assert not shown.all("voucherlab_batch_quota"), "old numbers would be taken for present ones"
        assert shown.by("process", "voucherlab_gate_shut", reason="database_away").keys() == NAMES
    assert eventually(lambda: readiness(each) == {(200, "")})


def own_lines(platform: Platform) -> list[dict[str, Any]]:
    """Every line that the platform's own processes have written; one that is no JSON fails here."""
    files = [*(platform.process.data_dir / "logs").glob("api-*.log"), platform.process.data_dir / "logs/worker.log"]
    assert len(files) == WORKERS + 1
    return [json.loads(line) for file in files for line in file.read_text("utf-8").split("\n") if line]


def test_a_failed_request_is_found_by_its_id_in_lines_of_json_without_a_token(platform: Platform) -> None:
    with killed(platform, "postgres"):
        reply = platform.send(routes.GET_CAMPAIGN, platform.staff["maker"], campaign_id="cmp_none")
        assert reply.status_code == 503
    lines = own_lines(platform)
    found = [line for line in lines if line.get("request_id") == reply.headers["x-request-id"]]
    assert [line["event"] for line in found] == ["outage"]
    assert found[0]["process"] in NAMES
    assert {line["process"] for line in lines} == NAMES | {"worker"}
    written = json.dumps(lines, ensure_ascii=False)
    for secret in (*platform.staff.values(), platform.token_secret):
        assert secret not in written
    assert eventually(
        lambda: platform.send(routes.GET_CAMPAIGN, platform.staff["maker"], campaign_id="c").status_code == 404
    )
