"""Merchants that redeemed, with their size and type, and those that could."""

from voucher_contract.indicators.kinds import WHERE_REGISTERED, Indicator, counted
from voucher_contract.models.common import CATEGORY_NAMES, SIZE_CLASS_NAMES

_SIZE_TITLES_EN = ("trade above quota", "services above scale", "below quota, sampled", "below quota, other")
_CATEGORY_TITLES_EN = (
    "daily goods", "appliances and home", "catering and food", "lodging", "cars", "fuel", "culture and sport"
)  # fmt: skip


def _redeeming(name: str, title: tuple[str, str], column: str = "", key: str = "") -> Indicator:
    only = ("、属于该类", " and are of this kind") if column else ("", "")
    where = f", merchant.{column} = {key}" if column else ""
    return counted(
        name, "merchants", title,
        (
            f"期间内有核销{only[0]}的商家数，同一商家只计一次；跨日、跨券种不可相加",
            f"merchants that redeemed in the period{only[1]}, each counted once; not additive over days or batches",
        ),
        additive=False, source=f"redemption.redeemed_at, redemption.merchant_id{where}",
    )  # fmt: skip


MERCHANTS: tuple[Indicator, ...] = (
    _redeeming("merchants", ("参与核销商家数", "Merchants that redeemed")),
    *(
        _redeeming(f"merchants_size_{key}", (f"参与核销商家：{zh}", f"Of these: {en}"), "size_class", key)
        for (key, zh), en in zip(SIZE_CLASS_NAMES.items(), _SIZE_TITLES_EN, strict=True)
    ),
    *(
        _redeeming(f"merchants_type_{key}", (f"参与核销商家：{zh}", f"Of these: {en}"), "category", key)
        for (key, zh), en in zip(CATEGORY_NAMES.items(), _CATEGORY_TITLES_EN, strict=True)
    ),
    counted(
        "admitted_merchants", "merchants", ("名单内商家数", "Merchants admitted"),
        (
            "生成报表时在名单内、未被暂停的商家数（只有累计）",
            "merchants on the list and not suspended when the report is made (cumulative only)",
        ),
        dimensions=WHERE_REGISTERED, additive=False, periods=("cumulative",),
        source="merchant.admitted, merchant.suspended",
    ),
)  # fmt: skip
