"""Step 8: the T+1 report, expiry, closing, the money back to the fen, and the papers of the selection meeting."""

import asyncio
import json
import time
from datetime import time as clock_time

from merchant_sim.actors import officers
from merchant_sim.actors.desk import Unexpected
from merchant_sim.actors.officers import PAYING_ACCOUNT
from merchant_sim.story.reporting import save_report
from voucher_contract import refusals, routes
from voucher_contract.models.campaigns import Campaign, FundReturn, MoneyStatement
from voucher_contract.models.system import AuditPage
from voucherlab.guided import papers, plan
from voucherlab.guided.showing import Cell, Check, Link, Wall, Words, in_yuan, yuan
from voucherlab.guided.stage import Stage
from voucherlab.guided.truth import holds, number, rows, same
from voucherlab.guided.wording import counted, refusal

_T1 = Words("T+1 报表（第二天，累计，分行业）", "T+1 report: day two, cumulative, by industry")
_INDICATORS = (
    "issued_vouchers", "issued_fen", "seekers", "claimants", "redeemers", "redemptions", "redeemed_fen",
    "refund_count", "merchants",
)  # fmt: skip
_T1_FORMS = {
    ".xlsx": Words("T+1 报表（xlsx）", "T+1 report, xlsx"),
    ".csv": Words("T+1 报表（csv，供系统读取，金额为分）", "T+1 report, csv for machines, amounts in fen"),
}
_RETURN = Words("退回财政：谁确认的", "Money back: who confirmed it")
_NEWEST_ACTS = "50"
_MONEY = Words("收 = 支 + 退", "Received = spent + returned")
_SWEEP_PATIENCE_S, _PAUSE_S = 60.0, 0.25
_ROUND_FORMS = (
    ("html", "text/html", Words("轮次报告（网页）", "Round report, page")),
    ("pdf", "application/pdf", Words("轮次报告（PDF）", "Round report, PDF")),
)


async def act(stage: Stage, wall: Wall) -> None:
    """Settle and report on the next morning; then past the last day everything is closed and reported."""
    wall.say("第三天 9:00：结算、出 T+1 报表", "Day three, nine o'clock: settlement and the T+1 report")
    await officers.set_clock(stage.offices, plan.moment(stage.first_day, 2, clock_time(9)))
    await officers.settle(stage.offices, stage.story.campaign_id)
    await _report(stage, wall)
    wall.say(
        "业务时钟拨到最后一天之后：未用的券过期", "The business clock goes past the last day: unused vouchers expire"
    )
    await officers.set_clock(stage.offices, plan.moment(stage.first_day, plan.LAST_DAY + 1, clock_time(9)))
    await officers.settle(stage.offices, stage.story.campaign_id)
    await _close_when_expired(stage)
    wall.say(
        "退回财政：指定账户不是拨付账户，先被拦下，待主管部门确认",
        "Money back: the designated account is not the paying one, so it stops until the bureau confirms",
    )
    back, stage.story.refusals["return"] = await officers.money_back(
        stage.offices, stage.story.campaign_id, stage.key("return")
    )
    await _confirmed(stage, wall, back)
    await _money(stage, wall, back.amount_fen)
    await _round_report(stage, wall)
    await papers.selection_sheet(stage, wall)


async def _report(stage: Stage, wall: Wall) -> None:
    day = plan.moment(stage.first_day, 1).date()
    saved = await save_report(
        stage.offices.auditor, stage.story.campaign_id, day, forms=("json", "xlsx", "csv"), folder=stage.folder
    )
    report = json.loads(await asyncio.to_thread(saved[0].read_bytes))
    titles = {one["indicator"]: Words(one["title_zh"], one["title_en"]) for one in report["definitions"]}
    cumulative = [row for row in report["rows"] if row["period"] == "cumulative"]
    total = next(row["values"] for row in cumulative if row["dimension"] == "total")
    stage.story.report = total
    shown = [row for row in cumulative if row["dimension"] == "industry" and row["values"]["issued_vouchers"]]
    heads = (Words("行业", "Industry"), *(titles[name] for name in _INDICATORS))
    lines: list[tuple[Cell, ...]] = [
        (_industry(row), *(_cell(name, row["values"][name]) for name in _INDICATORS)) for row in shown
    ]
    lines.append((Words("总体", "All"), *(_cell(name, total[name]) for name in _INDICATORS)))
    wall.table(_T1, heads, lines, note=_given_anew(total))
    wall.figure("拉动比（毛）", "Leverage, gross", f"{total['leverage_gross']:.2f}")
    for path in saved[1:]:
        wall.link(Link(_T1_FORMS[path.suffix], "guide", f"/files/{path.name}"))


def _given_anew(total: dict[str, int]) -> Words:
    """Why more was issued than planned: what is voided (step 6) is free for another. Empty where it is not more."""
    more = total["issued_vouchers"] - sum(offer.quota for offer in plan.all_offers())
    if more <= 0:
        return Words("", "")
    more_fen, planned = total["issued_fen"] - plan.planned_fen(), yuan(plan.planned_fen())
    return Words(
        f"发放含第 6 步作废后补发 {more:,} 张（{yuan(more_fen)} 元）；减去后等于计划的 {planned} 元。",
        f"Issued includes {more:,} given anew for what step 6 voided ({yuan(more_fen)} yuan); without it, "
        f"the {planned} planned.",
    )


def _industry(row: dict[str, str]) -> Words:
    return Words(row["label_zh"], plan.CATEGORY_NAMES_EN.get(row["key"], row["label_zh"]))


def _cell(name: str, value: float | None) -> Cell:
    if value is None:
        return "—"
    return yuan(int(value)) if name.endswith("_fen") else int(value)


async def _round_report(stage: Stage, wall: Wall) -> None:
    """The written report of the round, as officers hand it on: after the end, so that no figure of it can change."""
    wall.say("轮次报告", "The report of the round")
    route = routes.GET_ROUND_REPORT
    for form, media_type, label in _ROUND_FORMS:
        reply = await stage.http.get(
            route.path.format(round_id=stage.story.round_id),
            headers={"Authorization": f"Bearer {stage.offices.auditor.token}", "Accept": media_type},
        )
        if reply.status_code != 200:
            raise Unexpected(f"{route.name}: {reply.status_code} {reply.text[:300]}")
        name = f"轮次报告.{form}"
        await asyncio.to_thread((stage.folder / name).write_bytes, reply.content)
        wall.link(Link(label, "guide", f"/files/{name}"))


async def _close_when_expired(stage: Stage) -> None:
    """The platform sweeps expired vouchers in its own time; until then it rightly refuses to close."""
    give_up_s = time.monotonic() + _SWEEP_PATIENCE_S
    while True:
        outcome = await stage.offices.checker.try_to(routes.CLOSE_CAMPAIGN, campaign_id=stage.story.campaign_id)
        if isinstance(outcome.value, Campaign):
            return
        if outcome.code != refusals.VOUCHERS_OUTSTANDING.code or time.monotonic() > give_up_s:
            raise Unexpected(f"the campaign does not close: {outcome.status} {outcome.code}")
        await asyncio.sleep(_PAUSE_S)


async def _confirmed(stage: Stage, wall: Wall, back: FundReturn) -> None:
    """Who confirmed that the money may go to another account than it came from, as the audit log has it."""
    query = {"order": "newest", "limit": _NEWEST_ACTS}
    newest = await stage.offices.auditor.do(routes.LIST_AUDIT, AuditPage, query=query)
    who = {one.action: one.principal for one in newest.items if one.object_id in {back.campaign_id, back.id}}
    if not {"return_funds", "confirm_return"} <= who.keys():
        raise Unexpected("the audit log does not say who returned the money")
    stage.story.returned_by = who["return_funds"]
    heads = (Words("谁", "Who"), Words("做什么", "Does what"), Words("平台答复", "Answer"))
    lines: list[tuple[Cell, ...]] = [
        (Words("经办人", "The first officer"), Words("退回，未确认账户", "returns it, the account not confirmed"),
         refusal(stage.story.refusals["return"])),
        (who["return_funds"], Words(f"确认退到指定账户 {back.to_account}（不是拨付账户 {PAYING_ACCOUNT}）",
                                    f"confirms the designated account {back.to_account}, not the paying one "
                                    f"{PAYING_ACCOUNT}"), Words("已汇出", "sent")),
        (who["confirm_return"], Words(f"凭银行流水 {back.bank_reference} 确认到账",
                                      f"confirms the arrival, bank reference {back.bank_reference}"),
         Words("已到账", "arrived")),
    ]  # fmt: skip
    wall.table(_RETURN, heads, lines, ["refused", "good", "good"])
    by = stage.story.returned_by
    wall.say(
        f"经主管部门 {by} 确认后，退回指定账户", f"Confirmed by {by} of the bureau, it goes to the designated account"
    )


async def _money(stage: Stage, wall: Wall, returned_fen: int) -> None:
    money = await stage.offices.auditor.do(routes.GET_MONEY, MoneyStatement, campaign_id=stage.story.campaign_id)
    spent_fen, by = money.buckets.settled_fen, stage.story.returned_by
    heads = (Words("", ""), Words("元", "yuan"))
    lines: list[tuple[Cell, ...]] = [
        (Words("收：财政拨付", "received"), yuan(money.buckets.received_fen)),
        (Words("支：付给商户", "spent, paid to merchants"), yuan(spent_fen)),
        (Words(f"退：经主管部门 {by} 确认，退回指定账户", f"returned to the designated account, confirmed by {by}"),
         yuan(returned_fen)),
    ]  # fmt: skip
    wall.table(_MONEY, heads, lines, ["", "", "good"])
    wall.figure("退回", "Returned", in_yuan(returned_fen))


async def check(stage: Stage) -> list[Check]:
    """The report is what the rows say; nothing is outstanding; received = spent + returned, every pot empty."""
    url, story = stage.database_url, stage.story
    ends_at = plan.moment(stage.first_day, 2)
    issued = await number(url, _ISSUED, story.campaign_id, ends_at)
    redeemed = (await rows(url, _REDEEMED, story.campaign_id, ends_at))[0]
    told = story.report
    states = dict(await rows(url, _STATES, story.campaign_id))
    received = await number(url, "SELECT sum(amount_fen) FROM deposit WHERE campaign_id = $1", story.campaign_id)
    spent = await number(url, _SPENT, story.campaign_id)
    returned = await number(url, _RETURNED, story.campaign_id)
    left = await rows(url, _LEFT, story.campaign_id)
    bent = await number(url, _BENT, story.campaign_id)
    state = await rows(url, "SELECT state FROM campaign WHERE id = $1", story.campaign_id)
    confirmed = await rows(url, _CONFIRMED, story.campaign_id)
    outstanding = states.get("issued", 0) + states.get("frozen", 0)
    return [
        same("T+1 发放张数 = 逐行重算", "T+1 vouchers issued = recounted row by row",
             told.get("issued_vouchers"), issued, tell=lambda value: counted(int(value or 0), "{} 张", "{} vouchers")),
        same("T+1 核销笔数、金额 = 逐行重算", "T+1 redemptions and amount = recounted row by row",
             (told.get("redemptions"), told.get("redeemed_fen")), tuple(int(one or 0) for one in redeemed),
             tell=_orders_told),
        same("没有未了结的券", "No voucher is outstanding", outstanding, 0,
             tell=lambda value: counted(value, "未了结 {} 张", "{} outstanding")),
        holds("收 = 支 + 退，精确到分", "Received = spent + returned, to the fen", received == spent + returned,
              Words(f"{yuan(received)} = {yuan(spent)} + {yuan(returned)} 元",
                    f"{yuan(received)} = {yuan(spent)} + {yuan(returned)} yuan")),
        same("各账户清零", "Every pot is empty", [kind for (kind,) in left], [],
             tell=lambda value: ", ".join(value) or Words("有余额的账户 0 个", "0 with a balance")),
        same("每个余额 = 其流水之和", "Each balance = the sum of its transfers", bent, 0,
             tell=lambda value: counted(value, "不符 {} 个", "{} astray")),
        holds("账户不一致先被拦下，活动已结束", "Unlike accounts stopped it first; the campaign is closed",
              (story.refusals.get("return"), [one for (one,) in state]) == (refusals.ACCOUNT_MISMATCH.code, ["closed"]),
              refusal(story.refusals.get("return"))),
        same("退到另一账户，由主管部门的人确认", "Somebody of the bureau confirmed the other account",
             [by for (by,) in confirmed], [story.returned_by], tell=", ".join),
    ]  # fmt: skip


def _orders_told(told: tuple[int | None, int | None]) -> Words:
    count, fen = (int(one or 0) for one in told)
    return Words(f"{count:,} 笔，{yuan(fen)} 元", f"{count:,}, {yuan(fen)} yuan")


_ISSUED = """
SELECT count(*) FROM voucher JOIN batch ON batch.id = batch_id WHERE campaign_id = $1 AND claimed_at < $2
"""
_REDEEMED = "SELECT count(*), sum(voucher_fen) FROM redemption WHERE campaign_id = $1 AND redeemed_at < $2"
_STATES = """
SELECT voucher.state, count(*) FROM voucher JOIN batch ON batch.id = batch_id WHERE campaign_id = $1 GROUP BY 1
"""
# From the orders and refunds themselves, not from the ledger.
_SPENT = """
SELECT (SELECT coalesce(sum(voucher_fen), 0) FROM redemption WHERE campaign_id = $1)
     - (SELECT coalesce(sum(refund.fund_fen), 0) FROM refund JOIN redemption ON redemption.id = redemption_id
        WHERE campaign_id = $1)
"""
_RETURNED = "SELECT sum(amount_fen) FROM fund_return WHERE campaign_id = $1 AND state = 'returned'"
# An act of the bureau, on record, that sent the money to the designated account though it came from another.
_CONFIRMED = """
SELECT principal FROM audit_entry
  JOIN staff ON login = principal AND role = 'bureau'
  JOIN campaign ON campaign.id = object_id AND designated_account <> paying_account
WHERE action = 'return_funds' AND object_id = $1 AND detail ->> 'to_account' = designated_account
"""
_LEFT = """
SELECT kind FROM ledger_account
WHERE campaign_id = $1 AND kind IN ('free', 'reserved', 'held', 'redeemed', 'owed', 'in_transit') AND balance_fen <> 0
"""
_BENT = """
SELECT count(*) FROM ledger_account account
  LEFT JOIN (SELECT credit_account AS id, sum(amount_fen) AS fen FROM ledger_transfer GROUP BY 1) came USING (id)
  LEFT JOIN (SELECT debit_account AS id, sum(amount_fen) AS fen FROM ledger_transfer GROUP BY 1) went USING (id)
WHERE account.campaign_id = $1 AND account.balance_fen <> coalesce(came.fen, 0) - coalesce(went.fen, 0)
"""
