"""Issuing: what was released, tried for, claimed, and left to expire.

"In the period" is the business day [starts_at, ends_at) or everything before ends_at, by the business clock.
"""

from voucher_contract.indicators.kinds import WHERE_ISSUED, Indicator, Unit, counted

_OVERLAP = (
    "。分行业时，计入 batch.categories 包含该行业的全部券种；一个券种含多个行业时会重复计入，各行业之和可大于合计",
    (
        ". By industry: the vouchers of every batch whose batch.categories contains it; a batch with several"
        " industries counts in each, so industries may add up to more than the total"
    ),
)


def _issued(
    name: str, unit: Unit, title: tuple[str, str], formula: tuple[str, str], *, additive: bool = True
) -> Indicator:
    told = (formula[0] + _OVERLAP[0], formula[1] + _OVERLAP[1])
    return counted(name, unit, title, told, dimensions=WHERE_ISSUED, additive=additive)


ISSUING: tuple[Indicator, ...] = (
    _issued(
        "released_vouchers", "vouchers", ("投放张数", "Vouchers released"),
        (
            "期间内由 free 转入 reserved 的 ledger_transfer.amount_fen（发布与追加数量）÷ batch.face_fen 之和",
            "Σ ledger_transfer.amount_fen ÷ batch.face_fen, from free to reserved in the period (publish, raise quota)",
        ),
    ),
    _issued(
        "released_fen", "fen", ("投放金额", "Amount released"),
        (
            "期间内由 free 转入 reserved 的 ledger_transfer.amount_fen 之和",
            "Σ ledger_transfer.amount_fen from free to reserved in the period",
        ),
    ),
    _issued(
        "issued_vouchers", "vouchers", ("发放张数（已领取）", "Vouchers issued (claimed)"),
        (
            "voucher.claimed_at 在期间内的 voucher 行数（含其后作废的）",
            "rows of voucher with voucher.claimed_at in the period (later voided ones included)",
        ),
    ),
    _issued(
        "issued_fen", "fen", ("发放金额（已领取）", "Amount issued (claimed)"),
        (
            "voucher.claimed_at 在期间内的 voucher 的 batch.face_fen 之和",
            "Σ batch.face_fen over rows of voucher with voucher.claimed_at in the period",
        ),
    ),
    _issued(
        "voided_vouchers", "vouchers", ("其中已作废张数", "Of these, voided since"),
        (
            "voucher.claimed_at 在期间内、生成报表时 voucher.state = void 的行数",
            "rows of voucher claimed in the period whose voucher.state is void when the report is made",
        ),
    ),
    _issued(
        "expired_vouchers", "vouchers", ("过期张数", "Vouchers expired"),
        (
            "voucher.valid_until 在期间内且已过、生成报表时 voucher.state 为 issued、frozen 或 expired 的行数",
            (
                "rows of voucher whose voucher.valid_until lies in the period and has passed, and whose voucher.state"
                " is issued, frozen or expired when the report is made"
            ),
        ),
    ),
    _issued(
        "expired_fen", "fen", ("过期金额", "Amount expired"),
        ("过期张数对应的 batch.face_fen 之和", "Σ batch.face_fen over the vouchers of expired_vouchers"),
    ),
    _issued(
        "claim_attempts", "attempts", ("抢券次数", "Claim attempts"),
        (
            "claim_attempt_count.day 在期间内的 claim_attempt_count.attempts 之和（含成功与被拒）",
            "Σ claim_attempt_count.attempts with claim_attempt_count.day in the period, granted or refused",
        ),
    ),
    _issued(
        "seekers", "people", ("抢券用户数（尝试过的人）", "People who tried to claim"),
        (
            (
                "claim_seeker.day 在期间内的 claim_seeker.person_id 与 voucher.claimed_at 在期间内的 voucher.person_id"
                " 合并去重数；跨日、跨券种不可相加"
            ),
            (
                "distinct claim_seeker.person_id with claim_seeker.day in the period and voucher.person_id with"
                " voucher.claimed_at in the period, together; not additive over days or batches"
            ),
        ),
        additive=False,
    ),
    _issued(
        "claimants", "people", ("抢券用户数（抢到的人）", "People who got a voucher"),
        (
            "voucher.claimed_at 在期间内的 voucher.person_id 去重数；跨日、跨券种不可相加",
            "distinct voucher.person_id with voucher.claimed_at in the period; not additive over days or batches",
        ),
        additive=False,
    ),
)  # fmt: skip
