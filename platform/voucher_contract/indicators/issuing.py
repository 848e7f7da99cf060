"""Issuing: what was released, tried for, claimed, and left to expire.

"In the period" is the business day [starts_at, ends_at) or everything before ends_at, by the business clock.
"""

from voucher_contract.indicators.kinds import WHERE_ISSUED, Indicator, Unit, counted

_OVERLAP = (
    "。分行业时，计入适用行业包含该行业的全部券种；一个券种含多个行业时会重复计入，各行业之和可大于合计",
    (
        ". By industry: the vouchers of every batch that is meant for it; a batch with several industries counts in"
        " each, so industries may add up to more than the total"
    ),
)


def _issued(
    name: str, unit: Unit, title: tuple[str, str], formula: tuple[str, str], source: str, *, additive: bool = True
) -> Indicator:
    told = (formula[0] + _OVERLAP[0], formula[1] + _OVERLAP[1])
    return counted(name, unit, title, told, dimensions=WHERE_ISSUED, additive=additive, source=source)


ISSUING: tuple[Indicator, ...] = (
    _issued(
        "released_vouchers", "vouchers", ("投放张数", "Vouchers released"),
        (
            "期间内由“未动用”转入“已预留未领取”的资金（发布与追加数量）÷ 面额，各券种相加",
            "money moved from free to reserved in the period (publishing, raising a quota) ÷ face value, all batches",
        ),
        "ledger_transfer.amount_fen ÷ batch.face_fen",
    ),
    _issued(
        "released_fen", "fen", ("投放金额", "Amount released"),
        (
            "期间内由“未动用”转入“已预留未领取”的资金之和（发布与追加数量）",
            "money moved from free to reserved in the period (publishing, raising a quota)",
        ),
        "ledger_transfer.amount_fen",
    ),
    _issued(
        "issued_vouchers", "vouchers", ("发放张数（已领取）", "Vouchers issued (claimed)"),
        (
            "期间内领取的消费券张数，含其后作废的；作废后名额可再领，故可大于投放张数",
            (
                "vouchers claimed in the period, those voided later included; their places may be claimed again, so"
                " there may be more than were released"
            ),
        ),
        "voucher.claimed_at",
    ),
    _issued(
        "issued_fen", "fen", ("发放金额（已领取）", "Amount issued (claimed)"),
        (
            "期间内领取的消费券的面额之和，含其后作废的；故可大于投放金额",
            "face value of vouchers claimed in the period, those voided later included: may exceed what was released",
        ),
        "voucher.claimed_at, batch.face_fen",
    ),
    _issued(
        "voided_vouchers", "vouchers", ("其中已作废张数", "Of these, voided since"),
        (
            "期间内领取、生成报表时已作废的消费券张数",
            "vouchers claimed in the period that are void when the report is made",
        ),
        "voucher.claimed_at, voucher.state = void",
    ),
    _issued(
        "expired_vouchers", "vouchers", ("过期张数", "Vouchers expired"),
        (
            "有效期在期间内届满、生成报表时仍未使用（未用、冻结或已记过期）的消费券张数",
            (
                "vouchers whose validity ended in the period and that are unused when the report is made: still issued,"
                " frozen, or marked expired"
            ),
        ),
        "voucher.valid_until, voucher.state = issued, frozen, expired",
    ),
    _issued(
        "expired_fen", "fen", ("过期金额", "Amount expired"),
        ("过期张数的面额之和", "face value of the vouchers expired"), "voucher.valid_until, batch.face_fen",
    ),
    _issued(
        "claim_attempts", "attempts", ("抢券次数", "Claim attempts"),
        ("期间内抢券请求的次数（含成功与被拒）", "attempts to claim in the period, granted or refused"),
        "claim_attempt_count.day, claim_attempt_count.attempts",
    ),
    _issued(
        "seekers", "people", ("抢券用户数（尝试过的人）", "People who tried to claim"),
        (
            "期间内尝试过或领到券的人数，同一人只计一次；跨日、跨券种不可相加",
            "people who tried or got a voucher in the period, each counted once; not additive over days or batches",
        ),
        "claim_seeker.day, claim_seeker.person_id, voucher.claimed_at, voucher.person_id", additive=False,
    ),
    _issued(
        "claimants", "people", ("抢券用户数（抢到的人）", "People who got a voucher"),
        (
            "期间内领到券的人数，同一人只计一次；跨日、跨券种不可相加",
            "people who got a voucher in the period, each counted once; not additive over days or batches",
        ),
        "voucher.claimed_at, voucher.person_id", additive=False,
    ),
)  # fmt: skip
