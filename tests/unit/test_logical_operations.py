"""What several attempts under one key prove together: state, and the tightest bounds of the effect."""

from typing import Any

from loadtest.history.columns import FOREVER
from loadtest.history.logical import CERTAIN, NONE, POSSIBLE, operations_of, refusals_of
from loadtest.history.record import Kind, Outcome
from tests.hand_histories import OK, PENDING, Told, at, claim, history, lost, redeem, refused

NOTHING: Any = {"result": "", "mark": ""}
SHED: Any = {"outcome": Outcome.NOT_EXECUTED, "code": "overloaded", **NOTHING}


def judged(*told: Told) -> tuple[int, int, int, bool]:
    """State, bounds and whether it is settled, of the only operation there is. FOREVER stays what it is."""
    operations = operations_of(history(*told))
    assert len(operations) == 1
    reply = int(operations.reply[0])
    return (
        int(operations.state[0]), int(operations.invoke[0]) - at(0), reply if reply == FOREVER else reply - at(0),
        bool(operations.settled[0]),
    )  # fmt: skip


def found_by_read(invoke: int, of: int) -> Told:
    """A read of the claim by its key that finds the voucher."""
    return Told(Kind.READ_CLAIM, 99, invoke, invoke + 1, OK, person=of, target=str(of), result=f"v{of}")


def test_one_attempt_bounds_its_effect() -> None:
    assert judged(claim(1, 2, 5)) == (CERTAIN, 2, 5, False)
    assert judged(lost(1, 2)) == (POSSIBLE, 2, FOREVER, False)
    assert judged(refused(1, 2, 5))[0] == NONE
    assert judged(claim(1, 2, 5, **SHED))[0] == NONE


def test_a_lost_attempt_whose_repetition_was_granted_is_that_grant() -> None:
    assert judged(lost(1, 2), claim(1, 6, 9)) == (CERTAIN, 2, 9, False)
    assert judged(claim(1, 6, 9), claim(1, 7, 8)) == (CERTAIN, 6, 8, False), "the earliest success counts"


def test_a_refusal_proves_that_there_was_no_effect_before_it() -> None:
    assert judged(refused(1, 2, 5), claim(1, 6, 9)) == (CERTAIN, 6, 9, False)
    assert judged(lost(1, 2), refused(1, 4, 5), claim(1, 6, 9)) == (CERTAIN, 4, 9, False)
    assert judged(lost(1, 2), refused(1, 4, 5)) == (POSSIBLE, 4, FOREVER, True), "it may still lie in a queue"
    assert judged(refused(1, 1, 2), lost(1, 4)) == (POSSIBLE, 4, FOREVER, False), "nobody asked again"


def test_a_refusal_after_the_success_says_nothing_about_when_it_was() -> None:
    assert judged(claim(1, 2, 5), refused(1, 6, 7)) == (CERTAIN, 2, 5, False)


def test_what_was_shed_had_no_effect_and_proves_nothing() -> None:
    assert judged(claim(1, 0, 1, **SHED), claim(1, 4, 6)) == (CERTAIN, 4, 6, False)
    assert judged(lost(1, 0), claim(1, 4, 6, **SHED)) == (POSSIBLE, 0, FOREVER, False)


def test_a_pending_claim_ends_as_its_repetition_says() -> None:
    pending = claim(1, 2, 3, outcome=PENDING, **NOTHING)
    assert judged(pending) == (POSSIBLE, 2, FOREVER, False)
    assert judged(pending, refused(1, 4, 5))[0] == NONE
    assert judged(pending, refused(1, 3, 5))[0] == POSSIBLE, "it was asked before 202 was read"
    assert judged(pending, lost(1, 3), refused(1, 6, 7))[0] == POSSIBLE, "the lost one may be executed later"
    assert judged(pending, claim(1, 6, 9)) == (CERTAIN, 2, 9, False)


def test_a_read_that_finds_the_voucher_makes_the_claim_certain() -> None:
    assert judged(lost(1, 2), found_by_read(7, of=1)) == (CERTAIN, 2, 8, False)
    operations = operations_of(history(lost(1, 2), found_by_read(7, of=1)))
    assert operations.history.kind[operations.row[0]] == Kind.READ_CLAIM, "the read tells the voucher"


def test_a_read_that_finds_nothing_only_shows_that_somebody_asked() -> None:
    read = Told(Kind.READ_CLAIM, 99, 7, 8, Outcome.NO_EFFECT, "not_found", person=1, target="1")
    assert judged(lost(1, 2), read) == (POSSIBLE, 2, FOREVER, True)


def test_an_unreadable_success_is_certain_and_its_voucher_comes_from_the_repetition() -> None:
    told = (claim(1, 2, 3, outcome=Outcome.OK_UNREADABLE, **NOTHING), claim(1, 6, 9))
    assert judged(*told) == (CERTAIN, 2, 3, False)
    operations = operations_of(history(*told))
    assert operations.of("result")[0] != 0


def test_other_requests_and_other_people_under_one_key_are_other_operations() -> None:
    assert len(operations_of(history(redeem(4, 0, 1, of=1), redeem(4, 2, 3, of=2)))) == 2
    assert len(operations_of(history(claim(1, 0, 1, person=1), claim(1, 2, 3, person=2)))) == 2
    mixed = operations_of(history(redeem(4, 0, 1, of=1), redeem(4, 2, 3, of=2), redeem(4, 4, 5, of=1)))
    assert sorted(len(mixed.attempts(one)) for one in range(len(mixed))) == [1, 2]


def test_a_refusal_may_repeat_what_was_decided_while_the_first_attempt_was_under_way() -> None:
    refusals = refusals_of(history(lost(1, 2), refused(1, 6, 7), refused(2, 6, 7)))
    assert list(refusals.since - at(0)) == [2, 6]


def test_an_attempt_that_never_left_is_no_operation_that_was_sent() -> None:
    unsent = Told(Kind.CLAIM, 1, 0, None, Outcome.NOT_SENT)
    operations = operations_of(history(unsent))
    assert not operations.sent[0]
    assert operations.state[0] == NONE
    assert len(operations_of(history())) == 0
