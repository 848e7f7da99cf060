"""A line to every server that holds shards: one for a single server, one a primary for a cluster.

Which it is, the server tells. Nothing is ever forwarded to where a MOVED or ASK points: such a reply means that
nothing was executed and that the map of the shards must be read anew, and whoever asked decides what then.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis.exceptions import ResponseError

from voucher_platform.claims import keys
from voucher_platform.claims.cluster_view import ClusterView, Node, NotCovered, best_view, is_cluster, read_view
from voucher_platform.claims.hot_line import Command, HotLine, LostReply, Unreachable, checked, evalsha
from voucher_platform.claims.scripts import Script
from voucher_platform.core import hot_store
from voucher_platform.core.ending import end

log = structlog.get_logger(__name__)
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Server:
    """A line and the run id of the server process meant; ``None`` means whoever is at its end."""

    line: HotLine
    run_id: str | None

    def ask(self, *commands: Command) -> Awaitable[list[Any]]:
        """As ``HotLine.ask``, to this server process only."""
        return self.line.ask(*commands, run_id=self.run_id)

    def call(self, script: Script, names: Sequence[str], epoch: int, *arguments: str | bytes | int) -> Command:
        """The command that runs ``script`` if the shard is open under ``epoch`` and this server process."""
        return evalsha(script, names, epoch, self.run_id or "", *arguments)


class Servers:
    """Which server holds each shard, at one moment. ``of``: by shard; ``each``: every server once."""

    def __init__(self, of: Sequence[Server]) -> None:
        self.of = tuple(of)
        self.each = tuple(dict.fromkeys(of))

    def named(self) -> "Servers":
        """The same lines, each with the server process now at its end."""
        return Servers([Server(server.line, server.line.run_id) for server in self.of])

    async def ask_each(self, asks: Sequence[tuple[int, Command]]) -> list[Any]:
        """Send each ``(shard, command)`` to the shard's server, all of one server together; replies in order.

        Raises as ``HotLine.ask`` does if any server does not answer: what the others executed is then not told.
        """
        if len(self.each) == 1:
            return await self.each[0].ask(*[command for _, command in asks])
        places: dict[Server, list[int]] = {}
        for at, (shard, _) in enumerate(asks):
            places.setdefault(self.of[shard], []).append(at)
        groups = [server.ask(*[asks[at][1] for at in own]) for server, own in places.items()]
        answers = await asyncio.gather(*groups, return_exceptions=True)
        replies: list[Any] = [None] * len(asks)
        for own, answer in zip(places.values(), answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            for at, reply in zip(own, answer, strict=True):
                replies[at] = reply
        return replies


class HotLines:
    """``present`` is the map as last read; until ``refresh`` has read one, the first server of the URL holds all."""

    def __init__(self, url: str, scripts: Sequence[Script], *, connect: hot_store.Connect = hot_store.connect) -> None:
        self._connect = connect
        self._seeds = hot_store.each_url(url)
        self._scripts = scripts
        self._lines: dict[str, HotLine] = {}
        self._lock = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self.view: ClusterView | None = None
        self.present = self._single(self._seeds[0])

    async def refresh(self) -> None:
        """Read anew which server holds each shard. Raises ``Unreachable`` when nobody can say."""
        async with self._lock:
            await self._refresh()

    def refresh_soon(self) -> None:
        """``refresh`` in the background, for whom the next attempt is soon enough."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh_quietly())

    async def close(self) -> None:
        """End every connection, for good."""
        await end(self._refreshing)
        for line in self._lines.values():
            await line.close()
        await asyncio.gather(*self._closing)

    def urls(self) -> list[str]:
        """Every server known, those that may be promoted included; the URLs hold passwords."""
        replicas = self.view.replicas if self.view else ()
        return list(dict.fromkeys([*self._lines, *map(self._url_of, replicas)]))

    def own_line(self, url: str) -> HotLine:
        """A line of the caller's own to one server, to ask it something and close."""
        return HotLine(url, (), timeout_seconds=_LOOK_SECONDS, connect=self._connect)

    async def _refresh(self) -> None:
        asked = list(dict.fromkeys([*self.urls(), *self._seeds]))
        answers = await asyncio.gather(*[_look(url, self.own_line(url)) for url in asked], return_exceptions=True)
        views = [answer for answer in answers if isinstance(answer, ClusterView)]
        if views:
            try:
                self._take(best_view(views))
            except NotCovered as error:
                raise Unreachable(str(error)) from error
            return
        singles = [url for url, answer in zip(asked, answers, strict=True) if answer is None]
        if not singles:
            raise Unreachable(", ".join(repr(answer) for answer in answers))
        self.view = None
        self.present = self._single(singles[0])
        self._close_unused()

    def _take(self, view: ClusterView) -> None:
        if self.view is None or view.holders != self.view.holders:
            log.info("hot_store_cluster", primaries=[str(node) for node in view.primaries], cluster_epoch=view.epoch)
        self.view = view
        self.present = Servers([Server(self._line(self._url_of(node)), None) for node in view.holders])
        self._close_unused()

    def _single(self, url: str) -> Servers:
        return Servers([Server(self._line(url), None)] * keys.SHARDS)

    def _url_of(self, node: Node) -> str:
        return hot_store.url_at(self._seeds[0], node.host, node.port)

    def _line(self, url: str) -> HotLine:
        if url not in self._lines:
            self._lines[url] = HotLine(url, self._scripts, connect=self._connect)
        return self._lines[url]

    def _close_unused(self) -> None:
        used = {server.line for server in self.present.each}
        for url in [url for url, line in self._lines.items() if line not in used]:
            # In the background: a command under way to a dead server holds its line until it times out.
            task = asyncio.create_task(self._lines.pop(url).close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _refresh_quietly(self) -> None:
        try:
            await self.refresh()
        except Unreachable as error:
            log.info("hot_store_map_not_read", error=str(error)[:300])


async def _look(url: str, line: HotLine) -> ClusterView | None:
    """The cluster as the server at ``url``, the end of ``line``, sees it; ``None`` for a single server."""
    try:
        (told,) = checked(await line.ask(["INFO", "cluster"]))
        if not is_cluster(told):
            return None
        info, slots = checked(await line.ask(["CLUSTER", "INFO"], ["CLUSTER", "SLOTS"]))
        return read_view(info=info, slots=slots, asked=Node(*hot_store.host_and_port(url)))
    except (LostReply, NotCovered, ResponseError) as error:
        raise Unreachable(repr(error)) from error
    finally:
        await line.close()
