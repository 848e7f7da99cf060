"""A batch's quota is raised and a batch is stopped, and what people at their phones and tills notice of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import REASON, confirm, dialog, expect_done, expect_refused, fill, press
from tests.browser.console.conftest import Officers
from tests.scenario.world import World
from voucher_contract import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Keep = Callable[[Page, str], object]
_FACE_FEN = 3_000


def _round_of(world: World, batch: str) -> str:
    return str(world.as_maker(routes.GET_BATCH, batch_id=batch)["round_id"])


def _refusal(world: World, batch: str) -> str:
    """What somebody new is told who wants one."""
    return str(world.claim(batch, world.person()).json()["code"])


def test_a_quota_is_raised_from_free_money_and_who_was_too_late_gets_a_voucher(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    campaign = console_world.new_campaign(deposit_fen=10 * _FACE_FEN)
    batch = console_world.published({"quota": 2}, campaign=campaign)[0]
    for _ in range(2):
        console_world.voucher(batch)
    assert _refusal(console_world, batch) == "sold_out"
    page = console_officers.sign_in("maker", path=f"/round?id={_round_of(console_world, batch)}")
    press(page, "追加")
    expect(dialog(page).get_by_label("新的总量（张）")).to_be_focused()
    for quota, code, says in (
        ("2", "quota_not_raised", "新额度必须大于原额度"), ("1", "quota_not_raised", "原额度 2"),
        ("11", "over_budget", "可用 240.00 元"),
    ):  # fmt: skip
        fill(page, "新的总量（张）", quota)
        confirm(page, "追加")
        expect_refused(page, code, says)
        keep_state(page, f"quota-{quota}-zh")
    fill(page, "新的总量（张）", "两张")
    confirm(page, "追加")
    expect(dialog(page)).to_contain_text("请填写整数")
    assert console_world.as_maker(routes.GET_BATCH, batch_id=batch)["quota"] == 2
    fill(page, "新的总量（张）", "10")
    confirm(page, "追加")
    expect_done(page, "已追加")
    expect(page.locator("tbody tr")).to_contain_text("10")
    keep_state(page, "quota-raised-zh")
    console_world.platform.wait_taken()
    console_world.voucher(batch)
    buckets = console_world.as_maker(routes.GET_MONEY, campaign_id=campaign)["buckets"]
    assert (buckets["free_fen"], buckets["reserved_fen"], buckets["held_fen"]) == (0, 7 * _FACE_FEN, 3 * _FACE_FEN)
    detail = console_world.platform.sql.one(
        "SELECT detail::text FROM audit_entry WHERE object_id = $1 AND action = 'raise_quota'", batch
    )
    assert '"to": 10' in detail


def test_a_stop_is_final_leaves_vouchers_good_and_is_not_the_same_as_a_raise(
    console_officers: Officers, console_world: World, keep_state: Keep
) -> None:
    batch = console_world.one_batch(quota=20)
    held = console_world.voucher(batch)
    path = f"/round?id={_round_of(console_world, batch)}"
    late = console_officers.sign_in("maker", path=path)
    page = console_officers.sign_in("operator", path=path, lang="en")
    assert page.get_by_role("button", name="Raise", exact=True).count() == 0, "quotas are the bureau's"
    press(page, "Stop")
    confirm(page, "Stop")
    expect(dialog(page)).to_contain_text("Fill this in")
    keep_state(page, "stop-no-reason-en")
    assert console_world.as_maker(routes.GET_BATCH, batch_id=batch)["state"] == "live"
    fill(page, REASON["en"], "flood")
    confirm(page, "Stop")
    expect_done(page, "In effect")
    expect(page.locator("tbody")).to_contain_text("Stopped")
    assert page.locator("tbody button").count() == 0, "nothing is offered that cannot be done any more"
    expect(page.locator(".next-step")).to_have_text("Claiming is stopped for good; vouchers already issued stay good.")
    keep_state(page, "stopped-en")
    console_world.platform.wait_taken()
    assert _refusal(console_world, batch) == "closed"
    assert console_world.redeem(console_world.shops[0], held["code"]).status_code == 201

    press(late, "追加")
    fill(late, "新的总量（张）", "50")
    confirm(late, "追加")
    expect_refused(late, "wrong_state", "券种状态为“已停止”")
    keep_state(late, "stopped-late-zh")
    assert console_world.as_maker(routes.GET_BATCH, batch_id=batch)["quota"] == 20
