"""Small real servers for the generator's tests, in threads or processes of their own."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket, bytes], bool]


class CountingServer:
    """Counts whole requests on the wire. ``behave`` answers each and says whether the connection goes on."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening: who connects from now on is refused. The thread that waits in ``accept`` is woken first."""
        if self._listening.fileno() >= 0:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while (request := _whole_request(connection)) is not None:
                self.requests.append(request)
                if not self._behave(connection, request):
                    return


def _whole_request(connection: socket.socket) -> bytes | None:
    received = b""
    while b"\r\n\r\n" not in received:
        block = connection.recv(65_536)
        if not block:
            return None
        received += block
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def counting(behave: Behaviour) -> Iterator[CountingServer]:
    """A counting server for as long as it is needed."""
    server = CountingServer(behave)
    try:
        yield server
    finally:
        server.close()


OK = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def answer(connection: socket.socket, _: bytes) -> bool:
    """A proper reply; the connection stays open."""
    connection.sendall(OK)
    return True


def close_without_reply(_connection: socket.socket, _: bytes) -> bool:
    """Take the request and hang up."""
    return False


def half_a_reply(connection: socket.socket, _: bytes) -> bool:
    """Announce more than comes."""
    connection.sendall(OK[:-1])
    return False
