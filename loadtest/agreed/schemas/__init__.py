"""JSON Schemas of the agreed files, made from their models and checked in: editors complete and mark with them.

``python -m loadtest.agreed.schemas`` writes them anew. They say what a file may hold; rules that join several fields
are told by the reader itself, with the field's name.
"""

import json
from importlib import resources
from pathlib import Path

from pydantic import BaseModel

from loadtest.agreed.plan import Plan
from loadtest.agreed.target import Target
from loadtest.selection.model import SelectionFile
from loadtest.selection.scoring_rules import ScoringRules
from loadtest.vendor_claims.model import Claims
from loadtest.vendor_files.mapping import Mapping

SCHEMAS: dict[str, type[BaseModel]] = {
    "target": Target, "plan": Plan, "claims": Claims, "mapping": Mapping, "selection": SelectionFile,
    "scoring_rules": ScoringRules,
}  # fmt: skip


def schema_text(name: str) -> str:
    """The schema of one file, as it is checked in."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SCHEMAS[name].model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def checked_in(name: str) -> str:
    """The schema as it lies beside this module. Raises FileNotFoundError."""
    return resources.files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")


def write_all(folder: Path) -> None:
    """Write every schema into ``folder``."""
    for name in SCHEMAS:
        (folder / f"{name}.schema.json").write_text(schema_text(name), encoding="utf-8")
