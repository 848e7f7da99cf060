"""A claim that is answered 202: the platform's database is slow for a while, and the page waits for the true end."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import EDITIONS, Visits
from tests.browser.page_checks import assert_accessible, assert_large, assert_nothing_is_cut
from tests.browser.served import SqlElsewhere
from tests.scenario.platform import Platform
from tests.scenario.world import Person, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def batch(world: World) -> str:
    """One of three a person."""
    return world.one_batch(name="等候满100减30", per_person_limit=3)


@contextmanager
def vouchers_locked(platform: Platform) -> Iterator[None]:
    """Another session holds a lock under which vouchers can be read, but none can be written."""
    session = SqlElsewhere(platform.ready.database_url)
    session.rows("BEGIN")
    session.rows("LOCK TABLE voucher IN SHARE MODE")
    try:
        yield
    finally:
        session.rows("ROLLBACK")
        session.close()


@contextmanager
def database_paused(platform: Platform) -> Iterator[None]:
    """Every process of PostgreSQL stands still."""
    first = Path(platform.sql.one("SHOW data_directory")) / "postmaster.pid"
    postmaster = int(first.read_text(encoding="utf-8").splitlines()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="utf-8").split()
    every = [postmaster, *map(int, children)]
    for process in every:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(every):
            os.kill(process, signal.SIGCONT)


def statuses(page: Page) -> list[int]:
    """What claims and questions after them are answered."""
    told: list[int] = []
    page.on("response", lambda reply: told.append(reply.status) if "/claims" in reply.url else None)
    return told


def card(page: Page, batch: str) -> Any:
    return page.locator(f'[data-batch="{batch}"]')


def held(platform: Platform, person: Person) -> int:
    return int(platform.sql.one("SELECT count(*) FROM voucher WHERE account_id = $1", person.account))


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("lang", "told"),
    [("zh", "已收到，正在确认结果，请稍候。"), ("en", "Received. The result is being confirmed, one moment.")],
)
def test_a_pending_claim_is_shown_as_such_and_ends_claimed(  # noqa: PLR0917 - pytest passes fixtures by name
    visits: Visits, world: World, batch: str, keep_picture: Callable[[Page, str], Path], lang: str, told: str,
    edition: str,
) -> None:  # fmt: skip
    person = world.person()
    page = visits.open("phone", person.token, lang=lang, edition=edition, size=(320, 640))
    answers = statuses(page)
    with vouchers_locked(world.platform):
        card(page, batch).locator("button").click()
        expect(card(page, batch).locator(".hint")).to_have_text(told)
        card(page, batch).scroll_into_view_if_needed()
        keep_picture(page, f"pending-{edition}-{lang}-320")
        assert_nothing_is_cut(page)
        assert_accessible(page)
        if edition == "elderly":
            assert_large(page)
        assert card(page, batch).get_attribute("data-state") == "asking"
        assert held(world.platform, person) == 0
    expect(card(page, batch)).to_have_attribute("data-held", "1")
    assert (answers[0], answers[-1]) == (202, 200), answers
    assert held(world.platform, person) == 1


def test_a_reload_while_it_is_pending_takes_the_claim_up_again(visits: Visits, world: World, batch: str) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    with vouchers_locked(world.platform):
        card(page, batch).locator("button").click()
        expect(card(page, batch).locator(".hint")).to_contain_text("已收到")
        page.reload()
        expect(card(page, batch)).to_have_attribute("data-state", "asking")
    expect(card(page, batch)).to_have_attribute("data-held", "1")
    assert held(world.platform, person) == 1


def test_a_database_that_stands_still_for_seconds_costs_no_voucher_and_makes_no_second(
    visits: Visits, world: World, batch: str
) -> None:
    person = world.person()
    page = visits.open("phone", person.token)
    answers = statuses(page)
    expect(card(page, batch).locator("button")).to_be_visible()
    with database_paused(world.platform):
        card(page, batch).locator("button").dblclick()
        page.wait_for_timeout(6_000)
        assert card(page, batch).get_attribute("data-held") == "0"
    expect(card(page, batch)).to_have_attribute("data-held", "1", timeout=60_000)
    assert 202 in answers
    assert held(world.platform, person) == 1
