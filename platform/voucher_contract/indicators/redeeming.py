"""Redeeming and refunding: counts, voucher money, order money and who gave what.

Industry, district and size class are those of the redeeming merchant in the registry when the report is made. A
refund belongs to the period in which it happened (refund.refunded_at), not to that of its redemption.
"""

from voucher_contract.indicators.kinds import Indicator, Unit, counted, difference


def _redeemed(name: str, unit: Unit, title: tuple[str, str], what: tuple[str, str], column: str) -> Indicator:
    return counted(
        name, unit, title,
        (
            f"期间内核销的各笔订单的{what[0]}之和（不扣退款）",
            f"sum of {what[1]} over the redemptions in the period, gross of refunds",
        ),
        source=f"redemption.redeemed_at, {column}",
    )  # fmt: skip


def _refunded(name: str, title: tuple[str, str], what: tuple[str, str], column: str) -> Indicator:
    return counted(
        name, "fen", title,
        (f"期间内各笔退款中{what[0]}之和", f"sum of {what[1]} over the refunds in the period"),
        source=f"refund.refunded_at, {column}",
    )  # fmt: skip


_WHOLE = ("退款累计达到订单应付金额", "refunds add up to what was payable")
_WHOLE_SOURCE = "refund.refunded_at, refund.amount_fen, redemption.payable_fen"

REDEEMING: tuple[Indicator, ...] = (
    counted(
        "redeemers", "people", ("核销用户数", "People who redeemed"),
        (
            "期间内核销过的人数，同一人只计一次；跨日、跨维度不可相加",
            "people who redeemed in the period, each counted once; not additive",
        ),
        additive=False, source="redemption.redeemed_at, voucher.person_id",
    ),
    counted(
        "redemptions", "redemptions", ("核销笔数（毛）", "Redemptions, gross"),
        ("期间内核销的笔数（不扣退款）", "redemptions in the period, gross of refunds"),
        source="redemption.redeemed_at",
    ),
    counted(
        "whole_refunds", "redemptions", ("全额退款笔数", "Redemptions refunded whole"),
        (
            f"期间内{_WHOLE[0]}的核销笔数（按最后一笔退款的时间）",
            f"redemptions whose {_WHOLE[1]} in the period (by the time of the last refund)",
        ),
        source=_WHOLE_SOURCE,
    ),
    difference(
        "redemptions_net", "redemptions", ("核销笔数（净，扣全额退款）", "Redemptions, net of whole refunds"),
        plus="redemptions", minus=("whole_refunds",),
        note=("；单日可为负：当日退的是往日的核销", "; a day may be negative: it refunds earlier redemptions"),
    ),
    _redeemed(
        "redeemed_fen", "fen", ("核销金额（毛）", "Amount redeemed, gross"), ("券额", "voucher money"),
        "redemption.voucher_fen",
    ),
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
        ("期间内对已核销订单退款的笔数", "refunds of redeemed orders in the period"), source="refund.refunded_at",
    ),
    _refunded(
        "refund_order_fen", ("核销退款金额（订单部分）", "Refunds: order part"),
        ("所退的订单金额", "order money refunded"), "refund.amount_fen",
    ),
    _refunded(
        "refund_voucher_fen", ("核销退款金额（券额部分）", "Refunds: voucher part"),
        ("所退的券额", "voucher money refunded"), "refund.voucher_fen",
    ),
    _refunded(
        "refund_user_fen", ("其中退给用户", "Refunds: to users"), ("退给用户的金额", "what users got back"),
        "refund.user_fen",
    ),
    _refunded(
        "refund_platform_fen", ("其中退平台优惠", "Refunds: platform's discount"),
        ("退回平台优惠的金额", "the platform's discount taken back"), "refund.platform_fen",
    ),
    _refunded(
        "refund_fund_fen", ("其中回到财政资金", "Refunds: back to public money"),
        ("回到财政资金的金额", "what went back to public money"), "refund.fund_fen",
    ),
    counted(
        "vouchers_returned", "vouchers", ("退款退回持券人的券", "Vouchers returned to their holders"),
        (
            "期间内把券退回持券人的退款笔数",
            "refunds in the period that gave the voucher back to its holder",
        ),
        source="refund.refunded_at, refund.voucher_returned",
    ),
    _redeemed(
        "platform_discount_fen", "fen", ("平台配套优惠", "Platform's matching discount"),
        ("平台配套优惠", "the platform's discount"),
        "redemption.platform_discount_fen",
    ),
    _redeemed(
        "merchant_discount_fen", "fen", ("商家配套优惠", "Merchants' matching discount"),
        ("商家配套优惠", "the merchant's discount"),
        "redemption.merchant_discount_fen",
    ),
    _redeemed(
        "order_total_fen", "fen", ("订单总额（毛）", "Order totals, gross"), ("订单总额", "order totals"),
        "redemption.order_total_fen",
    ),
    counted(
        "withdrawn_discount_fen", "fen", ("全额退款订单的商家优惠", "Merchants' discount on orders refunded whole"),
        (
            f"期间内{_WHOLE[0]}的各笔核销的商家配套优惠之和",
            f"sum of the merchant's discount over redemptions whose {_WHOLE[1]} in the period",
        ),
        source=f"{_WHOLE_SOURCE}, redemption.merchant_discount_fen",
    ),
    difference(
        "order_net_fen", "fen", ("订单总额（净，扣退款）", "Order totals, net of refunds"),
        plus="order_total_fen", minus=("refund_order_fen", "withdrawn_discount_fen"),
        note=("；全额退款的订单归零", "; an order refunded whole counts nothing"),
    ),
    _redeemed(
        "paid_fen", "fen", ("用户实付金额（毛）", "Paid by users, gross"), ("用户实付金额", "what users paid"),
        "redemption.paid_fen",
    ),
)  # fmt: skip
