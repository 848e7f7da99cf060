"""The fields of a batch: empty with times from the platform's business clock, or filled from the batch to change."""

from datetime import datetime, timedelta
from typing import Any

from voucher_console.figures import field_moment, field_second, moment, yuan
from voucher_console.pages.batch_terms import code_modes, regimes
from voucher_console.parts.forms import Field
from voucher_console.view import View
from voucher_contract.models.campaigns import Batch
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS

_CLOSES_AFTER, _VALID_FOR = timedelta(days=7), timedelta(days=30)


def batch_fields(view: View, now: datetime, old: Batch | None) -> list[Field]:
    """All fields; ``now`` is business time, which may be far from the clock of the officer's computer."""
    w, begin = view.w, _beginning(now) if old is None else _held(old)
    categories = {code: view.named(code) for code in CATEGORY_NAMES}
    districts = {code: view.named(code) for code in DISTRICTS}
    return [
        Field("name", w("券种名称", "Name"), value=begin["name"],
              hint=w("如：餐饮满100减30", "Such as: Catering 30 off 100")),
        Field("face_fen", w("面额（元）", "Face (yuan)"), "yuan", begin["face_fen"]),
        Field("threshold_fen", w("使用门槛（元，须高于面额）", "Threshold (yuan, above the face)"), "yuan",
              begin["threshold_fen"]),
        Field("quota", w("数量（张）", "Quota"), "count", begin["quota"]),
        Field("per_person_limit", w("每人限领（张）", "Per person"), "count", begin["per_person_limit"]),
        Field("claim_opens_at", w("开始领取（北京时间）", "Claiming opens (Beijing time)"), "moment",
              begin["claim_opens_at"], hint=w(f"现在的业务时间 {moment(now)}", f"Business time now {moment(now)}")),
        Field("claim_closes_at", w("结束领取", "Claiming closes"), "moment", begin["claim_closes_at"]),
        Field("valid_from", w("可使用起", "Valid from"), "moment", begin["valid_from"]),
        Field("valid_until", w("可使用至", "Valid until"), "moment", begin["valid_until"]),
        Field("categories", w("适用行业（至少一个）", "Industries (at least one)"), "choices", begin["categories"],
              categories, all_or_none=True),
        Field("districts", w("适用区域", "Districts"), "choices", begin["districts"], districts,
              hint=w("不选表示全市", "None chosen: the whole city")),
        Field("refund_regime", w("退款规则", "Refunds"), "choice", begin["refund_regime"], regimes(w)),
        Field("code_mode", w("核销码", "Code"), "choice", begin["code_mode"], code_modes(w)),
    ]  # fmt: skip


def _beginning(now: datetime) -> dict[str, Any]:
    opens = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {
        "name": "", "face_fen": "", "threshold_fen": "", "quota": "", "per_person_limit": "1",
        "claim_opens_at": field_moment(opens), "claim_closes_at": field_moment(opens + _CLOSES_AFTER),
        "valid_from": field_moment(opens), "valid_until": field_moment(opens + _VALID_FOR),
        "categories": [], "districts": [], "refund_regime": "B", "code_mode": "dynamic",
    }  # fmt: skip


def _held(old: Batch) -> dict[str, Any]:
    times = ("claim_opens_at", "claim_closes_at", "valid_from", "valid_until")
    return {
        "name": old.name, "face_fen": yuan(old.face_fen).removeprefix("¥"),
        "threshold_fen": yuan(old.threshold_fen).removeprefix("¥"), "quota": str(old.quota),
        "per_person_limit": str(old.per_person_limit), **{name: _time(getattr(old, name)) for name in times},
        "categories": old.categories, "districts": old.districts, "refund_regime": old.refund_regime,
        "code_mode": old.code_mode,
    }  # fmt: skip


def _time(at: datetime) -> str:
    """To the second where somebody has planned one, such as 23:59:59: it must not be lost by looking at it."""
    return field_second(at) if at.second else field_moment(at)
