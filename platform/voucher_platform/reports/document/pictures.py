"""The charts of a report. Pure."""

from voucher_contract.models.round_report import RoundReport, RoundRow
from voucher_platform.core.amounts import yuan_of
from voucher_platform.reports.charts.bars import Bar, lying, upright
from voucher_platform.reports.charts.grid import grid
from voucher_platform.reports.document.blocks import Block, Chart, Note
from voucher_platform.reports.document.speaking import Speaking
from voucher_platform.reports.names import name_of


def pictures(report: RoundReport, say: Speaking) -> list[Block]:
    """Claims over time, redemptions by day, voucher money by industry and by district, coverage."""
    return [_claims(report, say), _days(report, say), *_money(report, say), _coverage(report, say)]


def _claims(report: RoundReport, say: Speaking) -> Block:
    claims, title = report.claims, say("领取随时间的变化", "Claims over time")
    if not claims.points:
        return Note(say("尚无人领取，没有领取曲线。", "Nobody has claimed yet, so there is no curve of claims."))
    form = "%H:%M:%S" if claims.step_s < 60 else "%m-%d %H:%M" if claims.step_s < 86_400 else "%m-%d"
    bars = [Bar(point.at.astimezone(say.zone).strftime(form), point.issued) for point in claims.points]
    note = say(f"每根柱为 {_span(claims.step_s)[0]}内领取的张数", f"Vouchers claimed in each {_span(claims.step_s)[1]}")
    return Chart(title, upright(title, say("张", "vouchers"), bars), note)


def _span(seconds: int) -> tuple[str, str]:
    """A step of the curve in the largest unit that it is a multiple of: 1,800 s are 30 minutes."""
    units = ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分钟", "min"), (1, "秒", "s"))
    size, zh, en = next(unit for unit in units if seconds % unit[0] == 0)
    return f"{seconds // size} {zh}", f"{seconds // size} {en}"


def _days(report: RoundReport, say: Speaking) -> Block:
    title = say("逐日核销笔数", "Redemptions by day")
    bars = [Bar(row.key[5:], row.values["redemptions"] or 0) for row in report.rows if row.dimension == "day"]
    if not any(bar.value for bar in bars):
        return Note(say("尚无核销，没有逐日核销图。", "Nothing was redeemed yet, so there is no chart by day."))
    return Chart(title, upright(title, say("笔", "redemptions"), bars))


def _money(report: RoundReport, say: Speaking) -> list[Block]:
    blocks: list[Block] = []
    for dimension, zh, en in (("industry", "分行业核销金额（元）", "Voucher money by industry (yuan)"),
                              ("district", "分区域核销金额（元）", "Voucher money by district (yuan)")):  # fmt: skip
        rows = [row for row in report.rows if row.dimension == dimension]
        bars = [Bar(say(row.label_zh, row.label_en), _fen(row), yuan_of(_fen(row))) for row in rows]
        if any(bar.value for bar in bars):
            blocks.append(Chart(say(zh, en), lying(say(zh, en), bars)))
    return blocks


def _fen(row: RoundRow) -> int:
    return int(row.values["redeemed_fen"] or 0)


def _coverage(report: RoundReport, say: Speaking) -> Block:
    at = 0 if say.language == "zh" else 1
    districts = list(dict.fromkeys(cell.district for cell in report.coverage))
    categories = list(dict.fromkeys(cell.category for cell in report.coverage))
    meant = {category for batch in report.batches for category in batch.categories}
    numbers = {
        (districts.index(cell.district), categories.index(cell.category)): cell.admitted
        for cell in report.coverage if cell.category in meant
    }  # fmt: skip
    title = say("商户覆盖（区域 × 行业，名单内商户数）", "Coverage (district × industry, admitted merchants)")
    note = say("浅橙色的 0 表示没有可用商户；本轮不适用的行业留空。",
               "An orange 0: no merchant there. Industries that the round does not cover are left empty.")  # fmt: skip
    rows, columns = ([name_of(code)[at] for code in codes] for codes in (districts, categories))
    return Chart(title, grid(title, rows, columns, numbers), note)
