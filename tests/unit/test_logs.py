"""What a log line may never hold, and what it must."""

import asyncio
import io
import json
import logging
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from voucher_platform.core.auth import Principal, seal
from voucher_platform.core.credit_code import ALPHABET, check_character, is_credit_code
from voucher_platform.core.ids import name_of_run, new_request_id
from voucher_platform.core.logs import MOST_A_SECOND, REQUEST_ID, log_as_json
from voucher_platform.core.masking import HIDDEN, mask, mask_field, mask_text

DIGITS = "0123456789"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """This process's logs, as a platform's process sets them up, into memory."""
    before = structlog.get_config()
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    log_as_json(stream=stream, process="api-7")
    try:
        yield stream
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:], root.level, sys.excepthook = handlers, level, hook
        structlog.configure(**before)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates()).strftime("%m%d")
    body = f"{draw(st.integers(110000, 659999))}{draw(st.integers(1900, 2099))}{born}{draw(st.integers(0, 999)):03}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    kind, place = draw(st.sampled_from("123")), draw(st.integers(110000, 659999))
    number = draw(st.one_of(st.text(DIGITS, min_size=9, max_size=9), st.text(ALPHABET, min_size=9, max_size=9)))
    body = f"9{kind}{place}{number}"
    assume(not re.match(r"\d{6}(19|20)\d\d[01]\d[0-3]\d", body))  # it could be a foreign resident's number
    return body + str(check_character(body))


phones = st.builds("1{}{}".format, st.sampled_from("3456789"), st.text(DIGITS, min_size=9, max_size=9))
cards = st.builds("6{}".format, st.text(DIGITS, min_size=15, max_size=18))
tokens = st.builds(
    lambda name, secret: seal(Principal("consumer", name, person=name, device="d"), secret, 60)[0],
    st.text(min_size=1, max_size=20), st.text("abc", min_size=32, max_size=32),
)  # fmt: skip
secret_things = st.one_of(id_numbers(), phones, cards, tokens)
# Neighbours without digits: what stands beside a number's own digits makes it another number.
around = st.text(max_size=20).map(lambda text: re.sub(r"\d", "", text))
names = st.text("abcdefghij_", min_size=1, max_size=10)


def test_a_card_with_two_letters_behind_it_is_no_credit_code_although_its_check_character_is_right() -> None:
    assert is_credit_code("6000000000000000GB")
    assert "6000000000000000" not in mask_text("paid by 6000000000000000GB")


def placed(thing: str, before: str, after: str) -> st.SearchStrategy[Any]:
    """The thing in a text, in whatever nest of lists, tuples and fields, or as an error."""
    told = f"{before}{thing}{after}"
    leaves: list[Any] = [told, ValueError(told), told.encode(), {told: 1}, {told}]
    if thing.isdigit():
        leaves.append(int(thing))
    return st.recursive(
        st.sampled_from(leaves),
        lambda inner: st.one_of(st.lists(inner, min_size=1, max_size=2), st.dictionaries(names, inner, min_size=1)),
        max_leaves=4,
    )


def fail(cause: str, told: str) -> None:
    try:
        int(f"{cause}?")
    except ValueError as error:
        raise LookupError(told) from error


def raised(cause: str, told: str) -> Exception:
    """An error with places and a cause, as it arrives where it is logged."""
    with pytest.raises(LookupError) as caught:
        fail(cause, told)
    return caught.value


@settings(max_examples=300)
@given(data=st.data(), thing=secret_things, before=around, after=around)
def test_no_number_of_a_person_and_no_token_that_goes_in_comes_out(
    data: st.DataObject, thing: str, before: str, after: str
) -> None:
    with logged() as stream:
        log = structlog.get_logger("test")
        log.info("something", held=data.draw(placed(thing, before, after)))
        told = f"{before}{thing}{after}"
        log.warning(told)
        logging.getLogger("library").warning("%s%s%s", before, thing, after)
        log.error("failed", exc_info=raised(thing, told))
    written = stream.getvalue()
    assert len([json.loads(line) for line in written.split("\n") if line]) == 4
    assert thing not in written


@given(code=credit_codes(), before=around, after=around)
def test_a_shops_credit_code_stays_readable(code: str, before: str, after: str) -> None:
    assert code in mask_text(f"{before} {code} {after}")


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("call 13812345678 now", "call 138****5678 now"),
        ("+8613812345678", "+86*******5678"),
        ("138 1234 5678", "138******5678"),
        ("510681199001011234", "510***********1234"),
        ("51068119900101123X", "510***********123X"),
        ("510681 19900101 1234", "510*************1234"),
        ("card 6222 0212 3456 7890 123", "card 622**************** 123"),
        ("postgresql://me:hunter2@db:5432/x", "postgresql://***@db:5432/x"),
        ("Authorization: Bearer abc.def", "Authorization: *** ***"),
        ("password=hunter2&x=1", "password=***&x=1"),
        (r"\xe6\x89\x9013812345678 %E6%89%9013812345678", r"\xe6\x89\x90138****5678 %E6%89%90138****5678"),
        ("{'name': '张三', 'n': 3}", "{'name': ***, 'n': 3}"),
        ("at 1764495296 s, offset 1764495296123 ms", "at 1764495296 s, offset 1764495296123 ms"),
        ("bat_01M8NZP6MPG760XGAZPDF2BX18", "bat_01M8NZP6MPG760XGAZPDF2BX18"),
        ("epoch 12345678, 4096 claims", "epoch 12345678, 4096 claims"),
    ],
)
def test_what_is_masked_keeps_its_ends_and_what_is_no_secret_stays(written: str, left: str) -> None:
    assert mask_text(written) == left


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "till_token",
        "Authorization",
        "X-Api-Key",
        "password",
        "tokenSecret",
        "name",
        "realName",
        "姓名",
        "cookie",
    ],
)
def test_a_field_is_hidden_by_its_name_whatever_it_holds(name: str) -> None:
    for held in ("x", {"deep": ["x"]}, 7, b"x"):
        assert mask_field(name, held) == HIDDEN
    assert mask({"outer": [{name: "张三"}]}) == {"outer": [{name: HIDDEN}]}


def test_a_phone_field_hides_what_does_not_look_like_a_phone() -> None:
    assert mask_field("phone", "0838-555") == HIDDEN
    assert mask_field("bank_card", "6222021234567890") == "622*********7890"


@pytest.mark.parametrize("name", ["batch_id", "shard", "epoch", "count", "service", "reason", "voucher_id", "filename"])
def test_what_an_operator_needs_is_not_hidden(name: str) -> None:
    assert mask_field(name, "bat_01M8NZP6MPG760XGAZPDF2BX18") == "bat_01M8NZP6MPG760XGAZPDF2BX18"
    assert mask_field(name, 12) == 12


def test_nothing_without_end_is_written() -> None:
    deep: Any = "end"
    for _ in range(50):
        deep = [deep]
    assert "end" not in json.dumps(mask(deep))
    assert len(mask(list(range(1_000)))) == 100
    assert len(mask_text("x" * 100_000)) == 20_000


def test_a_line_tells_process_and_request_and_others_tell_theirs() -> None:
    async def answers(request_id: str) -> None:
        REQUEST_ID.set(request_id)
        await asyncio.sleep(0)
        structlog.get_logger().warning("trouble", mine=request_id)

    async def both() -> None:
        await asyncio.gather(*(asyncio.create_task(answers(f"req_{number}")) for number in range(5)))
        structlog.get_logger().info("for_nobody")

    with logged() as stream:
        asyncio.run(both())
    *own, nobodys = lines(stream)
    assert len(own) == 5
    assert all(line["request_id"] == line["mine"] and line["process"] == "api-7" for line in own)
    assert "request_id" not in nobodys


def test_no_id_of_a_request_is_masked_in_the_lines_it_is_looked_up_in() -> None:
    for _ in range(2_000):
        told = f"req_{name_of_run()}0123456789"
        assert mask_text(told) == told
    fresh = new_request_id()
    assert mask_text(fresh) == fresh


def test_libraries_warnings_and_the_end_of_the_process_are_lines_like_any_other() -> None:
    with logged() as stream:
        logging.getLogger("asyncio").error("lost %s", "13812345678")
        warnings.showwarning("old 13812345678", DeprecationWarning, "old.py", 1)
        error = RuntimeError("died with 13812345678")
        sys.excepthook(RuntimeError, error, None)
    told = lines(stream)
    assert [line["level"] for line in told] == ["error", "warning", "critical"]
    assert "13812345678" not in stream.getvalue()
    assert told[2]["event"] == "process_ended_by_error"
    assert "RuntimeError" in told[2]["exception"]


def test_a_flood_is_cut_and_counted() -> None:
    with logged() as stream:
        log = structlog.get_logger()
        for _ in range(MOST_A_SECOND * 30):
            log.warning("outage")
        log.info("something_else")
    told = lines(stream)
    outages = [line for line in told if line["event"] == "outage"]
    left_out = sum(line.get("left_out", {}).get("outage", 0) for line in told)
    assert len(outages) + left_out == MOST_A_SECOND * 30
    assert len(outages) < MOST_A_SECOND * 30
    assert told[-1]["event"] == "something_else", "another event is not held back"
