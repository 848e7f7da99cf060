"""No platform starts on servers that would lose what it acknowledges; where that is allowed, every report says so."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
import redis
from python_calamine import CalamineWorkbook

from tests.conftest import PlatformServer
from voucherlab.errors import VoucherlabError
from voucherlab.sql import run_sql

ALLOWED = {"VOUCHERLAB_ALLOW_UNSAFE": "1"}
Start = Callable[..., PlatformServer]


@pytest.fixture
def hasty_database(database_url: str) -> str:
    """It answers before a commit is on the disk."""
    name = database_url.rsplit("/", 1)[1]
    run_sql(database_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    return "postgresql.synchronous_commit=off"


@pytest.fixture
def forgetful_store(redis_url: str) -> Iterator[str]:
    """It throws entries away when its memory is full."""
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        yield "hot_store.maxmemory-policy=allkeys-lru"
        client.config_set("maxmemory-policy", "noeviction")


@pytest.mark.parametrize("danger", ["hasty_database", "forgetful_store"])
def test_it_refuses_to_start_and_says_why(platform_server: Start, request: pytest.FixtureRequest, danger: str) -> None:
    setting = request.getfixturevalue(danger)
    with pytest.raises(VoucherlabError) as refused:
        platform_server()
    assert setting in str(refused.value)


def test_where_it_is_allowed_meta_and_every_form_of_the_report_name_it(
    platform_server: Start, hasty_database: str, forgetful_store: str
) -> None:
    dangers = [hasty_database, forgetful_store]
    ready = platform_server(environment=ALLOWED).ready
    with httpx.Client(base_url=ready.base_url, timeout=30, trust_env=False) as client:
        assert client.get("/v1/meta").json()["unsafe_settings"] == dangers
        asked = _report(client, json.loads(ready.staff_file.read_text(encoding="utf-8")))
        assert asked("json").json()["unsafe_settings"] == dangers
        last_line = list(csv.reader(io.StringIO(asked("csv").content.decode("utf-8-sig"))))[-1]
        book = CalamineWorkbook.from_filelike(io.BytesIO(asked("xlsx").content))
        told = next(row[1] for row in book.get_sheet_by_name("说明").to_python() if row[0] == "安全设置")
        above = book.get_sheet_by_index(0).to_python()[1][0]
        for danger in dangers:
            assert danger in last_line[-1]
            assert danger in str(told)
            assert danger in str(above), "above the figures, which are what is opened"


def test_what_is_switched_off_while_it_runs_is_named_until_it_is_on_again(
    platform_server: Start, redis_url: str
) -> None:
    ready = platform_server().ready
    with httpx.Client(base_url=ready.base_url, timeout=30, trust_env=False) as client:

        def named(wanted: list[str]) -> bool:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                if client.get("/v1/meta").json()["unsafe_settings"] == wanted:
                    return True
                time.sleep(0.1)
            return False

        assert named([])
        with redis.Redis.from_url(redis_url) as store:
            store.config_set("maxmemory-policy", "allkeys-lru")
            assert named(["hot_store.maxmemory-policy=allkeys-lru"])
            store.config_set("maxmemory-policy", "noeviction")
        assert named([])


def test_on_safe_servers_no_report_speaks_of_danger(platform_server: Start) -> None:
    ready = platform_server().ready
    with httpx.Client(base_url=ready.base_url, timeout=30, trust_env=False) as client:
        assert client.get("/v1/meta").json()["unsafe_settings"] == []
        asked = _report(client, json.loads(ready.staff_file.read_text(encoding="utf-8")))
        assert asked("json").json()["unsafe_settings"] == []
        assert "不安全" not in asked("csv").content.decode("utf-8-sig")


def _report(client: httpx.Client, staff: list[dict[str, Any]]) -> Callable[[str], httpx.Response]:
    """The report of the running day of a new campaign, in whatever form is asked for."""
    login = next(one for one in staff if one["role"] == "bureau")
    signed_in = client.post("/v1/sessions", json={"login": login["login"], "password": login["password"]})
    headers = {"Authorization": f"Bearer {signed_in.json()['token']}", "Idempotency-Key": "k" * 16}
    body = {"name": "测试", "paying_account": "P-1", "designated_account": "P-1"}
    campaign = client.post("/v1/campaigns", json=body, headers=headers).json()["id"]
    path = f"/v1/campaigns/{campaign}/reports/t1"
    day = datetime.fromisoformat(client.get("/v1/batches", headers=headers).json()["server_time"]).date().isoformat()
    return lambda form: client.get(path, params={"day": day, "format": form}, headers=headers)
