"""Officers who look at pages of the console, as its server sees them: a page each, its live connection, nothing drawn.

    python -m loadtest.bench.viewers < PAGES

PAGES is JSON, ``[{"url", "cookie"}]``. Says ``open`` once every page is connected, and at the end of its input, as
JSON, how many updates each page has had. A browser would spend a core on drawing twenty pages; officers have computers
of their own for that, so here it would only be taken from the server that is measured.
"""

import ast
import asyncio
import json
import re
import sys
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import socketio  # type: ignore[import-untyped]

_SOCKET_PATH = "/_nicegui_ws/socket.io"
_QUERY = re.compile(r"\bquery: (\{[^\n]*\}),\n")
_TIMEOUT_S = 60.0
_ACKNOWLEDGED_EVERY_S = 3.0  # as NiceGUI's own script does


@dataclass(frozen=True)
class Looked:
    """A page that is to be opened: its address, and the cookie of somebody who has signed in."""

    url: str
    cookie: str


class Viewer:
    """One open page."""

    def __init__(self, looked: Looked) -> None:
        self.updates = 0
        self._looked = looked
        self._socket = socketio.AsyncClient(reconnection=False)
        self._client_id, self._next_message = "", 0
        self._socket.on("*", self._heard)

    async def open(self) -> None:
        """Fetch the page and connect as its script would. Raises RuntimeError where it is not that page."""
        headers = {"Cookie": self._looked.cookie}
        async with httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_S) as client:
            reply = await client.get(self._looked.url, headers=headers)
        said = _QUERY.search(reply.text)
        if reply.status_code != httpx.codes.OK or said is None:
            raise RuntimeError(f"{self._looked.url}: {reply.status_code}, {reply.headers.get('location', 'no page')}")
        query: dict[str, Any] = ast.literal_eval(said.group(1))
        self._client_id, self._next_message = query["client_id"], query["next_message_id"]
        query |= {"implicit_handshake": "true", "document_id": uuid.uuid4(), "tab_id": uuid.uuid4()}
        where = urlsplit(self._looked.url)
        await self._socket.connect(
            f"{where.scheme}://{where.netloc}?{urlencode(query)}", headers=headers, transports=["websocket"],
            socketio_path=_SOCKET_PATH, wait_timeout=_TIMEOUT_S,
        )  # fmt: skip

    async def acknowledge(self) -> None:
        """Say what has arrived, so that the server may forget it."""
        await self._socket.emit("ack", {"client_id": self._client_id, "next_message_id": self._next_message})

    async def close(self) -> None:
        """Leave the page."""
        await self._socket.disconnect()

    async def _heard(self, event: str, message: Any = None) -> None:
        self.updates += event == "update"
        if isinstance(message, dict):
            self._next_message = message.get("_id", self._next_message - 1) + 1


async def look(pages: list[Looked]) -> list[int]:
    """Hold them open until the input ends; the updates that each had since all were open."""
    viewers = [Viewer(one) for one in pages]
    await asyncio.gather(*(viewer.open() for viewer in viewers))
    before = [viewer.updates for viewer in viewers]
    sys.stdout.write("open\n")
    sys.stdout.flush()
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    while not ended.done():
        await asyncio.wait([ended], timeout=_ACKNOWLEDGED_EVERY_S)
        await asyncio.gather(*(viewer.acknowledge() for viewer in viewers))
    found = [viewer.updates - earlier for viewer, earlier in zip(viewers, before, strict=True)]
    await asyncio.gather(*(viewer.close() for viewer in viewers))
    return found


def main() -> None:
    """Look, and tell."""
    pages = [Looked(**one) for one in json.loads(sys.stdin.readline())]
    sys.stdout.write(json.dumps(asyncio.run(look(pages))) + "\n")


if __name__ == "__main__":
    main()
