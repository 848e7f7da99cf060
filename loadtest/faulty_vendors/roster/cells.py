"""What a cell may hold. Each rule takes text and gives the value, or raises ``Fault``."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from loadtest.faulty_vendors.roster.credit_codes import is_credit_code
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES

_TILL = re.compile(r"[A-Za-z0-9-]{4,32}")
_BOX = {"latitude": (30.75, 31.20), "longitude": (104.05, 104.55)}
_MOST_TILLS = 50
_LONGEST = {"name": 100, "address": 200}
# GB/T 4754-2017 classes of each group, as spans of four-digit numbers; 5226, 5227 and 5245 belong to none.
_CLASSES: dict[str, tuple[tuple[int, int], ...]] = {
    "daily_goods": ((5211, 5213), (5219, 5219), (5231, 5239)),
    "appliances": ((5271, 5274), (5279, 5279), (5281, 5287), (5289, 5289)),
    "catering": (
        (6210, 6210), (6220, 6220), (6231, 6233), (6239, 6239), (6291, 6291), (6299, 6299), (5221, 5225), (5229, 5229)
    ),
    "lodging": ((6110, 6110), (6121, 6121), (6129, 6130), (6140, 6140), (6190, 6190)),
    "cars": ((5261, 5264),),
    "fuel": ((5265, 5265),),
    "culture_sport": (
        (8760, 8760), (8810, 8810), (8820, 8820), (8850, 8850), (8921, 8921), (8930, 8930), (9011, 9013), (9019, 9020),
        (9030, 9030), (5241, 5244), (5246, 5249),
    ),
}  # fmt: skip


class Fault(Exception):
    """A bad cell: a stable code, the reason in Chinese and English, and perhaps what was meant."""

    def __init__(self, code: str, zh: str, en: str, suggestion_zh: str | None = None) -> None:
        super().__init__(code)
        self.told = {"code": code, "reason_zh": zh, "reason_en": en, "suggestion_zh": suggestion_zh}


def _uscc(text: str, *, check: bool) -> str:
    code = _bare(text).upper()
    if check and not is_credit_code(code):
        raise Fault("bad_credit_code", "统一社会信用代码校验不通过", "The credit code is not valid", "请核对 18 位代码")
    return code


def _words(name: str) -> Callable[[str], str]:
    def rule(text: str) -> str:
        words = " ".join(text.split())
        if not words:
            raise Fault("empty", "必填项为空", "A required cell is empty")
        if len(words) > _LONGEST[name]:
            raise Fault("too_long", "内容过长", "The text is too long", f"最多 {_LONGEST[name]} 字")
        return words

    return rule


def _district(text: str) -> str:
    if _bare(text) not in DISTRICTS:
        raise Fault("unknown_district", "没有这个区域代码", "There is no such district")
    return _bare(text)


def _one_of(names: Mapping[str, str], code: str, zh: str, en: str) -> Callable[[str], str]:
    keys = {zh_name: key for key, zh_name in names.items()} | {key: key for key in names}

    def rule(text: str) -> str:
        if _bare(text) not in keys:
            raise Fault(code, zh, en, "、".join(names.values()))
        return keys[_bare(text)]

    return rule


def _industry(text: str) -> str:
    code = _bare(text)
    if group_of(code) is None:
        raise Fault(
            "unknown_industry_code", "行业代码不属于任何参与业态", "The class belongs to no group of the activity"
        )
    return code


def group_of(code: str) -> str | None:
    """The industry group of a four-digit class."""
    if not re.fullmatch(r"[0-9]{4}", code):
        return None
    number = int(code)
    return next((name for name, spans in _CLASSES.items() if any(a <= number <= b for a, b in spans)), None)


def _degrees(name: str) -> Callable[[str], float]:
    def rule(text: str) -> float:
        try:
            degrees = float(_bare(text))
        except ValueError:
            raise Fault("not_a_number", "不是数字", "Not a number") from None
        low, high = _BOX[name]
        if not low <= degrees <= high:
            raise Fault("outside_city", "位置不在本市范围内", "Outside the city", f"应在 {low} 至 {high} 之间")
        return degrees

    return rule


def _tills(text: str) -> tuple[str, ...]:
    numbers = tuple(part for part in re.split(r"[、,，;；/\s]+", text.strip()) if part)
    if not numbers:
        raise Fault("empty", "必填项为空", "A required cell is empty")
    if any(not _TILL.fullmatch(number) for number in numbers):
        raise Fault("bad_till_number", "终端号格式有误", "A till number is 4 to 32 letters, digits or hyphens")
    if len(set(numbers)) < len(numbers) or len(numbers) > _MOST_TILLS:
        raise Fault("bad_tills", "终端号重复或过多", "Tills are named twice, or too many of them")
    return numbers


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def rules(*, check_credit_code: bool) -> dict[str, Callable[[str], Any]]:
    """The rule of every column that has one by itself."""
    return {
        "uscc": lambda text: _uscc(text, check=check_credit_code), "name": _words("name"), "district": _district,
        "category": _one_of(CATEGORY_NAMES, "unknown_category", "没有这个行业业态", "There is no such industry group"),
        "industry_code": _industry,
        "size_class": _one_of(SIZE_CLASS_NAMES, "unknown_size_class", "没有这个规模类型", "No such size class"),
        "address": _words("address"), "latitude": _degrees("latitude"), "longitude": _degrees("longitude"),
        "tills": _tills,
    }  # fmt: skip
