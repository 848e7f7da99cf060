"""The rules of one cell: each takes tidied text and gives the value, or a fault's code and a suggestion."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES
from voucher_platform.core.credit_code import check_character, is_credit_code
from voucher_platform.merchants.industries import CATEGORY_OF_CODE, INDUSTRY_CODES

_TILL = re.compile(r"^[A-Za-z0-9-]{4,32}$")
_MOST_TILLS = 50
_CATEGORY_KEYS = {name: key for key, name in CATEGORY_NAMES.items()}
_DISTRICT_CODES = {name: code for code, name in DISTRICTS.items()}
_SIZE_KEYS = {name: key for key, name in SIZE_CLASS_NAMES.items()} | {
    "限上": "above_quota", "限额以上": "above_quota", "限额以上商贸": "above_quota", "规上": "above_scale_service",
    "规模以上服务": "above_scale_service", "规模以上服务业": "above_scale_service", "规上服务业": "above_scale_service",
    "限额以下样本": "below_quota_sample", "限下样本单位": "below_quota_sample", "限额以下其他": "below_quota_other",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Why a cell is refused: a key of ``faults.REASONS``, and what was perhaps meant."""

    code: str
    suggestion_zh: str | None = None


@dataclass(frozen=True)
class CityBox:
    """The box in degrees that every shop of the city lies in. The default holds Guanghan."""

    south: float = 30.75
    north: float = 31.20
    west: float = 104.05
    east: float = 104.55


GUANGHAN = CityBox()


@lru_cache(maxsize=1024)
def nearest(value: str, choices: tuple[str, ...]) -> str | None:
    """The choice most like ``value``, if any is like it at all; remembered, for a fault tends to fill a column."""
    found = difflib.get_close_matches(value, choices, n=1, cutoff=0.4)
    return found[0] if found else None


def credit_code(code: str) -> str | Fault:
    """A credit code with the right check character."""
    if is_credit_code(code):
        return code
    last = check_character(code[:17]) if len(code) == 18 else None
    return Fault("bad_credit_code", f"若前 17 位无误，应为 {code[:17]}{last}" if last else "应为 18 位代码")


def text_up_to(value: str, longest: int) -> str | Fault:
    """Any text of at most ``longest`` characters."""
    return value if len(value) <= longest else Fault("too_long", f"最多 {longest} 字")


def district(code: str, name: str) -> str | Fault:
    """A district code of the city; the name beside it helps to suggest the right one."""
    if code in DISTRICTS:
        return code
    near = _DISTRICT_CODES.get(name) or nearest(code, tuple(DISTRICTS))
    return Fault("unknown_district", f"{near} {DISTRICTS[near]}" if near else None)


def district_name(name: str, code: str) -> Fault | None:
    """The name must be the code's; where the code is unknown it cannot be judged."""
    return None if not name or DISTRICTS.get(code, name) == name else Fault("district_mismatch", DISTRICTS[code])


def category(name: str) -> str | Fault:
    """An industry group by its Chinese name or its key."""
    found = name if name in CATEGORY_NAMES else _CATEGORY_KEYS.get(name)
    return found or Fault("unknown_category", nearest(name, tuple(_CATEGORY_KEYS)) or "、".join(_CATEGORY_KEYS))


def industry_code(code: str, group: str | None) -> str | Fault:
    """A class of the group; where the group is unknown, of any group."""
    own = CATEGORY_OF_CODE.get(code)
    if own is None:
        near = nearest(code, tuple(sorted(INDUSTRY_CODES[group]))) if group else None
        return Fault("unknown_industry_code", near)
    if group is not None and own != group:
        return Fault("code_outside_category", f"{code} 属于{CATEGORY_NAMES[own]}")
    return code


def size_class(name: str) -> str | Fault:
    """A size class by its Chinese name, a common longer form or its key."""
    found = name if name in SIZE_CLASS_NAMES else _SIZE_KEYS.get(name)
    known = "、".join(SIZE_CLASS_NAMES.values())
    return found or Fault("unknown_size_class", nearest(name, tuple(_SIZE_KEYS)) or known)


def degrees(value: str, low: float, high: float, other: tuple[float, float]) -> float | Fault:
    """Degrees between ``low`` and ``high``; a value that fits the ``other`` range was perhaps swapped with it."""
    if not re.fullmatch(r"[+-]?[0-9]{1,4}(\.[0-9]{0,20})?", value):
        return Fault("not_a_number", f"{low} 至 {high} 之间的数字")
    number = float(value)
    if low <= number <= high:
        return number
    swapped = other[0] <= number <= other[1]
    return Fault("outside_city", "纬度与经度可能填反" if swapped else f"应在 {low} 至 {high} 之间")


def tills(numbers: Iterable[str]) -> tuple[str, ...] | Fault:
    """One to fifty well-formed till numbers, each once."""
    found = tuple(numbers)
    wrong = [number for number in found if not _TILL.match(number)]
    if wrong:
        return Fault("bad_till_number", f"请检查 {wrong[0][:40]}")
    if len(found) > _MOST_TILLS:
        return Fault("too_many_tills", f"最多 {_MOST_TILLS} 个")
    if len(set(found)) < len(found):
        return Fault("duplicate_till", "同一终端号只填一次")
    return found
