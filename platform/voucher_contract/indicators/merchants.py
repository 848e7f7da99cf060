"""Merchants that redeemed, with their size and type, and those that could."""

from voucher_contract.indicators.kinds import WHERE_REGISTERED, Indicator, counted
from voucher_contract.models.common import CATEGORY_NAMES, SIZE_CLASS_NAMES

_SIZE_TITLES_EN = {
    "above_quota": "trade above quota",
    "above_scale_service": "services above scale",
    "below_quota_sample": "below quota, sampled",
    "below_quota_other": "below quota, other",
}
_CATEGORY_TITLES_EN = {
    "daily_goods": "daily goods",
    "appliances": "appliances and home",
    "catering": "catering and food",
    "lodging": "lodging",
    "cars": "cars",
    "fuel": "fuel",
    "culture_sport": "culture and sport",
}


def _redeeming(name: str, title: tuple[str, str], column: str = "", key: str = "") -> Indicator:
    only = (f"、merchant.{column} = {key}", f" and merchant.{column} = {key}") if column else ("", "")
    return counted(
        name, "merchants", title,
        (
            f"redemption.redeemed_at 在期间内{only[0]}的 redemption.merchant_id 去重数；跨日、跨券种不可相加",
            f"distinct redemption.merchant_id with redemption.redeemed_at in the period{only[1]};"
            " not additive over days or batches",
        ),
        additive=False,
    )  # fmt: skip


MERCHANTS: tuple[Indicator, ...] = (
    _redeeming("merchants", ("参与核销商家数", "Merchants that redeemed")),
    *(
        _redeeming(f"merchants_size_{key}", (f"参与核销商家：{zh}", f"Of these: {_SIZE_TITLES_EN[key]}"), "size_class", key)
        for key, zh in SIZE_CLASS_NAMES.items()
    ),
    *(
        _redeeming(f"merchants_type_{key}", (f"参与核销商家：{zh}", f"Of these: {_CATEGORY_TITLES_EN[key]}"), "category", key)
        for key, zh in CATEGORY_NAMES.items()
    ),
    counted(
        "admitted_merchants", "merchants", ("名单内商家数", "Merchants admitted"),
        (
            "生成报表时 merchant.admitted 为真且 merchant.suspended 为假的 merchant 行数（只有累计）",
            "rows of merchant with merchant.admitted true and merchant.suspended false when the report is made"
            " (cumulative only)",
        ),
        dimensions=WHERE_REGISTERED, additive=False, periods=("cumulative",),
    ),
)  # fmt: skip
