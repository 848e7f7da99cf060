"""What was tested and with which plan, in an officer's words."""

from voucher_console.bench.runs import OWN_REFERENCE
from voucher_console.words import Text, Words

SIMULATED = {
    "faulty:correct": Text("模拟平台，没有缺陷", "Simulated, without a defect"),
    "faulty:double-redemption": Text("模拟平台，同一张券能核销多次", "Simulated, redeems a voucher more than once"),
    "faulty:oversell-by-one": Text("模拟平台，多发一张", "Simulated, issues one too many"),
    "favor_stock": Text("模拟平台，另一种接口", "Simulated, with another interface"),
}
"""Vendors of our own that the console offers."""
_REFERENCE = Text("参考平台（本机另起一个）", "Reference platform (one of its own on this machine)")
_PLANS = {"quick": Text("快速", "Quick"), "standard": Text("标准", "Standard"), "full": Text("完整", "Full")}


def target_told(w: Words, target: str) -> str:
    """A vendor of ours by what it is, anybody else by the name of the target file."""
    if target == OWN_REFERENCE:
        return w.of(_REFERENCE)
    return w.of(SIMULATED[target]) if target in SIMULATED else target


def plan_told(w: Words, plan: str) -> str:
    """A shipped plan by its size, another one by the name of its file."""
    return w.of(_PLANS[plan]) if plan in _PLANS else plan
