"""Every way a platform may say no: one closed list, in the order in which the reasons are judged.

A reply names the *first* reason that holds. ``rate_limited`` and the two ``503`` codes protect the platform and may
stand in for any later reason. ``retryable`` says whether the same request, sent again unchanged, may succeed.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One refusal: ``code`` is stable for ever, ``status`` is its HTTP status, the titles are what people read."""

    code: str
    status: int
    zh: str
    en: str
    retryable: bool = False


REFUSALS: dict[str, Refusal] = {}


def _refusal(code: str, status: int, zh: str, en: str, *, retryable: bool = False) -> Refusal:
    refusal = Refusal(code, status, zh, en, retryable)
    REFUSALS[code] = refusal
    return refusal


# --- The request itself -------------------------------------------------------------------------------------------
NO_SUCH_ROUTE = _refusal("no_such_route", 404, "没有这个接口", "There is no such address")
METHOD_NOT_ALLOWED = _refusal("method_not_allowed", 405, "该接口不支持此方法", "This address does not take this method")
BODY_TOO_LARGE = _refusal("body_too_large", 413, "请求内容过大", "The request body is too large")
MISSING_TOKEN = _refusal("missing_token", 401, "请先登录", "Sign in first: no bearer token was sent")
INVALID_TOKEN = _refusal("invalid_token", 401, "登录已失效，请重新登录", "The token is wrong or has expired")
FORBIDDEN = _refusal("forbidden", 403, "您的角色无权进行此操作", "Your role may not do this")
MISSING_KEY = _refusal("missing_key", 400, "缺少幂等键 Idempotency-Key", "The Idempotency-Key header is missing")
INVALID_KEY = _refusal(
    "invalid_key", 400, "幂等键须为 16 至 64 位字母、数字、_ 或 -", "Idempotency-Key must match [A-Za-z0-9_-]{16,64}"
)
UNSUPPORTED_MEDIA_TYPE = _refusal(
    "unsupported_media_type", 415, "不支持的内容类型", "The body's media type is not supported"
)
MALFORMED_BODY = _refusal("malformed_body", 400, "请求内容不是有效的 JSON", "The body is not valid JSON")
INVALID_REQUEST = _refusal("invalid_request", 422, "请求内容有误", "The request does not fit its schema")
NOT_FOUND = _refusal("not_found", 404, "未找到", "Nothing of yours has this id")
KEY_REUSED = _refusal(
    "key_reused", 422, "同一幂等键用于了不同的请求", "This Idempotency-Key was used with another request"
)
BAD_CREDENTIALS = _refusal("bad_credentials", 401, "账号或密码错误", "Wrong login or password")

# --- Configuration and money --------------------------------------------------------------------------------------
WRONG_STATE = _refusal("wrong_state", 409, "当前状态不允许此操作", "The present state does not allow this")
OVER_BUDGET = _refusal("over_budget", 409, "超出可用财政资金", "This would exceed the deposited money")
SAME_OFFICER = _refusal("same_officer", 403, "复核人不能是提交人", "Maker and checker must be two people")
VOUCHERS_OUTSTANDING = _refusal(
    "vouchers_outstanding", 409, "仍有未到期的消费券", "Vouchers are still valid; closing must wait"
)
UNSETTLED = _refusal("unsettled", 409, "仍有未结算的核销款", "Redemptions are not settled yet")
ACCOUNT_MISMATCH = _refusal(
    "account_mismatch", 409, "退回账户与拨付账户不一致，须确认", "Designated and paying account differ: confirm first"
)
NOTHING_TO_RETURN = _refusal("nothing_to_return", 409, "没有可退回的资金", "There is no money to return")
REPAYMENT_TOO_LARGE = _refusal("repayment_too_large", 409, "还款超过应还金额", "The merchant owes less than that")
QUOTA_NOT_RAISED = _refusal("quota_not_raised", 409, "新额度必须大于原额度", "The new quota must be above the old one")

# --- Merchant roster ----------------------------------------------------------------------------------------------
UNREADABLE_FILE = _refusal("unreadable_file", 422, "文件无法读取", "The file cannot be read as xlsx or CSV")
MISSING_COLUMNS = _refusal("missing_columns", 422, "文件缺少必需的列", "The file lacks required columns")
TOO_MANY_ROWS = _refusal("too_many_rows", 422, "文件行数过多", "The file has too many rows")

# --- Claiming, in order -------------------------------------------------------------------------------------------
UNKNOWN_BATCH = _refusal("unknown_batch", 404, "没有这个券种", "There is no such batch")
NOT_OPEN = _refusal("not_open", 409, "领取尚未开始", "Claiming has not opened yet", retryable=True)
PAUSED = _refusal("paused", 409, "领取已暂停", "Claiming is paused", retryable=True)
CLOSED = _refusal("closed", 409, "领取已结束", "Claiming has closed")
DEVICE_MISMATCH = _refusal("device_mismatch", 403, "设备与登录设备不一致", "The device is not the one that signed in")
NOT_ELIGIBLE = _refusal("not_eligible", 403, "您不在本券发放范围内", "This batch is not meant for you")
POSITION_MISSING = _refusal(
    "position_missing", 403, "需要定位信息才能领取", "This batch needs to know where you are, and no position was sent"
)
OUTSIDE_AREA = _refusal("outside_area", 403, "您不在领取范围内", "You are outside the area of this batch")
GUARDED = _refusal("guarded", 403, "风险控制已拦截，请联系客服", "Stopped by a risk rule; a person can look into it")
RATE_LIMITED = _refusal("rate_limited", 429, "操作太频繁，请稍后再试", "Too many attempts, try later", retryable=True)
LIMIT_REACHED = _refusal("limit_reached", 409, "您已达到本券限领数量", "You hold as many of this batch as allowed")
SOLD_OUT = _refusal("sold_out", 409, "已抢光", "All vouchers of this batch are taken")
REBUILDING = _refusal("rebuilding", 503, "系统恢复中，请稍后重试", "Recovering; try again shortly", retryable=True)
OVERLOADED = _refusal("overloaded", 503, "系统繁忙，请稍后重试", "Too busy; try again shortly", retryable=True)

# --- Redemption, in order -----------------------------------------------------------------------------------------
UNKNOWN_VOUCHER = _refusal("unknown_voucher", 404, "查无此券", "There is no such voucher")
WRONG_HOLDER = _refusal("wrong_holder", 409, "付款人不是持券人", "The payer does not hold this voucher")
FROZEN = _refusal("frozen", 409, "该券已冻结", "The voucher is frozen")
VOIDED = _refusal("voided", 409, "该券已作废", "The voucher is void")
NOT_YET_VALID = _refusal("not_yet_valid", 409, "该券尚未生效", "The voucher is not valid yet", retryable=True)
EXPIRED = _refusal("expired", 409, "该券已过期", "The voucher has expired")
ALREADY_REDEEMED = _refusal("already_redeemed", 409, "该券已核销", "The voucher was redeemed before")
MERCHANT_SUSPENDED = _refusal("merchant_suspended", 409, "该商户已暂停参与", "The merchant is suspended")
NOT_ADMITTED = _refusal("not_admitted", 409, "该商户不在参与名单", "The merchant is not admitted to the activity")
CATEGORY_NOT_COVERED = _refusal("category_not_covered", 409, "该券不适用于此行业", "Not valid in this category")
DISTRICT_NOT_COVERED = _refusal("district_not_covered", 409, "该券不适用于此区域", "Not valid in this district")
TILL_NOT_OF_MERCHANT = _refusal("till_not_of_merchant", 409, "终端不属于该商户", "The till is not this merchant's")
NOT_IN_STORE = _refusal("not_in_store", 409, "仅限线下实体店使用", "Only valid at physical shops, not online")
BELOW_THRESHOLD = _refusal("below_threshold", 409, "订单未达到使用门槛", "The order is below the threshold")
EXCLUDED_GOODS = _refusal(
    "excluded_goods", 409, "扣除不参与商品后未达到门槛", "Without excluded goods the order is below the threshold"
)
CODE_STALE = _refusal("code_stale", 409, "券码已刷新，请出示最新券码", "The code is out of date, show the new one")
ORDER_ALREADY_USED = _refusal(
    "order_already_used", 409, "一笔订单只能使用一张券", "One voucher an order: this order has used one"
)

# --- Refund, in order ---------------------------------------------------------------------------------------------
REFUND_TOO_LARGE = _refusal("refund_too_large", 409, "退款超过可退金额", "The refund exceeds what is left to refund")
TOO_MANY_REFUNDS = _refusal("too_many_refunds", 409, "退款次数已达上限", "At most 50 refunds an order")
REFUND_NOT_COVERED = _refusal(
    "refund_not_covered",
    409,
    "商户已结算款未退回，暂无资金恢复该券",
    "No free money covers the returned voucher until the merchant repays",
    retryable=True,
)

# --- Sandbox and server -------------------------------------------------------------------------------------------
CLOCK_BACKWARD = _refusal("clock_backward", 409, "业务时钟只能向前", "The business clock only moves forward")
CLOCK_NOT_TAKEN = _refusal(
    "clock_not_taken", 503, "部分服务进程尚未更新时钟", "Some workers have not taken the new time", retryable=True
)
INTERNAL = _refusal("internal", 500, "系统内部错误", "An error on our side; it has been logged")
