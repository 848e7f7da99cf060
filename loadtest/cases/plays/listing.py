"""Cases of lists: page by page, every row that was there all the while is shown exactly once."""

import asyncio
from typing import Any

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every
from loadtest.lab.line import Caller
from loadtest.lab.staff import CannotPlay
from voucher_contract import routes
from voucher_contract.routes import Route

_MOST_PAGES = 400


async def _walk(lab: Lab, route: Route, caller: Caller, limit: int) -> list[Exchange]:
    """All pages of a list. Raises CannotPlay when a page fails, or there is no end."""
    pages: list[Exchange] = []
    query = {"limit": str(limit)}
    for turn in range(_MOST_PAGES):
        page = await lab.do(route, caller, query=query, connection=turn % 4 + 1)
        pages.append(page)
        cursor = lab.got(page)["next_cursor"]
        if cursor is None:
            return pages
        query = {"limit": str(limit), "cursor": cursor}
    raise CannotPlay(f"{route.name} has more than {_MOST_PAGES} pages")


def _once_each(lab: Lab, pages: list[Exchange], made: list[dict[str, Any]], zh: str, en: str) -> None:
    for one in made:
        shown = every(pages, f"/value/items/*/id={one['id']}", "count")
        lab.expect(shown, "eq", 1, f"{zh}恰好出现一次", f"{en} exactly once", spec="S-6")


@play("listing-own-vouchers")
async def own_vouchers(lab: Lab) -> None:
    """Twelve vouchers, five a page: all of them, in as many pages as that takes."""
    batch, person = await lab.batch(quota=12, per_person_limit=12), await lab.person()
    held = [await lab.voucher(person, batch) for _ in range(12)]
    pages = await _walk(lab, routes.LIST_VOUCHERS, person, 5)
    _once_each(lab, pages, held, "每张券", "every voucher")
    lab.expect(every(pages, "/value/items/*", "count"), "eq", 12, "没有多余的行", "no row too many", spec="S-6")
    lab.expect(every(pages[:1], "/value/items/*", "count"), "eq", 5, "每页按 limit 行", "five a page", spec="S-6")


@play("listing-while-rows-are-added")
async def while_rows_are_added(lab: Lab) -> None:
    """Vouchers are claimed while their holder turns the pages: what was there before is shown once."""
    batch, person = await lab.batch(quota=20, per_person_limit=20), await lab.person()
    held = [await lab.voucher(person, batch) for _ in range(10)]
    pages, _ = await asyncio.gather(
        _walk(lab, routes.LIST_VOUCHERS, person, 2), asyncio.gather(*(lab.claim(person, batch) for _ in range(10)))
    )
    _once_each(lab, pages, held, "翻页期间原有的每张券", "every voucher there before")
    after = await _walk(lab, routes.LIST_VOUCHERS, person, 3)
    lab.expect(every(after, "/value/items/*", "count"), "eq", 20, "之后列出全部20张", "then all twenty", spec="S-33")
    lab.expect(every(after, "/value/items/*/id", "distinct"), "eq", 20, "没有重复", "no row twice", spec="S-6")


@play("listing-batches")
async def batches(lab: Lab) -> None:
    """Eight batches of one round among all others of the platform, as a citizen turns the pages."""
    made = await lab.batches([lab.spec(quota=1) for _ in range(8)])
    pages = await _walk(lab, routes.LIST_BATCHES, await lab.person(), 7)
    _once_each(lab, pages, made, "每个券种", "every batch")


@play("listing-campaigns")
async def campaigns(lab: Lab) -> None:
    """Four campaigns among all others of the platform, as an auditor turns the pages."""
    made = [{"id": await lab.campaign(0)} for _ in range(4)]
    pages = await _walk(lab, routes.LIST_CAMPAIGNS, lab.auditor, 3)
    _once_each(lab, pages, made, "每个活动", "every campaign")
