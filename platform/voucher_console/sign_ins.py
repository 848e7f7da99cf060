"""Who has signed in with which browser. Only in memory: a restart of the console asks everybody to sign in again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from voucher_contract.models.system import Session

_MOST_BROWSERS = 1_000


@dataclass
class SignIns:
    """Sessions by the browser's own random number, which it keeps in a signed cookie; tokens never leave the server."""

    _by_browser: dict[str, Session] = field(default_factory=dict)
    _logins: dict[str, str] = field(default_factory=dict)

    def add(self, browser: str, session: Session, login: str) -> None:
        """This browser acts as that officer from now on. The oldest sign-in makes room when there are too many."""
        self._by_browser.pop(browser, None)
        while len(self._by_browser) >= _MOST_BROWSERS:
            self.forget(next(iter(self._by_browser)))
        self._by_browser[browser], self._logins[browser] = session, login

    def of(self, browser: str) -> Session | None:
        """The officer of this browser, None when nobody signed in or the sign-in has run out."""
        session = self._by_browser.get(browser)
        if session is not None and session.expires_at <= datetime.now(UTC):
            self.forget(browser)
            return None
        return session

    def login(self, browser: str) -> str | None:
        """The name that the officer of this browser signed in by; None when nobody is."""
        return self._logins.get(browser)

    def forget(self, browser: str) -> None:
        """Nobody acts with this browser any more."""
        self._by_browser.pop(browser, None)
        self._logins.pop(browser, None)

    def forget_session(self, session: Session) -> None:
        """The platform no longer takes this sign-in: whichever browsers had it must sign in again."""
        for browser in [one for one, had in self._by_browser.items() if had.token == session.token]:
            self.forget(browser)
