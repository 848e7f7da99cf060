"""What the documents say is there."""

import re
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, files, read

READMES = (Path("README.md"), Path("README.zh-CN.md"))
ARCHITECTURE = Path("platform/ARCHITECTURE.md")
DECISIONS = Path("platform/decisions")
SCHEMA = Path("platform/migrations/versions/0001_first_schema.sql")
DOCUMENTS = [path for path in files() if path.suffix == ".md"]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _headings(path: Path) -> list[int]:
    """The levels of the headings, in order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", FENCED.sub("", read(path)), re.MULTILINE)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", FENCED.sub("", read(path)))
    dead = [link for link in links if "://" not in link and not (ROOT / path.parent / link).exists()]
    assert not dead, f"{path} points to {dead}"


@pytest.mark.parametrize("path", READMES, ids=str)
def test_every_make_target_in_the_readme_exists(path: Path) -> None:
    named = set(re.findall(r"(?:^|`|&& )make ([a-z-]+)", read(path), re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", read(Path("Makefile")), re.MULTILINE))
    assert named
    assert named <= targets, f"{named - targets}: no such target"


@pytest.mark.parametrize("path", READMES, ids=str)
def test_every_command_in_the_readme_exists(path: Path) -> None:
    from voucherlab.cli import app

    named = set(re.findall(r"`voucherlab ([a-z-]+)", read(path)))
    commands = {command.name for command in app.registered_commands}
    groups = {group.name for group in app.registered_groups}
    assert named == commands | groups, "the README's table and the command line differ"


@pytest.mark.parametrize("path", READMES, ids=str)
def test_every_option_of_the_demo_is_in_the_readme(path: Path) -> None:
    from typer.main import get_command

    from voucherlab.cli import app

    demo = get_command(app).commands["demo"]  # type: ignore[attr-defined]
    options = {name for option in demo.params for name in option.opts if name.startswith("--")} - {"--help"}
    assert set(re.findall(r"^\| `(--[a-z]+)", read(path), re.MULTILINE)) == options


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = READMES
    assert _headings(english) == _headings(chinese)
    fenced, translated = FENCED.findall(read(english)), FENCED.findall(read(chinese))
    assert [_without_remarks(block) for block in fenced] == [_without_remarks(block) for block in translated]


def _without_remarks(block: str) -> str:
    return re.sub(r" *#.*", "", block)


def test_every_constraint_of_the_invariants_exists() -> None:
    rows = re.findall(r"^\| (INV-\d+) \| .* \| (.*) \|$", read(ARCHITECTURE), re.MULTILINE)
    assert [name for name, _ in rows] == [f"INV-{n}" for n in range(1, len(rows) + 1)]
    schema, missing = read(SCHEMA), []
    for invariant, holder in rows:
        for word in re.findall(r"`([^`]+)`", holder):
            if "/" in word or word.startswith("GET "):
                continue
            missing += [f"{invariant}: {part}" for part in word.split(".") if not re.search(rf"\b{part}\b", schema)]
        missing += [f"{invariant}: {text}" for text in re.findall(r"UNIQUE \([^)]+\)", holder) if text not in schema]
        missing += [
            f"{invariant}: {path}" for path in re.findall(r"`(tests/\S+)`", holder) if not (ROOT / path).exists()
        ]
    assert not missing, f"{missing}: an invariant is held by what exists, not by a sentence"


def test_decisions_are_numbered_without_gaps_and_titled_alike() -> None:
    records = [path for path in files() if path.parent == DECISIONS]
    assert [path.name[:4] for path in records] == [f"{n:04}" for n in range(1, len(records) + 1)]
    bad = [str(path) for path in records if not read(path).startswith(f"# {path.name[:4]} ")]
    assert not bad, f"{bad}: the title begins with the record's number"


def test_the_picture_needs_no_font_and_no_network() -> None:
    picture = read(Path("platform/docs/voucher-round.svg"))
    assert "@font-face" not in picture
    assert re.findall(r'(?:href|src)="', picture) == []
    assert "<title" in picture, "a screen reader says what the picture shows"


def test_the_table_of_defects_is_current_and_leaves_none_without_a_case() -> None:
    from loadtest.faulty_vendors.catalogue import all_defects
    from loadtest.faulty_vendors.matrix_table import cases_by_defect, with_table

    document = read(Path("platform/docs/kill-matrix.md"))
    assert document == with_table(document), "renew it: python -m loadtest.faulty_vendors.matrix_table DOCUMENT"
    defects = {one.name for one in all_defects().values() if not one.lawful}
    assert cases_by_defect().keys() == defects, "every defect has a case that must find it, and lawful variants none"
