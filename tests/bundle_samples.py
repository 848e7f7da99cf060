"""A run record and a run folder, valid by default, for the tests of evidence bundles."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from loadtest.agreed.plan import Plan
from loadtest.bundle.curves import (
    Clocked,
    around_opening,
    code_counts,
    generator_figures,
    latencies,
    outcome_counts,
    whole_course,
)
from loadtest.bundle.record import Environment, NotTested, PathProbe, PermitFacts, RunRecord, TargetFacts
from loadtest.bundle.step_record import StepRecord
from loadtest.cases.model import Case, all_cases
from loadtest.evidence.exchange import Exchange
from loadtest.evidence.result import CaseResult, Witness
from loadtest.history.codes import CODES, code_number
from loadtest.history.record import ATTEMPT, Outcome
from loadtest.verdicts import Verdict

STARTED = datetime(2026, 1, 5, 9, tzinfo=UTC)
OPENED_NS = 50_000_000_000
MS = 1_000_000


def attempt(intended_ms: float, *, lag_ms: float = 0, took_ms: float | None = 10, **changes: Any) -> Any:
    """One attempt, times in milliseconds after the opening; ``took_ms`` from the intended time, None: no answer."""
    one = np.zeros(1, ATTEMPT)
    intended = OPENED_NS + round(intended_ms * MS)
    sent = changes.get("outcome") != Outcome.NOT_SENT
    one["kind"], one["outcome"], one["t_intended"] = 1, Outcome.OK, intended
    one["t_invoke"] = intended + round(lag_ms * MS) if sent else 0
    one["t_reply"] = intended + round(took_ms * MS) if sent and took_ms is not None else 0
    one["code"] = code_number(changes.pop("code", None))
    for name, value in changes.items():
        one[name] = value
    return one


def clocked(*attempts: Any) -> Clocked:
    """A step of these attempts."""
    return Clocked(np.concatenate(attempts), CODES, OPENED_NS)


def step_of(step: Clocked, **changes: Any) -> StepRecord:
    """A valid opening rush with every figure and curve of the attempts."""
    made = StepRecord(
        "opening", "opening_rush", "valid", rate_per_s=100, duration_s=2, generator=generator_figures(step),
        outcomes=outcome_counts(step), codes=code_counts(step), latencies=latencies(step), whole=whole_course(step),
        around_opening=around_opening(step),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def case_of(case_id: str, **changes: Any) -> Case:
    """A MUST of the notice for clause N3.1."""
    values = {
        "id": case_id, "clauses": ("N3.1",), "basis": "notice", "must": True, "kind": "functional",
        "title_zh": "用例", "title_en": "A case", "expected_zh": "应当如此", **changes,
    }  # fmt: skip
    return Case.model_validate(values)


def exchange(**changes: Any) -> Exchange:
    """A refused claim."""
    values: dict[str, Any] = {
        "number": 3, "operation": "claim", "who": "person-7", "method": "POST", "path": "/v1/batches/b1/claims",
        "request_headers": {"Idempotency-Key": "vl-0123456789abcdef"}, "request_body": b'{"device": "d1"}',
        "t_invoke_ns": 1_000_000, "t_reply_ns": 9_000_000, "status": 409,
        "reply_headers": {"x-request-id": "req-77", "content-type": "application/problem+json"},
        "reply_body": '{"code":"sold_out","title_zh":"已抢光"}'.encode(), "sent": True, "outcome": "refused",
        "code": "sold_out", **changes,
    }  # fmt: skip
    return Exchange(**values)


def failure(case_id: str, *exchanges: Exchange, **changes: Any) -> CaseResult:
    """A failed case whose witness holds the exchanges."""
    witness = Witness(
        "C2", "发放超过数量", "more issued than the quota", {"quota": 10, "held": 11},
        records=[{"row": 1, "kind": "claim", "outcome": "ok"}], exchanges=[one.as_json() for one in exchanges],
    )  # fmt: skip
    values: dict[str, Any] = {
        "reason_zh": "不符合：不超发", "reason_en": "not so: no oversell",
        "expected_zh": "至多 10 张", "actual_zh": "发出 11 张",
        "witnesses": (witness,), "expectations": 1, "seconds": 0.2, **changes,
    }  # fmt: skip
    return CaseResult(case_id, Verdict.FAIL, **values)


def passed_all() -> tuple[CaseResult, ...]:
    """Every case of the registry, passed."""
    return tuple(
        CaseResult(one.id, Verdict.PASS, expected_zh=one.expected_zh, expectations=2, seconds=0.1)
        for one in all_cases().values()
    )


def record_of(*results: CaseResult, **changes: Any) -> RunRecord:
    """A run in which the given cases came out so, and all others passed."""
    given = {one.case_id: one for one in results}
    plan = changes.pop("plan_model", Plan(name="检验计划"))
    values: dict[str, Any] = {
        "run_id": "run1", "plan": plan.model_dump(mode="json"), "plan_digest": plan.digest(),
        "target": TargetFacts("蜀票通", "https", "test.example.cn:8443"), "notice_id": plan.notice,
        "versions": {"voucherlab": "0.1.0", "python": "3.11.7"}, "registry_digest": "ab" * 32, "started_at": STARTED,
        "ended_at": STARTED + timedelta(minutes=3),
        "environment": Environment(2, 8 << 30, "Linux x86_64", 9_000.0, "标定合格"), "level": "L3",
        "cases": tuple(given.get(one.case_id, one) for one in passed_all()),
        "steps": (step_of(clocked(*(attempt(20 * n, took_ms=5 + n) for n in range(60)))),),
        "permit": PermitFacts("商务局", STARTED - timedelta(days=1), STARTED + timedelta(days=1), 500),
        "path_probe": PathProbe(20, 0, 0.5, 1.5, 2.0, 3.0, 0.4),
        "not_tested": (NotTested("重启后不丢券", "平台方未提供重启命令"),), **changes,
    }  # fmt: skip
    return RunRecord(**values)


def run_folder(path: Path, **files: Any) -> Path:
    """A finished run's folder: a played case, a history of numbers, and whatever else is given as NAME=JSON."""
    (path / "functional").mkdir(parents=True)
    (path / "steps" / "opening-1" / "history").mkdir(parents=True)
    played = {"case_id": "x", "exchanges": [exchange().as_json()]}
    (path / "functional" / "x.json").write_text(json.dumps(played, ensure_ascii=False), encoding="utf-8")
    attempts = np.concatenate([attempt(n) for n in range(20)])
    (path / "steps" / "opening-1" / "history" / "worker-00001.attempts").write_bytes(attempts.tobytes())
    for name, content in files.items():
        (path / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def some_cases(count: int) -> list[str]:
    """Ids of MUST cases of the notice, whatever the registry holds."""
    found = [one.id for one in all_cases().values() if one.must and one.basis == "notice"]
    return found[:count]
