"""What a page asks of the platform besides the contract: a code drawn, a photo read."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import segno

from voucher_contract import refusals
from voucher_platform.core.problems import Refused
from voucher_platform.pages.photos import read_code

_MOST_PHOTOS = 8
_QUIET_ZONE = 4


@dataclass(frozen=True)
class Matrix:
    """A QR code: ``size`` modules a side, quiet zone included; ``modules`` row by row, 1 dark, 0 light."""

    size: int
    modules: str


def draw(text: str) -> Matrix:
    """``text`` as a QR code that every scanner reads; never a Micro QR code, which phones cannot."""
    code = segno.make_qr(text, error="m")
    rows = [bytes(row) for row in code.matrix_iter(border=_QUIET_ZONE)]
    return Matrix(len(rows), "".join("1" if module else "0" for row in rows for module in row))


class PhotoReader:
    """Reads photos beside the event loop, one at a time: unpacked one may take 20 MB, and claims come first."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="photo")
        self._asked = 0

    async def read(self, photo: bytes) -> str:
        """The voucher's code in a photo. Raises ``NoCode``; refuses ``overloaded`` while eight are being read."""
        if self._asked >= _MOST_PHOTOS:
            raise Refused(refusals.OVERLOADED)
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, read_code, photo)
        finally:
            self._asked -= 1
