"""What does not fit together in a planned batch, said at its field and with the figures, before it is sent. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from voucher_console.figures import moment, yuan
from voucher_console.words import Text

_MOST_VOUCHERS, _MOST_PER_PERSON = 10_000_000, 100


def faults_of(values: dict[str, Any], now: datetime) -> dict[str, Text]:
    """The first fault of each field; ``now`` is the platform's business time. The platform judges again when sent."""
    faults: dict[str, Text] = {}
    for name, fault in (*_money_faults(values), *_time_faults(values, now), *_scope_faults(values)):
        faults.setdefault(name, fault)
    return faults


def _money_faults(values: dict[str, Any]) -> Iterator[tuple[str, Text]]:
    face, threshold = values["face_fen"], values["threshold_fen"]
    if face < 1:
        yield "face_fen", Text("面额须大于 0", "The face must be more than 0")
    if threshold <= face:
        yield (
            "threshold_fen",
            Text(
                f"门槛 {yuan(threshold)} 须高于面额 {yuan(face)}，居民至少自付 1 分",
                f"The threshold {yuan(threshold)} must be above the face {yuan(face)}: people pay at least 1 fen",
            ),
        )
    if not 1 <= values["quota"] <= _MOST_VOUCHERS:
        yield "quota", Text(f"数量应在 1 至 {_MOST_VOUCHERS:,} 张之间", f"From 1 to {_MOST_VOUCHERS:,} vouchers")
    if not 1 <= values["per_person_limit"] <= _MOST_PER_PERSON:
        yield (
            "per_person_limit",
            Text(f"每人限领应在 1 至 {_MOST_PER_PERSON} 张之间", f"From 1 to {_MOST_PER_PERSON} a person"),
        )


def _time_faults(values: dict[str, Any], now: datetime) -> Iterator[tuple[str, Text]]:
    opens, closes = values["claim_opens_at"], values["claim_closes_at"]
    begins, ends = values["valid_from"], values["valid_until"]
    if closes <= opens:
        yield "claim_closes_at", Text(f"须晚于开始领取 {moment(opens)}", f"Must be after it opens, {moment(opens)}")
    if closes <= now:
        yield (
            "claim_closes_at",
            Text(
                f"已过：现在的业务时间是 {moment(now)}，没有人能领取",
                f"Over already: the business time is {moment(now)}, nobody could claim",
            ),
        )
    if ends < closes:
        yield (
            "valid_until",
            Text(f"不得早于结束领取 {moment(closes)}", f"Must not be before claiming closes, {moment(closes)}"),
        )
    if ends <= begins:
        yield "valid_until", Text(f"须晚于可使用起 {moment(begins)}", f"Must be after the first day, {moment(begins)}")


def _scope_faults(values: dict[str, Any]) -> Iterator[tuple[str, Text]]:
    if not values["categories"]:
        yield (
            "categories",
            Text(
                "请至少选择一个行业；所有行业都可用，请点“全选”",
                "Choose at least one industry, or all of them with “All”",
            ),
        )
