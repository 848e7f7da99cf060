"""English for what the platform names in Chinese: districts, and what an import suggests for a wrong cell."""

import re

from voucher_console.words import named
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES
from voucherlab.guided.plan import CATEGORY_NAMES_EN
from voucherlab.guided.showing import Words

_CHINESE = re.compile(r"[\u4e00-\u9fff，、]")
_NAMES = {
    **{zh: named(code, "en") for code, zh in DISTRICTS.items()},
    **{zh: CATEGORY_NAMES_EN[key] for key, zh in CATEGORY_NAMES.items()},
    **{zh: named(key, "en") for key, zh in SIZE_CLASS_NAMES.items()},
    "、": ", ",
}
# As the platform says them; what is found in a sentence stands where the number is.
_SUGGESTIONS = (
    (r"若前 17 位无误，应为 (\w+)", r"\1, if its first 17 characters are right"),
    (r"应为 18 位代码", "18 characters are due"),
    (r"每家商户一行，请删除重复行", "one row a merchant: delete the one too many"),
    (r"最多 (\d+) 字", r"at most \1 characters"),
    (r"(\w+) 属于(\w+)", r"\1 belongs to \2"),
    (r"(\S+) 至 (\S+) 之间的数字", r"a number from \1 to \2"),
    (r"应在 (\S+) 至 (\S+) 之间", r"from \1 to \2"),
    (r"纬度与经度可能填反", "latitude and longitude may be the wrong way round"),
    (r"请检查 (.+)", r"check \1"),
    (r"最多 (\d+) 个", r"at most \1"),
    (r"同一终端号只填一次", "each till number once"),
    (r"(\S+) 已在第 (\d+) 行", r"\1 stands in row \2"),
    (r"(\S+) 已登记给 (\w+)", r"\1 is registered to \2"),
)


def district(code: str) -> Words:
    """A district as the console's pages call it."""
    return Words(named(code, "zh"), named(code, "en"))


def suggestion(zh: str | None) -> Words:
    """What an import suggests, which it says in Chinese only; a dash where there is no English for it."""
    if not zh:
        return Words("—", "—")
    en = zh
    for said, means in _SUGGESTIONS:
        if re.fullmatch(said, zh):
            en = re.sub(said, means, zh)
    for name, known in _NAMES.items():
        en = en.replace(name, known)
    return Words(zh, "—" if _CHINESE.search(en) else en)
