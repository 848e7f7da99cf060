"""Making an untrusted xlsx safe to hand to a reader.

The archive is inflated here under a limit, every XML part is checked (``sheet_check``), and the reader gets a fresh
archive of exactly the parts that were checked: what it sees is what was measured.
"""

import io
import zipfile
import zlib

from voucher_platform.merchants.sheet_check import SheetCheck, UnsafeWorkbook

_MOST_BYTES = 32 * 1024 * 1024
_MOST_PARTS = 500


def checked_archive(content: bytes, *, most_rows: int) -> bytes:
    """A plain archive of the workbook's XML parts. Raises ``UnsafeWorkbook`` or ``FarCell``."""
    parts = _inflate(content)
    if "xl/workbook.xml" not in parts:
        raise UnsafeWorkbook("压缩包中没有 Excel 工作簿")
    check = SheetCheck(most_rows)
    fresh = io.BytesIO()
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            check.read(part)
            archive.writestr(name, part)
    check.finish()
    return fresh.getvalue()


def _inflate(content: bytes) -> dict[str, bytes]:
    """The XML parts by name, reading no more than the limit whatever the archive says of itself."""
    parts: dict[str, bytes] = {}
    left = _MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_PARTS:
                raise UnsafeWorkbook("压缩包中的文件过多")
            for entry in entries:
                if not entry.filename.endswith((".xml", ".rels")):
                    continue  # Pictures and macros: no reader of cells needs them.
                with archive.open(entry) as stream:
                    part = stream.read(left + 1)
                left -= len(part)
                if left < 0:
                    raise UnsafeWorkbook(f"解压后超过 {_MOST_BYTES // 1024 // 1024} MB")
                parts[entry.filename] = part
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        # RuntimeError: encrypted, or packed by a method that zipfile does not know.
        raise UnsafeWorkbook("文件已损坏或已加密") from error
    return parts
