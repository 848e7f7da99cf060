"""Which definition makes their number true? A figure that differs is compared with what other definitions give.

Used where a T+1 figure is judged, over HTTP and in a vendor's files: a wrong number with its likely cause can be
mended, a wrong number alone is disputed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loadtest.cases.t1_figures import ISSUING_QUOTIENTS, Figures, Period, figures, wholly_refunded_in
from loadtest.cases.t1_rows import Rows

_UTC_LATER = timedelta(hours=8)
_TOLERANCE = 0.00005
Value = int | float | None


@dataclass(frozen=True)
class Explanation:
    """Another definition and what it gives. ``id`` is stable; the words are for people."""

    id: str
    zh: str
    en: str
    value: Value


_Count = Callable[[Rows, Period], Figures]


@dataclass(frozen=True)
class _Definition:
    id: str
    zh: str
    en: str
    count: _Count


def explanations(
    rows: Rows, period: Period, *, issuing: bool = True, whole: Rows | None = None
) -> dict[str, list[Explanation]]:
    """What other definitions of each indicator give on these rows, without those that agree with the contract's.

    ``rows`` are those of the line in question; ``whole`` those of the whole campaign, to tell a line that was mixed
    up with the total.
    """
    right = figures(rows, period, issuing=issuing)
    found: dict[str, list[Explanation]] = {name: [] for name in right}
    for other in (*_DEFINITIONS, *_of_whole(whole)):
        for indicator, value in other.count(rows, period).items():
            if value is not None and indicator in right and value != right[indicator]:
                found[indicator].append(Explanation(other.id, other.zh, other.en, value))
    return found


def definitions_that_fit(
    reported: Value, indicator: str, rows: Rows, period: Period, *, issuing: bool = True, whole: Rows | None = None
) -> list[Explanation]:
    """The other definitions under which ``reported`` would be right; none when no known one fits."""
    if reported is None:
        return []
    others = explanations(rows, period, issuing=issuing, whole=whole).get(indicator, [])
    return [one for one in others if one.value is not None and abs(one.value - reported) < _TOLERANCE]


def _refigured(change: Callable[[Rows, Period], tuple[Rows, Period]]) -> _Count:
    """The same indicators after the rows or the period are taken otherwise."""
    return lambda rows, period: figures(*change(rows, period))


def _by_other_name(names: dict[str, str]) -> _Count:
    """Other indicators' figures under these ones' names."""

    def count(rows: Rows, period: Period) -> Figures:
        right = figures(rows, period)
        return {name: right[other] for name, other in names.items() if other in right}

    return count


def _utc_day(rows: Rows, period: Period) -> tuple[Rows, Period]:
    """Days cut at midnight UTC begin and end eight hours later than ours."""
    starts = None if period.starts is None else period.starts + _UTC_LATER
    return rows, Period(starts, period.ends + _UTC_LATER, period.made_at)


def _all_before(rows: Rows, period: Period) -> tuple[Rows, Period]:
    return rows, replace(period, starts=None)


def _last_day_only(rows: Rows, period: Period) -> tuple[Rows, Period]:
    return rows, replace(period, starts=period.ends - timedelta(days=1))


def _up_to_now(rows: Rows, period: Period) -> tuple[Rows, Period]:
    return rows, replace(period, ends=period.made_at)


def _accounts_as_people(rows: Rows, period: Period) -> tuple[Rows, Period]:
    by_account = replace(
        rows,
        attempts=None if rows.attempts is None else tuple(replace(a, person=a.account) for a in rows.attempts),
        claims=tuple(replace(one, person=one.account) for one in rows.claims),
        redemptions=tuple(replace(one, person=one.account) for one in rows.redemptions),
    )
    return by_account, period


def _without_refunds(rows: Rows, period: Period) -> tuple[Rows, Period]:
    return replace(rows, refunds=()), period


def _refunds_on_the_day_of_sale(rows: Rows, period: Period) -> tuple[Rows, Period]:
    sold: dict[str, datetime] = {one.id: one.at for one in rows.redemptions}
    moved = tuple(replace(one, at=sold.get(one.redemption_id, one.at)) for one in rows.refunds)
    return replace(rows, refunds=moved), period


def _whole_refunds_never_happened(rows: Rows, period: Period) -> tuple[Rows, Period]:
    undone = {one.id for one in wholly_refunded_in(rows, replace(period, starts=None))}
    return rows.redeeming_where({one.id for one in rows.redemptions} - undone), period


def _without_voided(rows: Rows, period: Period) -> tuple[Rows, Period]:
    return replace(rows, claims=tuple(one for one in rows.claims if not one.void)), period


def _orders_after_promotion(rows: Rows, period: Period) -> tuple[Rows, Period]:
    return replace(
        rows, redemptions=tuple(replace(one, order_total_fen=one.payable_fen) for one in rows.redemptions)
    ), period


def _in_yuan(rows: Rows, period: Period) -> Figures:
    return {name: fen / 100 for name, fen in figures(rows, period).items() if fen and name.endswith("_fen")}


def _swapped(*pairs: tuple[str, str]) -> dict[str, str]:
    return {one: other for pair in pairs for one, other in (pair, pair[::-1])}


def _rates_swapped(one: str, other: str) -> dict[str, str]:
    rates = [name for name, _, _ in ISSUING_QUOTIENTS if name.startswith("redemption_rate_")]
    return _swapped(*((name, name.replace(one, other)) for name in rates if f"_{one}" in name))


def _of_whole(whole: Rows | None) -> Iterator[_Definition]:
    if whole is not None:
        words = "取自总体而非本行", "taken from the total, not from this line"
        yield _Definition("total_line", *words, lambda _rows, period: figures(whole, period))


_DEFINITIONS = (
    _Definition("utc_day", "按UTC零点切分业务日", "days cut at midnight UTC", _refigured(_utc_day)),
    _Definition(
        "tries", "按抢券次数而非发放张数", "tries instead of vouchers issued",
        _by_other_name({"issued_vouchers": "claim_attempts"}),
    ),
    _Definition("accounts", "按账号而非自然人", "accounts instead of people", _refigured(_accounts_as_people)),
    _Definition(
        "seekers_or_claimants", "尝试过的人与抢到的人互换", "those who tried and those who got one are exchanged",
        _by_other_name(_swapped(("seekers", "claimants"))),
    ),
    _Definition("refunds_omitted", "漏掉退款", "refunds are omitted", _refigured(_without_refunds)),
    _Definition(
        "refunds_by_sale", "退款计入原核销日", "refunds count on the day of their redemption",
        _refigured(_refunds_on_the_day_of_sale),
    ),
    _Definition(
        "whole_refunds_undone", "全额退款的核销被剔除", "redemptions refunded whole are left out",
        _refigured(_whole_refunds_never_happened),
    ),
    _Definition(
        "gross_or_net", "毛额与净额互换", "gross and net of refunds are exchanged",
        _by_other_name(
            _swapped(
                ("redemptions", "redemptions_net"), ("redeemed_fen", "redeemed_net_fen"),
                ("order_total_fen", "order_net_fen"), ("leverage_gross", "leverage_net"),
            ) | _rates_swapped("gross", "net")
        ),
    ),
    _Definition(
        "released_or_issued", "投放与已领取互换", "released and claimed are exchanged",
        _by_other_name(
            _swapped(("released_vouchers", "issued_vouchers"), ("released_fen", "issued_fen"))
            | _rates_swapped("issued", "released")
        ),
    ),
    _Definition(
        "count_or_amount", "按张数与按金额互换", "by count and by amount are exchanged",
        _by_other_name(_rates_swapped("count", "amount")),
    ),
    _Definition("voided_left_out", "作废的券被剔除", "voided vouchers are left out", _refigured(_without_voided)),
    _Definition(
        "after_promotion", "订单额按商家优惠后计算", "orders counted after the merchant's promotion",
        _refigured(_orders_after_promotion),
    ),
    _Definition("cumulative", "累计而非当日", "everything so far instead of the day", _refigured(_all_before)),
    _Definition("one_day", "当日而非累计", "the last day instead of everything so far", _refigured(_last_day_only)),
    _Definition("up_to_now", "截至出表时刻而非日终", "up to now, not to the end of the day", _refigured(_up_to_now)),
    _Definition("yuan", "以元为单位而非分", "in yuan instead of fen", _in_yuan),
)  # fmt: skip
