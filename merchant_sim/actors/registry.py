"""Merchants and people come to the platform: the roster by import, tills by activation, residents by the sandbox."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from merchant_sim.actors.desk import Unexpected
from merchant_sim.actors.offices import Offices
from merchant_sim.city import City
from merchant_sim.merchants import Merchant
from merchant_sim.roster import roster_rows, write_xlsx
from merchant_sim.spoil import SpoiledRoster, spoil
from merchant_sim.story.handover import Shop
from voucher_contract import routes
from voucher_contract.models.merchants import ImportReport, MerchantPage, TillToken, TillTokenSpec
from voucher_contract.models.system import SandboxPeople, SandboxPeopleSpec, SandboxPerson

_PEOPLE_A_CALL = 2_000
_PAGE = "200"
_TOKENS_AT_ONCE = 8
_PORTIONS_AT_ONCE = 4


@dataclass(frozen=True)
class ImportFacts:
    """What an import was told to find and found. ``missed`` and ``wrongly_named`` are (row, column) pairs."""

    rows: int
    good_rows: int
    bad_rows: int
    imported: int
    expected_good_rows: int
    dry_run_changed_nothing: bool
    missed: list[tuple[int, str]]
    wrongly_named: list[tuple[int, str]]
    table: list[dict[str, str | int | None]]

    @property
    def as_expected(self) -> bool:
        """Every planted fault was named at its cell, no other was, and exactly the good rows went in."""
        counts = self.good_rows == self.expected_good_rows == self.imported
        return counts and self.dry_run_changed_nothing and not self.missed and not self.wrongly_named


async def import_roster(offices: Offices, city: City, *, roster_file: Path, error_file: Path) -> ImportFacts:
    """Write the roster with its planted faults, try it dry, then for real, and fetch it with its error column."""
    roster = spoil(roster_rows(city), city.seed)
    await asyncio.to_thread(write_xlsx, roster_file, roster.rows)
    content = await asyncio.to_thread(roster_file.read_bytes)
    before = await _merchants(offices)
    tried = await _import(offices, content, dry_run=True)
    unchanged = await _merchants(offices) == before and tried.imported == 0
    real = await _import(offices, content, dry_run=False)
    with_errors = await offices.operator.fetch(routes.GET_IMPORT_FILE, import_id=real.id)
    await asyncio.to_thread(error_file.write_bytes, with_errors)
    return _compare(roster, tried, real, unchanged=unchanged)


async def _import(offices: Offices, content: bytes, *, dry_run: bool) -> ImportReport:
    query = {"dry_run": "true" if dry_run else "false"}
    return await offices.operator.do(
        routes.IMPORT_MERCHANTS, ImportReport, content, media_type=routes.XLSX, query=query
    )


def _compare(roster: SpoiledRoster, tried: ImportReport, real: ImportReport, *, unchanged: bool) -> ImportFacts:
    planted = {(cell.sheet_row, cell.column) for cell in roster.bad_cells}
    planted_rows = {row for row, _ in planted}
    found = {(cell.row, cell.column) for cell in tried.bad_cells}
    return ImportFacts(
        rows=tried.rows, good_rows=tried.good_rows, bad_rows=tried.bad_rows, imported=real.imported + real.updated,
        expected_good_rows=roster.good_rows, dry_run_changed_nothing=unchanged,
        # A fault of two cells (a swapped position) is found when its row is named in one of them.
        missed=sorted(cell for cell in planted if not any(row == cell[0] for row, _ in found)),
        wrongly_named=sorted(cell for cell in found if cell[0] not in planted_rows),
        table=[cell.model_dump() for cell in real.bad_cells],
    )  # fmt: skip


async def _merchants(offices: Offices) -> dict[str, str]:
    """Every merchant the platform has: its id by credit code."""
    found: dict[str, str] = {}
    query = {"limit": _PAGE}
    while True:
        page = await offices.operator.do(routes.LIST_MERCHANTS, MerchantPage, query=query)
        found.update((merchant.uscc, merchant.id) for merchant in page.items)
        if page.next_cursor is None:
            return found
        query["cursor"] = page.next_cursor


async def activate_tills(offices: Offices, city: City) -> dict[str, Shop]:
    """A token for each till of each shop of the city, by credit code. Raises Unexpected for a shop not imported."""
    ids = await _merchants(offices)
    if absent := [merchant.name for merchant in city.merchants if merchant.uscc not in ids]:
        raise Unexpected(f"not in the registry: {', '.join(absent)}")
    few = asyncio.Semaphore(_TOKENS_AT_ONCE)

    async def activate(merchant: Merchant) -> Shop:
        async with few:
            return await _activate(offices, merchant, ids[merchant.uscc])

    shops = await asyncio.gather(*[activate(merchant) for merchant in city.merchants])
    return {merchant.uscc: shop for merchant, shop in zip(city.merchants, shops, strict=True)}


async def _activate(offices: Offices, merchant: Merchant, merchant_id: str) -> Shop:
    shop = Shop(merchant_id, {})
    for till in merchant.tills:
        spec = TillTokenSpec(till_number=till.terminal)
        token = await offices.operator.do(routes.ISSUE_TILL_TOKEN, TillToken, spec, merchant_id=shop.id)
        shop.tokens[till.terminal] = token.token
    return shop


async def register_people(offices: Offices, city: City) -> dict[str, str]:
    """Every account of every resident, as the sandbox makes them; a token by account."""
    few = asyncio.Semaphore(_PORTIONS_AT_ONCE)

    async def register(people: list[SandboxPerson]) -> dict[str, str]:
        async with few:
            made = await offices.operator.do(routes.CREATE_PEOPLE, SandboxPeople, SandboxPeopleSpec(people=people))
            return {one.account: one.token for one in made.people}

    parts = await asyncio.gather(*[register(people) for people in _portions(city)])
    return {account: token for part in parts for account, token in part.items()}


def _portions(city: City) -> Iterator[list[SandboxPerson]]:
    accounts = [
        SandboxPerson(
            account=account.account, phone=account.phone, card=account.card, id_number=person.id_number,
            device=account.device, home_district=person.home_district,
        )
        for person in city.people
        for account in person.accounts
    ]  # fmt: skip
    for start in range(0, len(accounts), _PEOPLE_A_CALL):
        yield accounts[start : start + _PEOPLE_A_CALL]
