"""Codes that a till scans."""

from datetime import UTC, datetime, timedelta

import pytest

from voucher_platform.claims.codes import Dynamic, Static, dynamic_code, read_code, verify

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VOUCHER = "vch_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def code(secret: str = "s" * 32) -> tuple[str, datetime]:
    return dynamic_code(VOUCHER, token_secret=secret, now=NOW, step_seconds=30)


def judged(text: str, now: datetime) -> str:
    read = read_code(text)
    assert isinstance(read, Dynamic)
    return verify(read, token_secret="s" * 32, now=now, step_seconds=30)


def test_a_static_code_and_rubbish_are_read_as_static() -> None:
    assert read_code("abcdefgh12345678") == Static("ABCDEFGH12345678")
    assert isinstance(read_code("A.B.C"), Static)


def test_a_dynamic_code_names_its_voucher_and_is_good_until_it_expires() -> None:
    text, expires_at = code()
    read = read_code(text.lower())
    assert isinstance(read, Dynamic)
    assert read.voucher_id == VOUCHER
    assert judged(text, NOW) == judged(text, expires_at - timedelta(seconds=1)) == "good"
    assert judged(text, expires_at) == "stale"
    assert timedelta(seconds=30) <= expires_at - NOW <= timedelta(seconds=60)


@pytest.mark.parametrize("place", [0, 10, 28, -1])
def test_a_changed_character_makes_a_forgery(place: int) -> None:
    text, _ = code()
    letters = list(text)
    letters[place] = "2" if letters[place] != "2" else "3"
    assert judged("".join(letters), NOW) == "forged"


def test_another_secret_makes_a_forgery() -> None:
    assert judged(code("x" * 32)[0], NOW) == "forged"
