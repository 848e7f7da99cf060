"""What is wrong with the entered files: each fault by its field, in Chinese and English."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from loadtest.agreed.reading import MAX_BYTES, ConfigurationError, Strict, read_agreed
from loadtest.selection.said import Said, keys, said

Model = TypeVar("Model", bound=Strict)
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True)
class Fault:
    """``field`` as the file writes it, lists counted from 1: ``applicants.2.received_at``."""

    field: str
    what: Said

    def as_json(self) -> dict[str, str]:
        """For the console."""
        return {"field": self.field, **self.what.both()}

    def line(self) -> str:
        """For a person at the command line."""
        both = self.what.both()
        return f"{self.field}: {both['zh']} {both['en']}"


class SelectionFaults(ConfigurationError):
    """A selection that cannot be used, with every fault that was found."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path = path
        self.faults = tuple(faults)
        super().__init__(f"{path}: " + "; ".join(fault.line() for fault in faults))


def read_strictly(path: Path, model: type[Model]) -> Model:
    """The file as ``model``. Raises SelectionFaults."""
    try:
        return read_agreed(path, model)
    except ConfigurationError as error:
        cause = error.__cause__
        if isinstance(cause, ValidationError):
            raise SelectionFaults(path, [_fault(one) for one in cause.errors()]) from error
        raise SelectionFaults(path, [Fault("(file)", _unreadable(cause))]) from error


def _unreadable(cause: BaseException | None) -> Said:
    """Why a file is no TOML at all, in words of one language at a time: what Python says is English only."""
    if isinstance(cause, FileNotFoundError):
        return said("fault.absent")
    if isinstance(cause, UnicodeDecodeError):
        return said("fault.not_utf8")
    if isinstance(cause, tomllib.TOMLDecodeError):
        at = _PLACE.search(str(cause))
        return said("fault.not_toml", line=at[1], column=at[2]) if at else said("fault.not_toml_at_end")
    return said("fault.cannot_open") if isinstance(cause, OSError) else said("fault.too_large", most=MAX_BYTES)


def place(*parts: str | int) -> str:
    """A field's name; positions in lists are counted from 1, as people count."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in parts) or "(file)"


def _fault(error: ErrorDetails) -> Fault:
    key = f"fault.{error['type']}"
    known = key if key in keys() else "fault.other"
    context = {name: value for name, value in error.get("ctx", {}).items() if name != "error"}
    detail = re.sub(r"^Value error, ", "", error["msg"])
    return Fault(place(*error["loc"]), said(known, **context, detail=detail))
