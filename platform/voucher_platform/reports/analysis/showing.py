"""How a number is printed, in both languages; the one place where units become words. Pure."""

from datetime import date, datetime

from voucher_contract.models.round_report import FigureUnit
from voucher_platform.core.amounts import yuan_of

Exact = int | float | str
_COUNTED: dict[str, tuple[str, str, str]] = {
    "vouchers": ("张", "voucher", "vouchers"), "people": ("人", "person", "people"),
    "redemptions": ("笔", "redemption", "redemptions"), "merchants": ("家", "merchant", "merchants"),
    "refunds": ("笔", "refund", "refunds"), "attempts": ("次", "attempt", "attempts"), "days": ("天", "day", "days"),
    "cells": ("格", "cell", "cells"), "acts": ("次", "time", "times"), "batches": ("个券种", "batch", "batches"),
    "industries": ("个行业", "industry", "industries"), "districts": ("个区域", "district", "districts"),
    "alerts": ("个", "alert", "alerts"),
}  # fmt: skip


def shown(unit: FigureUnit, value: Exact) -> tuple[str, str]:
    """``value`` in Chinese and in English with its unit; money in yuan, shares in percent with two decimals."""
    if isinstance(value, str):
        return _time(unit, value)
    if unit == "fen":
        yuan = yuan_of(int(value))
        return f"{yuan} 元", f"{yuan} yuan"
    if unit == "percent":
        return (f"{percent_of(value)}%",) * 2
    if unit == "ratio":
        return (f"{value:,.2f}",) * 2
    if unit == "seconds":
        return _seconds(int(value))
    zh, one, more = _COUNTED[unit]
    return f"{value:,} {zh}", f"{value:,} {one if value == 1 else more}"


def percent_of(share: float) -> str:
    """A ratio of four decimals in percent with two: the same digits, so nothing is rounded."""
    ten_thousandths = round(share * 10_000)
    sign, size = ("−" if ten_thousandths < 0 else ""), abs(ten_thousandths)
    return f"{sign}{size // 100:,}.{size % 100:02}"


def _time(unit: FigureUnit, value: str) -> tuple[str, str]:
    if unit == "date":
        day = date.fromisoformat(value)
        return f"{day.year} 年 {day.month} 月 {day.day} 日", day.isoformat()
    moment = datetime.fromisoformat(value)
    return (moment.strftime("%Y-%m-%d %H:%M"),) * 2


def _seconds(value: int) -> tuple[str, str]:
    """In the largest two units that it has: 2 小时 5 分."""
    parts = [
        (value // 86_400, "天", "d"), (value % 86_400 // 3_600, "小时", "h"), (value % 3_600 // 60, "分", "min"),
        (value % 60, "秒", "s"),
    ]  # fmt: skip
    used = [part for part in parts if part[0]][:2] or parts[-1:]
    return " ".join(f"{n} {zh}" for n, zh, _ in used), " ".join(f"{n} {en}" for n, _, en in used)
