"""Every figure of the report: its name, unit, where it exists, and how it is made. Written from S-65, not from code."""

from dataclasses import dataclass

from voucher_contract.models.common import CATEGORY_NAMES, SIZE_CLASS_NAMES

ISSUING = ("total", "industry", "batch", "round")
REGISTERED = ("total", "industry", "district", "size_class")
EVERYWHERE = ("total", "industry", "district", "size_class", "batch", "round")


@dataclass(frozen=True)
class Figure:
    """``less``: the first name less the others. ``over``: the first name divided by the second. Neither: counted."""

    name: str
    unit: str
    zh: str
    en: str
    where: tuple[str, ...] = EVERYWHERE
    how_zh: str = ""
    how_en: str = ""
    less: tuple[str, ...] = ()
    over: tuple[str, str] | None = None
    cumulative_only: bool = False

    @property
    def formula_zh(self) -> str:
        """How it is made, in Chinese."""
        if self.less:
            return " − ".join(self.less)
        if self.over:
            return f"{self.over[0]} ÷ {self.over[1]}，四舍五入；分母不大于 0 时为空"
        return self.how_zh

    @property
    def formula_en(self) -> str:
        """How it is made, in English."""
        if self.less:
            return " − ".join(self.less)
        if self.over:
            return f"{self.over[0]} ÷ {self.over[1]}, rounded half up; empty unless the denominator is positive"
        return self.how_en


def _issued(name: str, unit: str, zh: str, en: str, *how: str) -> Figure:
    return Figure(name, unit, zh, en, ISSUING, how[0], how[1])


def _redeemed(name: str, zh: str, en: str, column: str) -> Figure:
    return Figure(
        name, "fen", zh, en, how_zh=f"期间内核销的 {column} 之和", how_en=f"Σ {column} of redemptions in the period"
    )


def _refunded(name: str, zh: str, en: str, column: str) -> Figure:
    return Figure(
        name, "fen", zh, en, how_zh=f"期间内退款的 {column} 之和", how_en=f"Σ {column} of refunds in the period"
    )


def _shops(name: str, zh: str, en: str) -> Figure:
    return Figure(
        name, "merchants", zh, en, how_zh="期间内有核销的商户去重数", how_en="distinct merchants that redeemed"
    )


_COUNTED_ISSUING = (
    _issued("released_vouchers", "vouchers", "投放张数", "Released", "转入预留的金额 ÷ 面额", "reserved ÷ face"),
    _issued("released_fen", "fen", "投放金额", "Amount released", "转入预留的金额", "free → reserved"),
    _issued("issued_vouchers", "vouchers", "发放张数", "Issued", "期间内领取的券", "vouchers claimed in the period"),
    _issued("issued_fen", "fen", "发放金额", "Amount issued", "期间内领取的券的面额之和", "their faces added up"),
    _issued(
        "voided_vouchers", "vouchers", "其中作废", "Voided since", "其中已作废的", "those of them that are void now"
    ),
    _issued("expired_vouchers", "vouchers", "过期张数", "Expired", "期间内到期未用的券", "unused and run out in it"),
    _issued("expired_fen", "fen", "过期金额", "Amount expired", "其面额之和", "their faces added up"),
    _issued("claim_attempts", "attempts", "抢券次数", "Attempts", "期间内的领取请求", "attempts, granted or refused"),
    _issued("seekers", "people", "抢券用户数（尝试）", "People who tried", "去重的自然人", "distinct people who tried"),
    _issued(
        "claimants", "people", "抢券用户数（抢到）", "People who got one", "去重的自然人", "distinct people with one"
    ),
)
_COUNTED_REDEEMING = (
    Figure("redeemers", "people", "核销用户数", "People who redeemed", how_zh="去重的自然人", how_en="distinct people"),
    Figure("redemptions", "redemptions", "核销笔数（毛）", "Redemptions", how_zh="期间内核销", how_en="in the period"),
    Figure("whole_refunds", "redemptions", "全额退款笔数", "Refunded whole", how_zh="期间内退完的订单",
           how_en="orders whose last fen was refunded in the period"),
    Figure("redemptions_net", "redemptions", "核销笔数（净）", "Redemptions, net",
           less=("redemptions", "whole_refunds")),
    _redeemed("redeemed_fen", "核销金额（毛）", "Amount redeemed", "voucher_fen"),
    Figure("redeemed_net_fen", "fen", "核销金额（净）", "Amount redeemed, net",
           less=("redeemed_fen", "refund_voucher_fen")),
    Figure("public_spent_fen", "fen", "财政实际支出", "Public money spent", less=("redeemed_fen", "refund_fund_fen")),
    Figure("refund_count", "refunds", "退款笔数", "Refunds", how_zh="期间内退款", how_en="refunds in the period"),
    _refunded("refund_order_fen", "退款金额（订单）", "Refunds: order", "amount_fen"),
    _refunded("refund_voucher_fen", "退款金额（券额）", "Refunds: voucher", "voucher_fen"),
    _refunded("refund_user_fen", "其中退用户", "Refunds: users", "user_fen"),
    _refunded("refund_platform_fen", "其中退平台优惠", "Refunds: platform", "platform_fen"),
    _refunded("refund_fund_fen", "其中回到财政", "Refunds: public money", "fund_fen"),
    Figure("vouchers_returned", "vouchers", "退回持券人的券", "Vouchers given back", how_zh="退回持券人的退款",
           how_en="refunds that gave the voucher back"),
    _redeemed("platform_discount_fen", "平台配套优惠", "Platform's discount", "platform_discount_fen"),
    _redeemed("merchant_discount_fen", "商家配套优惠", "Merchants' discount", "merchant_discount_fen"),
    _redeemed("order_total_fen", "订单总额（毛）", "Order totals", "order_total_fen"),
    _refunded("withdrawn_discount_fen", "全额退款的商家优惠", "Discount on whole refunds", "merchant_discount_fen"),
    Figure("order_net_fen", "fen", "订单总额（净）", "Order totals, net",
           less=("order_total_fen", "refund_order_fen", "withdrawn_discount_fen")),
    _redeemed("paid_fen", "用户实付（毛）", "Paid by users", "paid_fen"),
)  # fmt: skip
_COUNTED_SHOPS = (
    _shops("merchants", "参与核销商家数", "Merchants that redeemed"),
    *(_shops(f"merchants_size_{key}", f"其中：{zh}", f"Of these: {key}") for key, zh in SIZE_CLASS_NAMES.items()),
    *(_shops(f"merchants_type_{key}", f"其中：{zh}", f"Of these: {key}") for key, zh in CATEGORY_NAMES.items()),
    Figure("admitted_merchants", "merchants", "名单内商家数", "Admitted", REGISTERED, "名单内且未暂停的商户",
           "admitted and not suspended when the report is made", cumulative_only=True),
)  # fmt: skip


def _ratio(name: str, zh: str, en: str, *over: str, where: tuple[str, ...] = EVERYWHERE) -> Figure:
    unit = "fen" if name.endswith("_fen") else "ratio"
    return Figure(name, unit, zh, en, where, over=(over[0], over[1]))


def _redemption_rates() -> list[Figure]:
    bases = {
        "count": ("redemptions", "redemptions_net", "vouchers"),
        "amount": ("redeemed_fen", "redeemed_net_fen", "fen"),
    }
    return [
        _ratio(
            f"redemption_rate_{by}_{over}_{side}", f"核销率 {by}/{over}/{side}", f"Redemption rate {by}/{over}/{side}",
            gross if side == "gross" else net, f"{over}_{noun}", where=ISSUING,
        )
        for by, (gross, net, noun) in bases.items() for over in ("issued", "released") for side in ("gross", "net")
    ]  # fmt: skip


_RATIOS = (
    _ratio("claim_rate", "领取率", "Share claimed", "issued_vouchers", "released_vouchers", where=ISSUING),
    _ratio("seeker_success_rate", "抢券成功率", "Success by person", "claimants", "seekers", where=ISSUING),
    _ratio("vouchers_per_claimant", "人均领券", "Vouchers a person", "issued_vouchers", "claimants", where=ISSUING),
    _ratio("redeemer_rate", "核销用户占比", "Redeemers per claimant", "redeemers", "claimants", where=ISSUING),
    *_redemption_rates(),
    _ratio("leverage_gross", "拉动比（毛）", "Leverage, gross", "order_total_fen", "redeemed_fen"),
    _ratio("leverage_net", "拉动比（净）", "Leverage, net", "order_net_fen", "redeemed_net_fen"),
    _ratio("own_money_ratio", "用户自付拉动比", "Own money per voucher money", "paid_fen", "redeemed_fen"),
    _ratio("average_order_fen", "笔均订单", "Average order", "order_total_fen", "redemptions"),
    _ratio("redemptions_per_merchant", "店均核销", "Redemptions a merchant", "redemptions", "merchants"),
    _ratio("refund_rate_amount", "退款率", "Refund rate", "refund_voucher_fen", "redeemed_fen"),
)

FIGURES: tuple[Figure, ...] = (*_COUNTED_ISSUING, *_COUNTED_REDEEMING, *_COUNTED_SHOPS, *_RATIOS)
