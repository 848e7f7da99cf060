"""The document as printed pages: one at a time, in a process of its own, killed when it takes too long."""

import asyncio
import json
import sys
from dataclasses import asdict

import structlog

from voucher_contract import refusals
from voucher_platform.core.problems import Refused
from voucher_platform.reports.document.blocks import Document
from voucher_platform.reports.printing.fonts import FAMILIES, font_folders

log = structlog.get_logger(__name__)
_PROGRAM = "voucher_platform.reports.printing.typesetting"
_AT_ONCE, _WAITING, _LONGEST_S = 1, 4, 30.0


class Press:
    """Typesets documents: one at once, at most four more waiting, at most thirty seconds each."""

    def __init__(self, *, longest_s: float = _LONGEST_S) -> None:
        self._longest_s = longest_s
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._here = 0

    async def print_pdf(self, document: Document) -> bytes:
        """The pages. Raises ``Refused``: OVERLOADED where too many wait, or it took too long."""
        if self._here >= _AT_ONCE + _WAITING:
            raise Refused(refusals.OVERLOADED, "正在生成的报告过多 / too many reports are being printed")
        self._here += 1
        try:
            async with self._free:
                return await self._typeset(document)
        finally:
            self._here -= 1

    async def _typeset(self, document: Document) -> bytes:
        given = {"document": asdict(document), "fonts": FAMILIES, "folders": font_folders()}
        # Isolated and without our environment: it needs no secret, and gets none.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", _PROGRAM, env={}, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            sent = json.dumps(given, ensure_ascii=False).encode()
            made, complaint = await asyncio.wait_for(process.communicate(sent), self._longest_s)
        except TimeoutError as error:
            raise Refused(refusals.OVERLOADED, "报告生成超时 / printing took too long") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0 or not made.startswith(b"%PDF"):
            log.error(
                "a report was not printed", status=process.returncode, why=complaint.decode(errors="replace")[-2_000:]
            )
            raise RuntimeError("the report could not be typeset")
        return made
