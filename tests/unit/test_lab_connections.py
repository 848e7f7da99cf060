"""The bench's kept connections, against a server that counts who connects and can hang up behind its reply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from loadtest.lab.connections import Connections
from voucher_contract.operations.protocol import Call

_REPLY = b"HTTP/1.1 200 OK\r\nX-One: a\r\nx-one: b\r\nContent-Length: 2\r\n\r\nok"
_TRUSTED = httpx.create_ssl_context(trust_env=False)


class Server:
    def __init__(self, *, reply: bytes = _REPLY, hangs_up: bool = False, pause_s: float = 0.0) -> None:
        self.reply, self.hangs_up, self.pause_s = reply, hangs_up, pause_s
        self.opened, self.heads, self.at_once, self.most_at_once = 0, list[bytes](), 0, 0
        self.serving: list[asyncio.Task[None]] = []

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                await asyncio.sleep(self.pause_s)
                writer.write(self.reply)
                if self.hangs_up:
                    break
        except asyncio.IncompleteReadError:
            pass
        self.at_once -= 1
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def connections_to(server: Server, most: int = 2) -> AsyncIterator[Connections]:
    listening = await asyncio.start_server(server.accept, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/base"
    kept = Connections(address, timeout_s=5.0, most=most, trusted=_TRUSTED)
    yield kept
    await kept.close()
    await asyncio.gather(*server.serving)
    listening.close()
    await listening.wait_closed()


@pytest.mark.asyncio
async def test_one_connection_serves_what_comes_one_after_the_other() -> None:
    server = Server()
    async with connections_to(server) as kept:
        replies = [await kept.exchange(Call("GET", "/x")) for _ in range(3)]
    assert [(one.status, one.body, one.headers["x-one"]) for one in replies] == [(200, b"ok", "a, b")] * 3
    assert server.opened == 1


@pytest.mark.asyncio
async def test_no_request_is_lost_on_a_connection_that_the_server_left() -> None:
    server = Server(hangs_up=True)
    async with connections_to(server) as kept:
        for number in range(1, 4):
            assert (await kept.exchange(Call("GET", "/x"))).status == 200
            assert server.opened == number
            await asyncio.gather(*server.serving)  # the server has said goodbye


@pytest.mark.asyncio
async def test_whoever_finds_all_busy_waits_and_nobody_is_turned_away() -> None:
    server = Server(pause_s=0.01)
    async with connections_to(server, most=2) as kept:
        replies = await asyncio.gather(*(kept.exchange(Call("GET", "/x")) for _ in range(20)))
    assert {one.status for one in replies} == {200}
    assert server.most_at_once == 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("call", "line", "length"),
    [
        (Call("POST", "/x"), b"POST /base/x HTTP/1.1", b"content-length: 0"),
        (Call("GET", "/x"), b"GET /base/x HTTP/1.1", None),
        (Call("GET", "/广汉?a=1 2"), b"GET /base/%E5%B9%BF%E6%B1%89?a=1%202 HTTP/1.1", None),
        (Call("POST", "/%00", {"content-length": "0"}), b"POST /base/%00 HTTP/1.1", b"content-length: 0"),
    ],
)
async def test_a_request_goes_out_as_it_was_meant(call: Call, line: bytes, length: bytes | None) -> None:
    server = Server()
    async with connections_to(server) as kept:
        assert (await kept.exchange(call)).status == 200
    lines = server.heads[0].split(b"\r\n")
    assert lines[0] == line
    lengths = [one.lower() for one in lines if one.lower().startswith(b"content-length")]
    assert lengths == ([] if length is None else [length])


@pytest.mark.asyncio
async def test_a_reply_that_ends_early_was_sent_and_is_no_reply() -> None:
    server = Server(reply=_REPLY[:-1], hangs_up=True)
    async with connections_to(server) as kept:
        reply = await kept.exchange(Call("GET", "/x"))
    assert (reply.status, reply.sent) == (0, True)
