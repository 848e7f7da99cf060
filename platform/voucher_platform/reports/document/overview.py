"""The first pages: what round this is, the figures looked at first, and the plan. Pure."""

from collections.abc import Mapping

from voucher_contract.models.campaigns import Batch
from voucher_contract.models.round_report import RoundReport
from voucher_platform.core.amounts import yuan_of
from voucher_platform.reports.analysis.showing import percent_of
from voucher_platform.reports.document.blocks import Block, Cards, Facts, Note, Table
from voucher_platform.reports.document.speaking import ABSENT, Speaking
from voucher_platform.reports.names import name_of
from voucher_platform.reports.rules import rounded_quotient

_CARDS: tuple[tuple[str, str, str, str, str], ...] = (
    ("released_vouchers", "投放张数", "Vouchers offered", "released_fen", ""),
    ("issued_vouchers", "累计领取张数", "Vouchers claimed", "claim_rate", "占投放 of offered"),
    ("redemptions", "核销笔数", "Redemptions", "redemption_rate_count_issued_gross", "占已领取 of claimed"),
    (
        "redeemed_fen",
        "核销金额",
        "Voucher money used",
        "redemption_rate_amount_issued_gross",
        "占已领取金额 of claimed",
    ),
    ("public_spent_fen", "财政资金实际支出", "Public money spent", "refund_rate_amount", "退款率 refunded"),
    ("leverage_net", "拉动比（净）", "Leverage, net", "leverage_gross", "毛 gross"),
)
_STATES = {
    "draft": ("草稿", "draft"),
    "live": ("可领取", "live"),
    "paused": ("已暂停", "paused"),
    "stopped": ("已停止", "stopped"),
}
_REGIMES = {
    "A": ("全退还券", "A: given back if refunded whole"),
    "A_PRIME": ("全退还券、按比例退款", "A′: as A, money pro rata"),
    "B": ("不还券、按比例退款", "B: never given back, pro rata"), "C": ("次日还券", "C: given back next day"),
}  # fmt: skip


def status_of(report: RoundReport, say: Speaking) -> str:
    """Whether the round is over, in words."""
    if report.complete:
        return say("终期报告：本轮消费券均已过有效期", "Final: every voucher of the round is past its validity")
    return say(
        "阶段性报告：仍有消费券可核销，数据会变化", "Interim: vouchers may still be redeemed, figures will change"
    )


def overview(report: RoundReport, say: Speaking) -> list[Block]:
    """Facts about the report, warnings, and the figures looked at first."""
    a_round = report.round
    blocks: list[Block] = [
        Facts(
            (
                (say("活动", "Campaign"), report.campaign_name),
                (say("轮次", "Round"), a_round.name),
                (say("发布时间", "Published"), say.moment(report.starts_at)),
                (say("有效期截止", "Valid until"), say.moment(report.ends_at)),
                (say("数据截至", "Data as of"), say.moment(report.generated_at)),
                (say("报告性质", "Kind"), status_of(report, say)),
                (say("经办 / 复核", "Maker / checker"), f"{a_round.submitted_by} / {a_round.approved_by}"),
            )
        )
    ]  # fmt: skip
    return [*blocks, *warnings(report, say), _cards(report, say)]


def warnings(report: RoundReport, say: Speaking) -> list[Block]:
    """What must not be overlooked: simulated data, protections switched off, money that does not add up."""
    found: list[Block] = []
    if report.simulated_data:
        found.append(
            Note(
                say(
                    "模拟数据：本报告的全部数字来自演练，不是真实业务。",
                    "Simulated data: every figure comes from a drill.",
                ),
                loud=True,
            )
        )
    if report.unsafe_settings:
        names = ", ".join(report.unsafe_settings)
        found.append(
            Note(
                say(
                    f"有保护被关闭：{names}。已确认的领取可能丢失，本报告数字的可靠性因此降低。",
                    f"Protections are switched off: {names}. Acknowledged claims may be lost; these figures are less"
                    f" certain.",
                ),
                loud=True,
            )
        )
    if not report.money.identity_ok:
        found.append(
            Note(say("资金恒等式不成立，须立即核查。", "The money does not add up: look into it at once."), loud=True)
        )
    return found


def _cards(report: RoundReport, say: Speaking) -> Cards:
    values = next(row.values for row in report.rows if row.dimension == "total")
    known = {one.indicator: one for one in report.definitions}
    items = []
    for name, zh, en, beside, remark in _CARDS:
        unit = "" if known[name].unit == "ratio" else f" {say.unit(known[name])}"
        value = say.value(known[name], values[name])
        beside_unit = say.unit(known[beside]) if known[beside].unit == "fen" else ""
        words = remark.split(" ", 1)
        told = say(words[0], words[-1]) if remark else say("金额", "worth")
        below = f"{told} {say.value(known[beside], values[beside])} {beside_unit}".strip()
        if name == "issued_vouchers" and values["voided_vouchers"]:
            below = _not_voided(values, say)
        items.append((say(zh, en), f"{value}{unit}", below))
    return Cards(tuple(items))


def _not_voided(values: Mapping[str, float | None], say: Speaking) -> str:
    """The share without what was voided since: such places may be claimed again, and more than all looks like fraud."""
    voided = int(values["voided_vouchers"] or 0)
    net = int(values["issued_vouchers"] or 0) - voided
    share = rounded_quotient(net, int(values["released_vouchers"] or 0), decimals=4)
    told = ABSENT if share is None else f"{percent_of(share)}%"
    return say(
        f"含后来作废、可补发的 {voided:,} 张；有效 {net:,} 张，占投放 {told}",
        f"{voided:,} voided since, to be claimed again; without them {net:,}, {told} of offered",
    )


def plan(report: RoundReport, say: Speaking) -> Table:
    """Every batch: face, quota, scope, windows."""
    columns = (
        say("券种", "Batch"), say("面额与门槛（元）", "Face, threshold (yuan)"), say("数量（张）", "Quota"),
        say("适用行业", "Industries"), say("适用区域", "Districts"), say("领取时间", "Claims"), say("有效期", "Valid"),
        say("每人限领", "Per person"), say("退款规则", "Refunds"), say("状态", "State"),
    )  # fmt: skip
    return Table(
        "", columns, tuple(_batch(batch, say) for batch in report.batches),
        aligns=("left", "left", "right", "left", "left", "left", "left", "right", "left", "left"),
        widths=(1.7, 1.3, 0.9, 1.7, 1.5, 1.6, 1.6, 0.7, 1.4, 0.8), wide=True,
    )  # fmt: skip


def _batch(batch: Batch, say: Speaking) -> tuple[str, ...]:
    at = 0 if say.language == "zh" else 1
    mark = say("、", ", ")
    districts = mark.join(name_of(code)[at] for code in batch.districts) or say("全市", "whole city")
    span = say(" 至 ", " to ")
    days = (
        say(f"，领取后 {batch.valid_days} 天", f", {batch.valid_days} days from the claim") if batch.valid_days else ""
    )
    return (
        batch.name,
        say(
            f"满 {yuan_of(batch.threshold_fen)} 减 {yuan_of(batch.face_fen)}",
            f"{yuan_of(batch.face_fen)} off {yuan_of(batch.threshold_fen)}",
        ),
        f"{batch.quota:,}", mark.join(name_of(code)[at] for code in batch.categories), districts,
        f"{say.moment(batch.claim_opens_at)}{span}{say.moment(batch.claim_closes_at)}",
        f"{say.moment(batch.valid_from)}{span}{say.moment(batch.valid_until)}{days}", f"{batch.per_person_limit}",
        say(*_REGIMES[batch.refund_regime]), say(*_STATES[batch.state]),
    )  # fmt: skip
