"""The checks against a search of every order, on random small histories: no false alarm, exact classes complete.

``make test-full`` plays 300,000; ``DIFFERENTIAL_FILE`` names a JSON file that gets its figures.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from loadtest.checks import stock
from loadtest.checks.catalogue import CHECKS
from loadtest.checks.evidence import Evidence
from loadtest.checks.facts import BatchFacts, Facts
from loadtest.evidence.result import Witness
from loadtest.machine import stamp
from loadtest.witness_recheck import decide
from tests.hand_histories import history
from tests.linear_search import Rules, Try, lawful
from tests.random_histories import random_case, told

Case = tuple[tuple[Try, ...], Rules]
_CHUNK = 250


def evidence_of(cases: Sequence[Case], delay: int) -> Evidence:
    """Many small histories as one, each in a batch with people of its own."""
    batches = tuple(BatchFacts(f"b-{at}", rules.quota, rules.limit) for at, (_, rules) in enumerate(cases))
    attempts = (one for at, (tries, _) in enumerate(cases) for one in told(tries, at))
    return Evidence(history(*attempts), Facts(batches, reopen_delay_ns=delay))


def exact(case: Case) -> bool:
    """Claims only, one attempt each, no limit in the way: here C9 must find everything there is."""
    tries, rules = case
    words = {one.what for one in tries} == {"claim"} and all(one.said != "limit_reached" for one in tries)
    return words and rules.limit > len(tries) and len({one.key for one in tries}) == len(tries)


def play(chunk: int, figures: Counter[str]) -> list[Witness]:
    """One chunk: asserts, and the witnesses of everything that was found in its unlawful part."""
    rng, returns, delay = Random(chunk), chunk % 3 != 0, (0, 0, 2)[chunk // 3 % 3]
    plain = chunk % 6 == 0
    cases = [random_case(rng, returns=returns, plain=plain, delay=delay) for _ in range(_CHUNK)]
    verdicts = [lawful(*case) for case in cases]
    honest = evidence_of([case for case, good in zip(cases, verdicts, strict=True) if good], delay)
    alarms = {name: found for name, check in CHECKS.items() if (found := check(honest)).count}
    assert not alarms, f"chunk {chunk}: false alarm: {alarms}"
    guilty = [case for case, good in zip(cases, verdicts, strict=True) if not good]
    broken = evidence_of(guilty, delay)
    for case, view in zip(guilty, broken.batches, strict=True):
        if exact(case):
            assert stock._order(view).count, f"chunk {chunk}: C9 missed {case}"
            figures["exact_and_found"] += 1
    reports = {name: check(broken) for name, check in CHECKS.items()}
    figures.update({f"found_{name}": found.count for name, found in reports.items() if found.count})
    figures.update(histories=len(cases), lawful=sum(verdicts))
    return [witness for found in reports.values() for witness in found.violations]


def test_no_honest_history_raises_an_alarm_and_claims_alone_are_judged_exactly() -> None:
    figures: Counter[str] = Counter()
    witnesses = [witness for chunk in range(40) for witness in play(chunk, figures)]
    assert figures["histories"] == 10_000
    assert 3_000 < figures["lawful"] < 9_000, "both kinds are needed"
    assert figures["exact_and_found"] > 100
    for name in ("C1", "C2", "C4", "C5", "C6", "C7", "C8", "C9", "C11", "C15", "C18", "C19"):
        assert figures[f"found_{name}"], f"{name} never found anything: it was not exercised"
    rejected = [one for one in witnesses if decide({**one.__dict__}) is not True]
    assert not rejected, f"the independent program does not believe {rejected[0]}"


@pytest.mark.full
@pytest.mark.timeout(7_200)
def test_three_hundred_thousand_histories() -> None:
    figures: Counter[str] = Counter()
    started, chunk = time.monotonic(), 1_000
    while figures["histories"] < 300_000:
        for witness in play(chunk, figures):
            assert decide({**witness.__dict__}) is True, witness
        chunk += 1
    assert figures["lawful"] > 100_000
    target = os.environ.get("DIFFERENTIAL_FILE")
    if target:
        told_json = {
            "false_alarms": 0,
            "seconds": round(time.monotonic() - started),
            **dict(sorted(figures.items())),
            **stamp(),
        }
        Path(target).write_text(json.dumps(told_json, indent=1), encoding="utf-8")
