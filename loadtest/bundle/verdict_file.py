"""``verdict.json``: the verdict for machines. Its keys are stable; ``verdict.schema.json`` beside describes them."""

import json
from dataclasses import asdict
from datetime import datetime
from importlib import resources
from typing import Any

from loadtest.bundle.clauses import ClauseRow, Weighed
from loadtest.bundle.findings import Findings
from loadtest.verdicts import VERDICT_ZH, exit_code

FORMAT = "voucherlab-verdict/1"
_CLAIM_KEYS = ("claim_id", "kind", "wording_zh", "source", "answer", "answer_zh", "reason_zh", "reason_en", "cases")


def verdict_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    text = (resources.files("loadtest.bundle") / "verdict.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def verdict_document(findings: Findings) -> dict[str, Any]:
    """The content of ``verdict.json``."""
    record = findings.record
    return {
        "format": FORMAT, "run_id": record.run_id,
        "overall": {
            "verdict": findings.overall.value, "zh": VERDICT_ZH[findings.overall],
            "exit_code": exit_code(findings.overall), "preliminary": findings.preliminary,
            "objection_until": _time(record.objection_until),
        },
        "alpha": record.alpha, "guard": record.target.guard, "level": record.level,
        "unsafe_settings": list(record.unsafe_settings),
        "target": {"name": record.target.name, "host": record.target.host, "adapter": record.target.adapter},
        "plan": {"name": record.plan.get("name", ""), "notice": record.notice_id},
        "digests": {
            "plan": record.plan_digest, "registry": record.registry_digest, "evidence": findings.evidence_digest,
        },
        "versions": record.versions, "started_at": _time(record.started_at), "ended_at": _time(record.ended_at),
        "clauses": [_clause(row) for row in findings.rows],
        "cases": [_case(one) for one in findings.weighed],
        "steps": [{"name": one.name, "scenario": one.scenario, "status": one.status, "why_zh": one.why_zh}
                  for one in record.steps],
        "claims": [{name: one[name] for name in _CLAIM_KEYS} for one in record.claims],
        "not_tested": [{"what_zh": one.what_zh, "why_zh": one.why_zh} for one in record.not_tested],
    }  # fmt: skip


def _clause(row: ClauseRow) -> dict[str, Any]:
    return {
        "id": row.clause.id, "verdict": row.verdict.value if row.verdict else None, "levels": list(row.levels),
        "bases": list(row.bases), "decided_by": list(row.clause.decided_by), "needs": list(row.needs),
        "cases": [one.case.id for one in row.weighed], "why_zh": row.why.zh if row.why else "",
        "why_en": row.why.en if row.why else "",
    }  # fmt: skip


def _case(one: Weighed) -> dict[str, Any]:
    result = one.result
    return {
        "id": one.case.id, "verdict": result.verdict.value, "counts_as": one.counts_as.value,
        "clauses": list(one.case.clauses), "must": one.case.must, "basis": one.case.basis, "kind": one.case.kind,
        "level": one.level, "expected_zh": result.expected_zh, "actual_zh": result.actual_zh,
        "reason_zh": result.reason_zh, "reason_en": result.reason_en, "figures": result.figures,
        "witnesses": [asdict(witness) for witness in result.witnesses], "seconds": result.seconds,
        "selected": one.selected,
    }  # fmt: skip


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
