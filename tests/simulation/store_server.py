"""A simulated Valkey process: it may restart from any copy, be emptied, stand still, or cut its connections."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tests.simulation.store_model import Keyspace, Word, execute
from tests.simulation.trouble import Trouble
from tests.simulation.virtual_time import Clock

_EPOCH_US = 1_800_000_000_000_000
_SOCKET_TIMEOUT_SECONDS = 2.0
_READ_IN_PIECES = 0.1


class StoreServer:
    """Commands of one message run together or, as a long one is read in pieces, with others' between them."""

    def __init__(self, clock: Clock, trouble: Trouble, rng: Random) -> None:
        self.clock = clock
        self.trouble = trouble
        self._rng = rng
        self.keyspace = Keyspace(self._now_us)
        self.scripts: set[str] = set()
        self.up = True
        self.life = 0
        self._restarts = 0
        self.run_id = self._new_run_id()
        self._still = False
        self._waiting: list[Callable[[], None]] = []

    def restart(self, values: dict[str, Any] | None, down_seconds: float) -> None:
        """The process dies, and another comes up with ``values``; ``None`` is what it had at its death."""
        self.up = False
        self.life += 1
        self._restarts += 1
        self._waiting.clear()
        self._still = False
        self.clock.after(down_seconds, self._come_up, values, self._restarts)

    def flush(self) -> None:
        """FLUSHALL: the same process, and nothing in it."""
        self.keyspace.values.clear()

    def cut_connections(self) -> None:
        """CLIENT KILL: what was sent and not executed yet is lost, and so is every reply on its way."""
        self.life += 1

    def stand_still(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after ``seconds``: what comes in meanwhile is executed then."""
        self._still = True
        self.clock.after(seconds, self._go_on)

    def receive(self, connection: "StoreConnection", commands: Sequence[Sequence[Word]], reply_lost: bool) -> None:
        """A message has arrived."""
        self._execute(connection, commands, reply_lost, [])

    def _execute(
        self, connection: "StoreConnection", commands: Sequence[Sequence[Word]], reply_lost: bool, replies: list[Any]
    ) -> None:
        """Go on where ``replies`` end, perhaps in two goes. Whoever died or was cut off in between never answers."""
        if self._still and self.up:
            self._waiting.append(partial(self._execute, connection, commands, reply_lost, replies))
            self.clock.after(_SOCKET_TIMEOUT_SECONDS, connection.fail, RedisTimeoutError("no reply in time"), commands)
            return
        if not self.up or connection.life != self.life:
            connection.fail(RedisConnectionError("connection reset"), commands)
            return
        left = len(commands) - len(replies)
        now = self._rng.randint(1, left - 1) if left > 1 and self._rng.random() < _READ_IN_PIECES else left
        these = commands[len(replies) : len(replies) + now]
        replies += [execute(self.keyspace, self.scripts, command) for command in these]
        if now < left:
            self.clock.after(self.trouble.delay(), self._execute, connection, commands, reply_lost, replies)
        elif reply_lost:
            self.clock.after(self.trouble.delay(), connection.fail, RedisConnectionError("cut on the way"), commands)
        else:
            self.clock.after(self.trouble.delay(), connection.deliver, replies, self.life, commands)

    def _come_up(self, values: dict[str, Any] | None, restart: int) -> None:
        if restart != self._restarts:
            return
        if values is not None:
            self.keyspace.values = values
        self.scripts.clear()
        self.run_id = self._new_run_id()
        self.up = True

    def _go_on(self) -> None:
        self._still = False
        waiting, self._waiting = self._waiting, []
        for execute_now in waiting:
            execute_now()

    def _now_us(self) -> int:
        return _EPOCH_US + int(self.clock.now * 1_000_000)

    def _new_run_id(self) -> str:
        return f"{self._rng.getrandbits(160):040x}"


class StoreConnection:
    """One physical connection, as the client's library hands it out: packed commands in, one reply a command out."""

    def __init__(self, server: StoreServer) -> None:
        self._server = server
        self.life = server.life
        self._commands: Sequence[Sequence[Word]] | None = None
        self._arrived: asyncio.Future[deque[Any]] | None = None

    def pack_commands(self, commands: Sequence[Sequence[Word]]) -> Sequence[Sequence[Word]]:
        """Nothing is packed: the model reads words."""
        return commands

    async def send_packed_command(self, commands: Sequence[Sequence[Word]]) -> None:
        """Put a message on the wire."""
        server, clock = self._server, self._server.clock
        loop: Any = asyncio.get_running_loop()
        loop.sends(commands[0][0])
        self._commands, self._arrived = commands, loop.create_future()
        fate = server.trouble.fate()
        if fate == "request lost":
            clock.after(server.trouble.delay(), self.fail, RedisConnectionError("cut on the way"), commands)
        else:
            clock.after(server.trouble.delay(), server.receive, self, commands, fate == "reply lost")

    async def read_response(self) -> Any:
        """The next reply. Raises what it is, if it is an error."""
        assert self._arrived is not None
        reply = (await self._arrived).popleft()
        if isinstance(reply, Exception):
            raise reply
        return reply

    def deliver(self, replies: list[Any], life: int, commands: Sequence[Sequence[Word]]) -> None:
        """The replies have come, unless the connection was cut meanwhile."""
        if life != self._server.life:
            self.fail(RedisConnectionError("connection reset"), commands)
        elif self._arrived is not None and self._commands is commands and not self._arrived.done():
            self._arrived.set_result(deque(replies))

    def fail(self, error: Exception, commands: Sequence[Sequence[Word]]) -> None:
        """The connection is gone, or silent for too long."""
        if self._arrived is not None and self._commands is commands and not self._arrived.done():
            self._arrived.set_exception(error)
