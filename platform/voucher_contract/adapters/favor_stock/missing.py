"""What this wire cannot do, and why, in one sentence an officer can read."""

_NO_CAMPAIGN = "代金券接口没有活动和资金专户的概念，批次直接建在商户号下"
_NO_ROUND = "代金券接口没有轮次，也没有经办与复核两人审批，批次创建后由商户号自行激活"
_NO_MONEY = "代金券接口不提供财政资金的拨付、对账、结算和退回，预充值资金在商户账户内管理"
_NO_ROSTER = "代金券接口不管理商户名单、区域和行业，商户号由平台在线下入驻"
_NO_ACT = "代金券一经发放，接口不能冻结、解冻或作废单张券"
_NO_USE = "代金券接口不向持券人说明被拒原因和退款情况"
_NO_REPORT = "接口只有批次的核销与退款账单，且次日才能下载；没有发放、抢券人数、行业、规模类型等指标，不构成 T+1 报表"
_NO_LIVE = "代金券接口没有实时汇总，只能逐张查询券状态或等次日账单"
_NO_AUDIT = "代金券接口不提供操作日志"
_NO_ALERTS = "代金券接口没有风险告警和处置的调用，风控由平台自行处理，只能看到被拦截的结果"
_NO_CLOCK = "代金券接口没有测试时钟，时间窗口只能按真实时间测试"

MISSING: dict[str, str] = {
    "get_meta": "代金券接口没有平台信息与能力的查询",
    "get_health": "代金券接口没有健康状态的查询",
    "sign_in": "代金券接口没有登录：每个请求由商户号的证书签名，没有岗位区分",
    "create_campaign": _NO_CAMPAIGN, "list_campaigns": _NO_CAMPAIGN, "get_campaign": _NO_CAMPAIGN,
    "deposit": _NO_MONEY, "get_money": _NO_MONEY, "list_transfers": _NO_MONEY,
    "list_debts": _NO_MONEY, "settle": _NO_MONEY,
    "repay": _NO_MONEY, "close_campaign": _NO_CAMPAIGN, "return_funds": _NO_MONEY, "confirm_return": _NO_MONEY,
    "settlement": _NO_MONEY,
    "create_round": _NO_ROUND, "get_round": _NO_ROUND, "create_batch": _NO_ROUND, "submit_round": _NO_ROUND,
    "approve_round": _NO_ROUND, "reject_round": _NO_ROUND, "publish_round": _NO_ROUND,
    "list_rounds": _NO_ROUND, "change_batch": _NO_ROUND, "remove_batch": _NO_ROUND, "round_drafts": _NO_ROUND,
    "stop_batch": "代金券接口只能暂停和重启批次，没有终止批次的调用",
    "raise_quota": "代金券接口不能在激活后增加批次的张数或预算",
    "import_merchants": _NO_ROSTER, "get_import_file": _NO_ROSTER, "list_merchants": _NO_ROSTER,
    "get_merchant": _NO_ROSTER, "get_coverage": _NO_ROSTER, "suspend_merchants": _NO_ROSTER,
    "reinstate_merchants": _NO_ROSTER, "merchant_import": _NO_ROSTER,
    "issue_till_token": "收银终端由商户自行登记，接口不发终端凭证",
    "get_claim": "不能按发放单号查询发放结果，只能用同一单号重新提交",
    "get_voucher_code": "核销由付款带出，没有可单独查询的动态券码", "dynamic_code": "核销由付款带出，没有动态券码",
    "get_voucher_use": _NO_USE, "voucher_use": _NO_USE,
    "freeze_voucher": _NO_ACT, "release_voucher": _NO_ACT, "void_voucher": _NO_ACT,
    "list_redemptions": "核销记录只有批次账单，活动结束次日10点后才能下载，测试期间无法查询",
    "look_up": "代金券接口没有可查询的核销、流水和操作日志",
    "get_t1_report": _NO_REPORT,
    "get_round_report": _NO_ROUND, "round_report": _NO_ROUND,
    "get_live_figures": _NO_LIVE, "live_figures": _NO_LIVE,
    "list_audit_entries": _NO_AUDIT, "verify_audit": _NO_AUDIT, "audit_export": _NO_AUDIT,
    "list_alerts": _NO_ALERTS, "get_alert": _NO_ALERTS, "release_alert": _NO_ALERTS, "confirm_alert": _NO_ALERTS,
    "list_risk_rules": _NO_ALERTS, "risk_alerts": _NO_ALERTS,
    "get_clock": _NO_CLOCK, "set_clock": _NO_CLOCK, "sandbox_clock": _NO_CLOCK,
    "create_people": "代金券接口不能创建测试用户，测试用户由平台以文件提供",
    "sandbox_people": "代金券接口不能创建测试用户，测试用户由平台以文件提供",
    "geofence": "代金券接口发券时不带位置，不能设置地理围栏",
    "callbacks": "核销回调发往商户登记的地址，测试程序只发请求不收回调，改为查询券状态来观察",
}  # fmt: skip
