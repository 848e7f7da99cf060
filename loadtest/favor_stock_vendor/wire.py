"""The bodies this wire takes, with the documented names and ranges. Times are RFC 3339."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

RequestNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z|_*-]{1,128}$")]
OrderNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z|_*-]{6,32}$")]
RefundNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z|_*@-]{1,64}$")]
StockName = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[^_,;|]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class StockUseRule(_Body):
    """How many, for how much money, how many an account. Amounts in fen."""

    max_coupons: int = Field(ge=1, le=1_000_000_000)
    max_amount: int = Field(ge=1)
    max_amount_by_day: int = Field(default=0, ge=0)
    max_coupons_per_user: int = Field(ge=1, le=60)
    natural_person_limit: bool
    prevent_api_abuse: bool


class FixedNormalCoupon(_Body):
    """Face and threshold in fen."""

    coupon_amount: int = Field(ge=100, le=100_000)
    transaction_minimum: int = Field(ge=1, le=10_000_000)


class CouponAvailableTime(_Body):
    """When a coupon may be used; ``available_time_after_receive`` in minutes."""

    available_begin_time: AwareDatetime | None = None
    available_end_time: AwareDatetime | None = None
    available_time_after_receive: int | None = Field(default=None, ge=1)


class CouponUseRule(_Body):
    """Where and for what a coupon may be used."""

    coupon_available_time: CouponAvailableTime = CouponAvailableTime()
    fixed_normal_coupon: FixedNormalCoupon
    goods_tag: tuple[str, ...] = ()
    available_merchants: tuple[str, ...] = Field(min_length=1, max_length=50)


class PatternInfo(_Body):
    """How the batch looks to a user; ``description`` is shown with it."""

    description: str = Field(default="", max_length=1_000)


class CreateStock(_Body):
    """A batch of coupons. ``ext_info``: JSON; ``refund_returns_coupon`` in it is an extension of this emulation."""

    stock_name: StockName
    comment: str = Field(default="", max_length=60)
    belong_merchant: str
    available_begin_time: AwareDatetime
    available_end_time: AwareDatetime
    stock_use_rule: StockUseRule
    coupon_use_rule: CouponUseRule
    pattern_info: PatternInfo = PatternInfo()
    no_cash: bool
    stock_type: Literal["NORMAL"]
    out_request_no: RequestNumber
    ext_info: str = "{}"


class OfCreator(_Body):
    """Whose batch it is."""

    stock_creator_mchid: str


class SendCoupon(_Body):
    """One coupon for the user of the path."""

    stock_id: str
    out_request_no: RequestNumber
    appid: str
    stock_creator_mchid: str


class Callback(_Body):
    """Where uses are told."""

    mchid: str
    notify_url: str = Field(pattern=r"^https?://")


class ShownCode(_Body):
    """Emulation only: a user opens the payment code, with a coupon chosen at the cashier or none."""

    openid: str
    coupon_id: str | None = None


class Payer(_Body):
    """The payment code a till scanned."""

    auth_code: str = Field(pattern=r"^1[0-5][0-9]{16}$")


class PayAmount(_Body):
    """What the order costs, in fen, after the merchant's own promotion."""

    total: int = Field(ge=1)
    currency: Literal["CNY"] = "CNY"


class Scene(_Body):
    """Which till."""

    device_id: str = ""


class CodePay(_Body):
    """An order paid by a scanned code."""

    sp_appid: str
    sp_mchid: str
    sub_mchid: str
    description: str = Field(min_length=1, max_length=127)
    out_trade_no: OrderNumber
    attach: str = Field(default="", max_length=128)
    goods_tag: str = ""
    payer: Payer
    amount: PayAmount
    scene_info: Scene = Scene()


class RefundAmount(_Body):
    """``refund`` of the order's ``total``, both in fen."""

    refund: int = Field(ge=1)
    total: int = Field(ge=1)
    currency: Literal["CNY"] = "CNY"


class RefundOrder(_Body):
    """A whole or partial refund of a paid order."""

    sub_mchid: str
    transaction_id: str
    out_refund_no: RefundNumber
    amount: RefundAmount
