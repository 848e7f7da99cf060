"""Where files may lie, and what they may be called."""

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, files, python_files

ROOM_FILES = {"__init__.py", "api.py", "operations.py", "rules.py", "tables.py"}
# What a room may hold besides, each with its reason.
ROOM_EXTRAS = {
    "core/*": "core is what every room uses; its files are its parts",
    "claims/*": "gate, batching, limiter, janitor and rebuild are processes of their own, not operations",
    "reports/*": "one file a format, beside the indicators",
    "merchants/imports.py": "the import of a roster, an act of many steps beside the register's operations",
    "merchants/reading.py": "bytes of an unknown file become rows of cells",
    "merchants/xlsx_guard.py": "an untrusted workbook is made safe before a reader sees it",
    "merchants/sheet_check.py": "the guard's look into the XML of a sheet",
    "merchants/columns.py": "the roster's columns as data",
    "merchants/cell_rules.py": "rules of one cell, told from the rules of a whole roster",
    "merchants/faults.py": "what can be wrong with a cell, as data in two languages",
    "merchants/error_file.py": "the roster given back with its error column",
    "merchants/industries.py": "GB/T 4754 classes as data",
    "people/statements.py": "SQL shared by two operations",
    "redemptions/expiry.py": "the worker's sweep, which no request starts",
    "redemptions/facts.py": "what the rules judge, loaded in one place",
    "redemptions/last_refusals.py": "written in the background, which no request waits for",
    "redemptions/scanning.py": "what a till's scanner read, judged before the voucher is known",
    "redemptions/taking.py": "vouchers are taken in groups, a process of its own",
    "refunds/movements.py": "the transfers of a refund, shared by its regimes",
    "refunds/voucher_use.py": "what a holder is told, over the tables of three rooms",
    "risk_rules/counting.py": "what one process counts, beside the requests it counts",
    "risk_rules/guard.py": "who is frozen, at hand in every process",
    "risk_rules/raising.py": "SQL from what all processes have seen to alerts, started by no request",
    "risk_rules/sightings.py": "what a claim leaves behind on its way, and nothing more",
    "risk_rules/watching.py": "the watch of a process, which no request starts",
    "pages/*": "pages for people: templates, styles, scripts and words, and what reads and serves them",
    "staff/wrong_tries.py": "the limit on wrong sign-ins, kept apart from signing in",
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "commons", "manager", "managers", "misc"}


def test_platform_folder_never_becomes_a_package() -> None:
    bad = [path for path in files() if path.parent == Path("platform") and path.suffix == ".py"]
    assert not bad, f"{bad}: a Python file directly in platform/ shadows the standard library's `platform`"


@pytest.mark.parametrize("folder", [ROOT, ROOT / "tests"])
def test_standard_platform_module_keeps_its_name(folder: Path) -> None:
    code = "import platform; print(platform.system())"
    shown = subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True)
    assert shown.stdout.strip() == platform.system(), "our platform/ folder shadows the standard library's module"


def test_bench_has_no_module_named_like_the_standard_library() -> None:
    names = {path: Path(*path.parts[1:]).parts[0].removesuffix(".py") for path in python_files("loadtest")}
    bad = [path for path, name in names.items() if name in sys.stdlib_module_names]
    assert not bad, f"{bad}: `locust -f loadtest/locustfile.py` puts loadtest/ first on sys.path, so these shadow it"


def test_no_module_has_a_name_that_says_nothing() -> None:
    bad = [path for path in python_files() if VAGUE_NAMES & {part.removesuffix(".py") for part in path.parts}]
    assert not bad, f"{bad}: name a module after what it does; utils and managers collect everything"


def test_each_room_has_the_same_few_file_names() -> None:
    bad = []
    for path in files():
        if path.parts[:2] != ("platform", "voucher_platform") or len(path.parts) < 4:
            continue
        room, inside = path.parts[2], path.parts[3]
        known = inside in ROOM_FILES | {"operations"} or {f"{room}/*", f"{room}/{inside}"} & ROOM_EXTRAS.keys()
        if not known:
            bad.append(path)
    assert not bad, f"{bad}: a room is api, operations, rules, tables; give another file its reason in ROOM_EXTRAS"


def test_importable_folders_have_an_init() -> None:
    roots = {
        "platform/voucher_console",
        "platform/voucher_contract",
        "platform/voucher_platform",
        "platform/voucherlab",
        "merchant_sim",
        "loadtest",
    }
    folders = {path.parent for path in python_files() if any(path.as_posix().startswith(f"{root}/") for root in roots)}
    bad = [folder for folder in folders if not (ROOT / folder / "__init__.py").is_file()]
    assert not bad, (
        f"{sorted(bad)}: without __init__.py import-linter does not see the folder and lets it import anything"
    )


def test_room_names_are_in_the_import_rules() -> None:
    rules = (ROOT / ".importlinter").read_text(encoding="utf-8")
    rooms = {p.parts[2] for p in files() if p.parts[:2] == ("platform", "voucher_platform") and len(p.parts) > 3}
    missing = {room for room in rooms if not re.search(rf"^    .*\({room}\)", rules, re.MULTILINE)}
    assert not missing, f"{missing}: a room that is not in .importlinter's layers may import anything"
