"""Free ports on the loopback interface that stay free while a service restarts."""

import errno
import random
import socket

from voucherlab.errors import VoucherlabError

LOOPBACK = "127.0.0.1"
# Below the range the kernel takes for outgoing connections (32768 and up): a port of ours that is closed for
# the moment of a restart cannot be taken by some connection of a load test.
_FIRST_PORT, _LAST_PORT = 20_000, 31_999
_ATTEMPTS = 200


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """True when nothing listens on the port, so that a service may take it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections in TIME_WAIT from an earlier run must not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def free_port(preferred: int | None = None) -> int:
    """A free loopback port; `preferred` when that one is free (a warm start keeps its port)."""
    if preferred and is_free(preferred):
        return preferred
    chooser = random.SystemRandom()
    for _ in range(_ATTEMPTS):
        port = chooser.randint(_FIRST_PORT, _LAST_PORT)
        if is_free(port):
            return port
    raise VoucherlabError(f"no free port between {_FIRST_PORT} and {_LAST_PORT} on {LOOPBACK}")


def reserve_shared(host: str, port: int) -> socket.socket:
    """Holds a port for a group of processes that listen on it with SO_REUSEPORT.

    The returned socket is bound but does not listen, so it gets no connection; while it is open no program
    of another user can slip onto the port. `port` 0 takes a free one. Raises VoucherlabError when taken.
    """
    if port == 0:
        port = free_port()
    elif not is_free(port, host):
        raise VoucherlabError(f"port {port} on {host} is taken; choose another with --port, or 0 for a free one")
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((host, port))
    return holder
