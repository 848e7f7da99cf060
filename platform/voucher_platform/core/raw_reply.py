"""A reply as the server sends it: what both ways of serving a request end in, so that they cannot differ."""

from typing import NamedTuple

from fastapi import Response
from starlette.types import Send

RawHeaders = list[tuple[bytes, bytes]]


class RawReply(NamedTuple):
    """A status, header lines with names in lower case, and the whole body."""

    status: int
    headers: RawHeaders
    body: bytes

    async def send(self, send: Send) -> None:
        """Give it to the server."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    def response(self) -> Response:
        """The same reply for a handler that FastAPI calls."""
        response = Response(self.body, self.status)
        response.raw_headers = self.headers
        return response


def json_reply(status: int, body: bytes, *more: tuple[bytes, bytes]) -> RawReply:
    """A body of JSON with its length and type, after the headers of ``more``."""
    length = b"%d" % len(body)
    return RawReply(status, [*more, (b"content-length", length), (b"content-type", b"application/json")], body)
