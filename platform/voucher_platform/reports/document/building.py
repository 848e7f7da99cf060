"""Building the document of a report in one language: every part in its order. Pure."""

from typing import get_args

from voucher_contract.models.round_report import RoundReport, Section
from voucher_platform.reports.document.blocks import Block, Document, Heading, Note, Sentences, Table
from voucher_platform.reports.document.overview import overview, plan, status_of
from voucher_platform.reports.document.pictures import pictures
from voucher_platform.reports.document.risk import alerts
from voucher_platform.reports.document.speaking import ABSENT, Language, Speaking
from voucher_platform.reports.document.tables import DIMENSIONS, by_dimension, figures, indicators, money, outcomes

_SECTIONS: dict[Section, tuple[str, str]] = {
    "issuing": ("发放", "Issuing"), "redeeming": ("核销", "Redeeming"), "leverage": ("拉动与配套", "Leverage"),
    "structure": ("结构与覆盖", "Where it was used"), "refunds": ("退款", "Refunds"), "money": ("资金", "Money"),
    "refusals": ("领取受阻", "Refusals"), "service": ("服务", "Service"), "risk": ("风险告警", "Risk alerts"),
    "signs": ("异常迹象", "Signs to look at"),
    "comparison": ("与上一轮比较", "Beside the round before"),
}  # fmt: skip
_NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一")
_ACTS = {
    "create_round": ("新建轮次", "round created"), "submit_round": ("提交审核", "submitted"),
    "approve_round": ("复核通过", "approved"), "reject_round": ("复核退回", "rejected"),
    "publish_round": ("发布轮次", "published"), "create_batch": ("新建券种", "batch created"),
    "raise_quota": ("追加数量", "quota raised"), "batch_paused": ("暂停领取", "paused"),
    "batch_live": ("恢复领取", "resumed"), "batch_stopped": ("紧急停止", "stopped"),
}  # fmt: skip


def build_document(report: RoundReport, language: Language) -> Document:
    """The whole report as blocks."""
    say = Speaking(language, report.generated_at.tzinfo)
    parts: list[tuple[str, str, list[Block]]] = [
        (say("概要", "Overview"), "overview", overview(report, say)),
        (say("轮次方案", "The plan"), "plan", [plan(report, say)]),
        (say("分析", "Analysis"), "analysis", _analysis(report, say)),
        (say("图表", "Charts"), "charts", pictures(report, say)),
        (say("全部指标", "All indicators"), "indicators", [indicators(report, say)]),
        (say("分项数据", "By dimension"), "dimensions", _dimensions(report, say)),
        (say("本轮资金", "Money of the round"), "money", [money(report, say)]),
        (say("抢券结果", "How claims ended"), "outcomes", [outcomes(report, say)]),
        (say("风险告警", "Risk alerts"), "risk", alerts(report, say)),
        (say("服务报告", "Service"), "service", _service(report, say)),
        (say("数字出处", "Where the numbers come from"), "figures", _figures(report, say)),
    ]
    blocks: list[Block] = []
    for number, (title, anchor, part) in enumerate(parts):
        numbered = say(f"{_NUMERALS[number]}、{title}", f"{number + 1}  {title}")
        blocks += [Heading(numbered, anchor), *part]
    return Document(
        language=language, title=say("消费券轮次数据与分析报告", "Report on a voucher round"),
        subtitle=f"{report.campaign_name} · {report.round.name}",
        mark=say("模拟数据", "Simulated data") if report.simulated_data else "",
        page=(say("第", "Page"), say("页 / 共", "of")), lines=_lines(report, say), blocks=tuple(blocks),
    )  # fmt: skip


def _lines(report: RoundReport, say: Speaking) -> tuple[str, ...]:
    """What the title page says below the title."""
    return (
        say(f"数据截至 {say.moment(report.generated_at)}", f"Data as of {say.moment(report.generated_at)}"),
        status_of(report, say),
        say(
            "依据征集公告第四部分对每轮数据报告与分析报告的要求编制",
            "Made as the call for platforms asks after each round",
        ),
    )


def _analysis(report: RoundReport, say: Speaking) -> list[Block]:
    blocks: list[Block] = [
        Note(
            say(
                "以下文字由规则根据数字自动生成，句末的小号数字对应“数字出处”表；文中没有表外的数字。",
                "These sentences are made from figures by rules. The small numbers lead to the table of figures; no"
                " number is"
                " printed that is not in it.",
            )
        )
    ]
    numbers = {one.id: one.number for one in report.figures}
    for section in get_args(Section):
        said = [one for one in report.analysis if one.section == section]
        if said:
            items = tuple(
                (say(one.text_zh, one.text_en), tuple(sorted(numbers[name] for name in one.figures)), one.caution)
                for one in said
            )
            blocks += [Heading(say(*_SECTIONS[section]), f"analysis-{section}", level=2), Sentences(items)]
    return blocks


def _dimensions(report: RoundReport, say: Speaking) -> list[Block]:
    note = say(
        "下列各表为公告 T+1 所列指标，除注明外不扣退款，核销率以已领取为分母；全部指标的机器可读版本见同一报告的 JSON。"
        "",
        "The indicators that the notice lists for T+1; gross of refunds unless said, rates of those claimed. All"
        " indicators of"
        " every line are in the JSON of this report.",
    )
    made = [by_dimension(report, dimension, say(zh, en), say) for dimension, zh, en in DIMENSIONS]
    return [Note(note), *(table for table in made if table is not None)]


def _service(report: RoundReport, say: Speaking) -> list[Block]:
    there = report.service
    rows = (
        (say("平台收到的抢券请求", "Claims received"), f"{there.attempts:,}"),
        (say("给出结论", "Decided"), f"{there.answered:,}"),
        (say("因繁忙或恢复中劝退", "Told to come again"), f"{there.turned_away:,}"),
        (say("暂停次数", "Pauses"), f"{there.pauses:,}"), (say("紧急停止次数", "Emergency stops"), f"{there.stops:,}"),
        (say("领取窗口内停领时长（秒，各券种合计）", "Not claimable in its window (s, all)"), f"{there.paused_s:,}"),
        (say("冻结消费券次数", "Vouchers frozen"), f"{there.frozen_vouchers:,}"),
        (say("T+1 报表：业务日已结束，可取得（天）", "T+1 reports that can be had (days)"), f"{there.t1_available:,}"),
        (say("T+1 报表：其中次日也已结束，应已交出（天）", "T+1 reports due, of these (days)"), f"{there.t1_due:,}"),
        (say("T+1 报表：其中已有人取走（天）", "T+1 reports fetched, of these (days)"), f"{there.t1_fetched:,}"),
    )  # fmt: skip
    known = Table(
        say("服务数据", "Service figures"), (say("项目", "Item"), say("数值", "Value")), rows, aligns=("left", "right"),
        widths=(5, 2), note=say(
            "只含平台自身能得知的情况：未到达平台的请求、电话与投诉、取走的报表是否有人阅读不在其中。",
            "Only what the platform itself can know: requests that never arrived, calls and complaints, and whether a"
            " report that was fetched was read are not in it.",
        ),
    )  # fmt: skip
    acts = tuple(
        (
            say.moment(act.business_at), say(*_ACTS.get(act.action, (act.action, act.action))), act.object_name, act.by,
            act.reason or ABSENT, str(act.audit_id),
        )
        for act in there.acts
    )  # fmt: skip
    columns = (
        say("时间", "Time"), say("操作", "Act"), say("对象", "On"), say("操作人", "By"), say("理由", "Reason"),
        say("审计编号", "Audit no."),
    )  # fmt: skip
    log = Table(
        say("人工操作（摘自审计日志）", "Officers' acts, from the audit log"), columns, acts or ((ABSENT,) * 6,),
        aligns=("left", "left", "left", "left", "left", "right"), widths=(2.2, 1.6, 3, 1.6, 2.4, 1.2),
    )  # fmt: skip
    return [known, log]


def _figures(report: RoundReport, say: Speaking) -> list[Block]:
    note = say(
        "分析中出现的每个数字，连同编号、数值与公式，供审计。编号与本报告 JSON 中的一致，任何人可据原始记录重算。"
        f"轮次编号：{report.round.id}。",
        "Every number of the analysis with its id, value and formula, for auditors. Ids are those of this report's"
        f" JSON; anybody can compute them again from the raw records. The round's id: {report.round.id}.",
    )
    return [Note(note), figures(report, say)]
