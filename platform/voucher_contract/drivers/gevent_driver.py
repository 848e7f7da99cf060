"""Runs an operation over geventhttpclient: for crowds, and under Locust."""

import gevent
from geventhttpclient import HTTPClient

from voucher_contract.operations.protocol import Operation, Outcome, Reply, Wait


def run(operation: Operation, client: HTTPClient) -> Outcome:
    """Drive ``operation`` to its outcome. Network errors become a ``Reply`` of status 0, never an exception."""
    answer: Reply | None = None
    while True:
        try:
            step = operation.send(answer)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
        if isinstance(step, Wait):
            gevent.sleep(step.seconds)
            answer = None
            continue
        try:
            got = client.request(step.method, step.path, body=step.body or b"", headers=step.headers)
            headers = {str(k).lower(): str(v) for k, v in got.headers}
            answer = Reply(got.status_code, headers, bytes(got.read()))
        except ConnectionRefusedError as error:
            answer = Reply(0, {}, str(error).encode(), sent=False)
        except Exception as error:  # noqa: BLE001 - the client raises many kinds; each means "no complete reply"
            answer = Reply(0, {}, str(error).encode())
