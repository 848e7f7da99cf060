"""A verdict becomes final: the vendor's time to object is over, and whatever was objected has been answered."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loadtest.agreed.reading import ConfigurationError
from loadtest.bundle.files import VERDICT
from loadtest.bundle.findings import Findings
from loadtest.bundle.verification import verify_bundle
from loadtest.bundle.writing import write_bundle
from loadtest.verify.folder import OBJECTION, RunFolder
from loadtest.verify.judging import judge_run
from loadtest.verify.recording import objection_until, record_of


def settle(path: Path, *, note: str, waived: str = "", key: Ed25519PrivateKey | None = None) -> Findings:
    """Mark the verdict of a whole bundle final and write the bundle anew; evidence and verdict stay as they are.

    ``note`` says what was objected and answered; ``waived`` why the vendor's time need not be waited for. Raises
    ConfigurationError: no bundle, one that was changed, or the time to object still runs.
    """
    if not (path / VERDICT).is_file():
        raise ConfigurationError(f"{path}: holds no finished run 目录中没有已完成的测试")
    problems = verify_bundle(path)
    if problems:
        raise ConfigurationError(f"{path}: the bundle was changed 证据包有改动: {'; '.join(problems[:5])}")
    folder = RunFolder(path)
    until, now = objection_until(folder), datetime.now(UTC)
    if now < until and not waived:
        raise ConfigurationError(
            f"the vendor may object until {until.isoformat()} 异议期未满；平台方书面放弃的用 --waived"
        )
    folder.write(OBJECTION, {"settled_at": now.isoformat(), "note": note, "waived": waived})
    return write_bundle(path, record_of(folder, judge_run(folder)), key)
