"""The checked-in schemas are those of the models; examples and shipped plans are valid by schema and by model."""

import json
import tomllib
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from loadtest.agreed.plan import Plan
from loadtest.agreed.reading import read_agreed
from loadtest.agreed.schemas import SCHEMAS, checked_in, schema_text, write_all

EXAMPLES = ("target", "claims", "mapping", "selection", "scoring_rules")


def plain(value: Any) -> Any:
    """TOML as JSON would hold it: times as text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def faults(name: str, document: dict[str, Any]) -> list[str]:
    """What the schema says against a document."""
    validator = Draft202012Validator(json.loads(checked_in(name)))
    return [f"{'.'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in validator.iter_errors(document)]


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_the_checked_in_schema_is_current(name: str) -> None:
    assert checked_in(name) == schema_text(name), "run python -m loadtest.agreed.schemas"


def test_the_writer_writes_them_all(tmp_path: Path) -> None:
    write_all(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.schema.json" for name in SCHEMAS}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_is_valid_by_schema_and_model(name: str) -> None:
    with resources.as_file(resources.files("loadtest.agreed.examples").joinpath(f"{name}.toml")) as path:
        assert faults(name, plain(tomllib.loads(path.read_text(encoding="utf-8")))) == []
        assert read_agreed(path, SCHEMAS[name]).model_dump()


def test_every_shipped_plan_is_valid_by_schema_and_model() -> None:
    with resources.as_file(resources.files("loadtest").joinpath("plans")) as folder:
        for path in sorted(folder.glob("*.toml")):
            assert faults("plan", plain(tomllib.loads(path.read_text(encoding="utf-8")))) == [], path.name
            assert read_agreed(path, Plan).name


def test_a_misspelt_field_is_named_by_the_schema() -> None:
    assert "rate_pers" in str(faults("plan", {"name": "x", "steps": [{"rate_pers": 1}]}))
