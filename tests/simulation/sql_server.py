"""A simulated PostgreSQL process: sessions, statements that wait for locks, commits that take time, restarts."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

from tests.simulation.relational_model import Blocked, Server, Transaction, deadlock
from tests.simulation.sql_ports import Port
from tests.simulation.trouble import Trouble
from tests.simulation.virtual_time import Clock


def outage(why: str) -> DBAPIError:
    """A connection that was lost, as SQLAlchemy reports it."""
    return DBAPIError("", None, ConnectionError(why), connection_invalidated=True)


class Session:
    """One connection. ``busy``: a backend at work notices only afterwards that its client has gone."""

    __slots__ = ("arrival", "busy", "closing", "gone", "tx")

    def __init__(self) -> None:
        self.tx: Transaction | None = None
        self.arrival = 0.0
        self.busy = False
        self.closing = False
        self.gone = False


class SqlServer:
    """``model`` holds what is committed."""

    def __init__(self, clock: Clock, trouble: Trouble) -> None:
        self.clock = clock
        self.trouble = trouble
        self.model = Server()
        self.up = True
        self._sessions: set[Session] = set()

    def open(self) -> Session:
        """A new session. Raises ``OSError`` while the server is down."""
        if not self.up:
            raise ConnectionRefusedError("the database is away")
        session = Session()
        self._sessions.add(session)
        return session

    def restart(self, down_seconds: float) -> None:
        """Every session ends, what was not committed is undone, and the server is away for a while."""
        self.up = False
        self.end_sessions()
        self.clock.after(down_seconds, setattr, self, "up", True)

    def end_sessions(self) -> None:
        """pg_terminate_backend for everybody."""
        sessions, self._sessions = self._sessions, set()
        for session in sessions:
            session.gone = True
        for session in sessions:
            if session.tx is not None:
                session.tx.roll_back()

    def execute(
        self, session: Session, port: Port, params: Mapping[str, Any], reply: "asyncio.Future[Any]", *, ends: bool,
        lost: bool,
    ) -> None:  # fmt: skip
        """A statement has arrived, or its wait for a lock is over. ``ends``: it is a transaction of its own."""
        if session.gone or session.tx is None:
            self._answer(reply, outage("terminated"), lost)
            return
        tx, session.busy = session.tx, True
        try:
            rows = port(tx, params)
        except Blocked as blocked:
            if not tx.must_give_up_for(blocked.holder):
                tx.waits_for = blocked.holder
                blocked.holder.waiters.append(
                    lambda: self.clock.after(
                        0.0, lambda: self.execute(session, port, params, reply, ends=ends, lost=lost)
                    )
                )
                return
            self._refused(session, deadlock(), reply, lost)
        except DBAPIError as error:
            self._refused(session, error, reply, lost)
        else:
            tx.waits_for = None
            if ends:
                self.commit(session, rows, reply, lost)
            else:
                self._done(session, rows, reply, lost)

    def commit(self, session: Session, rows: list[Any], reply: "asyncio.Future[Any]", lost: bool) -> None:
        """COMMIT: true once it is on disk, whether or not anybody hears of it."""
        if session.gone or session.tx is None:
            self._answer(reply, outage("terminated"), lost)
            return
        session.busy = True
        wait = self.trouble.flush() if session.tx.written else 0.0
        self.clock.after(wait, self._flushed, session, rows, reply, lost)

    def close(self, session: Session) -> None:
        """The client has gone, or rolls back."""
        session.closing = True
        if not session.busy:
            self._end(session)

    def forget(self, session: Session) -> None:
        """The client has gone, and nothing of it is open."""
        self._sessions.discard(session)

    def _flushed(self, session: Session, rows: list[Any], reply: "asyncio.Future[Any]", lost: bool) -> None:
        if session.gone or session.tx is None:
            self._answer(reply, outage("terminated"), lost)
            return
        session.tx.commit()
        self._done(session, rows, reply, lost)

    def _refused(self, session: Session, error: Exception, reply: "asyncio.Future[Any]", lost: bool) -> None:
        self._end(session)
        self._answer(reply, error, lost)

    def _done(self, session: Session, rows: list[Any], reply: "asyncio.Future[Any]", lost: bool) -> None:
        session.busy = False
        if session.closing:
            self._end(session)
        self._answer(reply, rows, lost)

    def _end(self, session: Session) -> None:
        session.busy, session.gone = False, True
        self._sessions.discard(session)
        if session.tx is not None:
            session.tx.roll_back()

    def _answer(self, reply: "asyncio.Future[Any]", result: Any, lost: bool) -> None:
        answer = outage("cut on the way") if lost else result
        self.clock.after(self.trouble.delay(), _tell, reply, answer)


def _tell(reply: "asyncio.Future[Any]", answer: Any) -> None:
    if reply.done():
        return
    if isinstance(answer, Exception):
        reply.set_exception(answer)
    else:
        reply.set_result(answer)
