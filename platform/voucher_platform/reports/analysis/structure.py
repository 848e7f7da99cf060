"""What is said of industries, districts, size classes and merchants: where the money went, and where none did."""

from collections.abc import Iterable

from voucher_contract.models.round_report import FigureUnit, RoundRow
from voucher_platform.reports.analysis.figures import Book, Figure
from voucher_platform.reports.analysis.saying import Said, listed, say
from voucher_platform.reports.analysis.thin import too_few
from voucher_platform.reports.names import Name

_TITLES: dict[str, tuple[Name, Name, FigureUnit]] = {
    "industry": (("行业", "industry"), ("行业", "industries"), "industries"),
    "district": (("区域", "district"), ("区域", "districts"), "districts"),
}


def write_structure(book: Book) -> list[Said]:
    """Sentences on concentration and gaps; none where nothing was redeemed."""
    redeemed = book.indicator("redeemed_fen")
    if redeemed is None or redeemed.number == 0:
        return _gaps(book)
    return (
        _largest(book, "industry", redeemed) + _largest(book, "district", redeemed) + _sizes(book, redeemed)
        + _merchants(book, redeemed) + _gaps(book)
    )  # fmt: skip


def _money(book: Book, rows: Iterable[RoundRow]) -> list[tuple[RoundRow, Figure]]:
    found = [(row, book.indicator("redeemed_fen", row.dimension, row.key)) for row in rows]
    used = [(row, money) for row, money in found if money is not None and money.number > 0]
    return sorted(used, key=lambda one: -one[1].number)


def _largest(book: Book, dimension: str, redeemed: Figure) -> list[Said]:
    """The largest one and its share, the smallest, and those where nothing was redeemed."""
    (zh, en), (_, plural), unit = _TITLES[dimension]
    used = _money(book, book.rows(dimension))
    if not used:
        return []
    row, most = used[0]
    share = book.share(
        f"largest_{dimension}_share", (f"最大{zh}核销金额占比", f"Share of the largest {en}"), most, redeemed
    )
    count = book.counted(
        f"{dimension}_with_redemptions", (f"有核销的{zh}数", f"{plural.capitalize()} with redemptions"), unit,
        len(used),
        (f"核销金额大于零的{zh}数", f"{plural} whose redeemed_fen is positive"),
    )  # fmt: skip
    said = say(
        "structure", "核销涉及 {count}，以“{name}”最多，核销金额 {most}，占 {share}。",
        "Redemptions fell on {count}; the largest was “{name}” with {most}, {share} of the voucher money.",
        names={"name": (row.label_zh, row.label_en)}, count=count, most=most, share=share,
    )  # fmt: skip
    if len(used) > 1:
        last, least = used[-1]
        times = book.ratio(
            f"largest_{dimension}_times", (f"最大{zh}与最小{zh}之比", f"Largest over smallest {en}"), most, least
        )
        said += say(
            "structure", f"在有核销的{zh}中以“{{name}}”最少，核销金额 {{least}}，最多者是它的 {{times}} 倍。",
            "Of those, “{name}” had least with {least}; the largest had {times} times as much.",
            names={"name": (last.label_zh, last.label_en)}, least=least, times=times,
        )  # fmt: skip
    return said + _without(book, dimension, {row.key for row, _ in used})


def _without(book: Book, dimension: str, used: set[str]) -> list[Said]:
    """Industries that the round is meant for, and districts it reaches, where nothing was redeemed."""
    (zh, _), (_, plural), unit = _TITLES[dimension]
    meant = _meant(book, dimension)
    empty = [row for row in book.rows(dimension) if row.key not in used and (not meant or row.key in meant)]
    if not empty:
        return []
    count = book.counted(
        f"{dimension}_without_redemptions", (f"无核销的{zh}数", f"{plural.capitalize()} without redemptions"), unit,
        len(empty), (f"适用但核销金额为零的{zh}数", f"{plural} covered whose redeemed_fen is zero"),
    )  # fmt: skip
    return say(
        "structure", "本轮适用而没有核销的有 {count}：{names}。", "Covered but without a redemption: {count}: {names}.",
        names={"names": listed([(row.label_zh, row.label_en) for row in empty])}, count=count,
    )  # fmt: skip


def _meant(book: Book, dimension: str) -> set[str]:
    batches = book.report.batches
    if dimension == "industry":
        return {category for batch in batches for category in batch.categories}
    return set() if any(not batch.districts for batch in batches) else {x for batch in batches for x in batch.districts}


def _sizes(book: Book, redeemed: Figure) -> list[Said]:
    used = _money(book, book.rows("size_class"))
    if not used:
        return []
    row, most = used[0]
    share = book.share(
        "largest_size_share", ("最大规模类型核销金额占比", "Share of the largest size class"), most, redeemed
    )
    return say(
        "structure", "按商家规模类型，“{name}”的核销金额最多，为 {most}，占 {share}。",
        "By size class of merchants, “{name}” had most with {most}, {share} of the voucher money.",
        names={"name": (row.label_zh, row.label_en)}, most=most, share=share,
    )  # fmt: skip


def _merchants(book: Book, redeemed: Figure) -> list[Said]:
    """How much of the money went to the five largest merchants."""
    shops, largest = book.indicator("merchants"), book.report.signs.merchants[:5]
    if shops is None or shops.number <= len(largest):
        return []
    five = book.counted(
        "largest_merchants_fen", ("核销金额最多的若干商家合计", "The largest merchants together"), "fen",
        sum(one.redeemed_fen for one in largest),
        ("核销金额最多的商家的 redemption.voucher_fen 合计", "Σ redemption.voucher_fen of the merchants with most"),
    )  # fmt: skip
    count = book.counted(
        "largest_merchants", ("合计的商家数", "Merchants counted together"), "merchants", len(largest),
        ("本报告取核销金额最多的前若干家", "as many as this report takes together"),
    )  # fmt: skip
    share = book.share(
        "largest_merchants_share", ("核销金额最多的若干商家占比", "Share of the largest merchants"), five, redeemed
    )
    return say(
        "structure", "核销金额最多的 {count}合计 {money}，占全部 {shops}的 {share}。",
        "The {count} with most had {money} together, {share} of what all {shops} had.",
        count=count, money=five, shops=shops, share=share,
    ) + too_few("structure", shops)  # fmt: skip


def _gaps(book: Book) -> list[Said]:
    """Places where a voucher of this round could be used nowhere: no merchant of the district and industry."""
    meant, districts = _meant(book, "industry"), _meant(book, "district")
    cells = [
        cell for cell in book.report.coverage
        if cell.category in meant and (not districts or cell.district in districts)
    ]  # fmt: skip
    empty = [cell for cell in cells if cell.admitted == 0]
    whole = book.counted(
        "coverage_cells", ("适用的区域与行业组合数", "Districts × industries covered"), "cells", len(cells),
        ("本轮券种适用的区域 × 行业", "districts × industries of the round's batches"),
    )  # fmt: skip
    none = book.counted(
        "coverage_gaps", ("没有可用商户的组合数", "Of these, without a merchant"), "cells", len(empty),
        ("其中名单内商户数为零的", "those with no admitted merchant"),
    )  # fmt: skip
    if not cells:
        return []
    if not empty:
        return say(
            "structure", "本轮适用的区域与行业组合共 {whole}，每一格都有可用商户。",
            "All {whole} of district and industry that the round covers have a merchant.", whole=whole,
        )  # fmt: skip
    return say(
        "structure",
        "本轮适用的区域与行业组合共 {whole}，其中 {none}没有可用商户，持券人在那里无处使用，建议补充商户。",
        "Of {whole} of district and industry that the round covers, {none} have no merchant: vouchers are of no use"
        " there.",
        caution=True, whole=whole, none=none,
    )  # fmt: skip
