"""What the commands print: results on stdout, everything else on stderr, errors without a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from voucher_platform.core.logs import log_as_json
from voucherlab.errors import VoucherlabError


def say(text: str) -> None:
    """A line for the person at the terminal, on stderr."""
    typer.echo(text, err=True)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns a VoucherlabError into its text and exit code 1."""
    try:
        yield
    except VoucherlabError as error:
        say(f"voucherlab: {error}")
        raise typer.Exit(1) from None


def log_to_stderr() -> None:
    """One masked JSON line an event, on stderr, so that stdout stays for results."""
    log_as_json(stream=sys.stderr, process="supervisor")
