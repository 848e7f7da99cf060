"""The T+1 report against raw rows counted again in plain Python, and its files read back."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from xml.etree import ElementTree as ET

import httpx
import pytest
from python_calamine import CalamineWorkbook

from tests.random_campaign import CITY, DAYS, RandomCampaign, day_number, midnight, random_campaign
from tests.t1_by_hand import ByHand
from voucher_contract.indicators import INDICATORS
from voucher_contract.models.reports import ReportRow, T1Report
from voucher_contract.routes import CSV, XLSX
from voucher_platform.core.auth import Principal, seal
from voucher_platform.core.clocks import Clocks, real_now
from voucher_platform.core.database import Database, make_engine
from voucher_platform.core.problems import Refused
from voucher_platform.reports.operations import make_t1_report

SEEDS = range(1, 9)


@asynccontextmanager
async def a_database(url: str) -> AsyncIterator[Database]:
    database = Database(make_engine(url, pool=2, role=None))
    try:
        yield database
    finally:
        await database.close()


def clock_at(moment: datetime) -> Clocks:
    return Clocks(CITY, moment - real_now())


async def report(database: Database, data: RandomCampaign, day: date | None, clocks: Clocks) -> T1Report:
    async with database.reading() as connection:
        return await make_t1_report(connection, campaign_id=data.campaign_id, day=day, clocks=clocks)


async def filled(database: Database, seed: int) -> RandomCampaign:
    data = random_campaign(seed)
    async with database.transaction() as connection:
        await data.insert(connection)
    return data


def assert_as_by_hand(made: T1Report, data: RandomCampaign) -> None:
    for row in made.rows:
        starts = made.starts_at if row.period == "day" else None
        hand = ByHand(
            data, dimension=row.dimension, key=row.key, starts=starts, ends=made.ends_at, now=made.generated_at
        )
        figures = hand.figures()
        differing = {k: (v, figures[k]) for k, v in row.values.items() if v != figures[k]}
        assert not differing, (row.dimension, row.key, row.period, differing)


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", SEEDS)
async def test_every_cell_equals_the_count_by_hand(database_url: str, seed: int) -> None:
    async with a_database(database_url) as database:
        data = await filled(database, seed)
        for number in range(DAYS):
            made = await report(database, data, day_number(number), clock_at(midnight(DAYS) + timedelta(hours=1)))
            assert made.complete
            assert_as_by_hand(made, data)


@pytest.mark.asyncio
async def test_a_running_day_is_reported_up_to_now_and_says_so(database_url: str) -> None:
    async with a_database(database_url) as database:
        data = await filled(database, 21)
        made = await report(database, data, day_number(2), clock_at(midnight(2) + timedelta(hours=9)))
        assert not made.complete
        assert_as_by_hand(made, data)
        finished = await report(database, data, day_number(2), clock_at(midnight(3)))
        assert finished.complete


def total(made: T1Report, dimension: str, period: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in made.rows:
        if (row.dimension, row.period) == (dimension, period):
            sums.update({name: int(value or 0) for name, value in row.values.items() if INDICATORS[name].additive})
    return sums


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", SEEDS)
async def test_lines_add_up_to_the_total_and_days_to_everything(database_url: str, seed: int) -> None:
    async with a_database(database_url) as database:
        data = await filled(database, seed)
        clocks = clock_at(midnight(DAYS) + timedelta(hours=1))
        made = [await report(database, data, day_number(number), clocks) for number in range(DAYS)]
    for one in made:
        for period in ("day", "cumulative"):
            whole = total(one, "total", period)
            for dimension in ("industry", "district", "size_class", "batch", "round"):
                parts = total(one, dimension, period)
                added = [x for x in INDICATORS.values() if x.additive and adds_up(x.name, dimension)]
                assert {x.name: parts[x.name] for x in added} == {x.name: whole[x.name] for x in added}
    days: Counter[str] = Counter()
    for one in made:
        days.update(total(one, "total", "day"))
    assert days == total(made[-1], "total", "cumulative")


def adds_up(name: str, dimension: str) -> bool:
    """Issuing overlaps between industries and has no district; redeeming adds up everywhere."""
    indicator = INDICATORS[name]
    return dimension in ("batch", "round") or "district" in indicator.dimensions


@pytest.mark.asyncio
@pytest.mark.parametrize("day", [date(1, 1, 1), date(1999, 12, 31), day_number(4), date(9999, 12, 31)])
async def test_a_day_that_has_not_begun_is_refused(database_url: str, day: date) -> None:
    async with a_database(database_url) as database:
        data = await filled(database, 1)
        with pytest.raises(Refused) as refused:
            await report(database, data, day, clock_at(midnight(3)))
        assert refused.value.refusal.code == "invalid_request"


SECRET = "s" * 32
Ask = Callable[..., Awaitable[httpx.Response]]


@asynccontextmanager
async def served(database_url: str, redis_url: str, *, role: str = "bureau") -> AsyncIterator[Ask]:
    """The real application without its processes; ``ask(path, ...)`` gets as ``role``."""
    from voucher_platform.app import build_app
    from voucher_platform.core.acting import Core
    from voucher_platform.core.figures import REPLIES
    from voucher_platform.core.frame import Frame
    from voucher_platform.settings import Settings

    settings = Settings(database_url=database_url, redis_url=redis_url, token_secret=SECRET, identity_secret=SECRET)
    app = build_app(settings)
    async with a_database(database_url) as database:
        app.state.core = Core(settings, database, clock_at(midnight(3) + timedelta(hours=2)))
        token, _ = seal(Principal(role, "officer"), SECRET, 60)  # type: ignore[arg-type]
        framed = Frame(app, max_body_bytes=1_000, max_import_bytes=1_000, count=app.state.core.meters.tally(REPLIES))
        transport = httpx.ASGITransport(app=framed)
        async with httpx.AsyncClient(transport=transport, base_url="http://platform") as client:

            async def ask(path: str, **options: str) -> httpx.Response:
                accept = {"Accept": options.pop("accept")} if "accept" in options else {}
                return await client.get(path, params=options, headers={"Authorization": f"Bearer {token}", **accept})

            yield ask


def long_cells(made: T1Report) -> list[tuple[str, str, str, float]]:
    return [
        (row.key, row.period, name, value)
        for row in made.rows
        for name, value in row.values.items()
        if value is not None
    ]


@pytest.mark.asyncio
async def test_csv_and_xlsx_hold_the_same_numbers_as_the_json(database_url: str, redis_url: str) -> None:
    async with a_database(database_url) as database:
        data = await filled(database, 5)
    path = f"/v1/campaigns/{data.campaign_id}/reports/t1"
    async with served(database_url, redis_url) as ask:
        made = T1Report.model_validate_json((await ask(path)).content)
        as_csv, as_xlsx = await ask(path, format="csv"), await ask(path, accept=f"text/html, {XLSX};q=0.9")
    assert made.day == day_number(2), "by default the business day before now"
    assert as_csv.headers["content-type"].startswith(CSV)
    assert as_xlsx.headers["content-type"] == XLSX

    assert as_csv.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    period = {"当日": "day", "累计": "cumulative"}
    assert [(x[1], period[x[3]], x[4], float(x[6])) for x in lines[1:]] == long_cells(made)
    formulas = {d.indicator: (d.formula_zh, d.formula_en) for d in made.definitions}
    assert all((x[8], x[9]) == formulas[x[4]] for x in lines[1:])

    book = CalamineWorkbook.from_object(io.BytesIO(as_xlsx.content))
    rows = book.get_sheet_by_name("明细数据").to_python()
    assert [(x[1], period[str(x[3])], x[4], x[6]) for x in rows[1:]] == long_cells(made)
    assert_tables_show_yuan(book, made)
    assert_shares_are_read_in_percent(book, as_xlsx.content)


def assert_tables_show_yuan(book: CalamineWorkbook, made: T1Report) -> None:
    sheets = {
        "分行业": "industry",
        "分区域": "district",
        "分规模类型": "size_class",
        "分券种": "batch",
        "分批次": "round",
    }
    titles = {d.title_zh: d for d in made.definitions}
    assert book.sheet_names == ["总体", *sheets, "明细数据", "说明"], "figures first, definitions last"
    for sheet, dimension in sheets.items():
        header, *lines = book.get_sheet_by_name(sheet).to_python()
        expected: list[ReportRow] = []
        for period in ("day", "cumulative"):
            expected += [r for r in made.rows if r.period == period and r.dimension == dimension]
            expected += [r for r in made.rows if r.period == period and r.dimension == "total"]
        for line, row in zip(lines, expected, strict=True):
            assert line[0] == row.label_zh
            for title, shown in zip(header[2:], line[2:], strict=True):
                definition = titles[str(title).partition("\n")[0]]
                value = row.values[definition.indicator]
                divisor = 100 if definition.unit == "fen" else 1
                assert shown == ("—" if value is None else pytest.approx(value / divisor)), (sheet, title)


def assert_shares_are_read_in_percent(book: CalamineWorkbook, content: bytes) -> None:
    """On the first sheet a share looks like one, and a multiple does not; the cells keep the report's numbers."""
    looks = number_formats(content, "xl/worksheets/sheet1.xml")
    of_unit: dict[str, set[str]] = {}
    shares = set()
    for number, row in enumerate(book.get_sheet_by_name("总体").to_python()[3:], 4):
        of_unit.setdefault(str(row[1]), set()).add(looks[f"D{number}"])
        if row[1] == "占比":
            shares.add(str(row[0]).partition("（")[0])
    assert (of_unit["占比"], of_unit["比值"], of_unit["元"]) == ({"0.00%"}, {"0.0000"}, {"#,##0.00"})
    assert shares == {"领取率", "抢券成功率", "核销用户占抢到用户比", "核销率", "退款率"}


def number_formats(content: bytes, sheet: str) -> dict[str, str]:
    """By cell: the code of its number format, empty where it has none of its own."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        styles, page = (ET.fromstring(parts.read(name)) for name in ("xl/styles.xml", sheet))
    codes = {one.get("numFmtId"): one.get("formatCode") for one in styles.iterfind("m:numFmts/m:numFmt", space)}
    used = [str(one.get("numFmtId")) for one in styles.iterfind("m:cellXfs/m:xf", space)]
    cells = {str(one.get("r")): used[int(one.get("s", 0))] for one in page.iterfind(".//m:c", space)}
    return {cell: codes.get(number) or "" for cell, number in cells.items()}


@pytest.mark.asyncio
async def test_no_name_of_a_batch_can_run_as_a_formula_in_a_spreadsheet(database_url: str, redis_url: str) -> None:
    data = random_campaign(8)
    for batch in data.rows("batch"):
        batch["name"] = "=1+1"
    async with a_database(database_url) as database, database.transaction() as connection:
        await data.insert(connection)
    path = f"/v1/campaigns/{data.campaign_id}/reports/t1"
    async with served(database_url, redis_url) as ask:
        as_csv, as_xlsx = await ask(path, format="csv"), await ask(path, format="xlsx")
    assert ",'=1+1," in as_csv.text
    assert ",=1+1," not in as_csv.text
    assert "=1+1" in {row[0] for row in CalamineWorkbook.from_object(io.BytesIO(as_xlsx.content))
                      .get_sheet_by_name("分券种").to_python()}  # fmt: skip


WRONG_QUESTIONS: tuple[tuple[str, dict[str, str], str, str], ...] = (
    ("cmp-unknown", {}, "bureau", "not_found"),
    ("cmp-1", {"day": "2026-02-30"}, "bureau", "invalid_request"),
    ("cmp-1", {"day": "2999-01-01"}, "bureau", "invalid_request"),
    ("cmp-1", {"format": "pdf"}, "bureau", "invalid_request"),
    ("cmp-1", {}, "operator", "forbidden"),
    ("cmp-1", {}, "consumer", "forbidden"),
)


@pytest.mark.asyncio
async def test_a_wrong_question_gets_a_code(database_url: str, redis_url: str) -> None:
    async with a_database(database_url) as database:
        await filled(database, 1)
    for campaign, options, role, code in WRONG_QUESTIONS:
        async with served(database_url, redis_url, role=role) as ask:
            reply = await ask(f"/v1/campaigns/{campaign}/reports/t1", **options)
        assert reply.json()["code"] == code
