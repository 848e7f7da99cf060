"""Everything that is agreed of a batch, in words: what the second officer confirms must be there to read."""

from collections.abc import Sequence

from voucher_console.figures import count, moment, yuan
from voucher_console.parts.states import say
from voucher_console.parts.tables import show_facts
from voucher_console.view import View
from voucher_console.words import Words
from voucher_contract.models.campaigns import Batch


def regimes(w: Words) -> dict[str, str]:
    """The contract's rules for refunds, each in a few words."""
    return {
        "A": w("A：全额退款退券", "A: a whole refund gives the voucher back"),
        "A_PRIME": w("A′：同 A，部分退款资金按比例回到财政", "A′: as A, and pro rata for partial refunds"),
        "B": w("B：券不退回，资金按比例回到财政", "B: voucher used up, public money back pro rata"),
        "C": w("C：全额退款次日退券", "C: given back on the next day"),
    }


def code_modes(w: Words) -> dict[str, str]:
    """The two kinds of code."""
    return {"dynamic": w("动态码（定时刷新）", "Dynamic (changes with time)"), "static": w("静态码", "Static")}


def total_of(batches: Sequence[Batch]) -> int:
    """What the batches cost at most, in fen."""
    return sum(one.face_fen * one.quota for one in batches)


def total_in_words(w: Words, batches: Sequence[Batch]) -> str:
    """How many batches and vouchers, and what they cost."""
    vouchers, cost = count(sum(one.quota for one in batches)), yuan(total_of(batches))
    return w(
        f"共 {len(batches)} 个券种、{vouchers} 张，总额 {cost}。",
        f"{len(batches)} batches, {vouchers} vouchers, {cost} in all.",
    )


def show_terms(view: View, batches: Sequence[Batch]) -> None:
    """The terms of each batch, one after the other."""
    say(view.w("券种规则", "Terms of the batches"), "h2")
    for one in batches:
        say(one.name, "h3", "data")
        show_facts(_terms(view, one)).classes(replace="terms")


def _terms(view: View, batch: Batch) -> list[tuple[str, str]]:
    w = view.w
    refund = w(f"核销后 {batch.refund_days} 天内", f"within {batch.refund_days} days") if batch.refund_days else w(
        "不可退款", "no refunds"
    )  # fmt: skip
    terms = [
        (w("面额", "Face"), yuan(batch.face_fen)), (w("使用门槛", "Threshold"), yuan(batch.threshold_fen)),
        (w("数量", "Quota"), count(batch.quota)), (w("金额", "Amount"), yuan(total_of([batch]))),
        (w("每人限领", "Per person"), w(f"{batch.per_person_limit} 张", str(batch.per_person_limit))),
        (w("领取时间", "Claiming"), f"{moment(batch.claim_opens_at)} –\n{moment(batch.claim_closes_at)}"),
        (w("可使用时间", "Valid"), f"{moment(batch.valid_from)} –\n{moment(batch.valid_until)}"),
        (w("适用行业", "Industries"), _listed(view, batch.categories)),
        (w("适用区域", "Districts"), _listed(view, batch.districts) or w("全市", "The whole city")),
        (w("退款规则", "Refunds"), regimes(w).get(batch.refund_regime, batch.refund_regime)),
        (w("退款期限", "Time for refunds"), refund),
        (w("核销码", "Code"), code_modes(w).get(batch.code_mode, batch.code_mode)),
    ]  # fmt: skip
    return terms + _rare_terms(view, batch)


def _rare_terms(view: View, batch: Batch) -> list[tuple[str, str]]:
    """What few batches have and the form does not offer: said where it is there."""
    w = view.w
    rare: list[tuple[str, str]] = []
    if batch.valid_days is not None:
        days = w(f"领取后 {batch.valid_days} 天内", f"{batch.valid_days} days from the claim")
        rare.append((w("有效天数", "Days of validity"), days))
    if batch.resident_districts:
        rare.append((w("领取人所在区域", "Residents of"), _listed(view, batch.resident_districts)))
    if batch.claim_area is not None:
        area = batch.claim_area
        around = f"{area.latitude}, {area.longitude}"
        rare.append((
            w("领取位置", "Place of claiming"),
            w(f"{around} 周围 {count(area.radius_m)} 米内", f"within {count(area.radius_m)} m of {around}"),
        ))  # fmt: skip
    limits = [
        f"{view.named(name)} {count(limit['permits'])} / {limit['window_ms'] / 1000:g} s"
        for name, limit in batch.rate_limits.model_dump(exclude_none=True).items()
    ]
    if limits:
        rare.append((w("领取频次限制", "Limits on attempts"), (w("；", "; ")).join(limits)))
    return rare


def _listed(view: View, codes: Sequence[str]) -> str:
    return view.w("、", ", ").join(view.named(code) for code in codes)
