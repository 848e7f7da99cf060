"""Runs an operation over httpx under asyncio."""

import asyncio

import httpx

from voucher_contract.operations.protocol import Call, Operation, Outcome, Reply, Wait

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


async def run(operation: Operation, client: httpx.AsyncClient) -> Outcome:
    """Drive ``operation`` to its outcome. Network errors become a ``Reply`` of status 0, never an exception."""
    answer: Reply | None = None
    while True:
        try:
            step = operation.send(answer)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
            answer = None
            continue
        answer = await _send(step, client)


async def _send(call: Call, client: httpx.AsyncClient) -> Reply:
    """One request, once. A network error is a ``Reply`` of status 0, never an exception."""
    try:
        got = await client.request(call.method, call.path, headers=call.headers, content=call.body)
    except httpx.HTTPError as error:
        return Reply(0, {}, str(error).encode(), sent=not isinstance(error, _NEVER_SENT))
    return Reply(got.status_code, {k.lower(): v for k, v in got.headers.items()}, got.content)
