"""A photo of a voucher's code becomes the code. The file is a stranger's, so it is judged before it is unpacked."""

import io
import re
import warnings
from typing import Literal

import zxingcpp
from PIL import Image, UnidentifiedImageError

MAX_BYTES = 2 * 1024 * 1024
_MAX_PIXELS = 16_000_000
_READ_AT = 1_600
_FORMATS = ("JPEG", "PNG", "WEBP")
_CODE = re.compile(r"[A-Za-z0-9.]{8,120}")
# All that Pillow raises for a file it cannot make sense of; SyntaxError is its word for a broken PNG.
_UNREADABLE = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError,
)  # fmt: skip

Fault = Literal["unreadable", "too_large", "no_code", "several", "other_code"]


class NoCode(Exception):
    """The photo gives no voucher's code; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


def read_code(photo: bytes) -> str:
    """The one voucher's code in a JPEG, PNG or WebP picture. Raises ``NoCode``.

    The header tells the size before anything is unpacked: a small file can claim a wall of pixels. A JPEG is unpacked
    at a fraction of its size where that is enough.
    """
    if len(photo) > MAX_BYTES:
        raise NoCode("too_large")
    try:
        picture = _unpacked(photo)
    except NoCode:
        raise
    except _UNREADABLE as error:
        raise NoCode("unreadable") from error
    found = {one.text.strip() for one in zxingcpp.read_barcodes(picture) if one.text.strip()}
    codes = {text for text in found if _CODE.fullmatch(text)}
    if not found:
        raise NoCode("no_code")
    if not codes:
        raise NoCode("other_code")
    if len(codes) > 1:
        raise NoCode("several")
    return codes.pop()


def _unpacked(photo: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below Pillow's
        with Image.open(io.BytesIO(photo), formats=_FORMATS) as picture:
            width, height = picture.size
            if width * height > _MAX_PIXELS:
                raise NoCode("too_large")
            picture.draft("L", (_READ_AT, _READ_AT))
            grey = picture.convert("L")
    grey.thumbnail((_READ_AT, _READ_AT))
    return grey
