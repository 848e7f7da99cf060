"""Redeeming and refunding: counts, voucher money, order money and who gave what.

Industry, district and size class are those of the redeeming merchant in the registry when the report is made. A
refund belongs to the period in which it happened (refund.refunded_at), not to that of its redemption.
"""

from voucher_contract.indicators.kinds import Indicator, Unit, counted, difference


def _redeemed(name: str, unit: Unit, title: tuple[str, str], column: str) -> Indicator:
    return counted(
        name, unit, title,
        (
            f"redemption.redeemed_at 在期间内的 {column} 之和（不扣退款）",
            f"Σ {column} with redemption.redeemed_at in the period, gross of refunds",
        ),
    )  # fmt: skip


def _refunded(name: str, title: tuple[str, str], column: str) -> Indicator:
    return counted(
        name, "fen", title,
        (f"refund.refunded_at 在期间内的 {column} 之和", f"Σ {column} with refund.refunded_at in the period"),
    )  # fmt: skip


_WHOLE = ("refund.amount_fen 累计达到 redemption.payable_fen", "refund.amount_fen adds up to redemption.payable_fen")

REDEEMING: tuple[Indicator, ...] = (
    counted(
        "redeemers", "people", ("核销用户数", "People who redeemed"),
        (
            "redemption.redeemed_at 在期间内的 voucher.person_id 去重数；跨日、跨维度不可相加",
            "distinct voucher.person_id of redemptions with redemption.redeemed_at in the period; not additive",
        ),
        additive=False,
    ),
    counted(
        "redemptions", "redemptions", ("核销笔数（毛）", "Redemptions, gross"),
        (
            "redemption.redeemed_at 在期间内的 redemption 行数",
            "rows of redemption with redemption.redeemed_at in the period",
        ),
    ),
    counted(
        "whole_refunds", "redemptions", ("全额退款笔数", "Redemptions refunded whole"),
        (
            f"期间内{_WHOLE[0]}的 redemption 行数（按最后一笔退款的 refund.refunded_at）",
            f"rows of redemption for which {_WHOLE[1]} in the period (by refund.refunded_at of the last refund)",
        ),
    ),
    difference(
        "redemptions_net", "redemptions", ("核销笔数（净，扣全额退款）", "Redemptions, net of whole refunds"),
        plus="redemptions", minus=("whole_refunds",),
        note=("；单日可为负：当日退的是往日的核销", "; a day may be negative: it refunds earlier redemptions"),
    ),
    _redeemed("redeemed_fen", "fen", ("核销金额（毛）", "Amount redeemed, gross"), "redemption.voucher_fen"),
    difference(
        "redeemed_net_fen", "fen", ("核销金额（净，扣退款券额）", "Amount redeemed, net of refunds"),
        plus="redeemed_fen", minus=("refund_voucher_fen",),
    ),
    difference(
        "public_spent_fen", "fen", ("财政资金实际支出", "Public money spent"),
        plus="redeemed_fen", minus=("refund_fund_fen",),
    ),
    counted(
        "refund_count", "refunds", ("核销退款笔数", "Refunds of redeemed vouchers"),
        ("refund.refunded_at 在期间内的 refund 行数", "rows of refund with refund.refunded_at in the period"),
    ),
    _refunded("refund_order_fen", ("核销退款金额（订单部分）", "Refunds: order part"), "refund.amount_fen"),
    _refunded("refund_voucher_fen", ("核销退款金额（券额部分）", "Refunds: voucher part"), "refund.voucher_fen"),
    _refunded("refund_user_fen", ("其中退给用户", "Refunds: to users"), "refund.user_fen"),
    _refunded("refund_platform_fen", ("其中退平台优惠", "Refunds: platform's discount"), "refund.platform_fen"),
    _refunded("refund_fund_fen", ("其中回到财政资金", "Refunds: back to public money"), "refund.fund_fen"),
    counted(
        "vouchers_returned", "vouchers", ("退款退回持券人的券", "Vouchers returned to their holders"),
        (
            "refund.refunded_at 在期间内且 refund.voucher_returned 为真的 refund 行数",
            "rows of refund with refund.refunded_at in the period and refund.voucher_returned true",
        ),
    ),
    _redeemed(
        "platform_discount_fen", "fen", ("平台配套优惠", "Platform's matching discount"),
        "redemption.platform_discount_fen",
    ),
    _redeemed(
        "merchant_discount_fen", "fen", ("商家配套优惠", "Merchants' matching discount"),
        "redemption.merchant_discount_fen",
    ),
    _redeemed("order_total_fen", "fen", ("订单总额（毛）", "Order totals, gross"), "redemption.order_total_fen"),
    counted(
        "withdrawn_discount_fen", "fen", ("全额退款订单的商家优惠", "Merchants' discount on orders refunded whole"),
        (
            f"期间内{_WHOLE[0]}的 redemption.merchant_discount_fen 之和",
            f"Σ redemption.merchant_discount_fen of redemptions for which {_WHOLE[1]} in the period",
        ),
    ),
    difference(
        "order_net_fen", "fen", ("订单总额（净，扣退款）", "Order totals, net of refunds"),
        plus="order_total_fen", minus=("refund_order_fen", "withdrawn_discount_fen"),
        note=("；全额退款的订单归零", "; an order refunded whole counts nothing"),
    ),
    _redeemed("paid_fen", "fen", ("用户实付金额（毛）", "Paid by users, gross"), "redemption.paid_fen"),
)  # fmt: skip
