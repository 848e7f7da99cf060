"""Cases of the T+1 report: every figure recomputed from the bench's own record of what it did."""

from datetime import UTC, timedelta

from loadtest.cases.playing import play
from loadtest.cases.t1_diary import Diary
from loadtest.cases.t1_story import (
    ADDITIVE_REDEEMING,
    counted_report,
    couple,
    expect_lines,
    expect_sums,
    expect_total,
    play_two_days,
    report,
    same_day,
)
from loadtest.lab.days import day_of, midnight, next_midnight
from loadtest.lab.lab import Lab, folded, look
from loadtest.lab.staff import CannotPlay
from voucher_contract.routes import CSV, XLSX


@play("t1-total")
async def total(lab: Lab) -> None:
    """Two days of a story: the day's and the cumulative figures of both days' reports."""
    story = await play_two_days(lab)
    rows = story.diary.rows(lab.now())
    for day in (story.first, story.second):
        expect_total(lab, await counted_report(lab, story.diary, day), rows, day)


@play("t1-lines")
async def lines(lab: Lab) -> None:
    """The same story by industry, district, size class, batch and round."""
    story = await play_two_days(lab)
    made = await counted_report(lab, story.diary, story.second)
    expect_lines(lab, made, story.diary.rows(lab.now()), story.second, story.diary.keys())
    expect_sums(lab, made)


@play("t1-sums")
async def sums(lab: Lab) -> None:
    """Orders in three industries and districts: lines add up to the total."""
    today = day_of(lab.now())
    diary = Diary(lab, await lab.campaign(1_000_000))
    for category, district in (("catering", "510681001"), ("daily_goods", "510681002"), ("culture_sport", "510681001")):
        (batch,) = await diary.publish(lab.spec(categories=[category]))
        voucher = await diary.claim(await lab.person(), batch)
        redemption = await diary.redeem(await lab.shop(category, district), voucher, order_total_fen=12_000)
        await diary.refund(await lab.shop(category, district), redemption, 3_000)
    made = await counted_report(lab, diary, same_day(lab, today))
    expect_sums(lab, made)
    keys = {name: found for name, found in diary.keys().items() if name == "industry"}
    expect_lines(lab, made, diary.rows(lab.now()), today, keys)


@play("t1-issued-not-tries")
async def issued_not_tries(lab: Lab) -> None:
    """Two vouchers after six tries are two vouchers issued, and four who tried are not four who got one."""
    today = day_of(lab.now())
    diary = Diary(lab, await lab.campaign(1_000_000))
    (batch,) = await diary.publish(lab.spec(quota=2))
    first, second, third, fourth = await lab.people(4)
    for person in (first, second):
        await diary.claim(person, batch)
    for person in (first, second, third, fourth):
        await diary.try_again(person, batch)
    made = await counted_report(lab, diary, same_day(lab, today))
    only = ("issued_vouchers", "issued_fen", "claim_attempts", "seekers", "claimants", "seeker_success_rate")
    expect_total(lab, made, diary.rows(lab.now()), today, only=only)


@play("t1-people-not-accounts")
async def people_not_accounts(lab: Lab) -> None:
    """One person with two accounts, two vouchers and two orders is one person everywhere."""
    today = day_of(lab.now())
    diary = Diary(lab, await lab.campaign(1_000_000))
    first, second = await diary.publish(lab.spec(), lab.spec(name="检验券 之二"))
    one, two = await couple(lab)
    shop = await lab.shop()
    await diary.redeem(shop, await diary.claim(one, first))
    await diary.redeem(shop, await diary.claim(two, second))
    made = await counted_report(lab, diary, same_day(lab, today))
    only = ("seekers", "claimants", "redeemers", "vouchers_per_claimant", "redeemer_rate", "merchants")
    expect_total(lab, made, diary.rows(lab.now()), today, only=only)


@play("t1-refunds")
async def refunds(lab: Lab) -> None:
    """Refunds stand in the report: their number, every part, and the net figures."""
    today = day_of(lab.now())
    diary = Diary(lab, await lab.campaign(1_000_000))
    (batch,) = await diary.publish(lab.spec(refund_regime="B"))
    shop = await lab.shop()
    for amounts in ((10_000,), (2_500, 2_500)):
        redemption = await diary.redeem(shop, await diary.claim(await lab.person(), batch))
        for amount in amounts:
            await diary.refund(shop, redemption, amount)
    made = await counted_report(lab, diary, same_day(lab, today))
    only = (
        "refund_count", "refund_order_fen", "refund_voucher_fen", "refund_user_fen", "refund_fund_fen",
        "whole_refunds", "redemptions", "redemptions_net", "redeemed_fen", "redeemed_net_fen", "public_spent_fen",
        "order_total_fen", "order_net_fen", "leverage_gross", "leverage_net", "refund_rate_amount",
    )  # fmt: skip
    expect_total(lab, made, diary.rows(lab.now()), today, only=only)


@play("t1-midnight")
async def at_midnight(lab: Lab) -> None:
    """A minute before midnight belongs to one day, the first instant after it to the next."""
    ending = next_midnight(lab.now())
    diary = Diary(lab, await lab.campaign(1_000_000))
    (batch,) = await diary.publish(lab.spec())
    shop = await lab.shop()
    for instant in (ending - timedelta(minutes=1), ending):
        await lab.until(instant)
        await diary.redeem(shop, await diary.claim(await lab.person(), batch))
    rows = diary.rows(lab.now())
    if [day_of(one.at) for one in rows.claims] != [day_of(ending - timedelta(minutes=1)), day_of(ending)]:
        raise CannotPlay("未能在零点前后各完成一次领取")
    only = ("issued_vouchers", "claimants", "redemptions", "redeemers", "redeemed_fen", "order_total_fen")
    for day in (day_of(ending - timedelta(minutes=1)), day_of(ending)):
        made = await counted_report(lab, diary, day)
        expect_total(lab, made, rows, day, only=only, spec="S-21")
        words = "业务日自北京时间零点起", "the business day begins at midnight in Beijing"
        starts = midnight(day).astimezone(UTC).isoformat()
        lab.expect(folded([made], "utc_instant", field="starts_at"), "eq", starts, *words, spec="S-21")
        ends = midnight(day + timedelta(days=1)).astimezone(UTC).isoformat()
        lab.expect(folded([made], "utc_instant", field="ends_at"), "eq", ends, *words, spec="S-21")


@play("t1-days")
async def days(lab: Lab) -> None:
    """Yesterday without being asked, today as incomplete, tomorrow not at all."""
    campaign_id = await lab.campaign()
    today = day_of(lab.now())
    yesterday = await report(lab, campaign_id)
    running = await report(lab, campaign_id, today)
    future = await report(lab, campaign_id, today + timedelta(days=1))
    same_day(lab, today)
    before = (today - timedelta(days=1)).isoformat()
    lab.expect_value(yesterday, "/day", before, "默认出前一日报表", "the day before by default", spec="S-64")
    lab.expect_value(yesterday, "/complete", True, "前一日报表完整", "a day that is over is complete", spec="S-64")
    lab.expect_value(running, "/complete", False, "当日报表标明不完整", "a running day is not complete", spec="S-64")
    lab.expect_refused(future, "invalid_request", "未到的日期被拒绝", "a day to come is refused", spec="S-64")
    words = "每个指标附公式", "every figure has its formula"
    lab.expect(folded([yesterday], "without_formula"), "eq", [], *words, spec="S-65")


@play("t1-files")
async def files(lab: Lab) -> None:
    """CSV and xlsx carry the figures of the JSON."""
    today = day_of(lab.now())
    diary = Diary(lab, await lab.campaign(1_234_567))
    (batch,) = await diary.publish(lab.spec(quota=37))
    shop = await lab.shop()
    discounts = {"merchant_discount_fen": 1_237, "platform_discount_fen": 241}
    redemption = await diary.redeem(
        shop, await diary.claim(await lab.person(), batch), order_total_fen=98_761, **discounts
    )
    await diary.refund(shop, redemption, 7_919)
    shown = await report(lab, diary.campaign_id, today)
    sheets = {kind: await report(lab, diary.campaign_id, today, format=kind) for kind in ("csv", "xlsx")}
    same_day(lab, today)
    indicators = ["released_vouchers", "released_fen", "issued_fen", *ADDITIVE_REDEEMING]
    for kind, media_type in (("csv", CSV), ("xlsx", XLSX)):
        lab.expect_ok(sheets[kind], f"可取得 {kind} 报表", f"the report is there as {kind}", spec="S-64")
        told = str(sheets[kind].reply_headers.get("content-type", "")).partition(";")[0]
        lab.expect(told, "eq", media_type, f"{kind} 的内容类型", f"its media type as {kind}", spec="S-64")
        given = {"period": "day", "indicators": indicators}
        words = f"{kind} 与 JSON 数字一致", f"the figures of the {kind} are those of the JSON"
        missing = folded([shown, sheets[kind]], "figures_missing_in_file", **given)
        lab.expect(missing, "eq", [], *words, spec="S-64")
    words = "CSV 带字节序标记", "the CSV has a byte order mark"
    lab.expect(folded([sheets["csv"]], "starts_with_mark"), "eq", True, *words, spec="S-64")
    lab.expect(
        look(shown, "/value/campaign_id"), "eq", diary.campaign_id, "是本活动的报表", "of this campaign", spec="S-64"
    )
