"""Sizes, words and imports that the house does not want."""

import ast
import re
from pathlib import Path
from statistics import median

import pytest

from tests.tidy.tree import files, functions, imported_modules, python_files, read

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
# A ratchet: lower it when the tree allows, never raise it.
MAX_MEDIAN_FILE_LINES = 110
STAND_INS = {"unittest.mock", "mock", "fakeredis", "sqlite3", "aiosqlite", "pytest_mock", "respx", "responses"}


def test_no_file_is_longer_than_500_lines() -> None:
    long = {str(path): n for path in python_files() if (n := len(read(path).splitlines())) > MAX_FILE_LINES}
    assert not long, f"{long}: a file is read whole; split it by what changes together"


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{path}:{node.lineno} {node.name} has {lines} lines"
        for path in python_files()
        for node in functions(path)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert not long, "one verb, one function; over 60 lines it is several:\n" + "\n".join(long)


def test_median_file_stays_small() -> None:
    sizes = [len(read(path).splitlines()) for path in python_files() if path.name != "__init__.py"]
    assert median(sizes) <= MAX_MEDIAN_FILE_LINES, f"median {median(sizes)}: files grow; new things want new files"


def test_nothing_is_left_for_later() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    bad = [str(path) for path in files() if path.suffix in {".py", ".lua", ".sh", ".sql"} and mark.search(read(path))]
    assert not bad, f"{bad}: open work is an issue, not a comment on main"


def test_nothing_real_is_replaced_by_a_stand_in() -> None:
    bad = {str(path): hit for path in python_files() if (hit := imported_modules(path) & STAND_INS)}
    assert not bad, f"{bad}: mocks, fake Redis and SQLite pass where the real server fails; use the real one"


def _asserts(node: ast.AST, asserting: frozenset[str]) -> bool:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert):
            return True
        if isinstance(inner, ast.Call):
            name = ast.unparse(inner.func)
            last = name.rpartition(".")[2]
            if name in {"pytest.raises", "pytest.fail", "pytest.warns"} or last in asserting:
                return True
            if last.lstrip("_").startswith(("assert_", "expect_", "check_", "call_and_validate")):
                return True
    return False


def _asserting_names(path: Path) -> frozenset[str]:
    """Functions of the file that assert, so that a test which only calls one of them counts."""
    return frozenset(node.name for node in functions(path) if _asserts(node, frozenset()))


@pytest.mark.parametrize("path", python_files("tests"), ids=str)
def test_every_test_asserts_something(path: Path) -> None:
    known = _asserting_names(path)
    bad = [node.name for node in functions(path) if node.name.startswith("test_") and not _asserts(node, known)]
    assert not bad, f"{path}: {bad} cannot fail except by crashing; say what must hold"


def test_only_operations_end_a_transaction() -> None:
    allowed = re.compile(
        r"/(core|operations)/|/operations\.py$|/claims/|/worker\.py$|^platform/migrations/|^platform/voucherlab/"
    )
    bad = [
        f"{path}:{node.lineno}"
        for path in python_files("platform")
        if not allowed.search(path.as_posix())
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not bad, f"{bad}: the operation owns its one transaction; a commit elsewhere may fail after the 200 has left"
