"""Requests made before anybody measures: one file, each request as its length, a newline, and its bytes."""

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made there is private


def scratch_parent() -> Path | None:
    """Where request files lie best: in memory, since a disk busy with them would slow the stores' own writes."""
    return _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None


@dataclass(frozen=True)
class Seat:
    """Somebody who may claim: their token, device, and the address they come from."""

    token: str
    device: str
    address: str


def claim_request(seat: Seat, batch_id: str, key: str) -> bytes:
    """One claim as it goes over the wire; the same bytes for every server of a comparison."""
    body = b'{"device":"%b"}' % seat.device.encode()
    head = (
        f"POST /v1/batches/{batch_id}/claims HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {seat.token}\r\n"
        f"Idempotency-Key: {key}\r\nX-Forwarded-For: {seat.address}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def write_requests(path: Path, requests: Iterable[bytes]) -> int:
    """Write the file anew; returns how many requests it holds."""
    count = 0
    with path.open("wb") as out:
        for count, request in enumerate(requests, 1):  # noqa: B007 - the last number is the count
            out.write(b"%d\n%b" % (len(request), request))
    return count


def read_requests(path: Path) -> Iterator[bytes]:
    """The inverse of ``write_requests``. Raises ValueError where the file is cut short."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        at = 0
        while at < len(whole):
            begin = whole.find(b"\n", at) + 1
            end = begin + int(whole[at : begin - 1])
            if not begin or end > len(whole):
                raise ValueError(f"{path.name} ends in the middle of a request")
            yield whole[begin:end]
            at = end
