"""Random small histories: played on an honest model, then a reply is lost here and there, and some are told wrong."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from loadtest.history.record import Kind, Outcome
from tests.hand_histories import Told
from tests.linear_search import Rules, State, Try, _act

_SPAN = 12
_NO_LIMIT = 9


def random_case(rng: Random, *, returns: bool, plain: bool, delay: int) -> tuple[tuple[Try, ...], Rules]:
    """Some attempts and the rules they are held against; more than half of all can be explained.

    ``plain``: no limit a person, and no key twice.
    """
    rules = Rules(rng.randint(1, 3), _NO_LIMIT if plain else rng.choice((1, 1, 2, _NO_LIMIT)), delay)
    told = _play(_plan(rng, returns=returns, repeats=not delay and not plain), rules, rng)
    if rng.random() < 0.6 and told:
        at = rng.randrange(len(told))
        told[at] = _wrong(told[at], rng, rules)
    return _sensible(tuple(told)), rules


def _plan(rng: Random, *, returns: bool, repeats: bool) -> list[Try]:
    planned: list[Try] = []
    for key in range(rng.randint(2, 6)):
        start = rng.randrange(_SPAN)
        one = Try("claim", key, rng.randrange(3), start, start + rng.randrange(5), "")
        planned.append(one)
        if repeats and rng.random() < 0.3:
            again = start + rng.randrange(5)
            planned.append(replace(one, start=again, end=again + rng.randrange(5)))
    if returns:
        for key in range(100, 100 + rng.randint(1, 3)):
            start = rng.randrange(2, _SPAN + 4)
            what = rng.choice(("void", "void", "raise", "remaining", "remaining"))
            of = rng.randint(2, 4) if what == "raise" else rng.choice(planned).key
            planned.append(Try(what, key, 0, start, start + rng.randrange(5), "", of))
    return planned


def _play(planned: list[Try], rules: Rules, rng: Random) -> list[Try]:
    """Every attempt acts at an instant of its own and is answered the truth; some replies get lost."""
    instants = {number: rng.uniform(one.start, one.end or 0) for number, one in enumerate(planned)}
    state: State = (frozenset(), frozenset(), rules.quota)
    told: list[Try] = []
    for number in sorted(instants, key=instants.__getitem__):
        one, state = _answered(planned[number], state, rules)
        if one is not None:
            told.append(replace(one, end=None, said="unknown") if rng.random() < 0.2 else one)
    return [one for one in told if one.end is not None or one.what != "remaining"]


def _answered(one: Try, state: State, rules: Rules) -> tuple[Try | None, State]:
    granted, gone, quota = state
    if one.what == "remaining":
        return replace(one, said="ok", of=quota - sum(key not in gone for key, _ in granted)), state
    for said in ("ok", "limit_reached", "sold_out"):
        after = _act(replace(one, said=said), state, rules)
        if after is not None:
            return replace(one, said=said), after
    return None, state


def _wrong(one: Try, rng: Random, rules: Rules) -> Try:
    if one.what == "remaining":
        return replace(one, of=max(0, one.of + rng.choice((-1, 1, 2))))
    if one.what == "claim" and one.end is not None and rng.random() < 0.7:
        return replace(
            one, said=rng.choice(("ok", "sold_out", "limit_reached")[: 2 if rules.limit == _NO_LIMIT else 3])
        )
    start = rng.randrange(_SPAN)
    return replace(one, start=start, end=None if one.end is None else start + rng.randrange(5))


def _sensible(tries: tuple[Try, ...]) -> tuple[Try, ...]:
    """Nobody voids a voucher whose id they have not read yet."""
    known: dict[int, int] = {}
    for one in tries:
        if one.what == "claim" and one.said == "ok" and one.end is not None:
            known[one.key] = min(known.get(one.key, one.end), one.end)
    return tuple(one for one in tries if one.what != "void" or known.get(one.of, _SPAN * 9) <= one.start)


def told(tries: Iterable[Try], subject: int) -> list[Told]:
    """As attempts of a history; keys, people and vouchers of each ``subject`` are its own."""
    return [_told(one, subject) for one in tries]


def _told(one: Try, subject: int) -> Told:
    base = subject * 1_000
    outcome, code = Outcome.OK, ""
    if one.end is None:
        outcome, code = Outcome.UNKNOWN, "timeout"
    elif one.said in {"sold_out", "limit_reached"}:
        outcome, code = Outcome.REFUSED, one.said
    plain = Told(_KINDS[one.what], base + one.key, one.start, one.end, outcome, code, subject * 3 + one.person, subject)
    if one.what == "claim":
        voucher = f"v{base + one.key}" if outcome == Outcome.OK else ""
        return replace(plain, result=voucher, mark=voucher)
    if one.what == "void":
        return replace(plain, target=f"v{base + one.of}")
    return replace(plain, amount=one.of) if one.what == "raise" else replace(plain, value=one.of)


_KINDS = {"claim": Kind.CLAIM, "void": Kind.VOID, "raise": Kind.RAISE, "remaining": Kind.READ_REMAINING}
