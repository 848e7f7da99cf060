"""The twenty checks by number, and the goals that say what a history has exercised."""

from loadtest.checks import books, finality, identity, opening, persons, spending, stock
from loadtest.checks.evidence import Evidence
from loadtest.checks.report import Check
from loadtest.history.logical import POSSIBLE

CHECKS: dict[str, Check] = {
    "C1": stock.never_oversold,
    "C2": stock.never_oversold_with_returns,
    "C3": identity.one_code_one_holder,
    "C4": persons.nobody_above_the_limit,
    "C5": persons.limit_was_reached,
    "C6": finality.sold_out_is_final,
    "C7": finality.resale_needs_a_release,
    "C8": stock.sold_out_was_true,
    "C9": stock.claims_have_an_order,
    "C10": opening.windows_are_kept,
    "C11": identity.a_key_has_one_effect,
    "C12": spending.redeemed_once,
    "C13": spending.refunds_within_the_order,
    "C14": books.money_is_conserved,
    "C15": books.remaining_is_plausible,
    "C16": books.books_match,
    "C17": identity.acknowledged_is_durable,
    "C18": stock.nothing_is_left_over,
    "C19": finality.first_come_first_served,
    "C20": spending.rules_hold_at_the_till,
}
_GOALS = (
    stock.stock_goals, persons.person_goals, identity.identity_goals, opening.opening_goals, spending.spending_goals,
    books.book_goals,
)  # fmt: skip
GOAL_ZH = {
    "claims_seen": "有人领取成功", "sold_out_seen": "出现过抢光", "contention": "需求超过额度且请求相互重叠",
    "overlap": "请求相互重叠", "no_returns": "没有库存退回与追加的场景",
    "resale_seen": "有券被作废、库存退回", "raise_seen": "追加过额度",
    "limit_seen": "出现过已达限领", "limit_pressed": "有人领满后又申请", "shared_person_seen": "有人使用多个账号",
    "replay_seen": "同一幂等键重复发送并得到应答", "read_again": "事后读回已确认的领取",
    "restart_seen": "测试中重启过平台",
    "early_seen": "开放前有人申请", "opening_seen": "开放后有人领取成功", "redemptions_seen": "有核销成功",
    "double_redemption_tried": "有同一张券的重复核销", "covered_and_not": "适用与不适用的门店都尝试过",
    "refunds_seen": "有退款成功", "over_refund_tried": "尝试过超额退款", "money_read": "读到资金报表",
    "remaining_read": "读到余量", "lists_read": "读到平台清单", "report_read": "读到 T+1 报表",
}  # fmt: skip


def goals_of(evidence: Evidence) -> dict[str, bool]:
    """Every goal, and whether the history reached it. Computed once."""
    kept: dict[str, bool] | None = evidence.history.derived.get("goals")
    if kept is None:
        kept = {name: reached for goals in _GOALS for name, reached in goals(evidence).items()}
        evidence.history.derived["goals"] = kept
    return kept


def unknown_share(evidence: Evidence) -> float:
    """Operations that may have taken effect, and were not settled by asking again, of all that were sent."""
    operations = evidence.operations
    sent = int(operations.sent.sum())
    unsettled = int(((operations.state == POSSIBLE) & ~operations.settled).sum())
    return unsettled / sent if sent else 0.0
