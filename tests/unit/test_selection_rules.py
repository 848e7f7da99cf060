"""The rules of the sheet: who is in time, who is admitted, who is ranked, and why somebody is not."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.selection.entry import examine, is_late, together
from loadtest.selection.model import Applicant
from loadtest.selection.ranking import places
from loadtest.selection.sheet import Sheet, lay_out
from tests.selection_samples import applicant, before_deadline, checklist, entered, notice, paper, papers

DEADLINE = notice().notice.deadline_at


def standing_of(**changes: Any) -> str:
    """Where an applicant stands."""
    return examine(Applicant.model_validate(applicant(1, **changes)), notice()).standing


def sheet(**changes: Any) -> Sheet:
    """Three applicants, no bundles."""
    return lay_out(entered(**changes))


def keys_of(one: Any) -> set[str]:
    """The keys of the reasons why it has no place."""
    return {reason.key for reason in one.why_not}


def remark_keys(made: Sheet) -> set[str]:
    """The keys of the remarks."""
    return {one.key for one in made.remarks}


@pytest.mark.parametrize(
    ("seconds", "late"), [(-1, False), (0, False), (1, True), (86_400, True)]
)  # fmt: skip
def test_a_paper_is_late_only_after_the_very_second_of_the_deadline(seconds: int, late: bool) -> None:
    assert is_late(DEADLINE + timedelta(seconds=seconds), notice()) is late


def test_the_time_of_receipt_is_compared_as_an_instant_whatever_its_offset() -> None:
    utc = (DEADLINE + timedelta(seconds=1)).astimezone(timezone.utc)  # noqa: UP017 - another zone is the point
    assert is_late(utc, notice())
    assert not is_late(DEADLINE.astimezone(timezone(timedelta(hours=-5))), notice())


def test_a_late_paper_is_refused_with_both_times_although_everything_else_is_met() -> None:
    made = sheet(applicants=[applicant(n) for n in (1, 2, 3)] + [applicant(4, received_at=before_deadline(seconds=-1))])
    late = made.standings[3]
    assert (late.entry.standing, late.place, made.compared) == ("late", None, True)
    words = late.why_not[0].text("zh")
    assert "2025-12-17 17:00:01" in words
    assert "2025-12-17 17:00:00" in words
    assert "2025-12-17 17:00:01" in late.why_not[0].text("en")
    assert len(made.in_time) == 3


@pytest.mark.parametrize(
    ("unfinished", "says"), [(1, "有效报名 2 家，另有 1 家的入围核对还没有完成"), (0, "有效报名 2 家，不超过 2 家")]
)
def test_an_unfinished_checklist_is_no_reason_not_to_compare(unfinished: int, says: str) -> None:
    third = applicant(3, checklist=checklist(legal_person="unclear" if unfinished else "no"))
    made = sheet(applicants=[applicant(1), applicant(2), third])
    assert made.compared is False
    assert made.not_compared().text("zh").startswith(says)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, "admitted"),
        ({"legal_person": "no"}, "refused"),
        ({"legal_person": "unclear"}, "open"),
        ({"legal_person": ""}, "open"),
        ({"stamped": "no"}, "refused"),
        ({"licence_card": "no", "licence_clearing": "no"}, "admitted"),
        ({"licence_card": "no", "licence_clearing": "no", "licence_payment": "no"}, "refused"),
        ({"licence_card": "no", "licence_clearing": "no", "licence_payment": "unclear"}, "open"),
        ({"licence_card": "unclear", "licence_clearing": "", "licence_payment": "yes"}, "admitted"),
        ({"legal_person": "unclear", "stamped": "no"}, "refused"),
    ],
)
def test_the_checklist_decides_with_alternatives_counted_as_one(answers: dict[str, Any], expected: str) -> None:
    assert standing_of(checklist=checklist(**answers)) == expected


def test_only_a_branch_needs_an_authorisation() -> None:
    assert standing_of(branch=False) == "admitted"
    assert standing_of(branch=True) == "open"
    assert standing_of(branch=True, checklist=checklist(branch=True)) == "admitted"
    assert standing_of(branch=True, checklist=checklist(branch=True, branch_authorisation="no")) == "refused"
    assert standing_of(branch=False, checklist=checklist(branch_authorisation="no")) == "admitted"


@given(st.lists(st.sampled_from(["yes", "no", "unclear", "unchecked"]), min_size=1, max_size=4))
def test_of_alternatives_one_yes_is_enough_and_only_all_no_is_no(states: list[Any]) -> None:
    found = together(states)
    assert (found == "yes") == ("yes" in states)
    assert (found == "no") == (set(states) == {"no"})


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30_000), max_size=8))
def test_places_follow_the_totals_and_equal_totals_share_one(totals: dict[str, int]) -> None:
    found = places(totals)
    assert found.keys() == totals.keys()
    for one, place in found.items():
        assert place == 1 + len([other for other in totals if totals[other] > totals[one]])
        assert all((totals[one] > totals[other]) == (place < found[other]) for other in totals)
        assert all((totals[one] == totals[other]) == (place == found[other]) for other in totals)
    if totals:
        assert min(found.values()) == 1


@given(
    st.lists(st.lists(st.integers(0, 2_000), min_size=3, max_size=3), min_size=3, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=4),
)
def test_a_missing_score_takes_the_place_away_and_is_never_a_zero(
    hundredths: list[list[int]], holes: list[tuple[int, int]]
) -> None:
    scores = [
        paper(judge + 1, of + 1, operations=-1 if (of, judge) in holes else points / 100)
        for of, row in enumerate(hundredths)
        for judge, points in enumerate(row)
    ]
    made = sheet(applicants=[applicant(n + 1) for n in range(len(hundredths))], scores=scores)
    rest = round(3 * (28 + 17 + 26.5) * 100)
    for of, one in enumerate(made.standings):
        hole = any((of, judge) in holes for judge in range(3))
        assert (one.place is None) == hole
        assert one.tally.total == (None if hole else rest + sum(hundredths[of]))
    whole = {one.applicant.id: one.tally.total for one in made.standings if one.tally.total is not None}
    assert {one.applicant.id: one.place for one in made.ranked} == places(whole)


def test_three_in_order_of_their_sums() -> None:
    made = sheet()
    assert [(one.applicant.id, one.place, one.tied) for one in made.ranked] == [
        ("a1", 1, False), ("a3", 2, False), ("a2", 3, False),
    ]  # fmt: skip
    assert made.ranked[0].tally.mean == pytest.approx(89.5)


def test_equal_sums_share_a_place_and_the_next_counts_both() -> None:
    made = sheet(scores=papers(18, 18, 17))
    assert [(one.place, one.tied) for one in made.standings] == [(1, True), (1, True), (3, False)]


def test_sums_that_differ_only_by_the_order_of_adding_are_a_tie() -> None:
    one = [paper(1, 1, operations=0.1), paper(2, 1, operations=0.2), paper(3, 1, operations=0.3)]
    other = [paper(1, 2, operations=0.3), paper(2, 2, operations=0.2), paper(3, 2, operations=0.1)]
    made = sheet(scores=[*one, *other, *papers(0, 0, 17)[6:]])
    assert [each.place for each in made.standings] == [2, 2, 1]


def test_who_misses_a_score_is_not_ranked_and_the_judge_and_item_are_named() -> None:
    scores = [one for one in papers(18, 16, 17) if (one["judge"], one["applicant"]) != ("j2", "a1")]
    scores[0] = paper(1, 1, technology=-1)
    made = sheet(scores=scores)
    first = made.standings[0]
    assert first.place is None
    words = [reason.text("zh") for reason in first.why_not]
    assert words[0] == "评委1未评：技术保障与风险防控"
    assert words[1].startswith("评委2未评：平台合法性、配套服务")
    assert [one.place for one in made.standings[1:]] == [2, 1]
    assert "remark.ranking_provisional" in remark_keys(made)


def test_without_judges_nobody_is_ranked() -> None:
    made = sheet(judges=[], scores=[])
    assert made.ranked == ()
    assert all(keys_of(one) == {"ranking.no_judges"} for one in made.standings)


@pytest.mark.parametrize("valid", [0, 1, 2])
def test_with_two_or_fewer_valid_applicants_there_is_no_comparison(valid: int) -> None:
    applicants = [applicant(n, checklist=checklist() if n <= valid else checklist(stamped="no")) for n in (1, 2, 3, 4)]
    made = sheet(applicants=applicants)
    assert not made.compared
    assert made.ranked == ()
    assert all(one.place is None for one in made.standings)
    assert f"有效报名 {valid} 家，不超过 2 家" in made.not_compared().text("zh")
    assert "remark.scores_unused" in remark_keys(made)


def test_who_is_not_admitted_has_no_place_although_the_judges_gave_the_most() -> None:
    applicants = [applicant(1, checklist=checklist(clean_record="no")), *(applicant(n) for n in (2, 3, 4))]
    made = sheet(applicants=applicants, scores=papers(20, 16, 17, 15))
    assert [one.applicant.id for one in made.ranked] == ["a3", "a2", "a4"]
    assert keys_of(made.standings[0]) == {"entry.not_met"}
    assert "N4.1 三年内政府采购活动中无重大违法记录" in made.standings[0].why_not[0].text("zh")


def test_an_open_checklist_is_told_because_it_may_still_change_who_is_compared() -> None:
    applicants = [applicant(1), applicant(2), applicant(3, checklist=checklist(profile="unclear"))]
    made = sheet(applicants=applicants)
    assert not made.compared
    assert "remark.entry_open" in remark_keys(made)


def test_papers_from_before_the_call_opened_are_told() -> None:
    early = (notice().notice.opens_at - timedelta(seconds=1)).isoformat()
    assert "remark.early" in remark_keys(sheet(applicants=[applicant(1, received_at=early)]))
    assert "remark.early" not in remark_keys(sheet())


def test_another_limit_in_the_notice_is_another_rule() -> None:
    other = notice().model_copy(
        update={"selection": notice().selection.model_copy(update={"no_comparison_at_or_below": 3})}
    )
    given_there = entered()
    made = lay_out(type(given_there)(given_there.folder, given_there.file, other, given_there.digest))
    assert not made.compared
    assert "不超过 3 家" in made.not_compared().text("zh")


def test_the_time_of_the_samples_is_that_of_the_notice() -> None:
    assert datetime.fromisoformat(before_deadline(seconds=0)) == DEADLINE
