"""The verdict and the figures, as summary.json holds them."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from merchant_sim.schedule.offers import demo_offers
from merchant_sim.story.plan import city_of
from merchant_sim.story.results import Results, read_results
from merchant_sim.story.voucher_round import RESULTS
from voucherlab.demo.checks import Check, Evidence, all_checks
from voucherlab.demo.client_side import ClientSide, read_client_side
from voucherlab.demo.facts import Facts, read_facts
from voucherlab.demo.money_checks import money_checks
from voucherlab.demo.verification import Verification, as_it_should_be

Summary = dict[str, Any]
SUMMARY = "summary.json"


def judge(out: Path, database_url: str) -> Summary:
    """Judge the round whose records lie below ``out`` and whose rows are in the database; write summary.json.

    Raises OSError, ValueError or asyncpg.PostgresError when one side cannot be read.
    """
    results = read_results(out / "records" / RESULTS)
    facts = asyncio.run(read_facts(database_url, results.campaign_id))
    seen = read_client_side(out / "records")
    evidence = Evidence(
        results, facts, seen, city=city_of(results.seed, results.scale),
        offers=demo_offers(results.scale), totals=_totals(out / results.last_report),
    )  # fmt: skip
    money = money_checks(facts, bool(results.statement.get("identity_ok")))
    summary = _summary(results, facts, seen, all_checks(evidence), money)
    summary["unsafe_settings"] = _unsafe_settings(out / results.last_report)
    _write(out, summary)
    return summary


def with_verification(out: Path, summary: Summary, verification: Verification) -> Summary:
    """The summary with what the bench found; it fails when ours was accused or the faulty platform got through."""
    verdict = summary["verdict"] if as_it_should_be(verification) else "FAIL"
    whole = {**summary, "verification": verification, "verdict": verdict}
    _write(out, whole)
    return whole


def with_steps(out: Path, summary: Summary, steps: list[dict[str, Any]]) -> Summary:
    """The summary with the eight steps of the guided demonstration; it fails when one did not pass."""
    verdict = summary["verdict"] if _all_passed(steps) else "FAIL"
    whole = {**summary, "steps": steps, "verdict": verdict}
    _write(out, whole)
    return whole


def steps_alone(out: Path, seed: int, steps: list[dict[str, Any]]) -> Summary:
    """The summary of a guided demonstration without the whole round."""
    summary: Summary = {"seed": seed, "steps": steps, "verdict": "PASS" if _all_passed(steps) else "FAIL"}
    _write(out, summary)
    return summary


def _all_passed(steps: list[dict[str, Any]]) -> bool:
    return bool(steps) and all(step["verdict"] == "PASS" for step in steps)


def read_summary(out: Path) -> Summary:
    """The summary as it was written; empty where there is none."""
    file = out / SUMMARY
    value: Summary = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return value


def _write(out: Path, summary: Summary) -> None:
    (out / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _unsafe_settings(report: Path) -> list[str]:
    """As the round's last report names them; one of an earlier version named none."""
    return list(json.loads(report.read_text(encoding="utf-8")).get("unsafe_settings", []))


def _totals(report: Path) -> dict[str, Any]:
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    found = [row for row in rows if (row["dimension"], row["period"]) == ("total", "cumulative")]
    return dict(found[0]["values"]) if found else {}


def _summary(results: Results, facts: Facts, seen: ClientSide, checks: list[Check], money: list[Check]) -> Summary:
    names = {batch_id: name for name, batch_id in results.batch_ids.items()}
    everything = checks + money
    return {
        "seed": results.seed,
        "scale": results.scale,
        "quota": {names[batch.id]: batch.quota for batch in sorted(facts.batches, key=lambda one: one.id)},
        "claims_acknowledged": len(seen.acknowledged()),
        "vouchers_issued": len(facts.vouchers),
        "claim_refusals": seen.claim_refusals(),
        "redemptions": len(facts.redemptions),
        "redemption_refusals": seen.redemption_refusals(),
        "refunds": len(facts.refunds),
        "expired": sum(voucher.state == "expired" for voucher in facts.vouchers),
        "received_fen": facts.deposited_fen,
        "spent_fen": facts.spent_fen,
        "returned_fen": facts.returned_fen,
        "money_identity_ok": all(check.ok for check in money),
        "reports": results.reports,
        "verdict": "PASS" if all(check.ok for check in everything) else "FAIL",
        "checks": [asdict(check) for check in everything],
        "sides": _sides(facts, seen),
        "rush": _rush(seen),
        "seconds": results.seconds,
        "city": results.city,
        "timetable": results.timetable,
    }


def _sides(facts: Facts, seen: ClientSide) -> dict[str, dict[str, int]]:
    """Each figure twice: by the clients' records and by SQL."""
    redeemed, refunded = seen.redeemed(), seen.refunded()
    pairs = {
        "vouchers": (len(seen.acknowledged()), len(facts.vouchers)),
        "redemptions": (len(redeemed), len(facts.redemptions)),
        "refunds": (len(refunded), len(facts.refunds)),
        "spent_fen": (
            sum(fen for _, fen in redeemed.values()) - sum(fen for _, fen in refunded.values()),
            facts.spent_fen,
        ),
    }
    return {name: {"clients": clients, "sql": sql} for name, (clients, sql) in pairs.items()}


def _rush(seen: ClientSide) -> dict[str, int]:
    """How the opening second went, real milliseconds: how late taps were sent, how long answers took."""
    lags = sorted(claim.lag_ms for claim in seen.claims) or [0]
    took = sorted(claim.took_ms for claim in seen.claims) or [0]
    return {
        "taps": len(seen.claims), "repeats_after_503_or_429": sum(claim.attempts - 1 for claim in seen.claims),
        "lag_ms_median": lags[len(lags) // 2], "lag_ms_p99": lags[len(lags) * 99 // 100], "lag_ms_max": lags[-1],
        "took_ms_median": took[len(took) // 2], "took_ms_p99": took[len(took) * 99 // 100],
    }  # fmt: skip
