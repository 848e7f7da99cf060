"""Vouchers, each submitted eight times at once, at eight tills."""

import pytest

from tests.scenario.crowd_process import start_crowd
from tests.scenario.money import check_money
from tests.scenario.platform import new_key
from tests.scenario.world import World

WAYS = 8
_BOTH = "SELECT (SELECT count(*) FROM redemption WHERE batch_id = $1), (SELECT count(*) FROM voucher"
_BOTH += " WHERE batch_id = $1 AND state = 'redeemed')"


@pytest.mark.parametrize("vouchers", [100, pytest.param(1_000, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
def test_exactly_one_of_eight_wins_each_voucher(race_world: World, vouchers: int) -> None:
    batch = race_world.one_batch(quota=vouchers)
    people = race_world.people(vouchers)
    path = f"/v1/batches/{batch}/claims"
    claims = [{"path": path, "token": person.token, "key": new_key(), "body": {}} for person in people]
    base_url = race_world.platform.ready.base_url
    claimed, _ = start_crowd(base_url, claims, connections=64, retries=20).outcomes()
    assert {fate.status for fate in claimed} == {201}
    codes = [row[0] for row in race_world.platform.sql.rows("SELECT code FROM voucher WHERE batch_id = $1", batch)]
    orders = [(code, shop) for code in codes for shop in race_world.shops[:WAYS]]
    # Eight neighbours in the list are under way together: the race is about one voucher at a time.
    asked = [
        {"path": "/v1/redemptions", "token": shop.token, "key": new_key(), "body": race_world.order(shop, code)}
        for code, shop in orders
    ]
    fates, met = start_crowd(base_url, asked, connections=32, retries=20).outcomes()
    assert set(met) <= {"201", "409 already_redeemed", "503 overloaded"}, met
    wins: dict[str, int] = dict.fromkeys(codes, 0)
    for (code, _), fate in zip(orders, fates, strict=True):
        wins[code] += fate.status == 201
        assert fate.status in {201, 409}
    assert set(wins.values()) == {1}
    assert tuple(race_world.platform.sql.rows(_BOTH, batch)[0]) == (vouchers, vouchers)
    check_money(race_world)
