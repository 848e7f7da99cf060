"""Reads an agreed TOML file into its model; every fault is named with its field."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

MAX_BYTES = 1_000_000
Model = TypeVar("Model", bound=BaseModel)


class ConfigurationError(ValueError):
    """A file that cannot be used; the text names the file and every field at fault. Exit code 2."""


class Strict(BaseModel):
    """Base of the agreed files: immutable, unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_agreed(path: Path, model: type[Model]) -> Model:
    """The file as ``model``. Raises ConfigurationError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigurationError(f"{path}: larger than {MAX_BYTES} bytes 文件过大")
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read 无法读取: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML 不是有效的 TOML: {error}") from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or '(file)'}: {fault['msg']}" for fault in error.errors()]
        raise ConfigurationError(f"{path}: " + "; ".join(faults)) from error
