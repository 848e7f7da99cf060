"""Logs: one JSON line an event, with the places of an error but never its local values."""

import sys

import structlog


def log_as_json() -> None:
    """Set the process's logs up. structlog's own default prints local variables: tokens, bodies, phone numbers."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stdout),
    )
