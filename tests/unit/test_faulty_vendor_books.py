"""The vendor's own arithmetic and its journal, apart from any server."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.faulty_vendors.books.journal import Journal
from loadtest.faulty_vendors.books.limiter import Limiter
from loadtest.faulty_vendors.books.rows import CampaignRow, Row
from loadtest.faulty_vendors.books.store import Store
from loadtest.faulty_vendors.catalogue import all_defects, known, table
from loadtest.faulty_vendors.desks.fences import metres
from loadtest.faulty_vendors.desks.refund_parts import Parts, parts_of_first, parts_of_refund
from loadtest.faulty_vendors.roster.credit_codes import is_credit_code
from loadtest.faulty_vendors.t1.figures import FIGURES
from loadtest.faulty_vendors.t1.report import quotient
from merchant_sim.check_digits import uscc_check_character
from voucher_contract.indicators import INDICATORS
from voucher_contract.spec_tables import SPEC

HERE = Path(__file__).parents[2] / "loadtest" / "faulty_vendors"


@pytest.mark.parametrize(
    ("order", "amounts", "to_user", "of_voucher"),
    [
        (Parts(7_000, 3_000, 0), [5_000], [3_500], [1_500]),
        (Parts(7_000, 3_000, 0), [3_333, 3_333, 3_334], [2_333, 2_333, 2_334], [1_000, 1_000, 1_000]),
        (Parts(1, 1_000, 0), [500, 501], [0, 1], [500, 500]),
    ],
)
def test_refunds_split_as_the_table_of_s_54(
    order: Parts, amounts: list[int], to_user: list[int], of_voucher: list[int]
) -> None:
    taken, parts = 0, []
    for amount in amounts:
        parts.append(parts_of_refund(taken, amount, order))
        taken += amount
    assert ([one.user for one in parts], [one.voucher for one in parts]) == (to_user, of_voucher)


def test_fifty_refunds_of_one_fen_give_thirty_five_and_fifteen() -> None:
    parts = [parts_of_refund(taken, 1, Parts(7_000, 3_000, 0)) for taken in range(50)]
    assert (sum(one.user for one in parts), sum(one.voucher for one in parts)) == (35, 15)


@given(
    paid=st.integers(1, 10**6), voucher=st.integers(1, 10**6), platform=st.integers(0, 10**6),
    cuts=st.lists(st.integers(0, 3 * 10**6), max_size=20),
)  # fmt: skip
def test_parts_are_never_negative_and_end_whole(paid: int, voucher: int, platform: int, cuts: list[int]) -> None:
    order = Parts(paid, voucher, platform)
    stops = sorted({0, sum(order), *(cut for cut in cuts if cut < sum(order))})
    parts = [parts_of_refund(a, b - a, order) for a, b in pairwise(stops)]
    assert all(min(one) >= 0 for one in parts)
    assert [sum(column) for column in zip(*parts, strict=True)] == list(order)
    assert parts_of_first(sum(order), order) == order


def test_the_figures_are_those_of_the_contract() -> None:
    theirs = {one.name: (one.definition.unit, one.dimensions, "day" in one.periods) for one in INDICATORS.values()}
    assert {one.name: (one.unit, one.where, not one.cumulative_only) for one in FIGURES} == theirs


@pytest.mark.parametrize(
    ("first", "second", "places", "expected"),
    [(1, 3, 4, 0.3333), (2, 3, 4, 0.6667), (1, 2, 0, 1), (-1, 2, 0, -1), (5, 0, 4, None), (3, -1, 4, None)],
)
def test_quotients_round_half_away_from_zero(first: int, second: int, places: int, expected: float | None) -> None:
    assert quotient(first, second, places=places) == expected


def test_a_line_that_a_kill_cut_short_is_forgotten_and_the_rest_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    rows = [CampaignRow(f"c{number}", "一", "A", "A", "open", number) for number in range(2)]
    first = Journal(path)
    for row in rows:
        first.append([row])
    path.write_bytes(path.read_bytes()[:-5])
    second = Journal(path)
    assert list(second.read()) == [[rows[0]]]
    second.append([rows[1]])
    assert list(Journal(path).read()) == [[rows[0]], [rows[1]]]


def test_pages_follow_the_order_of_keys_whatever_came_first(tmp_path: Path) -> None:
    store = Store(Journal(tmp_path / "journal.jsonl"))
    store.shelve(CampaignRow)
    for name in ("b", "d", "a", "c", "a"):
        store.put(CampaignRow(name, "一", "A", "A", "open", 0))
    assert list(store.shelf(CampaignRow).after("a")) == ["b", "c", "d"]
    assert isinstance(store.find(CampaignRow, "a"), Row)


def test_a_meter_lets_through_what_is_permitted_at_once_and_says_how_long_to_wait() -> None:
    limiter, limits = Limiter(), {"person": {"permits": 3, "window_ms": 60_000}, "device": None}
    waits = [limiter.wait_s("b", limits, {"person": "p", "device": "d"}) for _ in range(4)]
    assert [wait for wait, _ in waits[:3]] == [0.0, 0.0, 0.0]
    wait, kind = waits[3]
    assert 19.0 < wait <= 20.0
    assert kind == "person"
    assert limiter.wait_s("b", limits, {"person": "another", "device": "d"})[0] == 0.0


def test_a_degree_of_latitude_is_one_hundred_and_eleven_kilometres() -> None:
    assert metres(30.0, 104.0, 31.0, 104.0) == pytest.approx(111_195, rel=0.001)
    assert metres(30.98, 104.28, 30.98, 104.28) == 0


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_exactly_one_check_character_fits_a_credit_code(body: str) -> None:
    fitting = [last for last in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_credit_code(body + last)]
    assert fitting == [uscc_check_character(body)]


def test_every_defect_names_a_clause_and_stands_in_the_code_once_or_more() -> None:
    spec = SPEC.read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in HERE.rglob("*.py"))
    for defect in all_defects().values():
        assert f"**{defect.must}**" in spec, defect.name
        assert f'"{defect.name}"' in code, defect.name
        assert defect.name in table()
    with pytest.raises(KeyError):
        known("no-such-defect")


def test_the_vendor_takes_nothing_of_the_contract_but_the_wire() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in HERE.rglob("*.py"))
    assert "voucher_contract.indicators" not in code
    assert "voucher_platform" not in code
