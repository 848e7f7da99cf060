"""Timetables: deterministic, true to the rules they claim to follow or to break."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from merchant_sim.city import City, build_city
from merchant_sim.schedule.mistakes import Mistake, mistyped
from merchant_sim.schedule.offers import Offer, demo_offers, scaled
from merchant_sim.schedule.opening import Tap, opening_rush
from merchant_sim.schedule.redemptions import Holding, TillVisit, redemption_plan
from merchant_sim.schedule.refunds import RefundKind, refund_plan, visits_after_refund
from merchant_sim.schedule.shops import Suspension, plan_suspensions
from voucher_contract.models.common import KEY_PATTERN
from voucher_contract.refusals import REFUSALS

OFFERS = demo_offers(0.25)
BY_BATCH = {offer.batch: offer for offer in OFFERS}
HOLDINGS = tuple(Holding(number, 0, offer.batch, 1) for offer in OFFERS for number in range(offer.quota))


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(1, 10_000)


@pytest.fixture(scope="module")
def suspensions(city: City) -> tuple[Suspension, ...]:
    return plan_suspensions(city, OFFERS, seed=1)


@pytest.fixture(scope="module")
def visits(city: City, suspensions: tuple[Suspension, ...]) -> tuple[TillVisit, ...]:
    return redemption_plan(city, OFFERS, HOLDINGS, seed=1, suspensions=suspensions)


def reason_to_refuse(city: City, offer: Offer, visit: TillVisit, suspended: dict[str, int]) -> str | None:
    """Judge one visit on its own by the contract's order of refusals (code and state are not in a visit)."""
    shop = next(shop for shop in city.merchants if shop.uscc == visit.merchant_uscc)
    order = visit.order
    checks = (
        (visit.payer_person_no != visit.holding.person_no, "wrong_holder"),
        (visit.day < offer.first_valid_day, "not_yet_valid"),
        (visit.day > offer.last_valid_day, "expired"),
        (suspended.get(shop.uscc, 10**6) <= visit.day, "merchant_suspended"),
        (not shop.admitted, "not_admitted"),
        (shop.industry not in offer.industries, "category_not_covered"),
        (bool(offer.districts) and shop.district not in offer.districts, "district_not_covered"),
        (visit.terminal not in {till.terminal for till in shop.tills}, "till_not_of_merchant"),
        (visit.online, "not_in_store"),
        (order.payable_fen < offer.threshold_fen, "below_threshold"),
        (order.payable_fen - order.excluded_goods_fen < offer.threshold_fen, "excluded_goods"),
    )
    return next((code for holds, code in checks if holds), None)


def test_each_visit_breaks_exactly_the_rule_it_is_said_to_break(
    city: City, suspensions: tuple[Suspension, ...], visits: tuple[TillVisit, ...]
) -> None:
    suspended = {suspension.uscc: suspension.day for suspension in suspensions}
    unseen = {None, Mistake.UNKNOWN_CODE, Mistake.SECOND_SCAN}  # nothing in the visit itself is wrong
    for visit in visits:
        expected = visit.mistake.refusal if visit.mistake and visit.mistake not in unseen else None
        found = reason_to_refuse(city, BY_BATCH[visit.holding.batch], visit, suspended)
        assert found == expected, visit


def test_every_mistake_is_made_and_has_a_code_of_the_contract(visits: tuple[TillVisit, ...]) -> None:
    made = {visit.mistake for visit in visits} - {None}
    assert made == set(Mistake) - {Mistake.AFTER_REFUND}
    assert {mistake.refusal for mistake in Mistake} <= set(REFUSALS)


def test_a_holding_is_accepted_at_most_once_and_second_scans_come_after(
    visits: tuple[TillVisit, ...],
) -> None:
    accepted: set[Holding] = set()
    for visit in visits:
        if visit.mistake is Mistake.SECOND_SCAN:
            assert visit.holding in accepted
        elif visit.mistake is None:
            assert visit.holding not in accepted
            accepted.add(visit.holding)
    assert 0.75 < len(accepted) / len(HOLDINGS) < 0.9


def test_what_a_winner_does_does_not_depend_on_who_else_won(
    city: City, suspensions: tuple[Suspension, ...], visits: tuple[TillVisit, ...]
) -> None:
    few = frozenset(HOLDINGS[::7])
    alone = redemption_plan(city, OFFERS, reversed(HOLDINGS[::7]), seed=1, suspensions=suspensions)
    assert alone == tuple(visit for visit in visits if visit.holding in few)


def test_keys_and_order_numbers_fit_the_contract_and_are_used_once(city: City, visits: tuple[TillVisit, ...]) -> None:
    accepted = [visit for visit in visits if visit.mistake is None]
    keys = [visit.idempotency_key for visit in visits]
    keys += [ask.idempotency_key for ask in refund_plan(accepted, seed=1)]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(KEY_PATTERN, key) for key in keys)
    assert all(len(visit.order_no) <= 64 for visit in visits)


def test_an_offer_that_no_shop_takes_is_refused(city: City) -> None:
    with pytest.raises(ValueError, match="no shop in this city takes vouchers of catering"):
        redemption_plan(city, (replace(OFFERS[0], industries=("space_travel",)),), (), seed=1)


def test_the_rush_is_a_spike_with_a_tail_and_some_are_early(city: City) -> None:
    taps = opening_rush(city, OFFERS, seed=1)
    first = [tap for tap in taps if tap.tap is Tap.FIRST]
    assert taps == tuple(sorted(taps, key=lambda tap: (tap.offset_ms, tap.idempotency_key)))
    assert 0.01 < sum(tap.offset_ms < 0 for tap in first) / len(first) < 0.04
    assert sum(tap.offset_ms < 5_000 for tap in first) / len(first) > 0.6
    assert {tap.tap for tap in taps} == set(Tap)
    assert all(re.fullmatch(KEY_PATTERN, tap.idempotency_key) for tap in taps)


def test_more_people_want_each_batch_than_there_are_vouchers(city: City) -> None:
    taps = opening_rush(city, OFFERS, seed=1)
    wanted = Counter(tap.batch for tap in taps if tap.tap is Tap.FIRST)
    assert all(wanted[offer.batch] > 1.2 * offer.quota for offer in OFFERS)


def test_repeats_carry_the_key_of_a_first_tap_and_new_wishes_a_new_one(city: City) -> None:
    taps = opening_rush(city, OFFERS, seed=1)
    first = {tap.idempotency_key: tap for tap in taps if tap.tap is Tap.FIRST}
    for tap in taps:
        repeats = tap.tap in {Tap.DOUBLE, Tap.RETRY}
        assert (tap.idempotency_key in first) == (repeats or tap.tap is Tap.FIRST)
        if repeats:
            assert tap.offset_ms > first[tap.idempotency_key].offset_ms


def test_whoever_was_early_taps_again_after_the_opening(city: City) -> None:
    taps = opening_rush(city, OFFERS, seed=1)
    early = {tap.idempotency_key for tap in taps if tap.tap is Tap.FIRST and tap.offset_ms < 0}
    assert early == early & {tap.idempotency_key for tap in taps if tap.offset_ms >= 0}


def test_timetables_are_the_same_for_the_same_seed_only(city: City) -> None:
    assert opening_rush(city, OFFERS, seed=4) == opening_rush(city, OFFERS, seed=4)
    assert opening_rush(city, OFFERS, seed=4) != opening_rush(city, OFFERS, seed=5)


def timetables_digest() -> str:
    """Hash all timetables of a small city, in this process."""
    city, offers = build_city(6, 400), demo_offers(0.01)
    holdings = [Holding(number, 0, offer.batch, 1) for offer in offers for number in range(offer.quota)]
    suspensions = plan_suspensions(city, offers, seed=6)
    visits = redemption_plan(city, offers, holdings, seed=6, suspensions=suspensions)
    asks = refund_plan((visit for visit in visits if visit.mistake is None), seed=6)
    parts = (opening_rush(city, offers, seed=6), suspensions, visits, asks)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def test_other_processes_with_other_hash_seeds_make_the_same_timetables() -> None:
    program = f"import runpy; print(runpy.run_path({__file__!r})['timetables_digest']())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout.strip()
        for hash_seed in ("0", "4711")
    }
    assert digests == {timetables_digest()}


@pytest.mark.parametrize("run", ["", "a b", "x" * 21, "广汉"])
def test_a_run_name_that_breaks_keys_is_refused(city: City, run: str) -> None:
    with pytest.raises(ValueError, match="run must be"):
        opening_rush(city, OFFERS, seed=1, run=run)


def test_refunds_ask_for_what_their_kind_says(visits: tuple[TillVisit, ...]) -> None:
    accepted = {visit.order_no: visit for visit in visits if visit.mistake is None}
    asks = refund_plan(accepted.values(), seed=1)
    assert {ask.kind for ask in asks} == set(RefundKind)
    asked = Counter[str]()
    for ask in asks:
        assert ask.amount_fen >= 1
        assert ask.day > accepted[ask.order_no].day
        asked[ask.order_no] += ask.amount_fen
    for ask in asks:
        payable_fen = accepted[ask.order_no].order.payable_fen
        if ask.kind in {RefundKind.WHOLE, RefundKind.SEVERAL_TO_ALL}:
            assert asked[ask.order_no] == payable_fen
        else:
            assert (asked[ask.order_no] > payable_fen) == (ask.kind is RefundKind.TOO_MUCH)
        assert (ask.refusal is not None) == (ask.kind is RefundKind.TOO_MUCH)


def test_vouchers_are_tried_again_only_after_a_whole_refund_and_while_valid(
    visits: tuple[TillVisit, ...],
) -> None:
    accepted = [visit for visit in visits if visit.mistake is None]
    asks = refund_plan(accepted, seed=1)
    whole = {ask.order_no: ask for ask in asks if ask.kind is RefundKind.WHOLE}
    again = visits_after_refund(accepted, asks, OFFERS, seed=1)
    assert again
    for visit in again:
        ask = whole[visit.order_no.removesuffix("-again")]
        assert (visit.day, visit.second_of_day) > (ask.day, ask.second_of_day)
        assert visit.day <= BY_BATCH[visit.holding.batch].last_valid_day
        assert visit.mistake is Mistake.AFTER_REFUND


@pytest.mark.parametrize("code", ["01JABCDEF0123456789XYZ", "vch-00000001", "00000000-0000-4000-8000-00000000abcd"])
def test_a_mistyped_code_has_the_same_form_and_another_value(code: str) -> None:
    wrong = mistyped(code)
    assert wrong != code
    assert [(char.isdigit(), char.isupper()) for char in wrong] == [(char.isdigit(), char.isupper()) for char in code]


def test_the_demo_campaign_is_worth_860_000_yuan_at_full_scale() -> None:
    assert sum(offer.face_fen * offer.quota for offer in demo_offers()) == 86_000_000
    assert [offer.quota for offer in demo_offers(0.05)] == [500, 650, 150]
    with pytest.raises(ValueError, match="scale"):
        scaled(10, 0)
