"""Upper and lower bounds of what is held of one batch, against bounds of its quota."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loadtest.checks.courses import Course, course
from loadtest.checks.evidence import BatchView
from loadtest.history.columns import FOREVER, Ints


@dataclass(frozen=True)
class Holdings:
    """``upper``: possible holdings less the quota that is certain. ``lower``: certain holdings less the possible quota.

    A claim that was granted is certainly held from its reply until the first instant at which it may have been voided,
    and possibly held from its invoke until it certainly was. A void whose voucher no claim of the history is known to
    have given may have taken any of them: it lowers what is certain, and never what is possible.
    """

    view: BatchView

    @cached_property
    def upper(self) -> Course:
        """Above or at 0 at some instant: the stock may have been used up then."""
        ok, possible = self.view.ok, self.view.open
        ups = np.concatenate([ok.invoke, possible.invoke])
        downs = np.concatenate([ok.free_by, possible.free_by, self._raised(certain=True)])
        return course(ups, downs, ups_first=True, start=-self.view.facts.quota)

    @cached_property
    def lower(self) -> Course:
        """Above 0 at some instant: more is held than there can be."""
        view = self.view
        lost = view.releases.since[view.releases.claim < 0]
        downs = np.concatenate([view.ok.free_from, lost, self._raised(certain=False)])
        return course(view.ok.reply, downs, ups_first=False, start=-view.facts.quota)

    def quota_at(self, instant: int) -> int:
        """The most that the quota can be at ``instant``."""
        possible = [step.quota for step in self.view.raises if step.since <= instant]
        return max([self.view.facts.quota, *possible])

    def certain_quota_at(self, instant: int) -> int:
        """What the quota certainly is at ``instant``: a raise answered at that very instant may come after it."""
        sure = [step.quota for step in self.view.raises if step.by < instant]
        return max([self.view.facts.quota, *sure])

    def _raised(self, *, certain: bool) -> Ints:
        """One instant for each voucher more: when the raise certainly, or possibly, took effect."""
        moments: list[Ints] = []
        quota = self.view.facts.quota
        for step in sorted(self.view.raises, key=lambda one: one.by if certain else one.since):
            when = step.by if certain else step.since
            if when < FOREVER and step.quota > quota:
                moments.append(np.full(step.quota - quota, when, np.int64))
                quota = step.quota
        return np.concatenate(moments) if moments else np.empty(0, np.int64)
