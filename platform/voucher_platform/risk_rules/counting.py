"""Counting in one process: who was seen with how many others, and how often, in the window that is now.

Only what could add up to something is told to the other processes: a subject with two members at least, or with a good
part of the attempts. Everything is bounded: when there are too many to remember, those are forgotten who did least.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple
from zlib import crc32

from voucher_contract.models.alerts import SubjectKind
from voucher_platform.risk_rules.rules import ONE_PERSON_IN, Subject, window_number

_MOST_SUBJECTS = 200_000
_PROCESSES = 16
"""So many processes may share a crowd before one that meets a rule in all of them together is seen by none."""
_IN_ONE_PROCESS = ""

Name = Callable[[str], str]


class Sighting(NamedTuple):
    """What this process adds to what all have seen: ``amount`` of a ``member`` of a subject in a window.

    Without a member: attempts, which all processes add up.
    """

    rule: str
    subject: Subject
    window: int
    member: str
    amount: int


class FanOut:
    """How many different members a subject has in a window. ``name``: what stands for the subject in SQL.

    ``room``: about so many subjects are remembered.
    """

    def __init__(
        self, rule: str, kind: SubjectKind, *, most: int, window_seconds: int, name: Name = str,
        room: int = _MOST_SUBJECTS,
    ) -> None:  # fmt: skip
        self.rule = rule
        self._kind: SubjectKind = kind
        self._most = 2 * most + 2  # more than the figure, so that an alert can say by how much
        self._window_seconds = window_seconds
        self._name = name
        self._room = room
        self._window = 0
        self._first: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._fresh: dict[str, set[str]] = {}

    def roll(self, real_seconds: float) -> None:
        """Begin anew if another window has begun. What is fresh must have been taken."""
        window = window_number(real_seconds, self._window_seconds)
        if window != self._window:
            self._window = window
            self._first.clear()
            self._members.clear()
            self._fresh.clear()

    def saw(self, subject: str, member: str) -> None:
        """One attempt."""
        first = self._first.setdefault(subject, member)
        if first != member:
            self._add(subject, first, member)
        elif len(self._first) > self._room:
            self._make_room()

    def take(self) -> Iterator[Sighting]:
        """The members that are new since the last time."""
        fresh, self._fresh = self._fresh, {}
        for subject, members in fresh.items():
            named = Subject(self._kind, self._name(subject))
            for member in members:
                yield Sighting(self.rule, named, self._window, member, 1)

    def forget(self, subject: Subject) -> None:
        """Begin anew with this one."""
        raw = [known for known in self._members if self._name(known) == subject.id]
        for known in raw or [known for known in self._first if self._name(known) == subject.id]:
            self._first.pop(known, None)
            self._members.pop(known, None)
            self._fresh.pop(known, None)

    def _make_room(self) -> None:
        """Those seen with one member only begin anew; all of them, if that does not help much."""
        if len(self._members) > self._room // 2:
            self._members.clear()
        self._first = {known: self._first[known] for known in self._members}

    def _add(self, subject: str, first: str, member: str) -> None:
        members = self._members.get(subject)
        if members is None:
            self._members[subject] = {first, member}
            self._fresh[subject] = {first, member}
        elif member not in members and len(members) < self._most:
            members.add(member)
            self._fresh.setdefault(subject, set()).add(member)


class Sampled(FanOut):
    """A fan-out of crowds: of sixty-four people one is remembered, the same one in every process."""

    def __init__(self, rule: str, kind: SubjectKind, *, most: int, window_seconds: int, name: Name) -> None:
        super().__init__(rule, kind, most=most // ONE_PERSON_IN, window_seconds=window_seconds, name=name)

    def saw(self, subject: str, member: str) -> None:
        """One attempt. Ids are the platform's own, so nobody can choose not to be in the sample."""
        if crc32(member.encode()) % ONE_PERSON_IN == 0:
            super().saw(subject, member)


class Velocity:
    """How often a subject has tried in a window."""

    def __init__(self, rule: str, *, most: int, window_seconds: int, room: int = _MOST_SUBJECTS) -> None:
        self.rule = rule
        self._room = room
        self._worth_telling = max(1, most // _PROCESSES)
        self._window_seconds = window_seconds
        self._window = 0
        self._counts: dict[str, int] = {}
        self._untold: dict[str, int] = {}
        self._told: set[str] = set()

    def roll(self, real_seconds: float) -> None:
        """Begin anew if another window has begun. What is fresh must have been taken."""
        window = window_number(real_seconds, self._window_seconds)
        if window != self._window:
            self._window = window
            self._counts.clear()
            self._untold.clear()
            self._told.clear()

    def saw(self, subject: str, attempts: int) -> None:
        """Some attempts."""
        count = self._counts[subject] = self._counts.get(subject, 0) + attempts
        if count >= self._worth_telling:
            self._untold[subject] = self._untold.get(subject, 0) + (attempts if subject in self._told else count)
            self._told.add(subject)
        elif len(self._counts) > self._room:
            if len(self._told) > self._room // 2:
                self._told.clear()
            self._counts = {known: self._counts[known] for known in self._told}

    def take(self) -> Iterator[Sighting]:
        """The attempts not told yet, of those who have tried often enough."""
        untold, self._untold = self._untold, {}
        for subject, attempts in untold.items():
            yield Sighting(self.rule, Subject("person", subject), self._window, _IN_ONE_PROCESS, attempts)

    def forget(self, subject: Subject) -> None:
        """Begin anew with this one."""
        self._counts.pop(subject.id, None)
        self._untold.pop(subject.id, None)
        self._told.discard(subject.id)
