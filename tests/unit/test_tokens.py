"""Tokens: whom they name, and that nothing remembered outlives its end or comes from a stranger."""

import time

import pytest

from voucher_platform.core.auth import Principal, seal, unseal

SECRET = "s" * 32
RESIDENT = Principal("consumer", "acc-1", person="psn-1", device="dev-1", home="510681001")
TILL = Principal("merchant", "mch_1:T1", merchant="mch_1", till="T1")
NAMED_IN_CHINESE = Principal("bureau", "商务局-张")


@pytest.mark.parametrize("who", [RESIDENT, TILL, NAMED_IN_CHINESE])
def test_a_token_names_whom_it_was_made_for(who: Principal) -> None:
    token, _ = seal(who, SECRET, 60)
    for _ in range(2):  # the second time from memory
        read = unseal(token, SECRET)
        assert read is not None
        assert all(getattr(read, name) == getattr(who, name) for name in Principal.__struct_fields__)


def test_a_token_that_ends_is_refused_though_it_is_remembered() -> None:
    token, expires = seal(RESIDENT, SECRET, 1)
    assert unseal(token, SECRET) is not None
    until = time.monotonic() + 10
    while unseal(token, SECRET) is not None:
        assert time.monotonic() < until
    assert time.time() >= int(expires)


@pytest.mark.parametrize("secret", ["t" * 32, SECRET + "x"])
def test_a_token_of_another_secret_names_nobody_also_after_its_own_platform_read_it(secret: str) -> None:
    token, _ = seal(RESIDENT, SECRET, 60)
    assert unseal(token, SECRET) is not None
    assert unseal(token, secret) is None


def test_no_changed_character_passes() -> None:
    token, _ = seal(RESIDENT, SECRET, 60)
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        # The last character of 32 bytes in base 64 holds two bits that say nothing; the text must be the same even so.
        assert unseal(changed, SECRET) is None


@pytest.mark.parametrize("text", ["", ".", "a.b", "é.é", "a" * 5_000, "\udcff.x"])
def test_no_text_is_a_fault_of_ours(text: str) -> None:
    assert unseal(text, SECRET) is None
