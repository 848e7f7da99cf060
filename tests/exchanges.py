"""An exchange of a transcript for tests: a claim that was granted, unless told otherwise."""

from dataclasses import replace
from typing import Any

from loadtest.evidence.exchange import Exchange


def exchange(number: int = 0, **changes: Any) -> Exchange:
    made = Exchange(
        number=number, operation="claim", who="person-1", method="POST", path="/v1/batches/b/claims",
        request_headers={}, request_body=b"{}", t_invoke_ns=0, t_reply_ns=1_000_000, status=201,
        reply_headers={"x-request-id": "r"}, reply_body=b"{}", sent=True, outcome="ok", code=None,
        value={"id": f"v{number}", "state": "issued", "face_fen": 3_000},
    )  # fmt: skip
    return replace(made, **changes)
