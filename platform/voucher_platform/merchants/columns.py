"""The columns of a roster: their names, other names in use for them, and how a cell's text is tidied."""

import re
import unicodedata

USCC, NAME, DISTRICT, DISTRICT_NAME, CATEGORY, INDUSTRY = (
    "统一社会信用代码", "商户名称", "区域代码", "区域名称", "行业业态", "行业代码",
)  # fmt: skip
SIZE_CLASS, ADDRESS, LATITUDE, LONGITUDE, TILLS = "规模类型", "地址", "纬度", "经度", "终端号"
REQUIRED = (USCC, NAME, DISTRICT, CATEGORY, INDUSTRY, SIZE_CLASS, ADDRESS, LATITUDE, LONGITUDE, TILLS)
COLUMNS = (*REQUIRED, DISTRICT_NAME)

_ALIASES = {
    USCC: ("社会信用代码", "信用代码", "uscc"),
    NAME: ("企业名称", "单位名称", "门店名称", "商户", "名称"),
    DISTRICT: ("镇街代码", "区划代码", "统计区划代码"),
    DISTRICT_NAME: ("镇街", "所属镇街", "镇街名称", "区域"),
    CATEGORY: ("业态", "行业", "行业类别"),
    INDUSTRY: ("国民经济行业代码", "行业小类代码"),
    SIZE_CLASS: ("规模", "企业规模"),
    ADDRESS: ("经营地址", "门店地址", "详细地址"),
    LATITUDE: ("纬度坐标", "latitude"),
    LONGITUDE: ("经度坐标", "longitude"),
    TILLS: ("终端编号", "收银终端", "收银终端号", "终端"),
}
_COLUMN_OF = {alias: column for column, aliases in _ALIASES.items() for alias in (column, *aliases)}
_FULL_WIDTH_SPANS = ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B))  # digits, capitals, small letters
_FULL_WIDTH = {code: code - 0xFEE0 for first, end in _FULL_WIDTH_SPANS for code in range(first, end)}
_BRACKETED = re.compile(r"[(（\[【].*$")


def column_named(heading: str) -> str | None:
    """The column a heading means; spaces, stars and a remark in brackets do not matter."""
    return _COLUMN_OF.get(_BRACKETED.sub("", code_text(heading)).strip("*:：").lower())


def prose(value: str) -> str:
    """Names and addresses: full-width letters and digits narrowed, blanks joined; Chinese punctuation stays."""
    return " ".join(value.translate(_FULL_WIDTH).split())


def code_text(value: str) -> str:
    """Codes and numbers: every compatibility form narrowed, no blanks at all."""
    return "".join(unicodedata.normalize("NFKC", value).split())


def till_numbers(value: str) -> list[str]:
    """The till numbers of a cell, which separates them by any common mark."""
    return [part for part in re.split(r"[、,;/|\s]+", unicodedata.normalize("NFKC", value)) if part]
