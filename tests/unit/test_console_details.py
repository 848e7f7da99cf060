"""What the audit log keeps of an act, as an officer reads it: no codes, no fen, no times of another zone."""

import re

import pytest

from voucher_console.detail_words import detail_told
from voucher_console.words import Words
from voucher_contract.models.campaigns import BatchSpec, CampaignSpec, DepositSpec, FundReturn, RepaymentSpec
from voucher_contract.models.merchants import MerchantSelector

ZH, EN = Words("zh"), Words("en")


def test_amounts_are_yuan_and_times_beijings() -> None:
    kept = {"face_fen": 3_000, "quota": 4_000, "claim_opens_at": "2027-01-01T12:00:00+00:00", "valid_days": None}
    assert detail_told(kept, ZH) == "面额：¥30.00；数量：4,000；领取起：2027-01-01 20:00:00"
    assert detail_told(kept, EN) == "Face: ¥30.00; Quota: 4,000; Claiming from: 2027-01-01 20:00:00"


def test_codes_lists_and_limits_are_said_in_words_and_what_is_empty_is_left_out() -> None:
    kept = {
        "categories": ["catering", "fuel"], "districts": [], "code_mode": "dynamic",
        "rate_limits": {"person": {"permits": 3, "window_ms": 1_000}, "device": None}, "dry_run": False,
    }  # fmt: skip
    assert detail_told(kept, ZH) == (
        "行业：餐饮及食品、成品油；限速：自然人 次数 3，毫秒内 1,000；核销码：动态；只检查：否"
    )


def test_the_order_does_not_hang_on_the_databases() -> None:
    assert detail_told({"quota": 5, "zeal": 1, "name": "甲", "rate_limits": {"person": None}}, ZH) == (
        "名称：甲；数量：5；zeal：1"
    )


def test_what_somebody_typed_stays_as_typed() -> None:
    assert detail_told({"reason": "live", "from": "live"}, ZH) == "原因：live；原为：发放中"
    assert detail_told({"another_platforms": "own"}, ZH) == "another_platforms：own"


@pytest.mark.parametrize(
    "model",
    [BatchSpec, CampaignSpec, DepositSpec, FundReturn, RepaymentSpec, MerchantSelector],
    ids=lambda m: m.__name__,
)
def test_every_field_that_the_platform_keeps_of_an_act_has_a_name(model: type) -> None:
    fields = model.model_fields  # type: ignore[attr-defined]
    unnamed = [name for name in fields if not re.match(r"[\u4e00-\u9fff]", detail_told({name: 1}, ZH))]
    assert unnamed == []
