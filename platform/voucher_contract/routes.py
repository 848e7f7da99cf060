"""Every operation of the contract: address, who may call it, what goes in and out, and how it may be refused.

The platform registers its handlers through this table, the drivers build requests from it, and the tests walk it
(each role × each route). A route that is not here does not exist.
"""

from dataclasses import dataclass

from pydantic import BaseModel

from voucher_contract import refusals as r
from voucher_contract.models import alerts as a
from voucher_contract.models import campaigns as c
from voucher_contract.models import live as n
from voucher_contract.models import merchants as m
from voucher_contract.models import redemptions as x
from voucher_contract.models import reports as t
from voucher_contract.models import round_report as y
from voucher_contract.models import system as s
from voucher_contract.models import vouchers as v
from voucher_contract.models.common import Role
from voucher_contract.refusals import Refusal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
HTML = "text/html"
PDF = "application/pdf"

_BUREAU: tuple[Role, ...] = ("bureau",)
_STAFF: tuple[Role, ...] = ("bureau", "auditor", "operator")
_OVERSIGHT: tuple[Role, ...] = ("bureau", "auditor")
_RUNNERS: tuple[Role, ...] = ("bureau", "operator")
_EVERYONE: tuple[Role, ...] = ("bureau", "auditor", "operator", "merchant", "consumer")


@dataclass(frozen=True)
class Route:
    """One operation. No ``roles``: public. ``keyed``: needs an ``Idempotency-Key``. ``accepts``: body media types.

    ``capability``: the operation is there only where ``get_meta`` names it; elsewhere it is ``no_such_route``,
    or ``method_not_allowed`` where another operation has its address.
    """

    name: str
    method: str
    path: str
    title_zh: str
    roles: tuple[Role, ...]
    reply: type[BaseModel] | None
    body: type[BaseModel] | None = None
    status: int = 200
    keyed: bool = False
    accepts: tuple[str, ...] = ()
    returns: tuple[str, ...] = ("application/json",)
    refusals: tuple[Refusal, ...] = ()
    capability: str | None = None

    @property
    def all_refusals(self) -> tuple[Refusal, ...]:
        """Own refusals after those every route shares."""
        shared: list[Refusal] = []
        if self.roles:
            shared += [r.MISSING_TOKEN, r.INVALID_TOKEN, r.FORBIDDEN]
        if self.keyed:
            shared += [r.MISSING_KEY, r.INVALID_KEY, r.KEY_REUSED]
        if self.body or self.accepts:
            shared += [r.BODY_TOO_LARGE, r.UNSUPPORTED_MEDIA_TYPE]
        if self.body:
            shared += [r.MALFORMED_BODY]
        shared += [r.INVALID_REQUEST]
        if "{" in self.path and r.UNKNOWN_BATCH not in self.refusals:
            shared += [r.NOT_FOUND]
        shared += [r.REBUILDING, r.OVERLOADED]
        return tuple(dict.fromkeys([*shared, *self.refusals]))


ROUTES: dict[str, Route] = {}


def _get(
    name: str, path: str, title_zh: str, roles: tuple[Role, ...], reply: type[BaseModel] | None, *,
    returns: tuple[str, ...] = ("application/json",), refusals: tuple[Refusal, ...] = (),
    capability: str | None = None,
) -> Route:  # fmt: skip
    route = Route(name, "GET", path, title_zh, roles, reply, returns=returns, refusals=refusals, capability=capability)
    ROUTES[name] = route
    return route


def _post(
    name: str, path: str, title_zh: str, roles: tuple[Role, ...], reply: type[BaseModel], *,
    body: type[BaseModel] | None = None, status: int = 200, keyed: bool = True,
    accepts: tuple[str, ...] = (), refusals: tuple[Refusal, ...] = (), capability: str | None = None,
) -> Route:  # fmt: skip
    route = Route(
        name, "POST", path, title_zh, roles, reply, body, status, keyed, accepts, refusals=refusals,
        capability=capability,
    )  # fmt: skip
    ROUTES[name] = route
    return route


# --- Public -------------------------------------------------------------------------------------------------------
META = _get("get_meta", "/v1/meta", "平台信息与能力", (), s.Meta)
HEALTH = _get("get_health", "/v1/health", "健康状态", (), s.Health)
SIGN_IN = _post(
    "sign_in", "/v1/sessions", "登录", (), s.Session, body=s.SessionSpec, status=201, keyed=False,
    refusals=(r.BAD_CREDENTIALS, r.RATE_LIMITED),
)  # fmt: skip

# --- Campaigns, rounds, batches ------------------------------------------------------------------------------------
CREATE_CAMPAIGN = _post(
    "create_campaign", "/v1/campaigns", "新建活动", _BUREAU, c.Campaign, body=c.CampaignSpec, status=201
)
LIST_CAMPAIGNS = _get("list_campaigns", "/v1/campaigns", "活动列表", _STAFF, c.CampaignPage)
GET_CAMPAIGN = _get("get_campaign", "/v1/campaigns/{campaign_id}", "查看活动", _STAFF, c.Campaign)
DEPOSIT = _post(
    "deposit", "/v1/campaigns/{campaign_id}/deposits", "财政拨付入账", _BUREAU, c.Deposit, body=c.DepositSpec,
    status=201, refusals=(r.WRONG_STATE,),
)  # fmt: skip
CREATE_ROUND = _post(
    "create_round", "/v1/campaigns/{campaign_id}/rounds", "新建轮次", _BUREAU, c.Round, body=c.RoundSpec, status=201,
    refusals=(r.WRONG_STATE,),
)  # fmt: skip
_DRAFTS = "round_drafts"
LIST_ROUNDS = _get(
    "list_rounds", "/v1/campaigns/{campaign_id}/rounds", "轮次列表", _STAFF, c.RoundPage, capability=_DRAFTS
)
GET_ROUND = _get("get_round", "/v1/rounds/{round_id}", "查看轮次", _STAFF, c.Round)
CREATE_BATCH = _post(
    "create_batch", "/v1/rounds/{round_id}/batches", "新建券种", _BUREAU, c.Batch, body=c.BatchSpec, status=201,
    refusals=(r.WRONG_STATE, r.OVER_BUDGET),
)  # fmt: skip
CHANGE_BATCH = _post(
    "change_batch", "/v1/batches/{batch_id}/change", "修改草稿券种", _BUREAU, c.Batch, body=c.BatchSpec,
    refusals=(r.UNKNOWN_BATCH, r.WRONG_STATE, r.OVER_BUDGET), capability=_DRAFTS,
)  # fmt: skip
REMOVE_BATCH = _post(
    "remove_batch", "/v1/batches/{batch_id}/remove", "删除草稿券种", _BUREAU, c.Round,
    refusals=(r.UNKNOWN_BATCH, r.WRONG_STATE), capability=_DRAFTS,
)  # fmt: skip
SUBMIT_ROUND = _post(
    "submit_round", "/v1/rounds/{round_id}/submit", "提交审核", _BUREAU, c.Round, refusals=(r.WRONG_STATE,)
)
APPROVE_ROUND = _post(
    "approve_round", "/v1/rounds/{round_id}/approve", "复核通过", _BUREAU, c.Round,
    refusals=(r.WRONG_STATE, r.SAME_OFFICER),
)  # fmt: skip
REJECT_ROUND = _post(
    "reject_round", "/v1/rounds/{round_id}/reject", "复核退回", _BUREAU, c.Round, body=c.Reason,
    refusals=(r.WRONG_STATE, r.SAME_OFFICER),
)  # fmt: skip
PUBLISH_ROUND = _post(
    "publish_round", "/v1/rounds/{round_id}/publish", "发布轮次", _BUREAU, c.Round,
    refusals=(r.WRONG_STATE, r.OVER_BUDGET),
)  # fmt: skip
LIST_BATCHES = _get("list_batches", "/v1/batches", "券种列表", _EVERYONE, c.BatchPage)
GET_BATCH = _get("get_batch", "/v1/batches/{batch_id}", "查看券种", _EVERYONE, c.Batch, refusals=(r.UNKNOWN_BATCH,))
_BATCH_ACT = (r.UNKNOWN_BATCH, r.WRONG_STATE)
PAUSE_BATCH = _post(
    "pause_batch", "/v1/batches/{batch_id}/pause", "暂停领取", _RUNNERS, c.Batch, body=c.Reason, refusals=_BATCH_ACT
)
RESUME_BATCH = _post(
    "resume_batch", "/v1/batches/{batch_id}/resume", "恢复领取", _RUNNERS, c.Batch, body=c.Reason, refusals=_BATCH_ACT
)
STOP_BATCH = _post(
    "stop_batch", "/v1/batches/{batch_id}/stop", "紧急停止", _RUNNERS, c.Batch, body=c.Reason, refusals=_BATCH_ACT
)
RAISE_QUOTA = _post(
    "raise_quota", "/v1/batches/{batch_id}/quota", "追加数量", _BUREAU, c.Batch, body=c.QuotaRaise,
    refusals=(r.UNKNOWN_BATCH, r.WRONG_STATE, r.QUOTA_NOT_RAISED, r.OVER_BUDGET),
)  # fmt: skip

# --- Money --------------------------------------------------------------------------------------------------------
GET_MONEY = _get("get_money", "/v1/campaigns/{campaign_id}/money", "资金恒等式", _OVERSIGHT, c.MoneyStatement)
LIST_TRANSFERS = _get("list_transfers", "/v1/campaigns/{campaign_id}/transfers", "资金流水", _OVERSIGHT, c.TransferPage)
LIST_DEBTS = _get(
    "list_debts", "/v1/campaigns/{campaign_id}/debts", "商户应还", _OVERSIGHT, c.DebtPage, capability="look_up"
)
SETTLE = _post(
    "settle", "/v1/campaigns/{campaign_id}/settlements", "与商户结算", _BUREAU, c.Settlement, status=201,
    refusals=(r.WRONG_STATE,),
)  # fmt: skip
REPAY = _post(
    "repay", "/v1/campaigns/{campaign_id}/repayments", "登记商户还款", _BUREAU, c.Repayment, body=c.RepaymentSpec,
    status=201, refusals=(r.WRONG_STATE, r.REPAYMENT_TOO_LARGE),
)  # fmt: skip
CLOSE_CAMPAIGN = _post(
    "close_campaign", "/v1/campaigns/{campaign_id}/close", "结束活动", _BUREAU, c.Campaign,
    refusals=(r.WRONG_STATE, r.VOUCHERS_OUTSTANDING, r.UNSETTLED),
)  # fmt: skip
RETURN_FUNDS = _post(
    "return_funds", "/v1/campaigns/{campaign_id}/returns", "结余原路退回", _BUREAU, c.FundReturn, body=c.ReturnSpec,
    status=201, refusals=(r.WRONG_STATE, r.ACCOUNT_MISMATCH, r.NOTHING_TO_RETURN),
)  # fmt: skip
CONFIRM_RETURN = _post(
    "confirm_return", "/v1/returns/{return_id}/confirm", "确认退回到账", _BUREAU, c.FundReturn,
    body=c.ReturnConfirmation, refusals=(r.WRONG_STATE,),
)  # fmt: skip

# --- Merchants ----------------------------------------------------------------------------------------------------
IMPORT_MERCHANTS = _post(
    "import_merchants", "/v1/merchants/imports", "导入商户名单", _RUNNERS, m.ImportReport, status=201,
    accepts=(XLSX, CSV), refusals=(r.UNREADABLE_FILE, r.MISSING_COLUMNS, r.TOO_MANY_ROWS),
)  # fmt: skip
GET_IMPORT_FILE = _get(
    "get_import_file", "/v1/merchants/imports/{import_id}/file", "带错误列的名单", _RUNNERS, None, returns=(XLSX,)
)
LIST_MERCHANTS = _get("list_merchants", "/v1/merchants", "商户列表", _EVERYONE, m.MerchantPage)
GET_MERCHANT = _get("get_merchant", "/v1/merchants/{merchant_id}", "查看商户", _EVERYONE, m.Merchant)
GET_COVERAGE = _get("get_coverage", "/v1/merchant-coverage", "区域与行业覆盖", _STAFF, m.Coverage)
SUSPEND_MERCHANTS = _post(
    "suspend_merchants", "/v1/merchant-suspensions", "暂停商户", _RUNNERS, m.MerchantsChanged, body=m.MerchantSelector,
    refusals=(r.NOT_FOUND,),
)  # fmt: skip
REINSTATE_MERCHANTS = _post(
    "reinstate_merchants", "/v1/merchant-reinstatements", "恢复商户", _RUNNERS, m.MerchantsChanged,
    body=m.MerchantSelector, refusals=(r.NOT_FOUND,),
)  # fmt: skip
ISSUE_TILL_TOKEN = _post(
    "issue_till_token", "/v1/merchants/{merchant_id}/till-tokens", "激活收银终端", ("operator",), m.TillToken,
    body=m.TillTokenSpec, status=201, keyed=False, refusals=(r.TILL_NOT_OF_MERCHANT,),
)  # fmt: skip

# --- Claims and vouchers ------------------------------------------------------------------------------------------
CLAIM = _post(
    "claim", "/v1/batches/{batch_id}/claims", "领取消费券", ("consumer",), v.Voucher, body=v.ClaimSpec, status=201,
    refusals=(
        r.UNKNOWN_BATCH, r.NOT_OPEN, r.PAUSED, r.CLOSED, r.DEVICE_MISMATCH, r.NOT_ELIGIBLE, r.POSITION_MISSING,
        r.OUTSIDE_AREA, r.GUARDED, r.RATE_LIMITED, r.LIMIT_REACHED, r.SOLD_OUT,
    ),
)  # fmt: skip
GET_CLAIM = _get("get_claim", "/v1/batches/{batch_id}/claims/{claim_key}", "查询领取结果", ("consumer",), v.Voucher)
LIST_VOUCHERS = _get("list_vouchers", "/v1/vouchers", "消费券列表", ("consumer", *_STAFF), v.VoucherPage)
GET_VOUCHER = _get("get_voucher", "/v1/vouchers/{voucher_id}", "查看消费券", ("consumer", *_STAFF), v.Voucher)
GET_CODE = _get(
    "get_voucher_code", "/v1/vouchers/{voucher_id}/code", "动态核销码", ("consumer",), v.VoucherCode,
    refusals=(r.WRONG_STATE,),
)  # fmt: skip
GET_VOUCHER_USE = _get(
    "get_voucher_use", "/v1/vouchers/{voucher_id}/use", "消费券使用情况", ("consumer",), v.VoucherUse,
    capability="voucher_use",
)  # fmt: skip
FREEZE_VOUCHER = _post(
    "freeze_voucher", "/v1/vouchers/{voucher_id}/freeze", "冻结消费券", _RUNNERS, v.VoucherChanged, body=c.Reason,
    refusals=(r.WRONG_STATE,),
)  # fmt: skip
RELEASE_VOUCHER = _post(
    "release_voucher", "/v1/vouchers/{voucher_id}/release", "解除冻结", _RUNNERS, v.VoucherChanged, body=c.Reason,
    refusals=(r.WRONG_STATE,),
)  # fmt: skip
VOID_VOUCHER = _post(
    "void_voucher", "/v1/vouchers/{voucher_id}/void", "作废消费券", _BUREAU, v.VoucherChanged, body=c.Reason,
    refusals=(r.WRONG_STATE,),
)  # fmt: skip

# --- Redemption and refund ----------------------------------------------------------------------------------------
REDEEM = _post(
    "redeem", "/v1/redemptions", "核销", ("merchant",), x.Redemption, body=x.RedemptionSpec, status=201,
    refusals=(
        r.UNKNOWN_VOUCHER, r.WRONG_HOLDER, r.FROZEN, r.VOIDED, r.NOT_YET_VALID, r.EXPIRED, r.ALREADY_REDEEMED,
        r.MERCHANT_SUSPENDED, r.NOT_ADMITTED, r.CATEGORY_NOT_COVERED, r.DISTRICT_NOT_COVERED, r.TILL_NOT_OF_MERCHANT,
        r.NOT_IN_STORE, r.BELOW_THRESHOLD, r.EXCLUDED_GOODS, r.CODE_STALE, r.ORDER_ALREADY_USED, r.GUARDED,
    ),
)  # fmt: skip
LIST_REDEMPTIONS = _get("list_redemptions", "/v1/redemptions", "核销记录", ("merchant", *_STAFF), x.RedemptionPage)
GET_REDEMPTION = _get(
    "get_redemption", "/v1/redemptions/{redemption_id}", "查看核销", ("merchant", *_STAFF), x.Redemption
)
REFUND = _post(
    "refund", "/v1/redemptions/{redemption_id}/refunds", "退款", ("merchant",), x.Refund, body=x.RefundSpec, status=201,
    refusals=(r.CLOSED, r.REFUND_TOO_LARGE, r.TOO_MANY_REFUNDS, r.REFUND_NOT_COVERED),
)  # fmt: skip
LIST_REFUNDS = _get(
    "list_refunds", "/v1/redemptions/{redemption_id}/refunds", "退款记录", ("merchant", *_STAFF), x.RefundPage
)

# --- Risk ---------------------------------------------------------------------------------------------------------
_RISK = "risk_alerts"
LIST_ALERTS = _get("list_alerts", "/v1/alerts", "风险告警列表", _STAFF, a.AlertPage, capability=_RISK)
GET_ALERT = _get("get_alert", "/v1/alerts/{alert_id}", "查看风险告警", _STAFF, a.Alert, capability=_RISK)
RELEASE_ALERT = _post(
    "release_alert", "/v1/alerts/{alert_id}/release", "放行告警", _RUNNERS, a.Alert, body=c.Reason,
    refusals=(r.WRONG_STATE,), capability=_RISK,
)  # fmt: skip
CONFIRM_ALERT = _post(
    "confirm_alert", "/v1/alerts/{alert_id}/confirm", "确认告警", _RUNNERS, a.Alert, body=c.Reason,
    refusals=(r.WRONG_STATE,), capability=_RISK,
)  # fmt: skip
LIST_RISK_RULES = _get("list_risk_rules", "/v1/risk-rules", "风险规则", _STAFF, a.RiskRules, capability=_RISK)

# --- Reports, audit, sandbox --------------------------------------------------------------------------------------
GET_T1_REPORT = _get(
    "get_t1_report", "/v1/campaigns/{campaign_id}/reports/t1", "T+1 数据报表", _OVERSIGHT, t.T1Report,
    returns=("application/json", CSV, XLSX),
)  # fmt: skip
GET_ROUND_REPORT = _get(
    "get_round_report", "/v1/rounds/{round_id}/report", "轮次报告", _OVERSIGHT, y.RoundReport,
    returns=("application/json", HTML, PDF), refusals=(r.WRONG_STATE,), capability="round_report",
)  # fmt: skip
GET_LIVE_FIGURES = _get(
    "get_live_figures", "/v1/campaigns/{campaign_id}/live", "实时数据", _STAFF, n.LiveFigures,
    capability="live_figures",
)  # fmt: skip
LIST_AUDIT = _get("list_audit_entries", "/v1/audit/entries", "审计日志", _OVERSIGHT, s.AuditPage)
VERIFY_AUDIT = _get("verify_audit", "/v1/audit/verification", "校验审计链", _OVERSIGHT, s.AuditVerification)
GET_CLOCK = _get("get_clock", "/v1/sandbox/clock", "业务时钟", _EVERYONE, s.SandboxClock)
SET_CLOCK = _post(
    "set_clock", "/v1/sandbox/clock", "推进业务时钟", ("operator",), s.SandboxClock, body=s.SandboxClock, keyed=False,
    refusals=(r.CLOCK_BACKWARD, r.CLOCK_NOT_TAKEN),
)  # fmt: skip
CREATE_PEOPLE = _post(
    "create_people", "/v1/sandbox/people", "创建模拟用户", ("operator",), s.SandboxPeople, body=s.SandboxPeopleSpec,
    status=201, keyed=False,
)  # fmt: skip
