"""The story of two business days that T+1 cases play, and what they expect of a report."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from loadtest.cases.t1_definitions import explanations
from loadtest.cases.t1_diary import Diary
from loadtest.cases.t1_figures import NO_ISSUING, Figures, Period, figures
from loadtest.cases.t1_rows import Rows
from loadtest.evidence.exchange import Exchange
from loadtest.evidence.expectation import Expectation
from loadtest.lab.days import day_of, midnight, next_midnight
from loadtest.lab.lab import Lab, folded, look
from loadtest.lab.line import Caller
from loadtest.lab.staff import CannotPlay
from voucher_contract import routes

_EDGE = timedelta(minutes=1)
_LOOKS, _PAUSE_S = 16, 0.25
_BESIDE_MIDNIGHT = timedelta(seconds=20)
ADDITIVE_REDEEMING = (
    "redemptions", "redeemed_fen", "redemptions_net", "redeemed_net_fen", "whole_refunds", "refund_count",
    "refund_order_fen", "refund_voucher_fen", "refund_user_fen", "refund_fund_fen", "platform_discount_fen",
    "merchant_discount_fen", "order_total_fen", "order_net_fen", "paid_fen", "vouchers_returned",
)  # fmt: skip
ADDITIVE_ISSUING = ("released_vouchers", "released_fen", "issued_vouchers", "issued_fen", "voided_vouchers")


@dataclass(frozen=True)
class Story:
    """Two days that were played: the first ended at ``midnight``."""

    diary: Diary
    midnight: datetime

    @property
    def first(self) -> date:
        """The day before the midnight."""
        return day_of(self.midnight - _EDGE)

    @property
    def second(self) -> date:
        """The day that the midnight begins."""
        return day_of(self.midnight)


async def couple(lab: Lab) -> tuple[Caller, Caller]:
    """One person's two accounts where the sandbox makes them, else two people."""
    if "sandbox_people" not in lab.world.meta["capabilities"]:
        first, second = await lab.people(2)
        return first, second
    model = lab.world.crowd.sandbox_person()
    shared = {"id_number": model.id_number, "card": model.card}
    first, second = await lab.accounts(shared, shared)
    return first, second


async def play_two_days(lab: Lab) -> Story:
    """Claims, refused tries, orders with every discount, refunds and a void, on both sides of one midnight.

    It ends when the second day has. Raises CannotPlay when it begins just before a midnight.
    """
    ending = next_midnight(lab.now())
    if ending - lab.now() < 3 * _EDGE:
        raise CannotPlay("测试开始时已临近业务日零点")
    diary = Diary(lab, await lab.campaign(1_000_000))
    wide = lab.spec(per_person_limit=1)
    until = ending + timedelta(hours=12)
    narrow = lab.spec(
        name="检验券 两业态", face_fen=2_000, threshold_fen=8_000, quota=5, categories=["catering", "daily_goods"],
        claim_closes_at=until, valid_until=until, refund_regime="A",
    )  # fmt: skip
    catering, both = await diary.publish(wide, narrow)
    left = await _first_day(lab, diary, catering, both)
    await lab.until(ending - _EDGE)
    await _beside_midnight(diary, catering)
    await lab.until(ending)
    await _beside_midnight(diary, catering)
    await _second_day(lab, diary, left)
    await lab.until(ending + timedelta(days=1))
    return Story(diary, ending)


async def _first_day(lab: Lab, diary: Diary, catering: dict[str, Any], both: dict[str, Any]) -> dict[str, Any]:
    (ann, ann_again), (bob, cis, dan) = await couple(lab), await lab.people(3)
    shop, market = await lab.shop(), await lab.shop("daily_goods", "510681002")
    anns, bobs = await diary.claim(ann, catering), await diary.claim(bob, catering)
    ciss = await diary.claim(cis, catering)
    await diary.void(await diary.claim(dan, catering))
    anns_other = await diary.claim(ann_again, both)
    await diary.claim(bob, both)
    await diary.try_again(bob, catering)
    await diary.try_again(cis, catering)
    await diary.raise_quota(both, 2)
    discounts = {"merchant_discount_fen": 1_111, "platform_discount_fen": 234}
    whole = await diary.redeem(shop, anns, order_total_fen=12_345, **discounts)
    in_parts = await diary.redeem(shop, bobs, order_total_fen=10_000)
    given_back = await diary.redeem(market, anns_other, order_total_fen=8_888)
    await diary.refund(shop, in_parts, 4_000)
    return {"whole": whole, "in_parts": in_parts, "given_back": given_back, "unused": ciss}


async def _beside_midnight(diary: Diary, batch: dict[str, Any]) -> None:
    lab = diary.lab
    voucher = await diary.claim(await lab.person(), batch)
    await diary.redeem(await lab.shop(), voucher, order_total_fen=10_001)


async def _second_day(lab: Lab, diary: Diary, left: dict[str, Any]) -> None:
    shop, market = await lab.shop(), await lab.shop("daily_goods", "510681002")
    sampled = await lab.own_shop("catering", "510681101", 规模类型="限下样本")
    await diary.refund(shop, left["whole"], left["whole"]["payable_fen"])
    await diary.refund(shop, left["in_parts"], 6_000)
    await diary.refund(market, left["given_back"], left["given_back"]["payable_fen"])
    await diary.redeem(sampled, left["unused"], order_total_fen=23_456, platform_discount_fen=99)
    (sport,) = await diary.publish(lab.spec(name="检验券 文体", categories=["culture_sport"], quota=3))
    voucher = await diary.claim(await lab.person(), sport)
    await diary.redeem(await lab.shop("culture_sport"), voucher, order_total_fen=15_000)


async def report(lab: Lab, campaign_id: str, day: date | None = None, **query: str) -> Exchange:
    """The T+1 report of a day, as the auditor sees it."""
    asked = {**({"day": day.isoformat()} if day else {}), **query}
    return await lab.do(routes.GET_T1_REPORT, lab.auditor, query=asked, campaign_id=campaign_id)


async def counted_report(lab: Lab, diary: Diary, day: date) -> Exchange:
    """The report once it has all tries, asked for again for some seconds: a platform may count them a little later.

    A report is for the day after; that a case asks for it within the second is the bench's hurry, not a fault.
    """
    expected = figures(diary.rows(lab.now()), periods(day, lab.now())["day"]).get("claim_attempts")
    made = await report(lab, diary.campaign_id, day)
    for _ in range(_LOOKS):
        if expected is None or _tries_in(lab.got(made)) == expected:
            break
        await asyncio.sleep(_PAUSE_S)
        made = await report(lab, diary.campaign_id, day)
    return made


def _tries_in(shown: dict[str, Any]) -> Any:
    (day,) = [one for one in shown["rows"] if (one["dimension"], one["period"]) == ("total", "day")] or [{"values": {}}]
    return day["values"].get("claim_attempts")


def periods(day: date, made_at: datetime) -> dict[str, Period]:
    """The day, and everything up to its end."""
    starts, ends = midnight(day), midnight(day + timedelta(days=1))
    return {"day": Period(starts, ends, made_at), "cumulative": Period(None, ends, made_at)}


def expect_total(
    lab: Lab, exchange: Exchange, rows: Rows, day: date, *, only: Sequence[str] = (), spec: str = "S-65"
) -> None:
    """Every figure of the total line, or ``only`` some, in both periods; a wrong one is told by what it fits."""
    lab.got(exchange)
    for name, period in periods(day, lab.now()).items():
        others = explanations(rows, period)
        for indicator, value in figures(rows, period).items():
            if only and indicator not in only:
                continue
            pointer = f"/value/rows/*/dimension=total/period={name}/values/{indicator}"
            words = f"{_PERIOD_ZH[name]} {indicator}", f"{indicator} of the {name}"
            explained = {one.zh: one.value for one in others[indicator]}
            wanted = Expectation(look(exchange, pointer), "eq", value, *words, spec, "fail", explained)
            lab.expectations.append(wanted)


def expect_lines(lab: Lab, exchange: Exchange, rows: Rows, day: date, keys: dict[str, Sequence[str]]) -> None:
    """Every line of these keys, in both periods."""
    lab.got(exchange)
    for name, period in periods(day, lab.now()).items():
        for dimension, key in ((dimension, key) for dimension, found in keys.items() for key in found):
            expected = line_figures(rows, dimension, key, period)
            given = {"dimension": dimension, "key": key, "period": name, "expected": expected}
            words = f"{_PERIOD_ZH[name]} {dimension} {key} 各指标", f"all figures of {dimension} {key}, {name}"
            lab.expect(folded([exchange], "line_differences", **given), "eq", [], *words, spec="S-65")


def line_figures(rows: Rows, dimension: str, key: str, period: Period) -> Figures:
    """The figures of one line."""
    return figures(rows.of_line(dimension, key), period, issuing=dimension not in NO_ISSUING)


def expect_sums(lab: Lab, exchange: Exchange) -> None:
    """Lines add up to the total wherever the contract says so, in both periods."""
    lab.got(exchange)
    for period, zh in _PERIOD_ZH.items():
        for dimension in ("industry", "district", "size_class", "batch", "round"):
            also = ADDITIVE_ISSUING if dimension in {"batch", "round"} else ()
            given = {"dimension": dimension, "period": period, "indicators": [*ADDITIVE_REDEEMING, *also]}
            words = f"{zh} {dimension} 各行之和＝合计", f"lines of {dimension} add up, {period}"
            lab.expect(folded([exchange], "sums_that_differ", **given), "eq", [], *words, spec="S-65")


def same_day(lab: Lab, since: date) -> date:
    """The running day. Raises CannotPlay where it is no longer ``since``, or nearly over."""
    now = lab.now()
    if day_of(now) != since or day_of(now + _BESIDE_MIDNIGHT) != since:
        raise CannotPlay("测试跨过了业务日零点")
    return since


_PERIOD_ZH = {"day": "当日", "cumulative": "累计"}
