"""Runs an operation over httpx under asyncio."""

import asyncio

import httpx

from voucher_contract.operations.protocol import Operation, Outcome, Reply, Wait

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
        try:
            got = await client.request(step.method, step.path, headers=step.headers, content=step.body)
            answer = Reply(got.status_code, {k.lower(): v for k, v in got.headers.items()}, got.content)
        except httpx.HTTPError as error:
            answer = Reply(0, {}, str(error).encode(), sent=not isinstance(error, _NEVER_SENT))
