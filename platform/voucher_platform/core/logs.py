"""Logs: one JSON line an event, masked, with the process and the request it is about, and never a flood of them."""

import logging
import os
import sys
import time
from collections import Counter
from collections.abc import MutableMapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from voucher_platform.core.masking import mask_field

# Of the request that is being answered; what is done for many requests together carries none.
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
MOST_A_SECOND = 50
_KEY_LENGTH = 80
_log = structlog.get_logger(__name__)


def log_as_json(*, stream: TextIO = sys.stdout, process: str | None = None) -> None:
    """Set this process's logs up, those of the libraries and what ends the process included.

    structlog's own default prints local variables: tokens, bodies, phone numbers.
    """
    name = process or os.environ.get("VOUCHERLAB_PROCESS", "api")
    flood = _Flood()
    common: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _about(name, flood),
        structlog.processors.format_exc_info,
        _masked,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(processors=[flood, *common], logger_factory=structlog.PrintLoggerFactory(file=stream))
    handler = logging.StreamHandler(stream)
    handler.addFilter(lambda record: flood.passes(record.getMessage()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *common]
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_the_end


class _Flood:
    """Lets at most fifty lines of an event pass in a second, and has the next line say how many were left out.

    An outage meets every request of a rush: told once it is news, told ten thousand times it fills the disk.
    """

    def __init__(self) -> None:
        self._second = 0
        self._seen: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        if not self.passes(str(event.get("event"))):
            raise structlog.DropEvent
        return event

    def passes(self, event: str) -> bool:
        """Count one line of ``event``; whether it may be written."""
        second, event = int(time.monotonic()), event[:_KEY_LENGTH]
        if second != self._second:
            self._second, self._seen = second, Counter()
        self._seen[event] += 1
        if self._seen[event] > MOST_A_SECOND:
            self._left_out[event] += 1
            return False
        return True

    def take_left_out(self) -> dict[str, int]:
        """How many of which event were left out since this was last asked."""
        taken, self._left_out = self._left_out, Counter()
        return dict(taken)


def _about(process: str, flood: _Flood) -> Processor:
    def about(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        request_id = REQUEST_ID.get()
        if request_id is not None:
            event.setdefault("request_id", request_id)
        left_out = flood.take_left_out()
        if left_out:
            event["left_out"] = left_out
        return event

    return about


def _masked(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> EventDict:
    return {name: mask_field(name, value) for name, value in event.items()}


def _log_the_end(kind: type[BaseException], error: BaseException, places: TracebackType | None) -> None:
    """An error that ends the process is a line like any other, so that it is masked like any other."""
    _log.critical("process_ended_by_error", exc_info=(kind, error, places))
