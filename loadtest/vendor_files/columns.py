"""The columns that a mapping may name, as data: what each holds, and which number space its ids share."""

from dataclasses import dataclass
from typing import Literal

TableName = Literal["claims", "redemptions", "refunds", "merchants", "t1"]
CellKind = Literal["id", "fen", "time", "day", "number", "code", "decimal"]


@dataclass(frozen=True)
class Column:
    """``space``: ids of one space are numbered together, so tables join by number; for codes the code table's name.

    ``private``: personal data, masked wherever a row is shown.
    """

    kind: CellKind
    zh: str
    space: str = ""
    private: bool = False


PERSON_KINDS = ("person", "account", "phone", "card", "id_number", "device")
_PERSON_ZH = dict(zip(PERSON_KINDS, ("自然人", "账户", "手机号", "银行卡", "证件号", "设备"), strict=True))
_PEOPLE = {kind: Column("id", _PERSON_ZH[kind], f"person:{kind}", private=True) for kind in PERSON_KINDS}
_VOUCHER = Column("id", "券", "voucher", private=True)
_BATCH = Column("id", "券种", "batch")
_MERCHANT = Column("id", "商户", "merchant")
_REDEMPTION = Column("id", "核销单", "redemption")
_ORDER = Column("id", "订单号", "order")

COLUMNS: dict[TableName, dict[str, Column]] = {
    "claims": {
        "voucher": _VOUCHER, "batch": _BATCH, **_PEOPLE, "request": Column("id", "领取请求号", "request"),
        "claimed_at": Column("time", "领取时间"), "voided_at": Column("time", "作废时间"),
        "state": Column("code", "状态", "state"), "face": Column("fen", "面额"),
    },
    "redemptions": {
        "redemption": _REDEMPTION, "voucher": _VOUCHER, "batch": _BATCH, "merchant": _MERCHANT, "order_no": _ORDER,
        "till": Column("id", "终端", "till"), **_PEOPLE, "redeemed_at": Column("time", "核销时间"),
        "order_total": Column("fen", "订单总额"), "merchant_discount": Column("fen", "商家优惠"),
        "platform_discount": Column("fen", "平台优惠"), "payable": Column("fen", "应付金额"),
        "excluded_goods": Column("fen", "不参与商品金额"), "voucher_amount": Column("fen", "券抵扣金额"),
        "paid": Column("fen", "用户实付"),
    },
    "refunds": {
        "refund": Column("id", "退款单", "refund"), "redemption": _REDEMPTION, "order_no": _ORDER,
        "number": Column("number", "第几次退款"), "amount": Column("fen", "退款金额"),
        "user_part": Column("fen", "退给用户"), "voucher_part": Column("fen", "券额部分"),
        "platform_part": Column("fen", "平台优惠部分"), "fund_part": Column("fen", "退回财政"),
        "refunded_at": Column("time", "退款时间"), "voucher_returned": Column("code", "券是否退回", "yes_no"),
    },
    "merchants": {
        "merchant": _MERCHANT, "name": Column("id", "商户名称", "merchant_name"),
        "category": Column("code", "行业", "category"), "district": Column("code", "区域", "district"),
        "size_class": Column("code", "规模类型", "size_class"), "status": Column("code", "状态", "status"),
        "suspended_from": Column("time", "暂停开始"), "suspended_until": Column("time", "暂停结束"),
    },
    "t1": {
        "day": Column("day", "日期"), "dimension": Column("code", "维度", "dimension"),
        "key": Column("id", "编码", "t1_key"), "period": Column("code", "期间", "period"),
        "indicator": Column("code", "指标", "indicator"), "value": Column("decimal", "数值"),
        "delivered_at": Column("time", "报送时间"),
    },
}  # fmt: skip
T1_FIXED = ("dimension", "key", "period")

TABLE_ZH: dict[TableName, str] = {
    "claims": "领取明细", "redemptions": "核销明细", "refunds": "退款明细", "merchants": "商户名单", "t1": "T+1 报表",
}  # fmt: skip
