"""Cautious words where data are thin: a rate of a handful says little, and an officer should not hand it on as news."""

from voucher_contract.models.round_report import Section
from voucher_platform.reports.analysis.figures import Figure
from voucher_platform.reports.analysis.saying import Said, say

_FEW = 30
"""Below this a share moves by more than three percent with a single case."""


def is_thin(whole: Figure | None) -> bool:
    """Whether shares of ``whole`` say little."""
    return whole is not None and whole.number < _FEW


def too_few(section: Section, whole: Figure | None) -> list[Said]:
    """A warning, where ``whole`` is a small denominator."""
    if whole is None or not is_thin(whole):
        return []
    return say(
        section, "以上比率的分母只有 {whole}，样本很少，不宜据此下结论。",
        "These rates rest on {whole} only: too few to conclude anything from.", caution=True, whole=whole,
    )  # fmt: skip
