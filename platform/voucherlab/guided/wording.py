"""Answers in words that an officer understands."""

from collections.abc import Iterable

from voucher_contract.operations.protocol import Outcome
from voucher_contract.refusals import REFUSALS
from voucherlab.guided.showing import Words

_HEADINGS = {
    "issued": Words("领到", "got a voucher"),
    "repeated": Words("重复点击，仍是同一张券", "same tap again: the same voucher"),
    "pending": Words("等待确认", "waiting for confirmation"),
    "no_answer": Words("没有应答", "no answer"),
    "ok": Words("成功", "done"),
}


def refusal(code: str | None) -> Words:
    """A refusal in words, with its code, as a person at the phone or the till reads it."""
    if code is None:
        return Words("未被拒绝", "not refused")
    known = REFUSALS.get(code)
    return Words(f"拒绝：{known.zh}", f"refused: {known.en}") if known else Words(f"拒绝：{code}", f"refused: {code}")


def counted(count: int, zh: str, en: str) -> Words:
    """A number that says of what it is, where `{}` stands: `不符 {} 笔`, `{} astray`."""
    return Words(zh.format(f"{count:,}"), en.format(f"{count:,}"))


def listed(names: Iterable[str | None], between: str = "") -> Words:
    """Several answers, or states of a voucher, one after the other."""
    words = [heading(name or "ok") for name in names]
    return Words((between or "、").join(one.zh for one in words), (between or ", ").join(one.en for one in words))


def heading(name: str) -> Words:
    """What a kind of answer is called where answers are counted."""
    if name in _HEADINGS:
        return _HEADINGS[name]
    known = REFUSALS.get(name)
    return Words(known.zh, known.en) if known else Words(name, name)


def answer(outcome: Outcome) -> Words:
    """How one request ended."""
    if outcome.kind == "ok":
        return _HEADINGS["ok"]
    return refusal(outcome.code or outcome.kind)
