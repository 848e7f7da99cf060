"""Which files of the bench the console shows."""

from pathlib import Path

import pytest

from voucher_console.bench_files import may_be_shown

FILES = (
    "runs/done/evidence/verdict.json", "runs/done/evidence/report.html", "runs/done/evidence/key.pem",
    "runs/broken-off/evidence/functional/claiming.json", "runs/stray.json", "comparisons/a/comparison.html",
    "targets/vendor.json",
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("runs/done/evidence/verdict.json", True), ("runs/done/evidence/report.html", True),
        ("comparisons/a/comparison.html", True), ("runs/done/evidence/key.pem", False),
        ("runs/broken-off/evidence/functional/claiming.json", False), ("runs/stray.json", False),
        ("targets/vendor.json", False), ("runs/done/evidence/absent.html", False), ("runs", False),
    ],
)  # fmt: skip
def test_only_what_has_been_redacted_is_shown(tmp_path: Path, path: str, shown: bool) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert may_be_shown(tmp_path, tmp_path / path) == shown
