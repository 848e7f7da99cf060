"""From what processes have seen to alerts, in one transaction at a time over all processes."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from voucher_platform.core.ids import new_id
from voucher_platform.core.pulse import announce_guard
from voucher_platform.risk_rules.counting import Sighting
from voucher_platform.risk_rules.rules import (
    ONE_PERSON_IN,
    RULES,
    Met,
    Seen,
    Subject,
    evidence_of,
    examples,
    merged,
    most_redemptions,
    reasons,
    redemptions_met,
)
from voucher_platform.risk_settings import RiskRuleSettings

_ONE_JUDGE = 0x7269736B
_LIMIT_OF: dict[str, Literal["attempts", "persons", "accounts"]] = {
    "claim_velocity": "attempts", "claim_device_fan_out": "persons", "claim_address_fan_out": "persons",
    "claim_natural_person": "accounts",
}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What one process has to tell. ``version``: the guard's when it was taken; what was released since is ignored."""

    version: int
    sightings: Sequence[Sighting]
    met: Sequence[Met]
    stopped: Mapping[Subject, int]
    merchants: Sequence[str]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.sightings or self.met or self.stopped or self.merchants)


async def lock_judging(connection: AsyncConnection) -> None:
    """Judge alone until this transaction ends: so each report sees all of the one before, and so does a release."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_JUDGE})


async def take_report(
    connection: AsyncConnection, report: Report, *, rules: RiskRuleSettings, now: datetime, process: str
) -> list[str]:
    """Add a report to what all have seen and raise what is met; the rules of the alerts that are new.

    The lock comes first, so the sums are never of half a report; who is frozen is announced last, because that row is
    the one all processes poll. ``now`` is the business time.
    """
    await lock_judging(connection)
    met = [*report.met]
    met += await _added_up(connection, report, rules, process)
    met += await _of_redemptions(connection, report.merchants, rules)
    raised = await _raise(connection, merged(met), report.version, rules, now)
    await _count_stopped(connection, report.stopped, now)
    if any(row.fresh and row.action == "block" for row in raised):
        await announce_guard(connection)
    return [row.rule for row in raised if row.fresh]


async def forget_old(connection: AsyncConnection) -> None:
    """Delete what was seen in windows that are over."""
    await connection.execute(text("DELETE FROM risk_sighting WHERE forget_at < clock_timestamp()"))


async def forget_subject(connection: AsyncConnection, *, rule: str, subject_id: str) -> None:
    """Delete what all have seen of a subject that is released."""
    gone = text("DELETE FROM risk_sighting WHERE rule = :rule AND subject_id = :subject")
    await connection.execute(gone, {"rule": rule, "subject": subject_id})


async def _added_up(connection: AsyncConnection, report: Report, rules: RiskRuleSettings, process: str) -> list[Met]:
    if not report.sightings:
        return []
    lines = sorted((one.rule, one.subject, one.window, one.member or process, one.amount) for one in report.sightings)
    await connection.execute(_ADD, {
        "rules": [line[0] for line in lines], "kinds": [line[1].kind for line in lines],
        "subjects": [line[1].id for line in lines], "windows": [line[2] for line in lines],
        "members": [line[3] for line in lines], "amounts": [line[4] for line in lines], "version": report.version,
        "seconds": [rules.of(line[0]).figures["window_seconds"] for line in lines],
    })  # fmt: skip
    added: dict[tuple[str, Subject, int], int] = defaultdict(int)
    for rule, subject, window, _, amount in lines:
        added[rule, subject, window] += amount
    places = list(added)
    rows = await connection.execute(_TOTALS, {
        "rules": [rule for rule, _, _ in places], "subjects": [subject.id for _, subject, _ in places],
        "windows": [window for _, _, window in places],
    })  # fmt: skip
    found = []
    for row in rows:
        rule, subject, _ = places[row.place - 1]
        met = _fan_out(rule, subject, row, added[places[row.place - 1]], rules)
        found += [met] if met else []
    return found


def _fan_out(rule: str, subject: Subject, row: Any, added: int, rules: RiskRuleSettings) -> Met | None:
    """The rule met by a sum over all processes, if it is."""
    seen = int(row.members)
    shown: dict[str, Any] = {"examples": examples(row.some)}
    if rule == "claim_velocity":
        seen, shown = int(row.amount), {"processes": int(row.members)}
    elif rule == "claim_address_fan_out":
        seen, added, shown = seen * ONE_PERSON_IN, added * ONE_PERSON_IN, {**shown, "estimated": True}
    if seen <= rules.of(rule).figures[_LIMIT_OF[rule]]:
        return None
    return Met(rule, subject, seen, added, shown)


async def _of_redemptions(connection: AsyncConnection, merchants: Sequence[str], rules: RiskRuleSettings) -> list[Met]:
    if not merchants:
        return []
    latest: dict[str, list[Seen]] = defaultdict(list)
    values = {"merchants": sorted(set(merchants)), "most": most_redemptions(rules)}
    for row in await connection.execute(_LATEST, values):
        latest[row.merchant_id].append(Seen(row.id, row.recorded_at, row.is_exact))
    return [met for merchant_id, seen in latest.items() for met in redemptions_met(merchant_id, seen, rules)]


async def _raise(
    connection: AsyncConnection, found: Iterable[Met], version: int, rules: RiskRuleSettings, now: datetime
) -> Sequence[Any]:
    rows: list[Any] = []
    for met in found:
        settings = rules.of(met.rule)
        zh, en = reasons(met, settings)
        raised = await connection.execute(_RAISE, {
            "id": new_id("alr"), "rule": met.rule, "moment": RULES[met.rule].moment, "action": settings.action,
            "kind": met.subject.kind, "subject": met.subject.id, "batch": met.batch_id, "merchant": met.merchant_id,
            "now": now, "count": met.count, "zh": zh, "en": en, "version": version,
            "evidence": json.dumps(evidence_of(met, settings), ensure_ascii=False),
        })  # fmt: skip
        rows += raised.all()
    return rows


async def _count_stopped(connection: AsyncConnection, stopped: Mapping[Subject, int], now: datetime) -> None:
    if stopped:
        subjects = sorted(stopped)
        await connection.execute(_STOPPED, {
            "kinds": [one.kind for one in subjects], "subjects": [one.id for one in subjects],
            "counts": [stopped[one] for one in subjects], "now": now,
        })  # fmt: skip


# Of a subject that was released since the process looked, nothing is added: it was seen before the release.
_ADD = text(
    """
    INSERT INTO risk_sighting (rule, subject_id, window_number, member, amount, forget_at)
    SELECT rule, subject, window_number, member, sum(amount), clock_timestamp() + max(seconds) * interval '2 seconds'
    FROM unnest(
      CAST(:rules AS text[]), CAST(:kinds AS text[]), CAST(:subjects AS text[]), CAST(:windows AS bigint[]),
      CAST(:members AS text[]), CAST(:amounts AS bigint[]), CAST(:seconds AS integer[])
    ) AS seen (rule, kind, subject, window_number, member, amount, seconds)
    WHERE NOT EXISTS (
      SELECT FROM risk_alert a WHERE a.rule = seen.rule AND a.subject_kind = seen.kind AND a.subject_id = seen.subject
        AND a.state = 'released' AND a.released_version > :version
    )
    GROUP BY rule, subject, window_number, member
    ON CONFLICT (rule, subject_id, window_number, member)
    DO UPDATE SET amount = risk_sighting.amount + excluded.amount, forget_at = excluded.forget_at
    """
)
_TOTALS = text(
    """
    SELECT asked.place, count(*) AS members, sum(seen.amount) AS amount,
      (array_agg(seen.member ORDER BY seen.member))[1:3] AS some
    FROM unnest(CAST(:rules AS text[]), CAST(:subjects AS text[]), CAST(:windows AS bigint[]))
      WITH ORDINALITY AS asked (rule, subject, window_number, place)
    JOIN risk_sighting seen ON seen.rule = asked.rule AND seen.subject_id = asked.subject
      AND seen.window_number = asked.window_number
    GROUP BY asked.place ORDER BY asked.place
    """
)
# Ids sort by the time they were made, so the latest are at the end of an index. What came before a release is over.
_LATEST = text(
    """
    SELECT asked.merchant_id, r.id, r.recorded_at, r.payable_fen = b.threshold_fen AS is_exact
    FROM unnest(CAST(:merchants AS text[])) AS asked (merchant_id)
    CROSS JOIN LATERAL (
      SELECT id, batch_id, recorded_at, payable_fen FROM redemption
      WHERE merchant_id = asked.merchant_id ORDER BY id DESC LIMIT :most
    ) r JOIN batch b ON b.id = r.batch_id
    WHERE r.recorded_at > coalesce((
      SELECT max(released_real_at) FROM risk_alert WHERE subject_kind = 'merchant' AND state = 'released'
        AND subject_id = asked.merchant_id AND rule IN ('redemption_burst', 'redemption_exact_threshold_streak')
    ), '-infinity')
    ORDER BY asked.merchant_id, r.id DESC
    """
)
# Requests that a frozen subject was stopped in are counted by whoever stopped them (_STOPPED).
_RAISE = text(
    """
    INSERT INTO risk_alert (id, rule, moment, action, subject_kind, subject_id, batch_id, merchant_id, raised_at,
      last_seen_at, count, evidence, reason_zh, reason_en)
    SELECT :id, CAST(:rule AS text), :moment, :action, CAST(:kind AS text), CAST(:subject AS text), :batch, :merchant,
      CAST(:now AS timestamptz), CAST(:now AS timestamptz), CAST(:count AS bigint), CAST(:evidence AS jsonb), :zh, :en
    WHERE NOT EXISTS (
      SELECT FROM risk_alert WHERE rule = CAST(:rule AS text) AND subject_kind = CAST(:kind AS text)
        AND subject_id = CAST(:subject AS text) AND state = 'released' AND released_version > :version
    )
    ON CONFLICT (rule, subject_kind, subject_id) WHERE state <> 'released' DO UPDATE SET
      count = risk_alert.count + CASE WHEN risk_alert.action = 'flag' THEN excluded.count ELSE 0 END,
      last_seen_at = greatest(risk_alert.last_seen_at, excluded.last_seen_at), evidence = excluded.evidence,
      reason_zh = excluded.reason_zh, reason_en = excluded.reason_en
    RETURNING rule, action, xmax = 0 AS fresh
    """
)
_STOPPED = text(
    """
    UPDATE risk_alert SET count = count + stopped.times, last_seen_at = greatest(last_seen_at, :now)
    FROM unnest(CAST(:kinds AS text[]), CAST(:subjects AS text[]), CAST(:counts AS bigint[]))
      AS stopped (kind, subject, times)
    WHERE subject_kind = stopped.kind AND subject_id = stopped.subject AND action = 'block' AND state <> 'released'
    """
)
