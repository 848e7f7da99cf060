"""Acts in the audit log have a name in both languages, whichever the platform writes."""

import re
from pathlib import Path

import pytest

import voucher_platform
from voucher_console.pages.audit import ACTS

SOURCES = Path(voucher_platform.__file__).parent
LITERAL = re.compile(r'\baction="([a-z_]+[a-z])"|_note\(connection, "([a-z_]+)"|_change\(\s*connection, "([a-z_]+)"')
# Put together where they are written: of a batch's state, of a decision on an alert, of a conditional.
COMPOSED = {"batch_live", "batch_paused", "batch_stopped", "risk_alert_released", "risk_alert_confirmed"}
COMPOSED |= {"reinstate_merchants", "void_voucher"}


def written() -> set[str]:
    """Every act that the platform's source writes as a literal."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in SOURCES.rglob("*.py"))
    return {word for found in LITERAL.findall(text) for word in found if word}


def test_the_source_is_searched_rightly() -> None:
    assert {"create_round", "freeze_voucher", "report_fetched", "settle"} <= written()


@pytest.mark.parametrize("act", sorted(written() | COMPOSED))
def test_an_act_is_said_in_words(act: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]", ACTS[act].zh)
    assert re.search(r"[A-Z][a-z]", ACTS[act].en)


def test_no_act_is_named_that_nobody_writes() -> None:
    assert set(ACTS) == written() | COMPOSED
