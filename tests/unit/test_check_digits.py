"""Check digits against published numbers and against every single-character slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchant_sim.check_digits import (
    USCC_ALPHABET,
    id_number_check_character,
    id_number_is_valid,
    organisation_check_character,
    uscc_check_character,
    uscc_is_valid,
)

digits = st.text("0123456789", min_size=17, max_size=17)
bodies = st.text(USCC_ALPHABET, min_size=17, max_size=17)
places = st.integers(0, 17)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_printed_in_the_id_number_standard_are_valid(number: str) -> None:
    assert id_number_is_valid(number)


def test_the_example_printed_in_the_credit_code_standard_is_valid() -> None:
    assert uscc_is_valid("91350100M000100Y43")


@pytest.mark.parametrize("code", ["D2143569X", "M000100Y4"])
def test_the_example_of_the_organisation_code_standard_and_the_one_inside_a_credit_code_are_right(
    code: str,
) -> None:
    assert organisation_check_character(code[:8]) == code[8]


@given(digits, places, st.sampled_from("0123456789X"))
def test_one_wrong_character_in_an_id_number_is_always_found(body: str, place: int, wrong: str) -> None:
    number = body + id_number_check_character(body)
    spoiled = number[:place] + wrong + number[place + 1 :]
    assert id_number_is_valid(spoiled) == (spoiled == number)


@given(digits, st.integers(0, 15))
def test_two_swapped_neighbours_in_an_id_number_are_always_found(body: str, place: int) -> None:
    number = body + id_number_check_character(body)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert id_number_is_valid(swapped) == (swapped == number)


@given(bodies, places, st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_in_a_credit_code_is_always_found(body: str, place: int, wrong: str) -> None:
    code = body + uscc_check_character(body)
    spoiled = code[:place] + wrong + code[place + 1 :]
    assert uscc_is_valid(spoiled) == (spoiled == code)


@given(st.text(max_size=20))
def test_any_text_at_all_gets_an_answer_and_no_error(text: str) -> None:
    assert uscc_is_valid(text) in {True, False}
    assert id_number_is_valid(text) in {True, False}


@pytest.mark.parametrize("body", ["", "1" * 16, "1" * 18, "I" * 17, "１" * 17])
def test_a_body_of_the_wrong_form_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="17"):
        uscc_check_character(body)
    with pytest.raises(ValueError, match="17"):
        id_number_check_character(body)
    with pytest.raises(ValueError, match="eight digits"):
        organisation_check_character(body)
