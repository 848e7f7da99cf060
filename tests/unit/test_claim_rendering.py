"""What is written by hand on the claim path is what the contract's models would write, byte for byte."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher_contract.models.common import ProblemDetail
from voucher_contract.models.vouchers import Voucher
from voucher_contract.refusals import REFUSALS
from voucher_platform.claims.views import voucher_as_issued
from voucher_platform.core.exceeded import Exceeded
from voucher_platform.core.ids import new_id, new_request_id, random_code
from voucher_platform.core.problems import Refused, problem

SECONDS = st.integers(946_684_800, 4_102_444_800)  # 2000 to 2100
MOMENTS = st.builds(
    lambda second, us: datetime.fromtimestamp(second, UTC) + timedelta(microseconds=us),
    SECONDS, st.just(0) | st.integers(0, 999_999),
)  # fmt: skip
ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Shanghai", "UTC", "Europe/London", "America/St_Johns")])
IDS = st.text("AZaz09_-", min_size=1, max_size=40)
FEN = st.integers(1, 10**13)


ROWS = st.builds(
    SimpleNamespace, id=IDS, batch_id=IDS, nth=st.integers(1, 255), code=st.text("09AZ", min_size=16, max_size=16),
    claimed_at=MOMENTS, valid_from=MOMENTS, valid_until=MOMENTS,
)  # fmt: skip
TERMS = st.builds(SimpleNamespace, face_fen=FEN, threshold_fen=FEN, code_mode=st.sampled_from(["static", "dynamic"]))


@given(row=ROWS, terms=TERMS, zone=ZONES, starts_at_once=st.booleans())
def test_a_voucher_is_written_as_its_model_writes_it(
    row: Any, terms: Any, zone: ZoneInfo, starts_at_once: bool
) -> None:
    if starts_at_once:
        row.valid_from = row.claimed_at
    expected = Voucher(
        id=row.id, batch_id=row.batch_id, state="issued", face_fen=terms.face_fen, threshold_fen=terms.threshold_fen,
        code=row.code if terms.code_mode == "static" else None, nth=row.nth,
        claimed_at=row.claimed_at.astimezone(zone), valid_from=row.valid_from.astimezone(zone),
        valid_until=row.valid_until.astimezone(zone),
    )  # fmt: skip
    for _ in range(2):  # the end of a batch is remembered after the first time
        assert voucher_as_issued(row, terms, zone) == expected.model_dump_json().encode()


@given(
    code=st.sampled_from(sorted(REFUSALS)),
    detail=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    extra=st.fixed_dictionaries({}, optional={
        "errors": st.lists(st.fixed_dictionaries({"field": IDS, "message": IDS}), max_size=3),
        "voucher_ids": st.lists(IDS, max_size=3),
    }),
    exceeded=st.none() | st.builds(Exceeded, st.just("person"), *[st.integers(1, 10**6)] * 3),
)  # fmt: skip
def test_a_problem_is_written_as_its_model_writes_it(
    code: str, detail: str | None, extra: dict[str, Any], exceeded: Exceeded | None
) -> None:
    refusal = REFUSALS[code]
    reply = problem(Refused(refusal, detail, exceeded=exceeded, **extra), "req_1")
    read = ProblemDetail.model_validate_json(reply.body)
    assert reply.body == json.dumps(read.model_dump(exclude_none=True), ensure_ascii=False).encode()
    assert (read.code, read.status, read.detail, read.request_id) == (code, refusal.status, detail, "req_1")
    assert (read.errors, read.voucher_ids) == (extra.get("errors"), extra.get("voucher_ids"))
    headers = dict(reply.headers)
    assert headers[b"content-length"] == str(len(reply.body)).encode()
    assert (b"retry-after" in headers) == (read.retry_after_ms is not None)


@pytest.mark.parametrize("make", [lambda: new_id("vch"), random_code, new_request_id])
def test_no_id_comes_twice(make: Any) -> None:
    assert len({make() for _ in range(20_000)}) == 20_000


def test_an_id_sorts_by_its_time() -> None:
    first = new_id("x")
    while (later := new_id("x"))[:12] == first[:12]:
        pass
    assert later > first
