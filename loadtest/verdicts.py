"""The seven verdicts, which of two wins, and the exit code each ends a run with."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What a case, a clause or a whole run came to."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    WARN = "WARN"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    INVALID = "INVALID"
    NOT_RUN = "NOT_RUN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


# The first that occurs among several decides. NOT_APPLICABLE says nothing and decides only when it stands alone.
PRECEDENCE = (
    Verdict.FAIL, Verdict.INVALID, Verdict.INCONCLUSIVE, Verdict.NOT_RUN, Verdict.WARN, Verdict.PASS,
)  # fmt: skip

VERDICT_ZH: dict[Verdict, str] = {
    Verdict.PASS: "通过",
    Verdict.WARN: "通过（有提示）",
    Verdict.FAIL: "不通过",
    Verdict.INCONCLUSIVE: "无法判定",
    Verdict.INVALID: "测试无效（测试方原因）",
    Verdict.NOT_RUN: "未测试",
    Verdict.NOT_APPLICABLE: "不适用",
}

EXIT_USAGE = 2
EXIT_OUR_FAULT = 3

_EXIT = {
    Verdict.PASS: 0, Verdict.WARN: 0, Verdict.FAIL: 1, Verdict.INVALID: EXIT_OUR_FAULT,
    Verdict.INCONCLUSIVE: 4, Verdict.NOT_RUN: 4, Verdict.NOT_APPLICABLE: 4,
}  # fmt: skip


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of several together. Nothing at all was not run; nothing applicable is not applicable."""
    found = set(verdicts)
    for verdict in PRECEDENCE:
        if verdict in found:
            return verdict
    return Verdict.NOT_APPLICABLE if found else Verdict.NOT_RUN


def exit_code(verdict: Verdict) -> int:
    """0 PASS or WARN, 1 FAIL, 3 INVALID, 4 where nothing could be decided."""
    return _EXIT[verdict]
