"""What can be wrong with a cell, in two languages, and the row that comes out of a good line."""

from dataclasses import dataclass

from voucher_contract.models.merchants import BadCell

REASONS: dict[str, tuple[str, str]] = {
    "empty": ("必填项为空", "A required cell is empty"),
    "too_long": ("内容过长", "The text is too long"),
    "bad_credit_code": ("统一社会信用代码校验不通过", "The credit code fails its check digit (GB 32100)"),
    "duplicate_credit_code": ("信用代码在文件中重复", "The credit code stands in the file before"),
    "unknown_district": ("没有这个区域代码", "There is no such district code"),
    "district_mismatch": ("区域名称与区域代码不符", "The district's name and code differ"),
    "unknown_category": ("没有这个行业业态", "There is no such industry group"),
    "unknown_industry_code": ("行业代码不属于任何参与业态", "The GB/T 4754 class is in no participating group"),
    "code_outside_category": ("行业代码不属于该业态", "The GB/T 4754 class is not in this group"),
    "unknown_size_class": ("没有这个规模类型", "There is no such size class"),
    "not_a_number": ("不是数字", "Not a number"),
    "outside_city": ("位置不在本市范围内", "The position is outside the city"),
    "bad_till_number": ("终端号格式有误", "A till number is not 4 to 32 letters, digits or hyphens"),
    "too_many_tills": ("终端过多", "Too many tills for one merchant"),
    "duplicate_till": ("终端号在文件中重复", "A till number stands in the file before"),
    "till_of_other_merchant": ("终端号已属于其他商户", "A till number belongs to another merchant"),
}
"""Code → reason in Chinese and in English."""


@dataclass(frozen=True)
class MerchantLine:
    """One good row, in the contract's terms. Degrees are WGS 84."""

    uscc: str
    name: str
    district: str
    category: str
    industry_code: str
    size_class: str
    address: str
    latitude: float
    longitude: float
    tills: tuple[str, ...]

    @property
    def admitted(self) -> bool:
        """The notice admits shops above the quota, services above scale and sampled shops below it."""
        return self.size_class != "below_quota_other"


def bad_cell(row: int, column: str, value: object, code: str, suggestion_zh: str | None = None) -> BadCell:
    """The fault ``code`` of one cell; a long value is cut to what a person needs to find it."""
    zh, en = REASONS[code]
    return BadCell(
        row=row, column=column, value=str(value)[:100], code=code, reason_zh=zh, reason_en=en,
        suggestion_zh=suggestion_zh,
    )  # fmt: skip
