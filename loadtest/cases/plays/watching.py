"""Cases of the live figures and of the report of a round."""

import asyncio
from collections.abc import Sequence
from typing import Any

from loadtest.cases.playing import play
from loadtest.cases.t1_diary import Diary
from loadtest.cases.t1_figures import Figures
from loadtest.cases.t1_rows import Rows
from loadtest.cases.t1_story import line_figures, periods
from loadtest.evidence.exchange import Exchange
from loadtest.lab.days import day_of
from loadtest.lab.lab import Lab, folded
from voucher_contract import routes
from voucher_contract.routes import HTML, PDF

_LATE_S, _COUNTED_LATE_S, _PAUSE_S = 5.0, 10.0, 0.5
_SUMS = ("issued", "remaining", "redeemed", "redeemed_fen", "refunds", "refunded_fund_fen")


async def _story(lab: Lab) -> Diary:
    """Two rounds of a campaign: claims, orders in two places and a refund in the first, little in the second."""
    diary = Diary(lab, await lab.campaign(1_000_000))
    goods_spec = lab.spec(name="检验券 百货", categories=["daily_goods"])
    catering, goods = await diary.publish(lab.spec(quota=5), goods_spec)
    shop, market = await lab.shop(), await lab.shop("daily_goods", "510681002")
    people = await lab.people(3)
    first, second = [await diary.claim(person, catering) for person in people[:2]]
    redemption = await diary.redeem(shop, first, order_total_fen=10_000, merchant_discount_fen=0)
    await diary.redeem(shop, second, order_total_fen=12_300)
    await diary.redeem(market, await diary.claim(people[2], goods), order_total_fen=20_000, platform_discount_fen=77)
    await diary.refund(shop, redemption, 2_500)
    (other,) = await diary.publish(lab.spec(name="检验券 第二轮"))
    await diary.redeem(shop, await diary.claim(await lab.person(), other), order_total_fen=15_000)
    return diary


async def _until(lab: Lab, ask: Any, fits: Any, patience_s: float) -> Exchange:
    """What is told as soon as it fits, at the latest after ``patience_s``: the contract allows for being late."""
    ends = asyncio.get_running_loop().time() + patience_s
    while True:
        told: Exchange = await ask()
        if fits(lab.got(told)) or asyncio.get_running_loop().time() > ends:
            return told
        await asyncio.sleep(_PAUSE_S)


@play("live-figures-agree")
async def live_figures_agree(lab: Lab) -> None:
    """Everything a screen shows, against what was done."""
    diary = await _story(lab)
    rows = diary.rows(lab.now())
    wanted = _live(rows)

    async def ask() -> Exchange:
        return await lab.do(routes.GET_LIVE_FIGURES, lab.operator, campaign_id=diary.campaign_id)

    told = await _until(lab, ask, lambda value: all(value.get(name) == wanted[name] for name in _SUMS), _LATE_S)
    for name in _SUMS:
        zh, en = f"实时数据 {name} 与记录一致", f"{name} is that of the records"
        lab.expect_value(told, f"/{name}", wanted[name], zh, en, spec="S-79")
    for by, listed, key, line in (
        ("category", "by_category", "catering", {"redeemed": 3, "redeemed_fen": 9_000}),
        ("district", "by_district", "510681002", {"redeemed": 1, "redeemed_fen": 3_000}),
        ("batch_id", "batches", rows.batches[0].id, {"issued": 2, "remaining": 3, "redeemed": 2}),
    ):
        found = folded([told], "live_line", list=listed, by=by, key=key, fields=list(line))
        lab.expect(
            found,
            "eq",
            list(line.values()),
            f"{listed} 中 {key} 与记录一致",
            f"{key} in {listed} is right",
            spec="S-79",
        )
    if rows.attempts is not None:
        people = len({one.person for one in rows.claims})
        told = await _until(lab, ask, lambda value: value.get("seekers") == people, _COUNTED_LATE_S)
        lab.expect_value(told, "/seekers", people, "抢券人数与记录一致", "the people who tried", spec="S-79")


def _live(rows: Rows) -> dict[str, int]:
    quota = sum(one.vouchers for one in rows.releases)
    return {
        "issued": len(rows.claims), "remaining": quota - len(rows.claims), "redeemed": len(rows.redemptions),
        "redeemed_fen": sum(one.voucher_fen for one in rows.redemptions), "refunds": len(rows.refunds),
        "refunded_fund_fen": sum(one.fund_fen for one in rows.refunds),
    }  # fmt: skip


async def _report(lab: Lab, round_id: str, **query: str) -> Exchange:
    return await lab.do(routes.GET_ROUND_REPORT, lab.auditor, query=query, round_id=round_id)


def _figures(lab: Lab, rows: Rows, dimension: str, key: str) -> Figures:
    return line_figures(rows, dimension, key, periods(day_of(lab.now()), lab.now())["cumulative"])


@play("round-report-figures")
async def round_report_figures(lab: Lab) -> None:
    """The first round alone: its total, its industries and its batches, every indicator."""
    diary = await _story(lab)
    everything = diary.rows(lab.now())
    round_id = everything.batches[0].round_id
    rows = everything.of_line("round", round_id)
    total = _figures(lab, rows, "total", "total")

    def counted(value: dict[str, Any]) -> bool:
        (line,) = [one for one in value["rows"] if one["dimension"] == "total"]
        return "claim_attempts" not in total or line["values"]["claim_attempts"] == total["claim_attempts"]

    told = await _until(lab, lambda: _report(lab, round_id), counted, _COUNTED_LATE_S)
    lines: Sequence[tuple[str, str]] = (
        ("total", "total"), ("industry", "catering"), ("industry", "daily_goods"), ("district", "510681002"),
        *(("batch", one.id) for one in everything.batches[:2]),
    )  # fmt: skip
    for dimension, key in lines:
        given = {"dimension": dimension, "key": key, "expected": _figures(lab, rows, dimension, key)}
        words = f"本轮 {dimension} {key} 各指标", f"all figures of {dimension} {key} in the round"
        lab.expect(folded([told], "round_line_differences", **given), "eq", [], *words, spec="S-80")
    lab.expect_value(told, "/money/identity_ok", True, "本轮资金恒等式成立", "the round's money adds up", spec="S-80")


@play("round-report-analysis")
async def round_report_analysis(lab: Lab) -> None:
    """Sentences against their figures; a page that needs nothing else; printed pages; nothing of a draft."""
    campaign_id = await lab.campaign()
    draft, _ = await lab.draft(campaign_id, lab.spec())
    batch = await lab.batch(campaign_id)
    shop = await lab.shop()
    lab.got(await lab.redeem(shop, (await lab.voucher(await lab.person(), batch))["code"]))
    round_id = batch["round_id"]
    told = await _report(lab, round_id)
    words = "文字中的每个数字都在所引数字中", "no number without a figure"
    lab.expect(folded([told], "numbers_without_figure"), "eq", [], *words, spec="S-80")
    page, paper = await _report(lab, round_id, format="html"), await _report(lab, round_id, format="pdf")
    for kind, exchange in ((HTML, page), (PDF, paper)):
        lab.expect_ok(exchange, f"可取得 {kind}", f"there as {kind}", spec="S-80")
        media_type = str(exchange.reply_headers.get("content-type", "")).partition(";")[0]
        lab.expect(media_type, "eq", kind, f"{kind} 的内容类型", f"its media type, {kind}", spec="S-80")
    words = "HTML 不需要其他地址的内容", "the page needs nothing from elsewhere"
    lab.expect(folded([page], "addresses_in_page"), "eq", [], *words, spec="S-80")
    words = "PDF 文件有效", "a PDF begins as one"
    lab.expect(folded([paper], "begins_with", text="%PDF-"), "eq", True, *words, spec="S-80")
    refused = await _report(lab, draft)
    lab.expect_refused(refused, "wrong_state", "未发布的轮次没有报告", "no report of a draft", spec="S-80")
