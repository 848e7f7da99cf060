"""What an audit entry keeps of an act, as people read it: names in words, amounts in yuan, times on Beijing's clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voucher_console.figures import moment, yuan
from voucher_console.words import Text, Words, named

_MOST = 20
_NAMES = {
    "name": Text("名称", "Name"), "campaign_id": Text("活动", "Campaign"), "round_id": Text("轮次", "Round"),
    "batch_id": Text("券种", "Batch"), "id": Text("编号", "Number"), "number": Text("次序", "No."),
    "paying_account": Text("拨付账户", "Paying account"), "designated_account": Text("退回账户", "Designated account"),
    "to_account": Text("到账账户", "To account"), "deposit_id": Text("拨付编号", "Deposit"),
    "bank_reference": Text("银行流水号", "Bank reference"), "amount_fen": Text("金额", "Amount"),
    "reserved_fen": Text("预留", "Reserved"), "freed_fen": Text("解除预留", "Freed"),
    "gross_fen": Text("核销金额", "Redeemed"), "recovered_fen": Text("扣回", "Recovered"),
    "net_fen": Text("实付", "Paid"), "face_fen": Text("面额", "Face"), "threshold_fen": Text("门槛", "Threshold"),
    "quota": Text("数量", "Quota"), "categories": Text("行业", "Industries"), "districts": Text("区域", "Districts"),
    "resident_districts": Text("限居民所在区域", "Residents of"), "claim_opens_at": Text("领取起", "Claiming from"),
    "claim_closes_at": Text("领取止", "Claiming until"), "valid_from": Text("可使用起", "Valid from"),
    "valid_until": Text("可使用止", "Valid until"), "valid_days": Text("领取后有效天数", "Days valid"),
    "per_person_limit": Text("每人限领", "Each person"), "rate_limits": Text("限速", "Rate limits"),
    "permits": Text("次数", "permits"), "window_ms": Text("毫秒内", "within ms"), "batch": Text("券种", "Batch"),
    "refund_regime": Text("退款规则", "Refund rule"), "refund_days": Text("退款天数", "Refund days"),
    "code_mode": Text("核销码", "Code"), "claim_area": Text("领取范围", "Claim area"),
    "latitude": Text("纬度", "latitude"), "longitude": Text("经度", "longitude"),
    "radius_m": Text("半径（米）", "radius, m"),
    "reason": Text("原因", "Reason"), "from": Text("原为", "Before"), "to": Text("改为", "After"),
    "submitted_by": Text("提交人", "Submitted by"), "state": Text("状态", "State"),
    "merchant_id": Text("商户", "Merchant"), "district": Text("区域", "District"), "category": Text("行业", "Industry"),
    "changed": Text("涉及商户", "Merchants changed"), "till": Text("终端", "Till"),
    "dry_run": Text("只检查", "Check only"), "good_rows": Text("合格行", "Good rows"),
    "imported": Text("新增", "Imported"), "updated": Text("更新", "Updated"), "rule": Text("规则", "Rule"),
    "subject_kind": Text("对象", "Subject"), "subject_id": Text("对象编号", "Subject's number"),
    "report": Text("报表", "Report"), "day": Text("业务日期", "Day"), "complete": Text("全天数据", "Whole day"),
    "format": Text("格式", "Format"), "lang": Text("语言", "Language"), "bytes": Text("字节", "Bytes"),
    "sha256": Text("文件指纹", "SHA-256"), "accounts": Text("账号数", "Accounts"), "now": Text("时间", "Time"),
    "as_of": Text("截至", "As of"),
}  # fmt: skip
_ORDER = {name: place for place, name in enumerate(_NAMES)}
_TYPED = frozenset({"name", "reason", "bank_reference", "paying_account", "designated_account", "to_account"})
_VALUES = {
    "t1": Text("T+1 数据报表", "T+1 report"), "round": Text("轮次报告", "Round report"),
    "static": Text("静态", "Static"), "dynamic": Text("动态", "Dynamic"),
    "zh": Text("中文", "Chinese"), "en": Text("英文", "English"),
}  # fmt: skip


def detail_told(detail: Mapping[str, Any], w: Words) -> str:
    """One line: ``name: value; name: value``, in the order of the names here, for a database keeps none.

    What is empty says nothing and is left out.
    """
    kept = {key: value for key, value in detail.items() if not _is_empty(value)}
    return w("；", "; ").join(
        f"{_name(key, w)}{w('：', ': ')}{_value(key, kept[key], w)}" for key in sorted(kept, key=_place)
    )


def _is_empty(value: Any) -> bool:
    """None, an empty list, a mapping of nothing else; never a zero or a no."""
    return value is None or value == [] or (isinstance(value, Mapping) and all(map(_is_empty, value.values())))


def _place(key: str) -> int:
    return _ORDER.get(key, len(_ORDER))


def _name(key: str, w: Words) -> str:
    return w.of(_NAMES[key]) if key in _NAMES else named(key, w.language)


def _value(key: str, value: Any, w: Words) -> str:
    if isinstance(value, bool):
        return w("是", "yes") if value else w("否", "no")
    if isinstance(value, int):
        return yuan(value) if key.endswith("_fen") else f"{value:,}"
    if isinstance(value, Mapping):
        told = (f"{_name(inner, w)} {_value(inner, one, w)}" for inner, one in value.items() if not _is_empty(one))
        return w("，", ", ").join(told)
    if isinstance(value, list):
        more = f" … ({len(value)})" if len(value) > _MOST else ""
        return w("、", ", ").join(_value(key, one, w) for one in value[:_MOST]) + more
    return str(value) if key in _TYPED else _word(str(value), w)


def _word(text: str, w: Words) -> str:
    if text in _VALUES:
        return w.of(_VALUES[text])
    if "T" in text and text[:4].isdecimal():
        try:
            return moment(datetime.fromisoformat(text))
        except ValueError:
            return text
    return named(text, w.language)
