"""Wrong tries at a login, counted in this process."""

import time
from collections import OrderedDict, deque

from voucher_contract import refusals
from voucher_platform.core.exceeded import Exceeded
from voucher_platform.core.problems import Refused

_WINDOW_SECONDS = 60.0
_MOST_TRIES = 10
_MOST_LOGINS = 10_000


class WrongTries:
    """At most ten wrong tries of one login a minute and process.

    A try counts from its start and is taken back when it succeeds: a hundred guesses sent at once are not a hundred
    free guesses. The table is bounded; the login that was tried longest ago is forgotten first.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, login: str) -> None:
        """Count a try. Refuses (``rate_limited``) the eleventh within a minute."""
        now = time.monotonic()
        tries = self._tries.setdefault(login, deque())
        self._tries.move_to_end(login)
        while tries and tries[0] <= now - _WINDOW_SECONDS:
            tries.popleft()
        if len(tries) >= _MOST_TRIES:
            wait_ms = int((tries[0] + _WINDOW_SECONDS - now) * 1000) + 1
            exceeded = Exceeded("login", _MOST_TRIES, int(_WINDOW_SECONDS * 1000), wait_ms)
            raise Refused(refusals.RATE_LIMITED, exceeded=exceeded)
        tries.append(now)
        if len(self._tries) > _MOST_LOGINS:
            self._tries.popitem(last=False)

    def succeeded(self, login: str) -> None:
        """Take the newest try back."""
        tries = self._tries.get(login)
        if tries:
            tries.pop()
