"""Reads a demo's summary.json and ends with 1 unless the round passed and its money and counts agree.

Used by CI after `make demo`; it knows the summary's keys and nothing of the code that wrote it.
"""

import json
import sys
from pathlib import Path
from typing import Any


def problems(summary: dict[str, Any], folder: Path) -> list[str]:
    """Everything that is wrong, in words; an empty list is a pass. Money is integer fen."""
    quota = sum(summary["quota"].values())
    issued = summary["vouchers_issued"]
    verdicts = [step["verdict"] for step in summary.get("steps", [])]
    statements = {
        "the verdict is PASS": summary["verdict"] == "PASS",
        "money_identity_ok is true": summary["money_identity_ok"] is True,
        "received = spent + returned": summary["received_fen"] == summary["spent_fen"] + summary["returned_fen"],
        "money was received": summary["received_fen"] > 0,
        "every acknowledged claim is a voucher": summary["claims_acknowledged"] == issued,
        "no batch is oversold": 0 < issued <= quota,
        "redemptions happened": summary["redemptions"] > 0,
        "reports were written": bool(summary["reports"]),
        "our platform is not accused": summary["verification"]["reference"]["verdict"] not in {"FAIL", "INVALID"},
        "the faulty vendor is caught": summary["verification"]["faulty_vendor"]["verdict"] == "FAIL",
        "all eight steps of the guided demonstration pass": verdicts == ["PASS"] * 8,
    }
    wrong = [f"not so: {text}" for text, holds in statements.items() if not holds]
    return wrong + [f"missing report: {name}" for name in summary["reports"] if not (folder / name).is_file()]


def main() -> int:
    """Check the summary in the folder given as the only argument."""
    folder = Path(sys.argv[1])
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    wrong = problems(summary, folder)
    print("\n".join(wrong) or f"summary.json: PASS, {summary['vouchers_issued']} vouchers issued")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
