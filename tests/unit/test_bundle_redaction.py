"""Secrets and personal data leave no trace in a bundle; evidence beside them stays as it was."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.bundle.personal_names import HIDDEN
from loadtest.bundle.redaction import Leak, Redactor
from loadtest.bundle.signing import files_below
from loadtest.bundle.writing import write_bundle
from loadtest.lab.staff import credit_code, id_number
from merchant_sim.check_digits import id_number_check_character
from tests.bundle_samples import exchange, failure, record_of, run_folder, some_cases

TOKEN = "tok_9f8e7d6c5b4a39281706"
PASSWORD = 'p"a\\ss wörd,}&=秘密'
PHONE, CARD, IDENTITY = "13812341234", "6222020000000000000", id_number(12_345)
REDACTOR = Redactor()


def test_a_phone_is_masked_as_people_know_it() -> None:
    assert REDACTOR.text("拨打 13812341234 咨询") == "拨打 138****1234 咨询"


@pytest.mark.parametrize("written", ["+8613812341234", "+86 13812341234", "tel:13812341234", "（13812341234）"])
def test_a_phone_is_found_in_any_dress(written: str) -> None:
    assert "1234123" not in REDACTOR.text(written)


def test_id_and_card_numbers_keep_only_their_ends() -> None:
    assert REDACTOR.text(f"{IDENTITY} {CARD}") == f"{IDENTITY[:3]}{'*' * 11}{IDENTITY[-4:]} {'*' * 15}0000"


@pytest.mark.parametrize("kept", ["1764000000123456789", "20260105", "vl-0123456789abcdef", "510681001", "ab" * 32])
def test_numbers_that_belong_to_nobody_stay(kept: str) -> None:
    assert REDACTOR.text(kept) == kept


def test_a_shops_credit_code_is_never_taken_for_a_persons_number() -> None:
    """Masked in the evidence, it would no longer be found in the file that came back: a lawful vendor accused."""
    codes = [credit_code(number) for number in range(20_000)]
    digits = [code for code in codes if code[:17].isdigit()]
    assert any(id_number_check_character(code[:17]) == code[17] for code in digits), "some have the right last one"
    assert [code for code in codes if REDACTOR.text(code) != code] == []


@pytest.mark.parametrize(
    "body",
    [
        '{"token": "VALUE", "n": 1}',
        '{"access_token":"VALUE"}',
        '{"a": {"password" : "VALUE"}}',
        '{"tokens": ["x", "VALUE"]}',
        '{"\\u0070assword": "VALUE"}',
        '{"text": "{\\"token\\": \\"VALUE\\"}"}',
        "login=x&password=VALUE&z=1",
        "/v1/things?access_token=VALUE",
        "Authorization: Bearer VALUE",
        "sent with Bearer VALUE.",
        "Cookie: session=VALUE",
    ],
)
def test_a_secret_is_told_by_its_name(body: str) -> None:
    assert TOKEN not in REDACTOR.text(body.replace("VALUE", TOKEN))


def test_raw_layout_and_everything_beside_a_secret_stay() -> None:
    raw = '{ "login":"op1" ,\n "password" : "abc,def}" , "threshold_fen":10000 }'
    assert REDACTOR.text(raw) == raw.replace("abc,def}", HIDDEN)


def test_a_status_under_a_telling_name_is_no_secret() -> None:
    assert REDACTOR.value({"missing_token": 401, "phones": 3}) == {"missing_token": 401, "phones": 3}


def test_the_token_of_a_command_to_copy_stays_a_variable() -> None:
    line = "Authorization: Bearer $TOKEN"
    assert REDACTOR.text(line) == line


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["token", "phone", "card", "id_number", "reply_body"]), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_redacting_twice_changes_nothing_more(value: object) -> None:
    once = REDACTOR.value(value)
    assert REDACTOR.value(once) == once


@given(st.text(min_size=8, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_gone_however_it_was_written(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    shown = redactor.value({"reply_body": json.dumps([before, secret, after]), "plain": before + secret + after})
    redactor.refuse_leaks(json.dumps(shown, ensure_ascii=False).encode(), "value")
    assert secret not in shown["plain"]


def test_a_short_secret_would_blank_ordinary_words_and_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Redactor(["fen"])


def test_a_leak_is_named_by_file_and_never_by_value() -> None:
    with pytest.raises(Leak) as leak:
        Redactor([TOKEN]).refuse_leaks(f"x{TOKEN}x".encode(), "a.json")
    assert "a.json" in str(leak.value)
    assert TOKEN not in str(leak.value)


def test_what_is_masked_in_a_binary_file_keeps_its_place() -> None:
    raw = b"\x01\x00\xff" + f'{{"token":"{TOKEN}","phone":"{PHONE}"}}'.encode() + b"\x07\x00end"
    masked = Redactor([TOKEN]).same_length(raw)
    assert len(masked) == len(raw)
    assert masked.endswith(b"\x07\x00end")
    assert TOKEN.encode() not in masked
    assert b"138****1234" in masked


def test_not_a_byte_of_a_whole_bundle_holds_a_planted_secret(tmp_path: Path) -> None:
    planted = exchange(
        operation="sign_in", path=f"/v1/sessions?access_token={TOKEN}",
        request_headers={"X-Api-Key": TOKEN, "Authorization": f"Bearer {TOKEN}"},
        request_body=json.dumps({"login": "op1", "password": PASSWORD}, ensure_ascii=False).encode(),
        reply_body=json.dumps({"token": TOKEN, "phone": PHONE, "id_number": IDENTITY, "card": CARD}).encode(),
        value={"token": TOKEN, "payer_phone": PHONE, "note": f"卡 {CARD}"},
    )  # fmt: skip
    binary = exchange(number=4, reply_body=b"\xff\xfe" + f'{{"token": "{TOKEN}"}}{PHONE}'.encode())
    (case_id,) = some_cases(1)
    result = failure(case_id, planted, binary, actual_zh=f"答复含 {PHONE} 与 {TOKEN}", figures={"token": TOKEN})
    folder = run_folder(
        tmp_path / "run", preflight={"staff": [{"login": "op1", "password": PASSWORD}]},
        cast={"people": [{"token": TOKEN, "id_number": IDENTITY}], "raw": [planted.as_json(), binary.as_json()]},
    )  # fmt: skip
    notes = folder / "steps" / "opening-1" / "history" / "worker-00001.notes"
    notes.write_bytes(b"\x01\x00\x00" + f'{{"token":"{TOKEN}","phone":"{PHONE}"}}'.encode())
    (folder / "run.log").write_text(f"signed in with {TOKEN}\n{IDENTITY}\n", encoding="utf-8")
    write_bundle(folder, record_of(result), secrets=[TOKEN, PASSWORD])
    forms = [TOKEN, PASSWORD, json.dumps(PASSWORD)[1:-1], PHONE, IDENTITY, CARD]
    hunted = [*(form.encode() for form in forms), base64.b64encode(TOKEN.encode()).rstrip(b"=")]
    for name in files_below(folder):
        content = _unzipped(folder / name)
        found = [form for form in hunted if form in content]
        assert not found, f"{name} holds {found}"
    assert "138****1234" in (folder / "report.html").read_text(encoding="utf-8")


def _unzipped(path: Path) -> bytes:
    import zipfile

    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def test_a_file_that_cannot_be_redacted_does_not_travel(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    (folder / "memory.pickle").write_bytes(b"\x80\x05")
    with pytest.raises(ValueError, match=r"memory\.pickle"):
        write_bundle(folder, record_of())
