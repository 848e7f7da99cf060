"""Twenty officers who look on: the arithmetic, and one real round with a few of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.bench.consoles import LEAST_RATIO, conclude
from loadtest.bench.generators.closed_loop import send
from loadtest.bench.phases import CREATED, Phase, Stage
from loadtest.bench.ratios import NotComparable
from loadtest.engine.children import environment

SECONDS = 8.0


def stage(*rates_per_s: tuple[str, float]) -> Stage:
    """Phases with those rates, their books in order."""
    phases = [
        Phase(
            kind=kind, status=CREATED, answers={CREATED: 10}, sent=10, lost=0, window_s=1.0, rate_per_s=rate, cpu_s={},
            stored=10,
        )
        for kind, rate in rates_per_s
    ]  # fmt: skip
    return Stage(send, Path("requests"), SECONDS, 0.0, phases)


def test_a_kind_that_slows_claims_by_more_than_a_tenth_is_missed() -> None:
    told = conclude(stage(("alone", 1_000), ("mixed", 950), ("screens", 890)), {"mixed": [8], "screens": [8]}, SECONDS)
    assert told["ratios"] == {"mixed_vs_alone": 0.95, "screens_vs_alone": 0.89}
    assert told["missed"] == ["screens_vs_alone"]
    assert LEAST_RATIO == 0.9


def test_a_page_that_was_not_really_open_gives_no_ratio() -> None:
    rates = (("alone", 1_000.0), ("mixed", 999.0), ("screens", 999.0))
    with pytest.raises(NotComparable, match="screens: a page had 1 updates"):
        conclude(stage(*rates), {"alone": [], "mixed": [8, 9], "screens": [8, 1]}, SECONDS)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(
    shutil.which("chromium") is None and "CI" not in os.environ,
    reason="officers sign in with Chromium, which is not installed; in CI it must be",
)
def test_real_pages_stay_open_and_have_their_updates_while_claims_are_measured(tmp_path: Path) -> None:
    file = tmp_path / "consoles.json"
    load = ["--rounds", "1", "--seconds", "8", "--officers", "3", "--fastest", "8000", "--generator", "own"]
    # NiceGUI behaves otherwise where it finds pytest's variables; officers have none.
    plain = {name: value for name, value in environment().items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "loadtest.bench.consoles", "--json", str(file), *load],
        capture_output=True, text=True, env=plain, check=False, timeout=500,
    )  # fmt: skip
    assert file.exists(), done.stderr[-2_000:]
    told = json.loads(file.read_text(encoding="utf-8"))
    assert "refused" not in told, told["refused"]
    assert told["ratios"].keys() == {"mixed_vs_alone", "screens_vs_alone"}
    assert told["acknowledged"] == told["stored"] > 0
    assert all(one["least"] >= 2 for one in told["updates_a_page"].values())
    assert {phase["kind"] for phase in told["phases"]} == {"alone", "mixed", "screens"}
    assert all(phase["cpu_s"]["console"] >= 0 for phase in told["phases"])
