"""A selection as an officer keeps it: valid by default, three applicants and three judges, all conditions met."""

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loadtest.bundle.record import TargetFacts
from loadtest.bundle.writing import write_bundle
from loadtest.selection.model import SelectionFile
from loadtest.selection.reading import FILE, Entered
from tests.bundle_samples import record_of, run_folder
from voucher_contract.notice import Notice, load_notice

ITEMS = ("legality", "services", "technology", "operations")
FULL = {"legality": 28, "services": 17, "technology": 26.5, "operations": 18}


@cache
def notice() -> Notice:
    """The shipped one."""
    return load_notice()


def before_deadline(**by: float) -> str:
    """A time that much before the deadline, as the file holds it."""
    return (notice().notice.deadline_at - timedelta(**by)).isoformat()


def checklist(*, branch: bool = False, **answers: str) -> dict[str, Any]:
    """Everything yes, but for the items given as ITEM=ANSWER; "" leaves one out."""
    found = {one.id: "yes" for one in notice().entry if branch or not one.only_branch}
    made = {**found, **answers}
    return {item: {"answer": answer, "checked_by": "核对人一"} for item, answer in made.items() if answer}


def applicant(number: int, **changes: Any) -> dict[str, Any]:
    """One in time, all conditions met."""
    return {
        "id": f"a{number}", "name": f"报名单位{number}", "received_at": before_deadline(hours=number),
        "received_by": "收件人", "checklist": checklist(), **changes,
    }  # fmt: skip


def paper(judge: int, of: int, **points: float) -> dict[str, Any]:
    """One judge's complete scores, but for the items given; a negative one leaves the item out."""
    given = {item: value for item, value in {**FULL, **points}.items() if value >= 0}
    return {"judge": f"j{judge}", "applicant": f"a{of}", "points": given}


def papers(*totals_for_operations: float, judges: int = 3) -> list[dict[str, Any]]:
    """Every judge's scores of applicants 1, 2, …, alike but for the item of operations."""
    return [
        paper(judge, of, operations=points)
        for of, points in enumerate(totals_for_operations, 1)
        for judge in range(1, judges + 1)
    ]


def raw(**changes: Any) -> dict[str, Any]:
    """The file as TOML would be read."""
    return {
        "notice": notice().notice.id, "judges": [{"id": f"j{n}", "name": f"评委{n}"} for n in (1, 2, 3)],
        "applicants": [applicant(1), applicant(2), applicant(3)], "scores": papers(18, 16, 17), **changes,
    }  # fmt: skip


def entered(folder: Path = Path(), **changes: Any) -> Entered:
    """What was entered, without going through a file."""
    return Entered(folder, SelectionFile.model_validate(raw(**changes)), notice(), "ab" * 32)


def write_file(folder: Path, content: dict[str, Any], name: str = FILE) -> Path:
    """The content as a TOML file; times stay times."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    lines = (f"{key} = {_toml(value)}" for key, value in content.items())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def bundle(path: Path, name: str, *results: Any, key: Ed25519PrivateKey | None = None, **changes: Any) -> Path:
    """A sealed bundle of a platform of that name."""
    folder = run_folder(path)
    target = TargetFacts(name, "https", f"{path.name}.test.example.cn")
    write_bundle(folder, record_of(*results, target=target, run_id=path.name, **changes), key)
    return folder


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return json.dumps(value, ensure_ascii=False)
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
