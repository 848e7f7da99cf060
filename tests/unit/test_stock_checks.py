"""C1, C2, C6–C9, C18, C19 at their edges: each violated, and each just not."""

from loadtest.checks.facts import Pause, Raise, Span
from loadtest.history.record import Kind
from tests.hand_histories import OK, PENDING, Told, at, check, claim, count, facts_with, lost, refused, void


def raised(key: int, invoke: int, reply: int | None, quota: int) -> Told:
    """The quota was raised."""
    return Told(Kind.RAISE, key, invoke, reply, OK if reply is not None else lost(0, 0).outcome, amount=quota)


def test_one_more_than_the_quota_is_too_many() -> None:
    within = (claim(1, 0, 1), claim(2, 0, 1))
    assert count("C1", *within) == 0
    assert count("C1", *within, claim(3, 0, 1)) == 1
    assert count("C2", *within, claim(3, 0, 1)) == 1
    assert len(check("C1", *within, claim(3, 0, 1), claim(4, 0, 1)).violations[0].records) == 3, "no more than needed"


def test_a_claim_without_a_reply_is_never_counted_as_issued() -> None:
    assert count("C1", claim(1, 0, 1), claim(2, 0, 1), lost(3, 0)) == 0
    assert count("C2", claim(1, 0, 1), claim(2, 0, 1), lost(3, 0)) == 0


def test_a_repeated_key_is_one_voucher() -> None:
    assert count("C1", claim(1, 0, 1), claim(1, 2, 3), claim(2, 0, 1)) == 0


def test_a_voucher_may_be_issued_again_from_the_instant_its_void_was_asked_for() -> None:
    first, second = claim(1, 0, 1), claim(2, 0, 1)
    assert count("C2", first, second, claim(3, 4, 5), void(9, 5, 8, of=1)) == 0, "at a tie the release comes first"
    assert count("C2", first, second, claim(3, 4, 5), void(9, 6, 8, of=1)) == 1
    assert count("C2", first, second, claim(3, 4, 5), void(9, 5, None, of=1)) == 0, "a lost void may have happened"
    assert count("C1", first, second, claim(3, 4, 5), void(9, 6, 8, of=1)) == 0, "with returns C2 decides"


def test_a_void_of_an_unknown_voucher_may_have_freed_any() -> None:
    full = (claim(1, 0, 1), claim(2, 0, 1), claim(3, 4, 5))
    assert count("C2", *full, void(9, 3, 4, of=77)) == 0
    assert count("C2", *full, claim(4, 4, 5), void(9, 3, 4, of=77)) == 1


def test_a_quota_counts_as_raised_from_when_it_was_asked_for() -> None:
    full = (claim(1, 0, 1), claim(2, 0, 1), claim(3, 4, 5))
    assert count("C2", *full, raised(9, 5, 9, 3)) == 0
    assert count("C2", *full, raised(9, 6, 9, 3)) == 1
    by_hand = facts_with(raises=(Raise(Span(at(5), None), 3),))
    assert count("C2", *full, facts=by_hand) == 0


def test_sold_out_is_final_without_returns() -> None:
    said = refused(5, 2, 4)
    assert count("C6", claim(1, 0, 1), said, claim(2, 4, 6)) == 0, "it began at the instant the reply ended"
    assert count("C6", claim(1, 0, 1), said, claim(2, 5, 6)) == 1
    assert count("C6", claim(1, 0, 1), said, lost(2, 5)) == 0
    assert count("C6", claim(1, 0, 1), said, lost(2, 3), claim(2, 7, 8)) == 0, "its first attempt had begun before"


def test_who_was_refused_and_then_granted_began_again_after_the_refusal() -> None:
    assert count("C6", claim(1, 0, 1), refused(2, 2, 4), claim(2, 5, 6)) == 1
    pending = claim(2, 2, 3, outcome=PENDING, result="", mark="")
    assert count("C6", claim(1, 0, 1), pending, refused(7, 4, 5), claim(2, 6, 7)) == 0, "202 had begun before"


def test_success_after_sold_out_needs_as_many_releases() -> None:
    begin = (claim(1, 0, 1), claim(2, 0, 1), refused(5, 2, 3))
    assert count("C7", *begin, void(9, 4, 5, of=1), claim(3, 6, 7)) == 0
    assert count("C7", *begin, void(9, 4, 5, of=1), claim(3, 6, 7), claim(4, 6, 7)) == 1
    assert count("C7", *begin, void(9, 4, None, of=1), claim(3, 6, 7)) == 0
    assert count("C7", *begin, claim(3, 4, 5), void(9, 6, 7, of=1)) == 1, "it came back too late"
    assert count("C7", *begin, claim(3, 4, 6), void(9, 6, 7, of=1)) == 0
    assert count("C7", *begin, raised(9, 4, 5, 3), claim(3, 6, 7)) == 0
    assert count("C7", *begin, raised(9, 4, 5, 3), claim(3, 6, 7), claim(4, 6, 7)) == 1
    early = (claim(1, 0, 1), claim(2, 0, 1), void(9, 1, 2, of=1), refused(5, 3, 4))
    assert count("C7", *early, claim(3, 6, 7)) == 1, "what came back before sold out was said is gone"
    assert count("C7", claim(1, 0, 1), claim(2, 0, 1), void(9, 1, 3, of=1), refused(5, 3, 4), claim(3, 6, 7)) == 0


def test_sold_out_needs_a_full_house_at_one_instant_of_its_interval() -> None:
    assert count("C8", claim(1, 0, 1), claim(2, 3, 4), refused(5, 2, 3)) == 0, "at instant 3 both can be held"
    assert count("C8", claim(1, 0, 1), claim(2, 4, 5), refused(5, 2, 3)) == 1
    assert count("C8", claim(1, 0, 1), lost(2, 3), refused(5, 2, 3)) == 0
    full = (claim(1, 0, 1), claim(2, 0, 1), void(9, 2, 3, of=1))
    assert count("C8", *full, refused(5, 3, 6)) == 0, "the release may come after instant 3"
    assert count("C8", *full, refused(5, 4, 6)) == 1
    assert count("C8", *full, refused(5, 4, 6), facts=facts_with(reopen_delay_ns=1)) == 0
    assert count("C8", *full, refused(5, 5, 6), facts=facts_with(reopen_delay_ns=1)) == 1
    assert count("C8", claim(1, 0, 1), claim(2, 0, 1), raised(9, 2, 3, 3), refused(5, 4, 6)) == 1
    assert count("C8", claim(1, 0, 1), claim(2, 0, 1), raised(9, 2, None, 3), refused(5, 4, 6)) == 0


def test_a_lost_claim_that_was_refused_later_cannot_have_been_held_before_that() -> None:
    resolved = (lost(2, 1), refused(2, 8, 9))
    assert count("C8", claim(1, 0, 1), *resolved, refused(5, 4, 6), claim(7, 8, 9)) == 1
    assert count("C8", claim(1, 0, 1), lost(2, 1), refused(5, 4, 6), claim(7, 8, 9)) == 0


def test_a_repetition_may_be_given_the_answer_of_the_first_attempt() -> None:
    full = (claim(1, 0, 1), claim(2, 0, 1), void(9, 4, 5, of=1))
    pending = claim(6, 2, 3, outcome=PENDING, result="", mark="")
    assert count("C8", *full, pending, refused(6, 7, 8)) == 0, "it was decided while the house was full"
    assert count("C8", *full, refused(6, 7, 8)) == 1


def test_claims_alone_have_an_order() -> None:
    assert count("C9", claim(1, 0, 1), claim(2, 0, 5), refused(3, 1, 2)) == 0
    assert count("C9", claim(1, 0, 1), claim(2, 3, 5), refused(3, 1, 2)) == 1
    assert count("C9", claim(1, 0, 1), refused(3, 1, 2)) == 1
    assert count("C9", claim(1, 0, 1), lost(2, 2), refused(3, 1, 2)) == 0
    assert count("C9", claim(1, 0, 1), lost(2, 3), refused(3, 1, 2)) == 1
    assert count("C9", claim(1, 0, 1), claim(2, 0, 1), claim(3, 0, 1)) == 1


def test_nothing_is_left_over_where_enough_people_wanted_it() -> None:
    assert count("C18", claim(1, 0, 1), refused(2, 1, 2)) == 1
    assert count("C18", claim(1, 0, 1), claim(2, 1, 2), refused(3, 1, 2)) == 0
    assert count("C18", claim(1, 0, 1), lost(4, 0), refused(2, 1, 2)) == 0
    assert count("C18", claim(1, 0, 1)) == 0, "nobody else asked"
    assert count("C18", claim(1, 0, 1), refused(2, 1, 2, person=1)) == 0, "the same person could not have had it"


def test_who_came_later_got_what_another_was_refused() -> None:
    told = (claim(1, 0, 1), refused(2, 2, 4), claim(3, 9, 10))
    found = check("C19", *told)
    assert count("C19", *told) == 1
    assert found.figures["worst_inversion_ms"] == (9 - 4) / 1e6
    with_release = (claim(1, 0, 1), claim(2, 0, 1), refused(5, 2, 3), void(9, 4, 5, of=1), claim(3, 6, 7))
    assert count("C19", *with_release) == 0
    assert count("C19", *with_release, claim(4, 7, 8)) == 1


def test_nothing_is_granted_during_a_pause() -> None:
    facts = facts_with(pauses=(Pause(Span(at(2), at(4)), Span(at(10), at(11))),))
    assert count("C10", claim(1, 4, 6), facts=facts) == 0, "it may have come in before the pause was sure"
    assert count("C10", claim(1, 5, 9), facts=facts) == 1
    assert count("C10", claim(1, 5, 10), facts=facts) == 0
