"""What the contract's codes are called in English; the Chinese names are the contract's own."""

from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES

_CATEGORIES = {
    "daily_goods": "Daily goods", "appliances": "Appliances and home", "catering": "Catering and food",
    "lodging": "Lodging", "cars": "Cars", "fuel": "Fuel", "culture_sport": "Culture and sport",
}  # fmt: skip
_DISTRICTS = {
    "510681001": "Luocheng", "510681002": "Hanzhou", "510681003": "Jinyan", "510681101": "Sanshui",
    "510681102": "Lianshan", "510681103": "Gaoping", "510681105": "Xiangyang", "510681106": "Xiaohan",
    "510681107": "Jinlun", "510681114": "Jinyu", "510681116": "Nanfeng", "510681117": "Sanxingdui",
}  # fmt: skip
_SIZE_CLASSES = {
    "above_quota": "Trade above quota", "above_scale_service": "Services above scale",
    "below_quota_sample": "Below quota, sampled", "below_quota_other": "Below quota, other",
}  # fmt: skip
_ZH = {**CATEGORY_NAMES, **DISTRICTS, **SIZE_CLASS_NAMES, "total": "合计"}
_EN = {**_CATEGORIES, **_DISTRICTS, **_SIZE_CLASSES, "total": "Total"}

Name = tuple[str, str]
"""A name in Chinese and in English."""


def name_of(code: str) -> Name:
    """The name of an industry, district or size class; the code itself where nobody has named it."""
    return _ZH.get(code, code), _EN.get(code, code)
