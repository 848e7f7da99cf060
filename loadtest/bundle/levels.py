"""Levels of evidence and bases of a case, and what each is called."""

from loadtest.bundle.record import Level
from loadtest.cases.model import Basis, Case

LEVEL_ZH: dict[Level, str] = {
    "L0": "L0 材料与现场演示",
    "L1": "L1 导出文件核对（只能发现不符，不能证明符合）",
    "L2": "L2 测试环境功能用例",
    "L3": "L3 负载测试",
}
BASIS_ZH: dict[Basis, str] = {
    "notice": "公告",
    "terms": "事先告知的条款",
    "good_practice": "良好做法（不作为不通过的依据）",
}
BASIS_SHORT_ZH: dict[Basis, str] = {"notice": "公告", "terms": "条款", "good_practice": "良好做法"}


def level_of(case: Case, run: Level) -> Level:
    """Functional cases are L2, steps and their figures L3; never above the level the run reached."""
    own: Level = "L2" if case.kind == "functional" else "L3"
    return min(own, run)


def hard(case: Case) -> bool:
    """Whether its failure is a FAIL: a MUST that rests on the notice or on terms sent beforehand."""
    return case.must and case.basis != "good_practice"
