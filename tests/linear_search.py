"""Whether a small history can have come from a platform that keeps the contract: tried in every order there is.

It shares nothing with the checks. An attempt acts at one instant between its invoke and its reply; one without a reply
acts at any later instant, or never. Attempts of one key act once; later ones are given the same voucher again.
"""

from dataclasses import dataclass

OUTCOMES = ("ok", "sold_out", "limit_reached", "unknown")


@dataclass(frozen=True)
class Try:
    """One attempt of a small history.

    ``what``: claim, void (``of``: the claim's key), raise (``of``: the new quota) or remaining (``of``: the number that
    was read). ``end`` None: no reply.
    """

    what: str
    key: int
    person: int
    start: int
    end: int | None
    said: str
    of: int = 0


@dataclass(frozen=True)
class Rules:
    """What the platform keeps. ``delay``: a refusal may rest on a state this much older than its request."""

    quota: int
    limit: int
    delay: int


State = tuple[frozenset[tuple[int, int]], frozenset[int], int]  # claims granted (key, person), keys void, quota


def lawful(tries: tuple[Try, ...], rules: Rules) -> bool:
    """Whether there is an order in which every answer is right."""
    answered = sum(1 << number for number, one in enumerate(tries) if one.end is not None)
    seen: set[tuple[int, State]] = set()
    stack: list[tuple[int, State]] = [(0, (frozenset(), frozenset(), rules.quota))]
    while stack:
        done, state = stack.pop()
        if done & answered == answered:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        waiting = [number for number in range(len(tries)) if not done >> number & 1]
        earliest_end = min(end for number in waiting if (end := tries[number].end) is not None)
        for number in waiting:
            if _start(tries[number], rules) <= earliest_end:
                after = _act(tries[number], state, rules)
                if after is not None:
                    stack.append((done | 1 << number, after))
    return False


def _start(one: Try, rules: Rules) -> int:
    late = one.said in {"sold_out", "limit_reached"} or one.what == "remaining"
    return one.start - rules.delay if late else one.start


def _act(one: Try, state: State, rules: Rules) -> State | None:
    """The state after it, None where its answer would be wrong."""
    granted, gone, quota = state
    if one.what == "raise":
        return granted, gone, max(quota, one.of)
    if one.what == "void":
        return (granted, gone | {one.of}, quota) if any(key == one.of for key, _ in granted) else None
    outstanding = [person for key, person in granted if key not in gone]
    if one.what == "remaining":
        return state if quota - len(outstanding) == one.of else None
    return _claim(one, state, full=len(outstanding) >= quota, limited=outstanding.count(one.person) >= rules.limit)


def _claim(one: Try, state: State, *, full: bool, limited: bool) -> State | None:
    granted, gone, quota = state
    had = (one.key, one.person) in granted
    if one.said == "sold_out":
        return state if full and not had else None
    if one.said == "limit_reached":
        return state if limited and not had else None
    if had:
        return state
    return None if full or limited else (granted | {(one.key, one.person)}, gone, quota)
