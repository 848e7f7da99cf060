"""What Locust's statistics and web page show: our operations by their outcome, timed from the intended time."""

from locust.env import Environment

from loadtest.engine.playing import Ended, Report
from loadtest.history.record import Kind, Outcome
from loadtest.scenarios.schedule import Planned

_VERB = {
    Kind.CLAIM: "claim", Kind.REDEEM: "redeem", Kind.REFUND: "refund", Kind.VOID: "void", Kind.RAISE: "raise quota",
    Kind.READ_REMAINING: "remaining", Kind.READ_CLAIM: "read claim", Kind.READ_VOUCHER: "read voucher",
}  # fmt: skip
_DONE = {Kind.CLAIM: "issued"}
_EXPECTED = frozenset(
    {Outcome.OK, Outcome.REFUSED, Outcome.NOT_EXECUTED, Outcome.GUARDED, Outcome.PENDING}
)  # fmt: skip


class NotInTheContract(Exception):
    """An answer that no rule of the contract explains, or none at all."""


def name_of(kind: int, ended: Ended) -> str:
    """Such as ``claim: issued`` or ``claim: sold_out``. An expected refusal is the platform's success."""
    if ended.outcome is Outcome.OK:
        word = _DONE.get(Kind(kind), "done")
    else:
        word = ended.answer.code or (f"status {ended.answer.status}" if ended.answer.status else "no reply")
    return f"{_VERB[Kind(kind)]}: {word}"


def reporter(environment: Environment) -> Report:
    """Fires Locust's event for each attempt."""
    fire = environment.events.request.fire

    def report(row: Planned, ended: Ended) -> None:
        expected = ended.outcome in _EXPECTED
        fire(
            request_type=Kind(row.kind).name, name=name_of(row.kind, ended),
            response_time=(ended.t_reply - ended.t_intended) / 1e6, response_length=len(ended.answer.raw),
            exception=None if expected else NotInTheContract(f"{ended.outcome.name}: {ended.answer.raw[:200]!r}"),
            context={"code": ended.answer.code, "attempt": row.attempt},
        )  # type: ignore[no-untyped-call]  # locust does not type its events  # fmt: skip

    return report
