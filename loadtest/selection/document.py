"""selection.json: the sheet for machines. Codes are stable; sentences stand in both languages."""

from typing import Any

from loadtest.selection.evidence import Bundle
from loadtest.selection.model import POINT_STEPS
from loadtest.selection.said import Said
from loadtest.selection.sheet import Sheet, Standing

FORMAT = "voucherlab-selection/1"


def document(sheet: Sheet) -> dict[str, Any]:
    """The content of the file. Without a comparison it holds no score and no place."""
    notice, heading = sheet.notice, sheet.notice.notice
    return {
        "format": FORMAT, "entered_sha256": sheet.entered.digest,
        "notice": {"id": heading.id, "title_zh": heading.title_zh, "title_en": heading.title_en},
        "opens_at": heading.opens_at.isoformat(), "deadline_at": heading.deadline_at.isoformat(),
        "meeting_at": (sheet.meeting.held_at or heading.meeting_at).isoformat(),
        "counts": {
            "received": len(sheet.standings), "in_time": len(sheet.in_time), "valid": len(sheet.admitted),
            "ranked": len(sheet.ranked),
        },
        "comparison": {
            "organised": sheet.compared, "no_comparison_at_or_below": notice.selection.no_comparison_at_or_below,
            "why_not": None if sheet.compared else sheet.not_compared().both(),
        },
        "items": [{"id": one.id, "zh": one.zh, "en": one.en, "points": one.points} for one in notice.weights],
        "judges": [{"id": one.id, "name": one.name} for one in sheet.entered.file.judges],
        "applicants": [_applicant(one, sheet) for one in sheet.standings],
        "ranking": [{"applicant": one.applicant.id, "place": one.place, "tied": one.tied} for one in sheet.ranked],
        "computed": _computed(sheet), "remarks": _said(sheet.remarks),
    }  # fmt: skip


def _applicant(one: Standing, sheet: Sheet) -> dict[str, Any]:
    applicant = one.applicant
    return {
        "id": applicant.id, "name": applicant.name, "received_at": applicant.received_at.isoformat(),
        "branch": applicant.branch, "standing": one.entry.standing, "reasons": _said(one.entry.reasons),
        "checklist": [
            {"id": item.id, "clause": item.clause, "state": one.entry.items[item.id], **_check(one, item.id)}
            for item in sheet.notice.entry
        ],
        "bundles": [_bundle(bundle, sheet) for bundle in one.bundles],
        "scores": _scores(one) if sheet.compared and one.admitted else None,
        "place": one.place, "why_not_ranked": _said(one.why_not),
    }  # fmt: skip


def _check(one: Standing, item: str) -> dict[str, Any]:
    check = one.applicant.checklist.get(item)
    return {"note": check.note if check else "", "checked_by": check.checked_by if check else None}


def _bundle(bundle: Bundle, sheet: Sheet) -> dict[str, Any]:
    if not bundle.usable or bundle.vendor is None:
        return {"path": bundle.path, "used": False, "problems": _said(bundle.problems)}
    vendor, record = bundle.vendor, bundle.vendor.record
    clauses = {clause.id: bundle.clause(clause.id) for clause in sheet.notice.clauses}
    return {
        "path": bundle.path, "used": True, "manifest_sha256": bundle.digest, "run_id": record.run_id,
        "target": vendor.name, "verdict": vendor.overall.value, "final": record.settled, "level": record.level,
        "guard": record.target.guard, "plan_sha256": record.plan_digest, "signature": vendor.checked.signature,
        "signed_by": vendor.checked.signer,
        "clauses": [
            {"id": name, "verdict": one.verdict.value if one.verdict else None, "levels": list(one.levels),
             "needs": list(one.needs)} for name, one in clauses.items()
        ],
    }  # fmt: skip


def _scores(one: Standing) -> dict[str, Any]:
    papers = [
        {
            "judge": paper.judge.id, "total": _points(paper.total),
            "points": {item: _points(points) for item, points in paper.points.items()}, "remark": paper.remark,
        }
        for paper in one.tally.papers
    ]  # fmt: skip
    return {"papers": papers, "total": _points(one.tally.total), "mean": one.tally.mean}


def _computed(sheet: Sheet) -> dict[str, Any] | None:
    """Points by rules that were sent beforehand; None without rules, and never without a comparison."""
    computed = sheet.computed
    if computed is None:
        return None
    used = not computed.why_not and sheet.compared
    points = {
        one.applicant.id: {item: _points(value) for item, value in computed.points[one.applicant.id].items()}
        for one in sheet.admitted if used and one.applicant.id in computed.points
    }  # fmt: skip
    return {
        "title": computed.title, "rules_sha256": computed.digest, "proofs_sha256": computed.proofs, "used": used,
        "why_not": _said(computed.why_not), "points": points,
    }  # fmt: skip


def _points(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / POINT_STEPS


def _said(sentences: tuple[Said, ...]) -> list[dict[str, str]]:
    return [{"key": one.key, **one.both()} for one in sentences]
