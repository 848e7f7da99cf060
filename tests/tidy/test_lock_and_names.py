"""The lock belongs to pyproject.toml, and no file names one machine or one registry."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.tree import ROOT, files, read

# Built from halves, so that this file does not hold what it looks for.
HOSTS = re.compile(
    "py" + "pi\\.org|files\\.python" + "hosted|registry\\.npm" + "js|deb\\.debian\\.org|--(extra-)?index" + "-url"
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(work" + r"/|root/|home/\w+/|Users/|opt/wheels|opt/pypi)")
BINARY = {".xlsx", ".png", ".jpg", ".whl", ".gz", ".pdf", ".ico", ".woff2"}


def _locked() -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", read_lock(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def read_lock() -> str:
    """The lock's text."""
    return read(Path("requirements.lock"))


def _declared() -> Iterator[Requirement]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group in (project["dependencies"], *project["optional-dependencies"].values()):
        yield from map(Requirement, group)


def test_lock_satisfies_every_declared_dependency() -> None:
    locked = _locked()
    bad = [
        str(need) for need in _declared() if not need.specifier.contains(locked.get(canonicalize_name(need.name), "0"))
    ]
    assert not bad, f"{bad}: pyproject.toml and requirements.lock disagree; run `make lock`"


def test_every_locked_package_has_its_hashes() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", read_lock(), flags=re.MULTILINE)[1:]
    bad = [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert entries, "the lock is empty"
    assert not bad, f"{bad}: without a hash the download is not checked"


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    bad = []
    for path in files():
        if path.suffix in BINARY:
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            if HOSTS.search(line) or MACHINE_PATHS.search(line):
                bad.append(f"{path}:{number}: {line.strip()[:80]}")
    assert not bad, "these work on one machine or behind one mirror only:\n" + "\n".join(bad)
