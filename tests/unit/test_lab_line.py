"""The line to the target, against a real server that answers by a script."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from loadtest.evidence.exchange import Transcript
from loadtest.lab.line import Caller, Line, Wires
from voucher_contract import routes
from voucher_contract.adapters.native import NativeAdapter

HEALTHY = {"status": "ok", "database": True, "hot_store": True, "claims_ready": True}
CAMPAIGN = {
    "name": "检验", "paying_account": "A", "designated_account": "A", "id": "c1", "state": "open",
    "created_at": "2026-01-01T00:00:00Z",
}  # fmt: skip
SPEC = {"name": "检验", "paying_account": "A", "designated_account": "A"}
MAKER = Caller("bureau-1", "a-secret-token")
HANG_UP = b""


def answer(status: int, body: Any = None, **headers: str) -> bytes:
    raw = b"" if body is None else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(raw)}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def later(code: str, status: int) -> bytes:
    return answer(status, {"code": code, "retry_after_ms": 1}, Retry_After="1")


class Server:
    """Answers one request after the other with ``script``, the last for ever, and keeps the requests."""

    def __init__(self, *script: bytes) -> None:
        self.script, self.requests = list(script), list[bytes]()
        self.callers = set[int]()
        self.serving = list[asyncio.Task[None]]()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers.add(writer.get_extra_info("peername")[1])
        self.serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await self._request(reader):
            self.requests.append(head)
            reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            if reply == HANG_UP:
                break
            writer.write(reply)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return b""
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line.partition(b":")[2]))
        return head

    def keys(self) -> set[bytes]:
        return {line for head in self.requests for line in head.split(b"\r\n") if line.startswith(b"Idempotency-Key")}


@asynccontextmanager
async def line_to(server: Server) -> AsyncIterator[Line]:
    listening = await asyncio.start_server(server.accept, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    wires = Wires(f"http://127.0.0.1:{port}", 5.0, asyncio.Semaphore(4))
    yield Line(wires, NativeAdapter(), Transcript("a-case"))
    await wires.close()
    await asyncio.gather(*server.serving)
    listening.close()
    await listening.wait_closed()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "first", [later("rate_limited", 429), later("overloaded", 503), answer(202, {}), HANG_UP, answer(502)]
)
async def test_what_proves_nothing_is_sent_again_under_the_same_key(first: bytes) -> None:
    server = Server(first, answer(201, CAMPAIGN))
    async with line_to(server) as line:
        exchange = await line.persist(routes.CREATE_CAMPAIGN, MAKER, body=SPEC)
    assert (exchange.outcome, exchange.value["id"]) == ("ok", "c1")
    assert len(server.requests) == 2
    assert len(server.keys()) == 1
    assert [one.number for one in line.transcript.exchanges] == [0, 1], "both were written down"


@pytest.mark.asyncio
@pytest.mark.parametrize(("status", "code"), [(500, "internal"), (409, "wrong_state"), (404, "not_found")])
async def test_an_answer_is_not_asked_for_again(status: int, code: str) -> None:
    server = Server(answer(status, {"code": code}))
    async with line_to(server) as line:
        exchange = await line.persist(routes.CREATE_CAMPAIGN, MAKER, body=SPEC)
    assert len(server.requests) == 1
    assert (exchange.status, exchange.code) == (status, code)


@pytest.mark.asyncio
async def test_a_lost_reply_is_asked_for_three_times_and_then_left_open() -> None:
    server = Server(HANG_UP)
    async with line_to(server) as line:
        exchange = await line.persist(routes.CREATE_CAMPAIGN, MAKER, body=SPEC)
    assert (exchange.status, exchange.outcome, len(server.requests)) == (0, "unknown", 4)


@pytest.mark.asyncio
async def test_a_write_without_a_key_is_never_repeated_when_its_reply_is_lost() -> None:
    server = Server(HANG_UP)
    async with line_to(server) as line:
        await line.persist(routes.SET_CLOCK, MAKER, body={"now": "2026-01-01T00:00:00Z"})
    assert len(server.requests) == 1


@pytest.mark.asyncio
async def test_the_token_goes_over_the_wire_and_never_into_the_transcript() -> None:
    server = Server(answer(200, {**HEALTHY, "added_later": 1}))
    async with line_to(server) as line:
        exchange = await line.send(routes.HEALTH, MAKER)
    assert b"Bearer a-secret-token" in server.requests[0]
    assert "a-secret-token" not in json.dumps(exchange.as_json())
    assert exchange.value == HEALTHY, "a field we do not know is ignored (S-1)"


@pytest.mark.asyncio
async def test_a_refused_connection_had_no_effect() -> None:
    wires = Wires("http://127.0.0.1:1", 5.0, asyncio.Semaphore(1))
    exchange = await Line(wires, NativeAdapter(), Transcript("a-case")).send(routes.HEALTH, MAKER)
    await wires.close()
    assert (exchange.status, exchange.sent, exchange.outcome) == (0, False, "no_effect")


@pytest.mark.asyncio
@pytest.mark.parametrize(("numbers", "connections"), [((0, 0), 1), ((0, 1), 2)])
async def test_another_number_is_another_connection(numbers: tuple[int, int], connections: int) -> None:
    server = Server(answer(200, HEALTHY))
    async with line_to(server) as line:
        for number in numbers:
            await line.send(routes.HEALTH, MAKER, connection=number)
    assert len(server.callers) == connections
