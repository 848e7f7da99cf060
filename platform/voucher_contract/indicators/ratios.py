"""Rates, leverage and averages. No official formula exists, so every switch of a rate is printed and named."""

from itertools import product

from voucher_contract.indicators.kinds import WHERE_ISSUED, Indicator, quotient

_BY = {"count": ("按张数", "by count", ("redemptions", "redemptions_net"), "vouchers"),
       "amount": ("按金额", "by amount", ("redeemed_fen", "redeemed_net_fen"), "fen")}  # fmt: skip
_OVER = {"issued": ("占已领取", "of issued"), "released": ("占投放", "of released")}
_GROSS_NET = {"gross": ("毛", "gross of refunds"), "net": ("净", "net of refunds")}
_SAME_PERIOD = (
    "；分子分母取同一期间，非领取批次追踪，单日可大于 1",
    "; both of the same period, not followed by cohort, so a day may exceed 1",
)


def _redemption_rate(by: str, over: str, side: str) -> Indicator:
    by_zh, by_en, numerators, noun = _BY[by]
    over_zh, over_en = _OVER[over]
    side_zh, side_en = _GROSS_NET[side]
    return quotient(
        f"redemption_rate_{by}_{over}_{side}", "ratio",
        (f"核销率（{by_zh}，{over_zh}，{side_zh}）", f"Redemption rate {by_en} {over_en}, {side_en}"),
        over=(numerators[side == "net"], f"{over}_{noun}"), dimensions=WHERE_ISSUED, note=_SAME_PERIOD,
    )  # fmt: skip


RATIOS: tuple[Indicator, ...] = (
    quotient(
        "claim_rate", "ratio", ("领取率", "Share of released vouchers claimed"),
        over=("issued_vouchers", "released_vouchers"), dimensions=WHERE_ISSUED,
        note=(
            "；分子含其后作废的，名额可再领，故可大于 100%",
            "; includes those voided later, whose places may be claimed again, so it may exceed 100%",
        ),
    ),
    quotient(
        "seeker_success_rate", "ratio", ("抢券成功率（按人）", "Share of people who tried and got one"),
        over=("claimants", "seekers"), dimensions=WHERE_ISSUED,
    ),
    quotient(
        "vouchers_per_claimant", "ratio", ("人均领券张数", "Vouchers per person who got one"),
        over=("issued_vouchers", "claimants"), dimensions=WHERE_ISSUED,
    ),
    quotient(
        "redeemer_rate", "ratio", ("核销用户占抢到用户比", "People who redeemed per person who got one"),
        over=("redeemers", "claimants"), dimensions=WHERE_ISSUED, note=_SAME_PERIOD,
    ),
    *(_redemption_rate(*switches) for switches in product(_BY, _OVER, _GROSS_NET)),
    quotient(
        "leverage_gross", "ratio", ("拉动比（毛）", "Leverage, gross of refunds"),
        over=("order_total_fen", "redeemed_fen"),
        note=("；非增量口径，无对照组", "; not incremental, there is no control group"),
    ),
    quotient(
        "leverage_net", "ratio", ("拉动比（净，扣退款）", "Leverage, net of refunds"),
        over=("order_net_fen", "redeemed_net_fen"),
        note=("；非增量口径，无对照组", "; not incremental, there is no control group"),
    ),
    quotient(
        "own_money_ratio", "ratio", ("用户自付拉动比（毛）", "Users' own money per voucher money, gross"),
        over=("paid_fen", "redeemed_fen"),
    ),
    quotient("average_order_fen", "fen", ("笔均订单金额", "Average order"), over=("order_total_fen", "redemptions")),
    quotient(
        "redemptions_per_merchant", "ratio", ("店均核销笔数", "Redemptions per merchant that redeemed"),
        over=("redemptions", "merchants"),
    ),
    quotient(
        "refund_rate_amount", "ratio", ("退款率（按券额）", "Refund rate by voucher money"),
        over=("refund_voucher_fen", "redeemed_fen"),
    ),
)  # fmt: skip
