"""C3, C11, C17: a voucher has one claim, a key has one effect, and what was acknowledged is there afterwards."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from loadtest.checks.evidence import Evidence
from loadtest.checks.report import CheckReport, Found, report, together
from loadtest.history.columns import FOREVER, Flags, Ints
from loadtest.history.logical import CERTAIN
from loadtest.history.record import Kind, Outcome

_WRITES = (Kind.CLAIM, Kind.REDEEM, Kind.REFUND)


def one_code_one_holder(evidence: Evidence) -> CheckReport:
    """C3. No two claims are given one voucher, nor two vouchers one code, unless it may have been void between."""
    return together(_shared(evidence, name) for name in ("result", "mark"))


def _shared(evidence: Evidence, name: str) -> CheckReport:
    operations = evidence.operations
    claims = evidence.select(Kind.CLAIM, CERTAIN)
    value = operations.of(name, claims)
    claims, value = claims[value != 0], value[value != 0]
    order = np.lexsort((operations.reply[claims], value))
    claims, value = claims[order], value[order]
    twice = np.flatnonzero(value[1:] == value[:-1])
    free_from = _free_from(evidence)
    twice = twice[free_from[claims[twice]] > operations.reply[claims[twice + 1]]]
    what = ("同一张券", "one voucher") if name == "result" else ("同一个券码", "one code")
    found = (
        Found(
            f"{what[0]}给了两次不同的领取", f"{what[1]} was given to two different claims", (), {"same": name},
            claims[at : at + 2],
        )
        for at in twice
    )  # fmt: skip
    return report("C3", evidence, found, len(twice))


def _free_from(evidence: Evidence) -> Ints:
    free = np.full(len(evidence.operations), FOREVER)
    releases = evidence.releases
    known = releases.claim >= 0
    free[releases.claim[known]] = releases.since[known]
    return free


def a_key_has_one_effect(evidence: Evidence) -> CheckReport:
    """C11. One key: no two results, no refusal once it was granted, and no second effect for another request."""
    return together((_two_results(evidence), _refused_after_success(evidence), _another_request(evidence)))


def _two_results(evidence: Evidence) -> CheckReport:
    history, operations = evidence.history, evidence.operations
    if not len(operations):
        return report("C11", evidence, (), 0)
    result = history.result[operations.rows]
    told = (history.outcome[operations.rows] == Outcome.OK) & (result != 0)
    told &= np.isin(history.kind[operations.rows], _WRITES)
    least = np.minimum.reduceat(np.where(told, result, np.iinfo(np.uint64).max), operations.start[:-1])
    most = np.maximum.reduceat(np.where(told, result, 0), operations.start[:-1])
    wrong = np.flatnonzero((most > 0) & (least != most))
    found = (_two_results_found(evidence, int(at), told) for at in wrong)
    return report("C11", evidence, found, len(wrong))


def _two_results_found(evidence: Evidence, operation: int, told: Flags) -> Found:
    operations, history = evidence.operations, evidence.history
    span = slice(operations.start[operation], operations.start[operation + 1])
    rows = operations.rows[span][told[span]]
    _, first = np.unique(history.result[rows], return_index=True)
    return Found(
        "同一幂等键的两次成功给出不同结果", "one key was answered with two different results",
        [int(row) for row in rows[np.sort(first)][:2]], {"rule": "two_results"},
    )  # fmt: skip


def _refused_after_success(evidence: Evidence) -> CheckReport:
    """A refusal whose request was sent after a success under the same key had been read.

    ``key_reused`` is one, too: attempts of one operation ask for the same.
    """
    history, operations = evidence.history, evidence.operations
    if not len(operations):
        return report("C11", evidence, (), 0)
    rows = operations.rows
    write = np.isin(history.kind[rows], _WRITES)
    ok = (history.outcome[rows] == Outcome.OK) & write
    granted = np.minimum.reduceat(np.where(ok, history.t_reply[rows], FOREVER), operations.start[:-1])
    of = np.repeat(np.arange(len(operations)), np.diff(operations.start))
    denied = (history.outcome[rows] == Outcome.REFUSED) | history.has_code("key_reused")[rows]
    wrong = np.flatnonzero(denied & write & (history.t_invoke[rows] > granted[of]))
    found = (_refused_found(evidence, rows, ok, int(at), int(of[at])) for at in wrong)
    return report("C11", evidence, found, len(wrong))


def _refused_found(evidence: Evidence, rows: NDArray[np.uint32], ok: Flags, at: int, operation: int) -> Found:
    span = slice(evidence.operations.start[operation], evidence.operations.start[operation + 1])
    granted = rows[span][ok[span]]
    first = granted[np.argmin(evidence.history.t_reply[granted])]
    return Found(
        "同一幂等键先成功、再次发送却被拒绝", "a key that had been granted was refused when sent again",
        [int(first), int(rows[at])], {"rule": "refused_after_success"},
    )  # fmt: skip


def _another_request(evidence: Evidence) -> CheckReport:
    """Two requests that differ, sent by one caller under one key, both granted."""
    operations = evidence.operations
    granted = np.flatnonzero((operations.state == CERTAIN) & np.isin(evidence.kind, _WRITES))
    columns = [operations.of(name, granted) for name in ("key", "person", "kind")]
    order = np.lexsort(columns[::-1])
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    at = np.flatnonzero(same)
    rows = operations.row[granted[order]]
    found = (
        Found("同一幂等键的两个不同请求都成功", "two different requests under one key were both granted",
              [int(rows[one]), int(rows[one + 1])], {"rule": "another_request"})
        for one in at
    )  # fmt: skip
    return report("C11", evidence, found, len(at))


def acknowledged_is_durable(evidence: Evidence) -> CheckReport:
    """C17. After faults have healed, every claim that was acknowledged is found by whoever asks for it last."""
    history, healed = evidence.history, evidence.facts.healed_ns
    reads = np.flatnonzero(history.kind == Kind.READ_CLAIM)
    if healed is not None:
        reads = reads[history.t_invoke[reads] >= healed]
    reads = reads[np.argsort(history.t_invoke[reads], kind="stable")]
    answered = reads[np.isin(history.outcome[reads], (Outcome.OK, Outcome.NO_EFFECT, Outcome.REFUSED))]
    last = {int(history.target[row]): int(row) for row in answered}
    claims = evidence.select(Kind.CLAIM, CERTAIN)
    lost = list(_lost(evidence, claims, last))
    return report("C17", evidence, lost, len(lost), read_again=len(last), acknowledged=len(claims))


def _lost(evidence: Evidence, claims: Ints, last: dict[int, int]) -> Iterator[Found]:
    history, operations = evidence.history, evidence.operations
    missing = history.has_code("not_found")
    for claim in claims:
        row = int(operations.row[claim])
        read = last.get(int(history.key[row]))
        told = history.kind[row] == Kind.CLAIM and history.outcome[row] == Outcome.OK
        if read is None or not told or not missing[read] or history.t_invoke[read] <= history.t_reply[row]:
            continue
        yield Found(
            "已确认成功的领取，故障恢复后查无此券",
            "an acknowledged claim was not there any more afterwards",
            [read], {}, [int(claim)],
        )  # fmt: skip


def identity_goals(evidence: Evidence) -> dict[str, bool]:
    """What of repeating and reading again the history has exercised."""
    history, operations = evidence.history, evidence.operations
    rows = operations.rows
    answered = np.isin(history.outcome[rows], (Outcome.OK, Outcome.REFUSED)) & np.isin(history.kind[rows], _WRITES)
    repeats = np.add.reduceat(answered.astype(np.int64), operations.start[:-1]) if len(operations) else np.zeros(0)
    granted = operations.state == CERTAIN
    return {
        "replay_seen": bool(((repeats >= 2) & granted).any()),
        "read_again": bool((history.kind == Kind.READ_CLAIM).any()),
        "restart_seen": bool(evidence.facts.restarts),
    }
