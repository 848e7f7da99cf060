"""The operator's page names only what there is: figures, settings, refusals, reasons, log lines, commands."""

import re
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, python_files, read
from voucher_contract.refusals import REFUSALS
from voucher_contract.routes import ROUTES
from voucher_platform.claims.backlog import Backlog
from voucher_platform.core import figures
from voucher_platform.core.meters import Meters
from voucher_platform.operating.api import router
from voucher_platform.operating.rules import Shared, Stock, missing_parts, scrape_text
from voucher_platform.settings import Settings

GUIDES = [Path("platform/docs/operating.md"), Path("platform/docs/operating.zh-CN.md")]
# Words of PostgreSQL, Redis and Prometheus, and the fields of our own replies and lines.
OTHERS = {
    "synchronous_commit", "fsync", "noeviction", "missing", "part", "reason", "rule", "stage", "worker", "left_out",
    "voucherlab",
}  # fmt: skip
EVENT = re.compile(r"""log\.(?:info|warning|error|exception|critical)\(\s*["']([a-z_]+)["']""")
FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def words(guide: Path) -> set[str]:
    """Everything in backticks that is one plain word."""
    return set(re.findall(r"`([a-z][a-z_]+)`", FENCED.sub("", read(guide))))


def told_events() -> set[str]:
    return {event for path in python_files("platform") for event in EVENT.findall(read(path))}


def parts_and_reasons() -> set[str]:
    missing = missing_parts(pulse_age=99, shut_for="starting", limiter_age=0)
    return {one.part for one in missing} | {one.reason for one in missing} | set(figures.SHUT_FOR)


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_every_word_it_quotes_is_one_of_ours(guide: Path) -> None:
    named = {word for word in words(guide) if not word.startswith("voucherlab_")}
    known = set(REFUSALS) | told_events() | parts_and_reasons() | set(figures.STAGES) | OTHERS
    assert len(named) > 20, "the page was not read"
    assert named <= known, f"{named - known}: nothing of that name is there"


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_every_figure_it_names_stands_in_a_scrape_with_the_label_it_gives(guide: Path) -> None:
    full = Shared(1, [Stock("bat_1", 1, 0, 0)], 0, Backlog(0, 0.0))
    meters = Meters()
    for figure in figures.FIGURES:
        for value in figure.values:
            meters.cells[figures.PLACES[figure.name, value]] = 1.0
    scrape = scrape_text({"worker": meters.cells}, full, 0.0).decode()
    there = set(re.findall(r"^(voucherlab_\w+)", scrape, re.MULTILINE)) | set(
        re.findall(r"^# TYPE (\w+)", scrape, re.MULTILINE)
    )
    named = set(re.findall(r"\b(voucherlab_[a-z_]+)", read(guide)))
    assert len(named) > 15
    assert named <= there, f"{named - there}: no scrape has it"
    for figure_name, label in re.findall(r'(voucherlab_[a-z_]+)\{(\w+="\w+")\}', read(guide)):
        rows = [row for row in scrape.splitlines() if row.startswith(figure_name) and label in row]
        assert rows, f"{figure_name} has no {label}"


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_every_setting_it_names_is_a_setting(guide: Path) -> None:
    named = set(re.findall(r"\bVOUCHERLAB_([A-Z_]+)", read(guide)))
    assert named
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_every_command_and_address_it_gives_is_there(guide: Path) -> None:
    from typer.main import get_command

    from voucherlab.cli import app

    text = read(guide)
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(re.findall(r"(?:^|`)voucherlab ([a-z]+)", text, re.MULTILINE)) <= commands.keys()
    for command, option in re.findall(r"voucherlab ([a-z]+) (--[a-z-]+)", text):
        assert option in {name for one in commands[command].params for name in one.opts}
    addresses = {route.path for route in ROUTES.values()} | {route.path for route in router.routes}  # type: ignore[attr-defined]
    for address in re.findall(r"http://127\.0\.0\.1:8000(/[\w/]+)", text):
        assert address.replace("BATCH", "{batch_id}").replace("ALERT", "{alert_id}") in addresses
    for module in re.findall(r"python -m ([\w.]+)", text):
        assert (ROOT / (module.replace(".", "/") + ".py")).exists()


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_every_link_to_a_part_of_the_page_leads_to_one(guide: Path) -> None:
    text = read(guide)
    kept = re.compile(r"[^\w\- ]")
    parts = {
        kept.sub("", heading.lower()).replace(" ", "-") for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)
    }
    linked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert linked
    assert linked <= parts, linked - parts


def test_every_reason_and_part_is_explained_in_both_languages() -> None:
    for guide in GUIDES:
        assert parts_and_reasons() <= words(guide), f"{guide}: {parts_and_reasons() - words(guide)}"


def test_both_languages_say_the_same() -> None:
    english, chinese = (read(guide) for guide in GUIDES)
    assert [len(marks) for marks in re.findall(r"^(#+) ", english, re.MULTILINE)] == [
        len(marks) for marks in re.findall(r"^(#+) ", chinese, re.MULTILINE)
    ]
    assert words(GUIDES[0]) == words(GUIDES[1])
    blocks = [[re.sub(r" *#.*", "", block) for block in FENCED.findall(text)] for text in (english, chinese)]
    assert blocks[0] == blocks[1]


def test_a_name_that_is_not_there_is_noticed() -> None:
    assert "hot_store_rebuilt" in told_events()
    assert "no_such_event" not in told_events() | parts_and_reasons() | set(REFUSALS)
