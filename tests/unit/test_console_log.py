"""What the console's log keeps silent: somebody who left a page before it was there, and nothing else."""

import logging

import pytest

from voucher_console.process import _is_worth_a_line


def record(error: Exception) -> logging.LogRecord:
    """A line of the server's about an error of the application."""
    told = (type(error), error, None)
    return logging.LogRecord("uvicorn.error", logging.ERROR, __file__, 1, "Exception in ASGI app", None, told)


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (RuntimeError("No response returned."), False), (RuntimeError("another"), True),
        (ValueError("No response returned."), True),
    ],
)  # fmt: skip
def test_only_a_reader_who_left_goes_unsaid(error: Exception, kept: bool) -> None:
    assert _is_worth_a_line(record(error)) == kept
