"""The claim button never lies: whatever is lost on the way, in the end it shows what the platform has on record.

A proxy between phone and platform loses requests and replies, cuts replies off, sends some requests twice. Each run is
one intended claim, pressed twice; some stop at a reload in the middle. Afterwards the card and the record must agree.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from loadtest.agreed.plan import ClientFault
from loadtest.faults.proxy import FaultProxy
from tests.browser.conftest import Visits
from tests.scenario.platform import Platform
from tests.scenario.world import Person, World
from voucher_contract import routes

pytestmark = pytest.mark.timeout(1_800)
SOME, ALL = 240, 1_000  # runs in make test-slow and in make test-full
CARDS = 40
SEED = 20_260_210
SETTLED_MS = 120_000
NOTHING_HELD = {"sold_out", "refused", "not_open"}
FINAL = {"claimed", "sold_out", "refused", "open", "paused", "ended", "too_often", "busy"}


@pytest.fixture(scope="module")
def lossy(platform: Platform) -> Iterator[str]:
    """The platform's address behind a line that spoils half of what it carries."""
    faults: list[ClientFault] = ["request_lost", "reply_lost", "reset", "duplicate", "delay"]
    proxy = FaultProxy(platform.ready.base_url, faults, share=0.5, seed=SEED)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(proxy.serve(), loop).result()
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    asyncio.run_coroutine_threadsafe(_shut(server), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    assert proxy.log.counts["reply_lost"] > SOME // 40, "hardly a reply was lost: nothing was tried"


async def _shut(server: asyncio.Server) -> None:
    """Every page is closed by now, so that the connections end by themselves."""
    server.close()
    connections = asyncio.all_tasks() - {asyncio.current_task()}
    if connections:
        await asyncio.wait(connections, timeout=10)


@pytest.fixture(scope="module")
def cards(world: World) -> list[str]:
    """Batches of all kinds: plenty, few, one, paused, and such that refuse a quick second attempt."""
    kinds: list[dict[str, Any]] = [
        {"quota": 10_000}, {"quota": 8, "per_person_limit": 3}, {"quota": 1}, {"quota": 10_000, "per_person_limit": 3},
        {"quota": 10_000, "per_person_limit": 3, "rate_limits": {"person": {"permits": 2, "window_ms": 1_000}}},
    ]  # fmt: skip
    specs = [{**kinds[n % len(kinds)], "name": f"第{n}种券", "categories": ["catering"]} for n in range(CARDS)]
    made = world.published(*specs)
    for batch in made[7::20]:
        world.as_operator(routes.PAUSE_BATCH, batch_id=batch, body={"reason": "检修"})
    world.platform.wait_taken()
    return made


def pressed(page: Page, cards: list[str]) -> None:
    """Two quick presses on every button that is on."""
    page.evaluate(_PRESS, cards)


_PRESS = """
(cards) => { for (const id of cards) {
  const button = document.querySelector(`[data-batch="${id}"] button`);
  if (button && !button.disabled) { button.click(); button.click(); }
} }
"""
_STATES = """
() => Object.fromEntries([...document.querySelectorAll("[data-batch]")].map((e) => [e.dataset.batch,
  `${e.dataset.state} ${e.dataset.held}`]))
"""


def settled(page: Page, cards: list[str]) -> dict[str, str]:
    """State and vouchers held, as each card shows them once nothing is under way; a visitor asked to check does."""
    unsure: list[str] = []
    for _ in range(10):
        page.wait_for_function(_NOTHING_ASKED, arg=cards, timeout=SETTLED_MS)
        shown: dict[str, str] = page.evaluate(_STATES)
        unsure = [batch for batch in cards if shown[batch].startswith("unsure")]
        if not unsure:
            return shown
        page.evaluate(_PRESS, unsure)
    raise AssertionError(f"still not known after ten checks: {unsure}")


_NOTHING_ASKED = """
(cards) => cards.every((id) => {
  const card = document.querySelector(`[data-batch="${id}"]`);
  return card && card.getAttribute("aria-busy") === "false";
})
"""


def on_record(platform: Platform, person: Person) -> Counter[str]:
    rows = platform.sql.rows("SELECT batch_id FROM voucher WHERE account_id = $1", person.account)
    return Counter(row["batch_id"] for row in rows)


def load(page: Page, address: str, cards: list[str]) -> None:
    """Loads the page over the bad line, again and again as a visitor does, until all of it is there."""
    for _ in range(40):
        try:
            page.goto("about:blank")
            page.goto(address)
            page.wait_for_selector(f'[data-batch="{cards[-1]}"] button', timeout=6_000)
        except PlaywrightError:
            page.wait_for_timeout(
                500
            )  # a page of an error is still coming: gone at once, each visit would end the next
            continue
        return
    raise AssertionError("the page did not come through in forty tries")


def true_of(shown: str, record: int) -> bool:
    """Whether state and number on a card are what the platform has on record for this person and batch."""
    state, held = shown.split()
    return int(held) == record and (state not in NOTHING_HELD or record == 0)


@pytest.mark.parametrize("due", [pytest.param(SOME, marks=pytest.mark.slow), pytest.param(ALL, marks=pytest.mark.full)])
def test_the_button_shows_what_is_on_record_however_often_a_reply_is_lost(
    visits: Visits, world: World, cards: list[str], lossy: str, due: int
) -> None:
    rng = random.Random(SEED)
    runs, seen, shared = 0, Counter[str](), visits.context()
    while runs < due:
        person = world.person()
        page = visits.tab(shared)  # a session of its own; only the pages' files are kept from one to the next
        load(page, f"{lossy}/pages/phone#token={person.token}", cards)
        pressed(page, cards)
        if rng.random() < 0.5:  # somebody reloads in the middle of it, and the page takes up what was under way
            page.wait_for_timeout(rng.uniform(0, 1_500))
            load(page, f"{lossy}/pages/phone", cards)
        shown = settled(page, cards)
        record = on_record(world.platform, person)
        assert max(record.values(), default=0) <= 1, "a second voucher came of one intention"
        lies = {batch: (shown[batch], record[batch]) for batch in cards if not true_of(shown[batch], record[batch])}
        assert lies == {}, f"seed {SEED}, after {runs} runs: {lies}"
        seen.update(shown[batch].partition(" ")[0] for batch in cards)
        runs += len(cards)
        page.close()
    assert seen.keys() <= FINAL
    assert min(seen["claimed"], seen["sold_out"], seen["paused"]) > 0, seen
