"""The report of a round and the live figures against raw rows counted again in Python, and the files read back."""

import hashlib
import io
import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from sqlalchemy import text

from tests.random_campaign import CITY, DAYS, RandomCampaign, day_number, midnight, random_campaign
from tests.t1_by_hand import ByHand
from voucher_contract.models.live import LiveFigures
from voucher_contract.models.round_report import RoundReport
from voucher_platform.app import build_app, framed
from voucher_platform.core.acting import Core
from voucher_platform.core.auth import Principal, seal
from voucher_platform.core.clocks import Clocks, real_now
from voucher_platform.core.database import Database, make_engine
from voucher_platform.settings import Settings

SECRET = "s" * 32
NOW = midnight(DAYS - 1)
_STOCK = text(
    "INSERT INTO batch_stock (batch_id, quota, issued, voided, epoch) SELECT b.id, 500, count(v.id),"
    " count(v.id) FILTER (WHERE v.state = 'void'), 1 FROM batch b LEFT JOIN voucher v ON v.batch_id = b.id GROUP BY 1"
)
_BALANCES = text(
    """UPDATE ledger_account a SET balance_fen = m.fen FROM (
      SELECT id, sum(fen) AS fen FROM (
        SELECT credit_account AS id, amount_fen AS fen FROM ledger_transfer
        UNION ALL SELECT debit_account, -amount_fen FROM ledger_transfer) AS e GROUP BY 1) AS m
    WHERE m.id = a.id AND m.fen >= 0"""
)


class Asking:
    """The real application without its processes, and the rows it reports on."""

    def __init__(self, client: httpx.AsyncClient, data: RandomCampaign, database: Database) -> None:
        self.client, self.data, self.database = client, data, database

    async def get(self, path: str, role: str = "bureau", **asked: str) -> httpx.Response:
        token, _ = seal(Principal(role, "officer"), SECRET, 60)  # type: ignore[arg-type]
        accept = {"Accept": asked.pop("accept")} if "accept" in asked else {}
        return await self.client.get(path, params=asked, headers={"Authorization": f"Bearer {token}", **accept})

    def rounds(self) -> list[str]:
        """The published rounds of the campaign."""
        return [
            row["id"] for row in self.data.rows("round")
            if row["state"] == "published" and row["campaign_id"] == self.data.campaign_id
        ]  # fmt: skip


@asynccontextmanager
async def asking(database_url: str, redis_url: str, seed: int) -> AsyncIterator[Asking]:
    """A random campaign, five days old less one, behind the application."""
    settings = Settings(
        database_url=database_url, redis_url=redis_url, token_secret=SECRET, identity_secret=SECRET, sandbox=True
    )
    data, database = random_campaign(seed), Database(make_engine(database_url, pool=4, role=None))
    async with database.transaction() as connection:
        await data.insert(connection)
        await connection.execute(_STOCK)
        await connection.execute(_BALANCES)
    app = build_app(settings)
    app.state.core = Core(settings, database, Clocks(CITY, NOW - real_now()))
    app.state.unsafe_settings = ["appendfsync"]
    transport = httpx.ASGITransport(app=framed(app, settings))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://platform", timeout=60) as client:
            yield Asking(client, data, database)
    finally:
        await database.close()


def only_round(data: RandomCampaign, round_id: str) -> RandomCampaign:
    """The same rows without those of any other round."""
    kept = random_campaign(1)
    kept.campaign_id, kept._known, kept.tables = (
        data.campaign_id,
        {},
        {name: list(rows) for name, rows in data.tables.items()},
    )
    batches = {row["id"] for row in data.rows("batch") if row["round_id"] == round_id}
    redemptions = {row["id"] for row in data.rows("redemption") if row["batch_id"] in batches}
    for table, column, ids in (
        ("batch", "id", batches), ("ledger_transfer", "reference", batches), ("voucher", "batch_id", batches),
        ("claim_seeker", "batch_id", batches), ("claim_attempt_count", "batch_id", batches),
        ("redemption", "batch_id", batches), ("refund", "redemption_id", redemptions),
    ):  # fmt: skip
        kept.tables[table] = [row for row in data.rows(table) if row[column] in ids]
    return kept


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [2, 5, 7])
async def test_every_line_of_a_round_equals_the_count_by_hand(database_url: str, redis_url: str, seed: int) -> None:
    async with asking(database_url, redis_url, seed) as world:
        for round_id in world.rounds():
            reply = await world.get(f"/v1/rounds/{round_id}/report")
            made = RoundReport.model_validate_json(reply.content)
            data = only_round(world.data, round_id)
            for row in made.rows:
                dimension, starts, ends = row.dimension, None, midnight(DAYS)
                if row.dimension == "day":
                    number = next(n for n in range(-9, DAYS + 9) if day_number(n).isoformat() == row.key)
                    dimension, starts, ends = "total", midnight(number), midnight(number + 1)
                    if number >= DAYS:
                        continue
                hand = ByHand(data, dimension=dimension, key="total" if dimension == "total" else row.key,
                              starts=starts, ends=ends, now=made.generated_at).figures()  # fmt: skip
                differing = {k: (v, hand[k]) for k, v in row.values.items() if v != hand[k]}
                assert not differing, (row.dimension, row.key, differing)


_ALERT = text(
    """INSERT INTO risk_alert (id, rule, moment, action, subject_kind, subject_id, batch_id, raised_at, last_seen_at,
      count, evidence, reason_zh, reason_en, state, decided_by, decided_at, decision_reason, released_version,
      released_real_at)
    VALUES (:id, :rule, 'claim', :action, 'person', :id, :batch_id, :raised_at, :raised_at, :count, '{}', 'x', 'x',
      :state, :by, :decided_at, :by, :version, :released_real_at)"""
)


def some_alerts(data: RandomCampaign) -> list[dict[str, Any]]:
    """Alerts before, in and after the campaign's rounds, half of them of no batch."""
    batches = [None] * 8 + [row["id"] for row in data.rows("batch")]
    made = []
    for number in range(200):
        state = data.random.choice(["open", "released", "confirmed"])
        raised = midnight(0) + timedelta(minutes=data.random.randrange(-5_000, 12_000))
        decided = raised + timedelta(seconds=data.random.randrange(1, 90_000))
        made.append({
            "id": f"alr-{number:03}",
            "rule": data.random.choice(["claim_velocity", "claim_position_impossible", "of_old"]),
            "action": data.random.choice(["block", "flag"]), "batch_id": data.random.choice(batches),
            "raised_at": raised, "count": data.random.randrange(1, 50), "state": state,
            "by": None if state == "open" else "operator1", "decided_at": None if state == "open" else decided,
            "version": 7 if state == "released" else None,
            "released_real_at": decided if state == "released" else None,
        })  # fmt: skip
    return made


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [2, 5])
async def test_the_alerts_of_a_round_equal_the_count_by_hand(database_url: str, redis_url: str, seed: int) -> None:
    async with asking(database_url, redis_url, seed) as world:
        data, alerts = world.data, some_alerts(world.data)
        async with world.database.transaction() as connection:
            await connection.execute(_ALERT, alerts)
        for round_id in world.rounds():
            made = RoundReport.model_validate_json((await world.get(f"/v1/rounds/{round_id}/report")).content)
            batches = {row["id"]: row for row in data.rows("batch") if row["round_id"] == round_id}
            starts = data.of("round", round_id)["published_at"]
            ends = max(row["valid_until"] for row in batches.values())
            mine = [
                one for one in alerts
                if starts <= one["raised_at"] < ends and (one["batch_id"] is None or one["batch_id"] in batches)
            ]  # fmt: skip
            assert mine, "the seed makes alerts for every round"
            for rule in made.risk.rules:
                of = [one for one in mine if one["rule"] == rule.rule]
                hand = Counter(one["action"] for one in of) + Counter(one["state"] for one in of)
                frozen = sum(one["action"] == "block" and one["state"] != "released" for one in of)
                assert (rule.alerts, rule.frozen, rule.requests) == (len(of), frozen, sum(one["count"] for one in of))
                told = (rule.blocked, rule.flagged, rule.open, rule.released, rule.confirmed)
                assert told == tuple(hand[name] for name in ("block", "flag", "open", "released", "confirmed"))
            assert sum(rule.alerts for rule in made.risk.rules) == len(mine)
            assert made.risk.unnamed == sum(one["batch_id"] is None for one in mine)
            waits = [(one["decided_at"] - one["raised_at"]).total_seconds() for one in mine if one["decided_at"]]
            assert made.risk.longest_to_decision_s == max(waits)
            assert next(one.title_zh for one in made.risk.rules if one.rule == "of_old") == "of_old"


@pytest.mark.asyncio
async def test_whoever_is_given_a_report_is_in_the_audit_log_with_the_files_fingerprint(
    database_url: str, redis_url: str
) -> None:
    async with asking(database_url, redis_url, 5) as world:
        round_id, campaign_id = world.rounds()[0], world.data.campaign_id
        day, t1 = day_number(1).isoformat(), f"/v1/campaigns/{campaign_id}/reports/t1"
        asked: list[tuple[str, dict[str, str], str, dict[str, Any]]] = [
            (t1, {"day": day, "format": "csv"}, campaign_id, {"report": "t1", "day": day, "complete": True}),
            (t1, {"day": day, "format": "xlsx"}, campaign_id, {"report": "t1", "day": day, "complete": True}),
            (t1, {"day": day_number(DAYS - 1).isoformat()}, campaign_id,
             {"report": "t1", "day": day_number(DAYS - 1).isoformat(), "complete": False, "format": "json"}),
            (f"/v1/rounds/{round_id}/report", {"format": "html", "lang": "en"}, round_id,
             {"report": "round", "lang": "en"}),
            (f"/v1/rounds/{round_id}/report", {"format": "pdf"}, round_id, {"report": "round", "lang": "zh"}),
            (f"/v1/rounds/{round_id}/report", {}, round_id, {"report": "round", "format": "json"}),
        ]  # fmt: skip
        replies = [await world.get(path, role="auditor", **query) for path, query, _, _ in asked]
        assert (await world.get(f"/v1/rounds/{round_id}/report", role="operator")).status_code == 403
        log = json.loads((await world.get("/v1/audit/entries", limit="200")).content)["items"]
        report = RoundReport.model_validate_json(replies[-1].content)
    fetched = [one for one in log if one["action"] == "report_fetched"]
    assert len(fetched) == len(asked), "who is refused was given nothing"
    for entry, reply, (_, query, object_id, told) in zip(fetched, replies, asked, strict=True):
        assert (entry["principal"], entry["object_id"]) == ("officer", object_id)
        wanted = {**told, "bytes": len(reply.content), "sha256": hashlib.sha256(reply.content).hexdigest()}
        assert entry["detail"].items() >= wanted.items()
        assert entry["detail"]["format"] == query.get("format", "json")
    assert report.service.t1_fetched == 1, "two files of one day; that of a running day is not yet its report"
    assert all(act.action != "report_fetched" for act in report.service.acts)


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [3, 5])
async def test_live_figures_are_the_sums_of_the_rows(database_url: str, redis_url: str, seed: int) -> None:
    async with asking(database_url, redis_url, seed) as world:
        data = world.data
        live = LiveFigures.model_validate_json(
            (await world.get(f"/v1/campaigns/{data.campaign_id}/live", role="operator")).content
        )
    published = {row["id"] for row in data.rows("round") if row["state"] == "published"}
    batches = [b for b in data.rows("batch") if b["round_id"] in published and b["campaign_id"] == data.campaign_id]
    ids = {batch["id"] for batch in batches}
    vouchers = [v for v in data.rows("voucher") if v["batch_id"] in ids]
    redemptions = [r for r in data.rows("redemption") if r["campaign_id"] == data.campaign_id]
    refunds = [f for f in data.rows("refund") if f["redemption_id"] in {r["id"] for r in redemptions}]
    void = sum(v["state"] == "void" for v in vouchers)
    people = {v["person_id"] for v in vouchers}
    people |= {s["person_id"] for s in data.rows("claim_seeker") if s["batch_id"] in ids}
    attempts: Counter[str] = Counter()
    for row in data.rows("claim_attempt_count"):
        if row["batch_id"] in ids:
            attempts[row["outcome"]] += row["attempts"]
    assert (live.quota, live.issued, live.voided) == (500 * len(batches), len(vouchers), void)
    assert live.remaining == live.quota - live.issued + live.voided == sum(one.remaining for one in live.batches)
    assert (live.redeemed, live.redeemed_fen) == (len(redemptions), sum(r["voucher_fen"] for r in redemptions))
    assert (live.refunds, live.refunded_fund_fen) == (len(refunds), sum(f["fund_fen"] for f in refunds))
    assert (live.seekers, live.attempts) == (len(people), dict(attempts))
    places: Counter[str] = Counter()
    for one in redemptions:
        merchant = data.of("merchant", one["merchant_id"])
        places.update({merchant["category"]: one["voucher_fen"], merchant["district"]: one["voucher_fen"]})
    assert {one.category: one.redeemed_fen for one in live.by_category if one.redeemed_fen} | {
        one.district: one.redeemed_fen for one in live.by_district if one.redeemed_fen
    } == dict(places)
    assert {one.batch_id: one.redeemed for one in live.batches} == {
        batch["id"]: sum(r["batch_id"] == batch["id"] for r in redemptions) for batch in batches
    }


class Page(HTMLParser):
    """The links, tags and words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in {"href", "src"}:
                self.targets.append(str(value))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def keep(name: str, content: bytes) -> None:
    """For people to look at, where they ask for it."""
    if folder := os.environ.get("VOUCHERLAB_SCREENSHOTS"):
        (Path(folder) / name).write_bytes(content)


@pytest.mark.asyncio
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_page_is_whole_and_its_footnotes_lead_to_figures(
    database_url: str, redis_url: str, lang: str
) -> None:
    async with asking(database_url, redis_url, 5) as world:
        async with world.database.transaction() as connection:
            await connection.execute(_ALERT, some_alerts(world.data))
        path = f"/v1/rounds/{world.rounds()[0]}/report"
        reply = await world.get(path, accept="text/html;q=0.9", lang=lang)
        made = RoundReport.model_validate_json((await world.get(path)).content)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    keep(f"round-report-{lang}.html", reply.content)
    page = Page(reply.text)
    assert set(page.targets) <= {f"#{name}" for name in page.ids}, "nothing from elsewhere, and every footnote is there"
    assert {f"f{one.number}" for one in made.figures} <= set(page.ids)
    assert page.tags["script"] == 0
    assert page.tags["svg"] == 5
    said = "".join(page.words)
    for one in made.analysis:
        assert (one.text_zh if lang == "zh" else one.text_en) in said
    assert ("模拟数据" if lang == "zh" else "Simulated data") in said
    assert "appendfsync" in said, "a protection that is switched off is named"
    if lang == "en":
        names = {made.campaign_name, made.round.name, *(batch.name for batch in made.batches)}
        known = {row.label_zh for row in made.rows if row.dimension == "batch"} | names
        for name in known:
            said = said.replace(name, "")
        left = set(re.findall(r"[一-鿿]+", said)) - {"店" + str(n) for n in range(99)} - {"店"}
        assert not left, "English is complete"


@pytest.mark.asyncio
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_printed_pages_hold_the_sentences(database_url: str, redis_url: str, lang: str) -> None:
    async with asking(database_url, redis_url, 5) as world:
        async with world.database.transaction() as connection:
            await connection.execute(_ALERT, some_alerts(world.data))
        path = f"/v1/rounds/{world.rounds()[0]}/report"
        reply = await world.get(path, format="pdf", lang=lang)
        made = RoundReport.model_validate_json((await world.get(path)).content)
    assert reply.headers["content-type"] == "application/pdf"
    keep(f"round-report-{lang}.pdf", reply.content)
    pages = pypdfium2.PdfDocument(reply.content)
    texts = [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in pages]
    title, mark = ("Reportonavoucherround", "Simulateddata")
    if lang == "zh":
        title, mark = ("消费券轮次数据与分析报告", "模拟数据")
    assert title in texts[0]
    assert mark in texts[0]
    whole = "".join(texts)
    for one in made.analysis:
        said = one.text_zh if lang == "zh" else one.text_en
        for part in re.split(r"[，；：。（）,;:.()]", said):
            assert re.sub(r"\s", "", part) in whole, said
    footer = "第{}页/共{}页" if lang == "zh" else "Page{}of{}"
    assert all(footer.format(n, len(texts)) in words for n, words in enumerate(texts[1:], 2))
    for page in pages:
        picture = page.render(scale=0.5).to_pil().convert("L")
        assert picture.getextrema()[0] < 128, "no page is empty"


@pytest.mark.asyncio
async def test_a_name_that_looks_like_markup_is_printed_and_not_obeyed(database_url: str, redis_url: str) -> None:
    nasty = '<script>alert(1)</script> #panic() *b* $x$ "q"'
    async with asking(database_url, redis_url, 5) as world:
        path = f"/v1/rounds/{world.rounds()[0]}/report"
        async with world.database.transaction() as connection:
            await connection.execute(text("UPDATE batch SET name = :name"), {"name": nasty})
        page, paper = await world.get(path, format="html"), await world.get(path, format="pdf")
    assert Page(page.text).tags["script"] == 0
    assert nasty in "".join(Page(page.text).words)
    printed = "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(io.BytesIO(paper.content)))
    assert "#panic()" in re.sub(r"\s", "", printed)


@pytest.mark.asyncio
async def test_a_wrong_question_gets_a_code(database_url: str, redis_url: str) -> None:
    async with asking(database_url, redis_url, 1) as world:
        data = world.data
        draft = next(row["id"] for row in data.rows("round") if row["state"] == "approved")
        (published, *_), live = world.rounds(), f"/v1/campaigns/{data.campaign_id}/live"
        questions: list[tuple[str, str, dict[str, Any], str]] = [
            (f"/v1/rounds/{draft}/report", "bureau", {}, "wrong_state"),
            ("/v1/rounds/nothing/report", "bureau", {}, "not_found"),
            (f"/v1/rounds/{published}/report", "bureau", {"format": "xlsx"}, "invalid_request"),
            (f"/v1/rounds/{published}/report", "bureau", {"lang": "fr"}, "invalid_request"),
            (f"/v1/rounds/{published}/report", "operator", {}, "forbidden"),
            ("/v1/campaigns/nothing/live", "bureau", {}, "not_found"), (live, "merchant", {}, "forbidden"),
        ]  # fmt: skip
        for path, role, asked, code in questions:
            reply = await world.get(path, role, **asked)
            assert json.loads(reply.content)["code"] == code, path
