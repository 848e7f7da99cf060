"""Small histories written by hand: attempts in plain words, and the facts they are measured against."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from loadtest.checks.catalogue import CHECKS
from loadtest.checks.evidence import Evidence
from loadtest.checks.facts import BatchFacts, Facts
from loadtest.checks.report import CheckReport
from loadtest.history.codes import code_number
from loadtest.history.columns import History, Source, history_of
from loadtest.history.notes import Note
from loadtest.history.record import ATTEMPT, Kind, Outcome, digest64
from loadtest.witness_recheck import decide

OK, REFUSED, UNKNOWN, PENDING = Outcome.OK, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.PENDING
BATCH = BatchFacts("b-1", quota=2, per_person_limit=1, face_fen=3_000, threshold_fen=10_000)
FACTS = Facts((BATCH,), reopen_delay_ns=0)


@dataclass(frozen=True)
class Told:
    """One attempt: sent at ``invoke``, answered at ``reply`` (None: never). Ids are texts, times small numbers."""

    kind: Kind
    key: int
    invoke: int
    reply: int | None
    outcome: Outcome = OK
    code: str = ""
    person: int = 0
    subject: int = 0
    target: str = ""
    amount: int = 0
    result: str = ""
    mark: str = ""
    value: int = 0


def claim(key: int, invoke: int, reply: int, **words: Any) -> Told:
    """A claim that was granted, by a person of its own, giving the voucher ``v<key>`` with the code ``c<key>``."""
    told = {"person": key, "result": f"v{key}", "mark": f"c{key}", **words}
    return Told(Kind.CLAIM, key, invoke, reply, **told)


def refused(key: int, invoke: int, reply: int, code: str = "sold_out", **words: Any) -> Told:
    """A claim that was refused."""
    return Told(Kind.CLAIM, key, invoke, reply, REFUSED, code, **{"person": key, **words})


def lost(key: int, invoke: int, **words: Any) -> Told:
    """A claim whose reply never came."""
    return Told(Kind.CLAIM, key, invoke, None, **{"outcome": UNKNOWN, "code": "timeout", "person": key, **words})


def void(key: int, invoke: int, reply: int | None, of: int, **words: Any) -> Told:
    """The voucher of claim ``of`` was voided; without a reply perhaps."""
    outcome = UNKNOWN if reply is None else OK
    return Told(Kind.VOID, key, invoke, reply, outcome, target=f"v{of}", **words)


def redeem(key: int, invoke: int, reply: int | None, of: int, **words: Any) -> Told:
    """The voucher of claim ``of`` paid part of an order of 100 yuan at till 0; the redemption is ``r<key>``."""
    told = {"amount": 10_000, "result": f"r{key}", "outcome": UNKNOWN if reply is None else OK, **words}
    return Told(Kind.REDEEM, key, invoke, reply, target=f"v{of}", **told)


def refund(key: int, invoke: int, reply: int | None, of: int, amount: int, **words: Any) -> Told:
    """``amount`` fen of redemption ``of`` were taken back; the refund is ``f<key>``."""
    told = {"result": f"f{key}", "outcome": UNKNOWN if reply is None else OK, **words}
    return Told(Kind.REFUND, key, invoke, reply, target=f"r{of}", amount=amount, **told)


def history(*told: Told) -> History:
    """These attempts as a history of one worker, in the order given; times are moved away from 0, which means never."""
    records = np.zeros(len(told), ATTEMPT)
    for record, one in zip(records, told, strict=True):
        record["kind"], record["key"], record["person"], record["subject"] = one.kind, one.key, one.person, one.subject
        record["t_invoke"] = record["t_intended"] = at(one.invoke)
        record["t_reply"] = 0 if one.reply is None else at(one.reply)
        record["outcome"], record["code"] = one.outcome, code_number(one.code)
        record["status"] = {OK: 201, REFUSED: 409, PENDING: 202}.get(one.outcome, 0)
        record["amount"], record["value"] = one.amount, one.value
        record["result"] = digest64(one.result) if one.result else 0
        record["mark"] = digest64(one.mark) if one.mark else 0
        record["target"] = int(one.target) if one.kind == Kind.READ_CLAIM else digest64(one.target) if one.target else 0
    made = history_of(records, (Source(0, "testtest", 0),))
    for row, one in enumerate(told):
        made.notes_read[row] = Note(row, one.result, one.mark, f"req-{row}", b"", 0)
    return made


def at(moment: int) -> int:
    """A small number as an instant of the history's clock."""
    return 1_000 + moment


def check(name: str, *told: Told, facts: Facts = FACTS) -> CheckReport:
    """One check over these attempts."""
    return CHECKS[name](Evidence(history(*told), facts))


def count(name: str, *told: Told, facts: Facts = FACTS) -> int:
    """How many violations a check finds; each witness must convince the independent program, as it stands in a file."""
    found = check(name, *told, facts=facts)
    assert bool(found.violations) == bool(found.count), "what is counted is shown"
    for witness in found.violations:
        read = json.loads(json.dumps(asdict(witness)))
        assert decide(read) is (None if witness.facts.get("rule") == "missing" else True), witness
    return found.count


def facts_with(**changes: Any) -> Facts:
    """The usual facts, with other words of its batch (or, under their own name, of the whole)."""
    whole = {name: changes.pop(name) for name in list(changes) if name in Facts.__dataclass_fields__}
    return replace(FACTS, **{"batches": (replace(BATCH, **changes),), **whole})
