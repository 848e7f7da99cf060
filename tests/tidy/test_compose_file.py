"""docker-compose.yml against the Compose specification and our own rules. No engine runs here."""

import json
import re
import shlex
from importlib.resources import files as resources
from typing import Any

import jsonschema
import pytest
import yaml

from tests.tidy.tree import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"migrate"}


def test_compose_file_follows_the_compose_specification() -> None:
    schema_file = resources("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_a_wrong_compose_file_is_noticed() -> None:
    schema_file = resources("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert not validator.is_valid({"services": {"redis": {"imagee": "redis"}}}), "the schema lets anything pass"


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.search(r"\d+\.\d+", tag), f"{name}: `{tag}` may be another server tomorrow"


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_every_running_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name].get("healthcheck", {}).get("test"), f"{name}: others cannot wait for it"


def test_every_secret_comes_from_the_environment() -> None:
    # A value with a default, or written out, would be a password that everyone knows.
    written = re.findall(r"(?m)^\s+\w*(?:PASSWORD|SECRET|AUTH)\w*:\s+(?!\$\{)(\S+)", TEXT)
    assert written == []
    assert not re.search(r"\$\{\w+(?::-|-)", TEXT), "a default for a secret is a shared secret"


def test_every_variable_is_described_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    described = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == described


def test_the_gate_never_forgets() -> None:
    words = shlex.split(SERVICES["redis"]["command"].replace("${REDIS_PASSWORD:?see .env.example}", "x"))
    options = dict(zip(words[1::2], words[2::2], strict=False))
    assert options["--maxmemory-policy"] == "noeviction", "evicted entries would let the gate sell a voucher twice"
    assert options["--appendonly"] == "yes"
