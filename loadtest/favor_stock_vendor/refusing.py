"""The wire's errors. ``documented``: status, code and text are in the public error tables; the others are ours."""

from typing import Any


class WireError(Exception):
    """A reply ``{"code", "message", "detail"?}`` with its HTTP status."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field

    def as_json(self) -> dict[str, Any]:
        """The body of the reply."""
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            body["detail"] = {"field": self.field, "issue": self.message, "location": "body"}
        return body


def param_error(message: str, field: str | None = None) -> WireError:
    """Documented: a field is missing or out of range."""
    return WireError(400, "PARAM_ERROR", message, field)


def no_such_stock() -> WireError:
    """Documented."""
    return WireError(404, "RESOURCE_NOT_EXISTS", "批次不存在")


def no_such_coupon() -> WireError:
    """The code is documented, the text is ours."""
    return WireError(404, "RESOURCE_NOT_EXISTS", "券不存在")


def no_such_order() -> WireError:
    """Documented."""
    return WireError(404, "ORDER_NOT_EXIST", "订单不存在")


def stock_not_running() -> WireError:
    """Documented: one text for not yet begun, not activated, in review, paused and ended."""
    return WireError(400, "INVALID_REQUEST", "活动已结束或未激活")


def openid_mismatch() -> WireError:
    """Documented."""
    return WireError(400, "INVALID_REQUEST", "openid与appid不匹配")


def request_differs() -> WireError:
    """Documented for creating a batch; that sending a coupon answers the same is our assumption."""
    return WireError(400, "RESOURCE_ALREADY_EXISTS", "请求重入，但本次请求与上次请求信息不一致")


def user_abnormal() -> WireError:
    """Documented: stopped by the network's risk rules."""
    return WireError(403, "USER_ACCOUNT_ABNORMAL", "用户非法")


def budget_spent() -> WireError:
    """Documented."""
    return WireError(403, "NOT_ENOUGH", "批次预算不足")


def user_limit() -> WireError:
    """Documented in practice: the number of coupons an account, or a natural person, may have is reached."""
    return WireError(403, "RULE_LIMIT", "用户已达最大领券次数")


def merchant_unknown() -> WireError:
    """Documented."""
    return WireError(400, "MCH_NOT_EXISTS", "商户号不合法")


def order_number_used() -> WireError:
    """Documented."""
    return WireError(403, "OUT_TRADE_NO_USED", "商户订单号重复")


def code_invalid() -> WireError:
    """Documented for payment codes."""
    return WireError(403, "AUTH_CODE_INVALID", "付款码无效")


def coupon_unusable(issue: str) -> WireError:
    """Ours: on the real network a coupon that does not fit is not deducted, and the order is paid in full.

    Here the payer has chosen the coupon, so the cashier refuses instead: no test order is ever paid without it.
    """
    return WireError(403, "RULE_LIMIT", issue, "coupon_id")


def refund_differs() -> WireError:
    """Documented in practice."""
    return WireError(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")


def refund_too_large() -> WireError:
    """The code is documented, the text is ours."""
    return WireError(400, "INVALID_REQUEST", "累计退款金额大于订单金额")


def too_many_refunds() -> WireError:
    """The limit of fifty is documented, the text is ours."""
    return WireError(400, "INVALID_REQUEST", "部分退款次数超过50次")


def flow_not_ready() -> WireError:
    """Documented rule, our text: files exist from 10:00 on the day after the end of the activity."""
    return WireError(400, "INVALID_REQUEST", "活动结束次日10点后才可下载")


def sign_error(message: str) -> WireError:
    """Documented."""
    return WireError(401, "SIGN_ERROR", message)
