"""C3–C5, C10, C11, C17 at their edges: people, keys, windows, and what was acknowledged."""

from typing import Any

from loadtest.checks.facts import Pause, Span
from loadtest.history.record import Kind, Outcome
from tests.hand_histories import (
    OK,
    REFUSED,
    Told,
    at,
    claim,
    count,
    facts_with,
    lost,
    redeem,
    refund,
    refused,
    void,
)


def read(key: int, invoke: int, of: int, *, found: bool) -> Told:
    """The claim ``of`` was read by its key."""
    if found:
        return Told(Kind.READ_CLAIM, key, invoke, invoke + 1, OK, person=of, target=str(of), result=f"v{of}")
    return Told(
        Kind.READ_CLAIM, key, invoke, invoke + 1, Outcome.NO_EFFECT, "not_found", person=of, target=str(of)
    )  # fmt: skip


def test_a_voucher_or_a_code_given_twice_is_found() -> None:
    assert count("C3", claim(1, 0, 1), claim(2, 2, 3)) == 0
    assert count("C3", claim(1, 0, 1), claim(2, 2, 3, result="v1")) == 1
    assert count("C3", claim(1, 0, 1), claim(2, 2, 3, mark="c1")) == 1
    assert count("C3", claim(1, 0, 1), claim(1, 2, 3)) == 0, "the same key gets the same voucher"
    assert count("C3", claim(1, 0, 1, mark=""), claim(2, 2, 3, mark="")) == 0, "dynamic codes are not shown"
    assert count("C3", claim(1, 0, 1), void(9, 3, 4, of=1), claim(2, 2, 3, mark="c1")) == 0
    assert count("C3", claim(1, 0, 1), void(9, 4, 5, of=1), claim(2, 2, 3, mark="c1")) == 1


def test_nobody_certainly_holds_more_than_the_limit() -> None:
    assert count("C4", claim(1, 0, 1, person=7), claim(2, 2, 3, person=8)) == 0
    assert count("C4", claim(1, 0, 1, person=7), claim(2, 2, 3, person=7)) == 1
    assert count("C4", claim(1, 0, 1, person=7), lost(2, 2, person=7)) == 0
    assert count("C4", claim(1, 0, 1, person=7), void(9, 3, 4, of=1), claim(2, 2, 3, person=7)) == 0
    assert count("C4", claim(1, 0, 1, person=7), void(9, 4, 5, of=1), claim(2, 2, 3, person=7)) == 1
    assert count("C4", claim(1, 0, 1, person=7), void(9, 3, 4, of=50), claim(2, 2, 3, person=7)) == 0


def test_two_accounts_of_one_human_are_one_person() -> None:
    told = (claim(1, 0, 1, person=0), claim(2, 2, 3, person=1))
    assert count("C4", *told, facts=facts_with(natural_persons=(5, 5))) == 1
    assert count("C4", *told, facts=facts_with(natural_persons=(5, 6))) == 0


def test_limit_reached_is_said_only_to_who_may_hold_it() -> None:
    said = refused(5, 2, 4, "limit_reached", person=7)
    assert count("C5", said) == 1
    assert count("C5", said, claim(1, 4, 6, person=7)) == 0, "both may act at instant 4"
    assert count("C5", said, claim(1, 5, 6, person=7)) == 1
    assert count("C5", said, lost(1, 4, person=7)) == 0
    assert count("C5", said, claim(1, 0, 1, person=8)) == 1, "somebody else's voucher"
    held = (claim(1, 0, 1, person=7), void(9, 1, 2, of=1))
    assert count("C5", said, *held) == 0, "the void may come after instant 2"
    late = refused(5, 3, 4, "limit_reached", person=7)
    assert count("C5", late, *held) == 1
    assert count("C5", late, *held, facts=facts_with(reopen_delay_ns=1)) == 0


def test_a_window_is_measured_with_the_clocks_bound() -> None:
    facts = facts_with(opens_ns=at(10), closes_ns=at(20), clock_bound_ns=2)
    assert count("C10", claim(1, 5, 8), facts=facts) == 0
    assert count("C10", claim(1, 5, 7), facts=facts) == 1
    assert count("C10", refused(1, 12, 13, "not_open"), facts=facts) == 0
    assert count("C10", refused(1, 13, 14, "not_open"), facts=facts) == 1
    assert count("C10", claim(1, 22, 25), facts=facts) == 0
    assert count("C10", claim(1, 23, 25), facts=facts) == 1
    assert count("C10", refused(1, 15, 18, "closed"), facts=facts) == 0
    assert count("C10", refused(1, 15, 17, "closed"), facts=facts) == 1


def test_a_retry_after_not_open_is_measured_from_the_retry() -> None:
    facts = facts_with(opens_ns=at(0), closes_ns=at(10), clock_bound_ns=0)
    assert count("C10", refused(1, 8, 9, "paused"), claim(1, 11, 12), facts=facts) == 1
    assert count("C10", lost(1, 8), claim(1, 11, 12), facts=facts) == 0, "the lost one may have been in time"


def test_a_stop_explains_closed() -> None:
    stopped = facts_with(pauses=(Pause(Span(at(5), at(6)), None, stop=True),), closes_ns=at(50))
    assert count("C10", refused(1, 2, 4, "closed"), facts=stopped) == 1
    assert count("C10", refused(1, 2, 5, "closed"), facts=stopped) == 0


def test_one_key_has_one_result() -> None:
    assert count("C11", claim(1, 0, 1), claim(1, 2, 3)) == 0
    assert count("C11", claim(1, 0, 1), claim(1, 2, 3, result="v8")) == 1
    assert count("C11", redeem(4, 0, 1, of=1), redeem(4, 2, 3, of=1, result="r9")) == 1
    assert count("C11", refund(4, 0, 1, of=1, amount=10), refund(4, 2, 3, of=1, amount=10, result="f9")) == 1


def test_what_was_granted_is_not_refused_when_asked_again() -> None:
    assert count("C11", claim(1, 0, 1), refused(1, 2, 3)) == 1
    assert count("C11", claim(1, 0, 2), refused(1, 2, 3)) == 0, "it was sent before the success was read"
    shed: Any = {"outcome": Outcome.NOT_EXECUTED, "code": "rate_limited", "result": "", "mark": ""}
    assert count("C11", claim(1, 0, 1), claim(1, 2, 3, **shed)) == 0
    reused: Any = {"outcome": Outcome.NO_EFFECT, "code": "key_reused", "result": "", "mark": ""}
    assert count("C11", claim(1, 0, 1), claim(1, 2, 3, **reused)) == 1


def test_another_request_under_the_same_key_has_no_effect() -> None:
    first = redeem(4, 0, 1, of=1)
    assert count("C11", first, redeem(4, 2, 3, of=2, result="r5")) == 1
    assert count("C11", first, redeem(4, 2, 3, of=2, outcome=REFUSED, code="wrong_state", result="")) == 0
    assert count("C11", first, redeem(4, 2, 3, of=2, result="r5", person=3)) == 0, "keys are the caller's own"
    assert count("C11", first, redeem(4, 2, None, of=2, result="")) == 0


def test_what_was_acknowledged_is_found_afterwards() -> None:
    assert count("C17", claim(1, 0, 1), read(8, 5, of=1, found=True)) == 0
    assert count("C17", claim(1, 0, 1), read(8, 5, of=1, found=False)) == 1
    assert count("C17", claim(1, 0, 1), read(8, 5, of=1, found=False), read(9, 9, of=1, found=True)) == 0
    assert count("C17", claim(1, 0, 6), read(8, 5, of=1, found=False)) == 0, "it was read before it was acknowledged"
    assert count("C17", lost(1, 0), read(8, 5, of=1, found=False)) == 0
    healed = facts_with(healed_ns=at(7))
    assert count("C17", claim(1, 0, 1), read(8, 5, of=1, found=False), facts=healed) == 0, "faults were in the way"
