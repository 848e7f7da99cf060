"""Merchants that redeemed, with their size and type, and those that could."""

from voucher_contract.indicators.kinds import WHERE_REGISTERED, Indicator, counted
from voucher_contract.models.common import CATEGORY_NAMES, SIZE_CLASS_NAMES

_SIZE_TITLES_EN = ("trade above quota", "services above scale", "below quota, sampled", "below quota, other")
_CATEGORY_TITLES_EN = (
    "daily goods", "appliances and home", "catering and food", "lodging", "cars", "fuel", "culture and sport"
)  # fmt: skip


def _redeeming(name: str, title: tuple[str, str], column: str = "", key: str = "") -> Indicator:
    only = (f"、merchant.{column} = {key}", f" and merchant.{column} = {key}") if column else ("", "")
    return counted(
        name, "merchants", title,
        (
            f"redemption.redeemed_at 在期间内{only[0]}的 redemption.merchant_id 去重数；跨日、跨券种不可相加",
            (
                f"distinct redemption.merchant_id with redemption.redeemed_at in the period{only[1]};"
                " not additive over days or batches"
            ),
        ),
        additive=False,
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
            "生成报表时 merchant.admitted 为真且 merchant.suspended 为假的 merchant 行数（只有累计）",
            (
                "rows of merchant with merchant.admitted true and merchant.suspended false when the report is made"
                " (cumulative only)"
            ),
        ),
        dimensions=WHERE_REGISTERED, additive=False, periods=("cumulative",),
    ),
)  # fmt: skip
