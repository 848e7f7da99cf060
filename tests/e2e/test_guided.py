"""The guided demonstration on real servers: walked whole, with a fault planted, and reset in the middle of a step."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from voucher_contract import routes
from voucher_contract.models.common import DISTRICTS
from voucher_contract.models.redemptions import RedemptionSpec
from voucher_contract.models.vouchers import Voucher
from voucherlab.child_environment import search_path
from voucherlab.guided.program import the_steps
from voucherlab.guided.showing import Cell, Check, Link, Wall, Words
from voucherlab.guided.stage import Stage, open_stage
from voucherlab.guided.talk import Talk
from voucherlab.guided.truth import rows
from voucherlab.guided.walking import play_step
from voucherlab.sql import plain_url

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]
_PATIENCE_S = 240.0
_WAITING = "SELECT rule FROM risk_alert WHERE state = 'open'"


def test_all_eight_steps_pass_without_a_person(short_tmp: Path) -> None:
    out = short_tmp / "out"
    environment = {key: text for key, text in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    done = subprocess.run(
        [sys.executable, "-m", "voucherlab", "demo", "--exit", "--guide", "--out", str(out)],
        env={**environment, "PYTHONPATH": search_path()}, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    told = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert [step["verdict"] for step in told["steps"]] == ["PASS"] * 8
    assert all(step["clause"].startswith("N") and step["checks"] for step in told["steps"])
    assert told["verdict"] == "PASS"
    assert list((out / "guided").iterdir()) == [], "a stage leaves nothing behind: it held sign-ins"


async def _played(stage: Stage, steps: int) -> None:
    for step in the_steps()[:steps]:
        checks = await play_step(step, stage, Wall())
        assert [one.name.en for one in checks if not one.ok] == []


async def _tampered(stage: Stage, statement: str) -> None:
    connection = await asyncpg.connect(plain_url(stage.database_url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _wrong(checks: list[Check]) -> set[str]:
    return {one.name.en for one in checks if not one.ok}


async def _with_faults(folder: Path) -> dict[str, set[str]]:
    """What each step's checks say when a row is bent or removed between acting and checking."""
    found: dict[str, set[str]] = {}
    stage = await open_stage(folder / "stage", seed=3)
    configure, _, rush, redeem = the_steps()[:4]
    try:
        await _played(stage, 2)
        await _tampered(stage, "UPDATE batch_stock SET quota = quota + 1 WHERE quota = 650")
        found["configure"] = _wrong(await configure.check(stage))
        await _tampered(stage, "UPDATE batch_stock SET quota = quota - 1 WHERE quota = 651")
        await rush.act(stage, Wall())  # the last voucher: nobody goes shopping with it
        await _tampered(stage, "DELETE FROM voucher WHERE id = (SELECT max(id) FROM voucher)")
        found["rush"] = _wrong(await rush.check(stage))
        await redeem.act(stage, Wall())
        await _tampered(stage, "UPDATE merchant SET district = '510681101' WHERE category = 'appliances'")
        found["redeem"] = _wrong(await redeem.check(stage))
    finally:
        await stage.close()
    return found


def test_a_row_bent_between_acting_and_checking_turns_the_step_red(short_tmp: Path) -> None:
    found = asyncio.run(_with_faults(short_tmp))
    assert found["configure"] == {"Four batches stored, the refused one is not"}
    assert "Vouchers confirmed on phones = vouchers stored, one by one" in found["rush"]
    assert "Nothing oversold, all taken" in found["rush"]
    assert found["redeem"] == {"Not one in a category or district that is not covered"}


def _cells(wall: Wall, title: str, column: str) -> list[Cell]:
    table = wall.tables[title]
    nth = [head.en for head in table.heads].index(column)
    return [row[nth] for row in table.rows]


async def _by_hand(stage: Stage, links: list[Link]) -> list[str]:
    """A voucher of the spare batch is claimed on the phone of the link and used at the till of the other."""
    phone, till = (link.path.rpartition("=")[2] for link in links)
    batch = stage.story.in_hand
    assert batch is not None
    claimed = await stage.ask(routes.CLAIM, phone, b'{"device":"%s"}' % stage.phone.device.encode(), batch_id=batch.id)
    assert isinstance(claimed.value, Voucher), claimed.code
    number = next(name for shop in stage.story.shops.values() for name, token in shop.tokens.items() if token == till)
    order = RedemptionSpec(
        code=str(claimed.value.code), order_no=f"by-hand-{claimed.value.id}", till_number=number,
        order_total_fen=batch.threshold_fen, channel="in_store", payer_account=stage.phone.account,
    )  # fmt: skip
    used = await stage.ask(routes.REDEEM, till, order)
    return [claimed.kind, used.code or used.kind]


async def _tried_by_hand(folder: Path) -> tuple[list[list[str]], dict[str, Wall], list[str]]:
    """The talk with somebody who claims on the phone and pays at the till after each of the last steps."""
    tried: list[list[str]] = []
    walls: dict[str, Wall] = {}
    waiting: list[str] = []
    stage = await open_stage(folder / "stage", seed=3)
    try:
        for step in the_steps():
            wall = walls[step.id] = Wall()
            checks = await play_step(step, stage, wall)
            assert _wrong(checks) == set(), step.id
            if step.id in {"rush", "guard", "end"}:
                tried.append(await _by_hand(stage, walls["rush"].links))
            if step.id == "end":
                assert "终期报告" in (stage.folder / "轮次报告.html").read_text(encoding="utf-8")
            if step.id == "guard":
                waiting = [str(one) for (one,) in await rows(stage.database_url, _WAITING)]
    finally:
        await stage.close()
    return tried, walls, waiting


def _assert_rush_is_told_in_one_way(wall: Wall) -> None:
    """The curve's last voucher and the table's moments at which batches were gone are the same moment."""
    assert wall.curve is not None
    issued = wall.curve.points["issued"]
    last = max(nth for nth, count in enumerate(issued) if count) * wall.curve.bucket_ms
    gone_ms = max(float(str(cell)) * 1_000 for cell in _cells(wall, "By batch", "Sold out after, s"))
    assert last - wall.curve.bucket_ms <= gone_ms <= last + 2 * wall.curve.bucket_ms
    assert sum(issued) == wall.figures["Vouchers"].value


def _assert_roster_adds_up_and_is_told_in_english(wall: Wall) -> None:
    """Whoever is imported takes part or is not admitted; no suggestion or district is left in Chinese."""
    coverage = "Merchants by district × industry; 0 is a gap to fill"
    part = sum(int(str(cell)) for row in wall.tables[coverage].rows for cell in row[1:])
    assert wall.figures["Imported"].value == part + int(str(wall.figures["Not admitted, of these"].value))
    suggested = _cells(wall, "Rows sent back: which cell, and why", "Suggestion")
    told = [one for one in (*suggested, *_cells(wall, coverage, "District")) if isinstance(one, Words)]
    assert len(told) == len(suggested) + len(DISTRICTS)
    assert [one.en for one in told if not one.en.replace("—", "").isascii()] == []


def _assert_refunds_add_up_with_the_money(wall: Wall) -> None:
    """What the refunds say went back is by what the pots have grown, each for itself."""
    *rest, sums = wall.tables["Refunds: who gets how much"].rows
    assert [_yuan(row[4]) + _yuan(row[5]) for row in rest] == [_yuan(row[3]) for row in rest]
    money = wall.tables["Where the money is, yuan"].rows
    grown = {row[0].en: _yuan(row[3]) for row in money if isinstance(row[0], Words)}
    assert (_yuan(sums[4]), _yuan(sums[5])) == (grown["held"], grown["free"])
    assert grown["held"] + grown["free"] == _yuan(sums[3]) == -grown["redeemed, not settled"]
    assert min(grown["held"], grown["free"]) > 0


def _yuan(cell: Cell) -> Decimal:
    return Decimal(0) if cell == "—" else Decimal(str(cell).replace(",", ""))


def _assert_parts_add_up(wall: Wall) -> None:
    """Every tap of a machine is in exactly one row, and the figures above are sums of rows."""
    *rest, total = wall.tables["Answers to the machines: the rows are all there were"].rows
    for column in range(1, 5):
        assert sum(int(str(row[column])) for row in rest) == total[column]
    assert total[4] == wall.figures["Machine taps"].value == 400 + 80 + 2
    guards = {"Too many attempts, try later", "Stopped by a risk rule; a person can look into it"}
    stopped = sum(int(str(row[4])) for row in rest if isinstance(row[0], Words) and row[0].en in guards)
    assert stopped == wall.figures["Stopped"].value
    assert wall.curve is not None
    assert sum(map(sum, wall.curve.points.values())) == 480


def test_phone_and_till_fit_at_every_step_and_disturb_no_figure(short_tmp: Path) -> None:
    tried, walls, waiting = asyncio.run(_tried_by_hand(short_tmp))
    assert tried == [["ok", "ok"]] * 3
    # One person with two accounts is one person, on this page as in the report of the next morning.
    people = _cells(walls["rush"], "By batch", "People who tried")
    report = _cells(walls["end"], "T+1 report: day two, cumulative, by industry", "People who tried to claim")
    assert set(people) < set(report)
    assert len(people) == len(report) - 2 == 3
    _assert_roster_adds_up_and_is_told_in_english(walls["merchants"])
    _assert_refunds_add_up_with_the_money(walls["refund"])
    _assert_rush_is_told_in_one_way(walls["rush"])
    _assert_parts_add_up(walls["guard"])
    # Nobody alone sends money to another account than it came from.
    _, sent, arrived = _cells(walls["end"], "Money back: who confirmed it", "Who")
    assert {sent, arrived} == {"bureau1", "bureau2"}
    assert f"confirmed by {sent}" in str(walls["end"].tables["Received = spent + returned"].rows[-1])
    # No alert is left to be found later: the machine's was confirmed, the shop's was released.
    guard = walls["guard"]
    states = {str(cell.zh) for cell in _cells(guard, "Alerts", "Now") if isinstance(cell, Words)}
    assert states == {"已确认违规，继续冻结", "已放行"}
    assert waiting == []
    assert guard.figures["Not looked into yet"].value == 0
    assert guard.figures["Alerts"].value == len(guard.tables["Alerts"].rows) >= 2


def test_a_step_that_cannot_be_finished_says_so(short_tmp: Path) -> None:
    async def play() -> list[Check]:
        stage = await open_stage(short_tmp / "stage", seed=3)
        try:
            return await play_step(the_steps()[3], stage, Wall())  # nobody holds a voucher yet
        finally:
            await stage.close()

    checks = asyncio.run(play())
    assert _wrong(checks) == {"The step could not be finished"}


async def _until(holds: Callable[[], bool], talk: Talk) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not holds():
            await talk.wait_for_news(1.0)


def _drawn(talk: Talk) -> bool:
    curve = talk.steps[2].wall.curve
    return curve is not None and sum(curve.points.get("issued", [])) > 0


async def _reset_in_the_rush(folder: Path) -> tuple[list[bool], Talk, Stage]:
    talk = Talk(folder, seed=5)
    await talk.start()
    await _until(lambda: talk.phase == "ready", talk)
    assert talk.stage is not None
    old = talk.stage
    pressed = []
    for step in range(3):
        pressed += [talk.go_on(stage=1, step=step), talk.go_on(stage=1, step=step)]
        if step < 2:
            await _until(lambda: talk.phase != "running", talk)
    await _until(lambda: _drawn(talk), talk)
    pressed += [await talk.reset(stage=1), await talk.reset(stage=1), talk.go_on(stage=1, step=0)]
    await _until(lambda: talk.phase == "ready", talk)
    pressed.append(talk.go_on(stage=2, step=0))
    await _until(lambda: talk.phase == "ready" and talk.steps[0].state == "passed", talk)
    await talk.close()
    return pressed, talk, old


def test_a_reset_in_the_middle_of_the_rush_gives_a_fresh_stage_and_leaves_no_process(short_tmp: Path) -> None:
    pressed, talk, old = asyncio.run(_reset_in_the_rush(short_tmp))
    # Each second press was ignored; of two resets one was taken; a press for the stage that is gone was not.
    assert pressed == [True, False] * 3 + [True, False, False] + [True]
    assert talk.number == 2
    assert [one.state for one in talk.steps] == ["passed"] + ["waiting"] * 7
    assert [pid for pid in old.ready.pids.values() if Path(f"/proc/{pid}").exists()] == []
    assert list((short_tmp / "guided").iterdir()) == []
