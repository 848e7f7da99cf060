"""Phones keep their connections open: those of some must not shut the others out."""

import resource
import socket
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

from tests.conftest import PlatformServer

_KEPT_OPEN = 2_500
_ASK = b"GET /healthz HTTP/1.1\r\nHost: platform\r\n\r\n"


def answered(connection: socket.socket) -> bool:
    connection.sendall(_ASK)
    return connection.recv(4_096).startswith(b"HTTP/1.1 200 ")


def test_thousands_of_idle_connections_do_not_shut_out_the_next_one(
    platform_server: Callable[..., PlatformServer],
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _KEPT_OPEN + 500
    assert hard == resource.RLIM_INFINITY or hard >= needed, f"this machine allows {hard} open files"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    where = urlsplit(platform_server().ready.base_url)
    with ExitStack() as open_ones:
        for number in range(_KEPT_OPEN):
            kept = open_ones.enter_context(socket.create_connection((where.hostname, where.port), timeout=30))
            assert answered(kept), f"connection {number + 1} was not answered"
        assert answered(open_ones.enter_context(socket.create_connection((where.hostname, where.port), timeout=30)))
